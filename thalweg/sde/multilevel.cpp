#include "thalweg/sde/multilevel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/simulate_plan.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t most_at_once = 1 << 18;  ///< paths in memory
/// Particles of level l start at l·2⁴⁴, so no path serves two levels.
constexpr int level_bits = 44;

struct Level {
  std::int64_t steps;
  std::int64_t paths = 0;
  double sum = 0, squares = 0;

  double mean() const { return sum / static_cast<double>(paths); }
  double variance() const {
    const double m = mean();
    return std::max(squares / static_cast<double>(paths) - m * m, 0.0);
  }
};

class Sampler {
 public:
  Sampler(const SdeModel& model, const MultilevelSettings& settings, const SimulationSettings& whole,
          const SimulationExecution& execution)
      : model_(model), settings_(settings), whole_(whole), execution_(execution) {}

  /// Adds paths up to a number of them.
  void draw(Level& level, int l, std::int64_t wanted) {
    while (level.paths < wanted) {
      const std::int64_t count = std::min(wanted - level.paths, most_at_once);
      const std::int64_t first = (std::int64_t{l} << level_bits) + level.paths;
      const Ensemble fine = run(first, count, level.steps, 1);
      std::optional<Ensemble> coarse;
      if (l > 0) coarse.emplace(run(first, count, level.steps / 2, 2));
      for (std::int64_t p = 0; p < count; ++p) {
        const double value = function_of(fine, p) - (coarse ? function_of(*coarse, p) : 0);
        level.sum += value, level.squares += value * value;
      }
      level.paths += count;
      path_steps += static_cast<double>(count) * static_cast<double>(level.steps) * (l > 0 ? 1.5 : 1);
    }
  }
  double path_steps = 0;

 private:
  Ensemble run(std::int64_t first, std::int64_t count, std::int64_t steps, std::int64_t refine) const {
    Ensemble paths(model_, {.scheme = *whole_.scheme,
                            .calculus = *whole_.calculus,
                            .seed = settings_.seed,
                            .first_particle = first,
                            .count = count,
                            .width = execution_.width});
    paths.start(settings_.initial, settings_.start_time);
    paths.advance({settings_.start_time, (settings_.end_time - settings_.start_time) / static_cast<double>(steps), 0,
                   steps, 0, refine},
                  execution_.threads);
    if (paths.failed() > 0)
      fail("path {} exploded at t = {:.6g} with {} steps: try more steps on the coarsest level, or scheme tamed",
           first + paths.failures().front().particle, paths.failures().front().time, steps);
    return paths;
  }
  double function_of(const Ensemble& paths, std::int64_t p) {
    point_.resize(paths.dimension());
    for (std::size_t i = 0; i < point_.size(); ++i) point_[i] = paths.x(p, static_cast<std::int64_t>(i));
    return settings_.function(point_);
  }

  const SdeModel& model_;
  const MultilevelSettings& settings_;
  const SimulationSettings& whole_;
  SimulationExecution execution_;
  std::vector<double> point_;
};

/// Brings all levels to the numbers of paths that their variances ask for; numbers only grow, so it is repeated until
/// they stand still.
void allocate(Sampler& sampler, std::vector<Level>& levels, double error) {
  for (bool grown = true; grown;) {
    grown = false;
    double sum = 0;
    for (const Level& level : levels) sum += std::sqrt(level.variance() * static_cast<double>(level.steps));
    for (std::size_t l = 0; l < levels.size(); ++l) {
      Level& level = levels[l];
      const double wanted = 2 / (error * error) * std::sqrt(level.variance() / static_cast<double>(level.steps)) * sum;
      const auto paths = static_cast<std::int64_t>(std::ceil(wanted));
      if (paths <= level.paths) continue;
      grown = grown || static_cast<double>(paths) > 1.01 * static_cast<double>(level.paths);
      sampler.draw(level, static_cast<int>(l), paths);
    }
  }
}

}  // namespace

MultilevelEstimate multilevel(const SdeModel& model, const MultilevelSettings& settings,
                              const SimulationExecution& execution) {
  require(static_cast<bool>(settings.function), "multilevel needs a function of the state");
  require(std::isfinite(settings.error) && settings.error > 0, "error must be finite and > 0; found {}",
          settings.error);
  require(settings.coarsest >= 1 && settings.most_levels >= 3 && settings.most_levels <= 30,
          "multilevel needs coarsest >= 1 and 3 to 30 levels; found {} and {}", settings.coarsest,
          settings.most_levels);
  require(settings.pilot >= 16, "pilot must be >= 16 paths; found {}", settings.pilot);
  const SimulationSettings whole = completed(model, {.calculus = settings.calculus,
                                                     .end_time = settings.end_time,
                                                     .start_time = settings.start_time,
                                                     .scheme = settings.scheme,
                                                     .seed = settings.seed,
                                                     .initial = settings.initial});
  const double halved = std::exp2(facts_of(*whole.scheme).weak_order);
  Sampler sampler(model, settings, whole, execution);
  std::vector<Level> levels;
  MultilevelEstimate estimate{};
  while (std::cmp_less(levels.size(), settings.most_levels)) {
    const auto l = static_cast<int>(levels.size());
    levels.push_back({settings.coarsest << l});
    sampler.draw(levels.back(), l, settings.pilot);
    if (levels.size() < 3) continue;
    allocate(sampler, levels, settings.error);
    const double last = std::fabs(levels.back().mean()), before = std::fabs(levels[levels.size() - 2].mean());
    estimate.bias_bound = std::max(last, before / halved) / (halved - 1);
    estimate.converged = estimate.bias_bound < settings.error / std::sqrt(2.0);
    if (estimate.converged) break;
  }
  double variance = 0;
  for (const Level& level : levels) {
    estimate.value += level.mean();
    variance += level.variance() / static_cast<double>(level.paths);
    estimate.levels.push_back({level.steps, level.paths, level.mean(), level.variance()});
  }
  estimate.standard_error = std::sqrt(variance);
  estimate.path_steps = sampler.path_steps;
  return estimate;
}

}  // namespace thalweg
