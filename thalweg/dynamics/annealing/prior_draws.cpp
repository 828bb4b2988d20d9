#include "thalweg/dynamics/annealing/prior_draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/parts_model.hpp"
#include "thalweg/dynamics/annealing/path.hpp"
#include "thalweg/dynamics/chain.hpp"
#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t prior_chains = 32;

/// Points of each chain, one after another.
struct PointSink : Sink {
  std::size_t dimension;
  std::vector<std::vector<double>> chains{static_cast<std::size_t>(prior_chains)};
  Checkpoint checkpoint;

  explicit PointSink(std::size_t d) : dimension(d) {}
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>&, const Checkpoint& latest) override {
    for (const DrawBlock& b : blocks) {
      if (b.phase != Phase::sampling) continue;
      auto& points = chains[static_cast<std::size_t>(b.chain)];
      const auto count = static_cast<std::size_t>(b.count);
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < dimension; ++j) points.push_back(b.values[(statistic_count + j) * count + i]);
    }
    checkpoint = latest;
  }
};
/// The run on the prior is a part of warm-up, of which nobody knows how long it is.
struct QuietObserver : Observer {
  Observer& outer;
  bool stopped = false;
  explicit QuietObserver(Observer& o) : outer(o) {}
  void progress(const Progress& p) override { outer.progress({"prior", p.done, p.total, p.divergences, 0}); }
  bool interrupted() override { return stopped = stopped || outer.interrupted(); }
};

[[noreturn]] void refuse(const Model& model, const std::string& what) {
  throw PriorNotSampled(fmt::format(
      "the prior of model {} cannot be sampled: {}\n  it may be improper, or have a shape that NUTS does not explore; "
      "without draws of the prior log Z is not known\n  try --reference laplace, a Gaussian in the place of the prior",
      model.name(), what));
}

/// The largest autocorrelation time of a coordinate, in draws, or what does not agree.
struct Mixing {
  double time = 1;
  std::string disagreement = {};
};
Mixing mixing_of(const Model& model, const PointSink& sink, double most_rhat) {
  const std::size_t d = sink.dimension, draws = sink.chains.front().size() / d;
  std::vector<double> column(draws * sink.chains.size());
  Diagnostics diagnostics;
  Mixing mixing;
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t c = 0; c < sink.chains.size(); ++c)
      for (std::size_t i = 0; i < draws; ++i) column[c * draws + i] = sink.chains[c][i * d + j];
    diagnostics.assign({column, prior_chains});
    const double rhat = diagnostics.rhat(), size = std::min(diagnostics.ess_bulk(), diagnostics.ess_tail());
    if (!(rhat <= most_rhat) || !(size > 0))
      return {1, fmt::format("R-hat of {} is {:.3f} over {} draws of {} chains", coordinate_names(model)[j], rhat,
                             column.size(), prior_chains)};
    mixing.time = std::max(mixing.time, static_cast<double>(column.size()) / size);
  }
  return mixing;
}

}  // namespace

EnsembleStarts draw_prior(const Model& model, const SampleSettings& settings, const Execution& execution, Clock& clock,
                          Observer& observer, PriorDraws method) {
  const auto d = static_cast<std::size_t>(model.dimension());
  const std::int64_t each = (settings.chains + prior_chains - 1) / prior_chains;  // particles of a chain
  const Model prior = parts_model(model, part_prior | part_jacobian);
  PointSink sink(d);
  QuietObserver quiet(observer);
  Random<double> seeds(settings.seed, Purpose::init, static_cast<std::uint64_t>(settings.chains), 0);
  SampleSettings s{.chains = prior_chains,
                   .draws = prior_chains * std::max<std::int64_t>(4 * each, 200),
                   .seed = seeds.word(),
                   .init_radius = settings.init_radius};
  SampleOutcome outcome;
  std::int64_t thin = 0;
  try {
    outcome = sample(prior, s, execution, sink, clock, quiet);
    for (int doublings = 0; outcome.finished;) {
      const Mixing mixing = mixing_of(model, sink, method.most_rhat);
      const std::int64_t have = std::ssize(sink.chains.front()) / static_cast<std::int64_t>(d);
      std::int64_t wanted = 2 * have;
      if (mixing.disagreement.empty()) {
        thin = static_cast<std::int64_t>(std::ceil(1.5 * mixing.time));
        if (thin > method.most_thin)
          refuse(model, fmt::format("its draws are independent only {} transitions apart", thin));
        if (have >= thin * each) break;
        wanted = thin * each;
      } else if (doublings++ >= method.most_doublings) {
        refuse(model, mixing.disagreement);
      }
      outcome = resume(prior, sink.checkpoint, (wanted - have) * prior_chains, execution, sink, clock, quiet);
    }
  } catch (const PriorNotSampled&) {
    throw;
  } catch (const Error& error) {
    refuse(model, error.what());
  }
  if (!outcome.finished || quiet.interrupted()) return {.x = {}, .gradients = 0, .interrupted = true};
  EnsembleStarts starts{.gradients = outcome.warmup_counts.gradients + outcome.sampling_counts.gradients};
  for (std::int64_t k = 0; k < settings.chains; ++k) {
    const std::int64_t chain = superchain_of(k, settings.chains, prior_chains),
                       first = (chain * settings.chains + prior_chains - 1) / prior_chains;
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(k - first, 0) * thin) * d;
    const double* const x = sink.chains[static_cast<std::size_t>(chain)].data() + at;
    starts.x.emplace_back(x, x + d);
  }
  return starts;
}

std::string reason_against_prior(const Model& model) {
  if (const std::string reason = model.split_reason(); !reason.empty()) return reason;
  Parts parts = 0;
  for (const Term& t : model.terms()) parts |= t.part;
  if ((parts & part_likelihood) == 0) return fmt::format("model {} has no likelihood", model.name());
  if (const std::string flat = AnnealingPath::flat_coordinate(model, 0); !flat.empty())
    return fmt::format("the prior of {} is flat, and so has no finite integral", flat);
  return {};
}

}  // namespace thalweg
