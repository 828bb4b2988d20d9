#include "thalweg/sde/simulate_plan.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr double most_steps = 0x1p40;
constexpr std::int64_t pilot_paths = 8192;
constexpr int most_halvings = 16;

/// Some starting points, for checks.
std::vector<double> some_starts(const SdeModel& model, const SimulationSettings& settings, Scheme scheme) {
  Ensemble few(model, {.scheme = scheme,
                       .calculus = Calculus::ito,
                       .seed = settings.seed,
                       .count = std::min<std::int64_t>(settings.paths, 16)});
  const auto d = static_cast<std::size_t>(model.dimension());
  std::vector<double> points = settings.initial;
  if (points.empty()) {
    few.start({}, settings.start_time);
    for (std::int64_t p = 0; p < few.count(); ++p)
      for (std::int64_t i = 0; i < model.dimension(); ++i) points.push_back(few.x(p, i));
  }
  points.resize(std::min(points.size(), 16 * d));
  // a start may be a point where all noise happens to commute: look beside it too
  for (std::size_t k = 0; k < d; ++k) points.push_back(points[k] + 0.5 + 0.25 * static_cast<double>(k % 3));
  return points;
}

/// The worst of (|bias| + its error) over a third of the standard error that `paths` paths would have.
double worst_ratio(const Simulation& pilot, std::int64_t paths) {
  const double shrink = std::sqrt(static_cast<double>(pilot.paths) / static_cast<double>(paths));
  double worst = 0;
  for (const Observation& seen : pilot.observations)
    for (const auto* estimates : {&seen.mean, &seen.variance})
      for (const Estimate& e : *estimates) {
        const double error = std::fabs(e.bias) + e.bias_error;
        if (!(error < infinity)) return infinity;
        if (error > 0) worst = std::max(worst, error / (shrink * e.standard_error / 3));
      }
  return worst;
}

}  // namespace

SimulationSettings completed(const SdeModel& model, SimulationSettings s) {
  const auto d = static_cast<std::size_t>(model.dimension());
  require(std::isfinite(s.start_time) && std::isfinite(s.end_time) && s.end_time > s.start_time,
          "end_time must be finite and > start_time = {}; found {}", s.start_time, s.end_time);
  require(s.paths >= 2, "paths must be >= 2; found {}", s.paths);
  require(!s.step || (std::isfinite(*s.step) && *s.step > 0), "step must be finite and > 0; found {}",
          s.step.value_or(0));
  require(!s.tolerance || (*s.tolerance > 0 && *s.tolerance < 1), "tolerance must be in (0, 1); found {}",
          s.tolerance.value_or(0));
  require(!s.tolerance || !s.step, "give a step or a tolerance, not both");
  require(!s.tolerance || !s.passage, "first passage needs a fixed step: give step in place of tolerance");
  require(s.initial.empty() || s.initial.size() == d || s.initial.size() == d * static_cast<std::size_t>(s.paths),
          "initial must have {} numbers, or {} for every path; found {}", d, d, s.initial.size());
  require(s.keep_paths >= 0 && s.keep_paths <= s.paths, "keep_paths must be in [0, {}]; found {}", s.paths,
          s.keep_paths);
  double last = s.start_time;
  for (const double t : s.observe) {
    require(t > last && t <= s.end_time, "observe: times must ascend in ({}, {}]; found {}", s.start_time, s.end_time,
            t);
    last = t;
  }
  if (last < s.end_time) s.observe.push_back(s.end_time);
  for (const double p : s.statistics.probabilities)
    require(p > 0 && p < 1, "probabilities of quantiles must be in (0, 1); found {}", p);
  for (const Bins& b : s.statistics.histograms)
    require(b.coordinate >= 0 && b.coordinate < model.dimension() && b.low < b.high && b.count >= 1,
            "a histogram needs a coordinate in [0, {}), low < high and bins; found {}, {}, {}, {}", d, b.coordinate,
            b.low, b.high, b.count);
  s.calculus = require_calculus(model, s.calculus);
  if (!s.scheme) s.scheme = best_scheme(model);
  const std::vector<double> starts = some_starts(model, s, *s.scheme);
  require_admitted(model, *s.scheme, s.start_time, starts);
  if (s.tolerance && !noise_commutes(model, s.start_time, starts))
    fail(
        "adaptive steps need noise that commutes, (∂g_k) g_j = (∂g_j) g_k, and that of SDE {} does not: they would "
        "converge to another process; give --step",
        model.name());
  s.bias_paths = std::clamp<std::int64_t>(s.bias_paths.value_or(std::max<std::int64_t>(s.paths / 8, 1024)), 0, s.paths);
  if (*s.bias_paths == 1) s.bias_paths = 2;
  return s;
}

std::vector<Interval> intervals_of(const SimulationSettings& settings, double step) {
  std::vector<Interval> intervals;
  double start = settings.start_time, total = 0;
  std::int64_t increments = 0;
  for (const double end : settings.observe) {
    if (settings.tolerance) {
      intervals.push_back({start, end, 0, 0, 0});
      start = end;
      continue;
    }
    const double pairs = std::max(1.0, std::ceil((end - start) / (2 * step) * (1 - 1e-12)));
    total += 2 * pairs;
    require(total < most_steps, "step {} makes more than 2^40 steps from {} to {}", step, settings.start_time,
            settings.end_time);
    const std::int64_t steps = 2 * static_cast<std::int64_t>(pairs);
    intervals.push_back({start, end, (end - start) / static_cast<double>(steps), steps, increments});
    increments += steps;
    start = end;
  }
  return intervals;
}

StepChoice choose_step(const SdeModel& model, const SimulationSettings& settings,
                       const SimulationExecution& execution) {
  SimulationSettings pilot = settings;
  pilot.paths = std::min(settings.paths, pilot_paths);
  pilot.bias_paths = pilot.paths;
  pilot.statistics = {};
  pilot.keep_paths = 0;
  pilot.passage.reset();
  if (pilot.initial.size() > static_cast<std::size_t>(model.dimension()))
    pilot.initial.resize(static_cast<std::size_t>(pilot.paths * model.dimension()));
  double step = (settings.end_time - settings.start_time) / 64;
  for (int halvings = 0; halvings < most_halvings; ++halvings, step /= 2) {
    pilot.step = step;
    const Simulation seen = simulate(model, pilot, execution);
    if (seen.failed == 0 && worst_ratio(seen, settings.paths) <= 1) return {step, true};
  }
  return {2 * step, false};
}

}  // namespace thalweg
