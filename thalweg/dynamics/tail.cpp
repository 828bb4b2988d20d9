#include "thalweg/dynamics/tail.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/ensemble/particle_pieces.hpp"

namespace thalweg {
namespace {

/// Keeps the draws of the model's variables, chain by chain.
class Collector final : public Sink {
 public:
  Collector(std::int64_t chains, std::int64_t columns)
      : columns_(columns), chains_(static_cast<std::size_t>(chains * columns)) {}
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>&, const Checkpoint&) override {
    for (const DrawBlock& b : blocks) {
      if (b.phase != Phase::sampling) continue;
      for (std::int64_t c = 0; c < columns_; ++c) {
        const auto from = b.values.begin() + (statistic_count + c) * b.count;
        auto& to = chains_[static_cast<std::size_t>(b.chain * columns_ + c)];
        to.insert(to.end(), from, from + b.count);
      }
    }
  }
  void move_to(Tail& tail) const {
    for (std::int64_t c = 0; c < columns_; ++c)
      for (std::int64_t k = 0; k < tail.chains; ++k) {
        const auto& values = chains_[static_cast<std::size_t>(k * columns_ + c)];
        tail.values.insert(tail.values.end(), values.begin(), values.end());
      }
  }

 private:
  std::int64_t columns_;
  std::vector<std::vector<double>> chains_;  ///< [chain][column]
};

/// Says whose progress it is.
class TailObserver final : public Observer {
 public:
  explicit TailObserver(Observer& other) : other_(other) {}
  void progress(const Progress& p) override {
    Progress named = p;
    named.phase = "tail, " + p.phase;
    other_.progress(named);
  }
  bool interrupted() override { return other_.interrupted(); }

 private:
  Observer& other_;
};

/// Of each coordinate over all places; nothing when they say too little.
std::vector<double> variances_of(std::span<const double> places, std::size_t d) {
  const std::size_t n = places.size() / d;
  std::vector<double> variances(d);
  for (std::size_t j = 0; j < d; ++j) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) sum += places[i * d + j];
    for (std::size_t i = 0; i < n; ++i) squares += std::pow(places[i * d + j] - sum / static_cast<double>(n), 2);
    variances[j] = squares / static_cast<double>(n);
    if (n < 16 || !(variances[j] > 1e-300 && variances[j] < 1e300)) return {};
  }
  return variances;
}

}  // namespace

Tail full_gradient_tail(const Model& model, const Checkpoint& checkpoint, const TailSettings& settings,
                        const Execution& execution, Clock& clock, Observer& observer) {
  const Standing standing = read_checkpoint(checkpoint);
  const SampleSettings& run = standing.settings;
  require(standing.particles != nullptr, "a tail begins at the places of an ensemble; a run of {} has none",
          to_string(run.method));
  require(run.special.temperature > 0, "a tail needs a temperature > 0; found 0");
  require(settings.draws > 0 && settings.chains > 0, "a tail needs draws and chains > 0; found {} and {}",
          settings.draws, settings.chains);
  const auto d = static_cast<std::size_t>(standing.dimension);
  const std::vector<double> places = places_of(*standing.particles, standing.ensemble, run.chains, d);
  SampleSettings s{.chains = std::min(settings.chains, run.chains),
                   .draws = settings.draws,
                   .seed = run.seed + 0x9e3779b97f4a7c15,
                   .initial_metric = variances_of(places, d)};
  s.special.temperature = run.special.temperature;
  for (std::int64_t k = 0; k < s.chains; ++k) {
    const auto at = places.begin() + k * run.chains / s.chains * standing.dimension;
    s.starts.emplace_back(at, at + static_cast<std::int64_t>(d));
  }
  Collector collector(s.chains, model.draw_size());
  TailObserver named(observer);
  Tail tail{.chains = s.chains, .draws = s.draws_per_chain(), .outcome = {}, .values = {}};
  tail.outcome = sample(model, s, execution, collector, clock, named);
  if (tail.outcome.finished) collector.move_to(tail);
  return tail;
}

}  // namespace thalweg
