#include "thalweg/sde/order.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/simulate_plan.hpp"

namespace thalweg {
namespace {

constexpr std::size_t groups = 32;

/// Sums over a group of paths: their number, of each level the squared distance, and the difference of each coordinate.
struct Sums {
  double paths = 0;
  std::vector<double> squared;     ///< [level]
  std::vector<double> difference;  ///< [level][d]
};

/// The least-squares slope of log error over log step.
double slope_of(const std::vector<double>& steps, const std::vector<double>& errors) {
  const auto n = static_cast<double>(steps.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double a = std::log(steps[i]), b = std::log(errors[i]);
    x += a, y += b, xx += a * a, xy += a * b;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

/// Everything that is reported, from sums over some of the groups.
struct Errors {
  std::vector<double> strong, weak;
  double strong_slope, weak_slope;
};
Errors errors_of(const std::vector<Sums>& all, std::size_t left_out, const std::vector<double>& steps, std::size_t d) {
  Errors errors;
  for (std::size_t level = 0; level < steps.size(); ++level) {
    double n = 0, squared = 0, weak = 0;
    std::vector<double> difference(d);
    for (std::size_t g = 0; g < all.size(); ++g) {
      if (g == left_out) continue;
      n += all[g].paths, squared += all[g].squared[level];
      for (std::size_t i = 0; i < d; ++i) difference[i] += all[g].difference[level * d + i];
    }
    for (const double v : difference) weak += v / n * (v / n);
    errors.strong.push_back(std::sqrt(squared / n));
    errors.weak.push_back(std::sqrt(weak));
  }
  errors.strong_slope = slope_of(steps, errors.strong);
  errors.weak_slope = slope_of(steps, errors.weak);
  return errors;
}

double jackknife(const std::vector<Errors>& without, const std::function<double(const Errors&)>& value) {
  double mean = 0, squares = 0;
  for (const Errors& e : without) mean += value(e) / groups;
  for (const Errors& e : without) squares += (value(e) - mean) * (value(e) - mean);
  return std::sqrt(squares * (groups - 1) / groups);
}

}  // namespace

OrderStudy order_study(const SdeModel& model, const OrderSettings& settings, const SimulationExecution& execution) {
  require(settings.coarsest >= 1 && settings.levels >= 2 && settings.levels <= 30,
          "an order study needs coarsest >= 1 and 2 to 30 levels; found {} and {}", settings.coarsest, settings.levels);
  const std::int64_t finest = settings.coarsest << (settings.levels - 1);
  require(settings.reference > finest && settings.reference % finest == 0,
          "the reference must have a multiple of the finest run's {} steps; found {}", finest, settings.reference);
  require(settings.paths >= 4 * static_cast<std::int64_t>(groups), "an order study needs at least {} paths; found {}",
          4 * groups, settings.paths);
  const SimulationSettings whole = completed(model, {.calculus = settings.calculus,
                                                     .end_time = settings.end_time,
                                                     .start_time = settings.start_time,
                                                     .paths = settings.paths,
                                                     .scheme = settings.scheme,
                                                     .seed = settings.seed,
                                                     .initial = settings.initial});
  const Scheme reference_scheme = settings.reference_scheme.value_or(*whole.scheme);
  require_admitted(model, reference_scheme, settings.start_time, settings.initial);

  const double time = settings.end_time - settings.start_time;
  const auto run = [&](Scheme scheme, std::int64_t steps) {
    Ensemble paths(model, {.scheme = scheme,
                           .calculus = *whole.calculus,
                           .seed = settings.seed,
                           .count = settings.paths,
                           .width = execution.width});
    paths.start(settings.initial, settings.start_time);
    paths.advance({settings.start_time, time / static_cast<double>(steps), 0, steps, 0, settings.reference / steps},
                  execution.threads);
    return paths;
  };
  const Ensemble reference = run(reference_scheme, settings.reference);
  std::vector<Ensemble> runs;
  std::vector<double> steps;
  for (int level = 0; level < settings.levels; ++level) {
    runs.push_back(run(*whole.scheme, settings.coarsest << level));
    steps.push_back(time / static_cast<double>(settings.coarsest << level));
  }

  const std::size_t d = reference.dimension(), levels = runs.size();
  std::vector<Sums> sums(groups, {0, std::vector<double>(levels), std::vector<double>(levels * d)});
  std::int64_t failed = 0;
  for (std::int64_t p = 0; p < settings.paths; ++p) {
    const bool sound =
        reference.alive(p) && std::all_of(runs.begin(), runs.end(), [p](const Ensemble& r) { return r.alive(p); });
    failed += !sound;
    if (!sound) continue;
    Sums& group = sums[static_cast<std::size_t>(p) % groups];
    group.paths += 1;
    for (std::size_t level = 0; level < levels; ++level)
      for (std::size_t i = 0; i < d; ++i) {
        const auto k = static_cast<std::int64_t>(i);
        const double difference = runs[level].x(p, k) - reference.x(p, k);
        group.squared[level] += difference * difference;
        group.difference[level * d + i] += difference;
      }
  }
  std::vector<Errors> without;
  for (std::size_t g = 0; g < groups; ++g) without.push_back(errors_of(sums, g, steps, d));
  const Errors errors = errors_of(sums, groups, steps, d);
  OrderStudy study{.scheme = *whole.scheme,
                   .reference_scheme = reference_scheme,
                   .calculus = *whole.calculus,
                   .rows = {},
                   .strong_slope = errors.strong_slope,
                   .strong_slope_error = jackknife(without, [](const Errors& e) { return e.strong_slope; }),
                   .weak_slope = errors.weak_slope,
                   .weak_slope_error = jackknife(without, [](const Errors& e) { return e.weak_slope; }),
                   .failed = failed};
  for (std::size_t l = 0; l < levels; ++l)
    study.rows.push_back({steps[l], errors.strong[l], jackknife(without, [l](const Errors& e) { return e.strong[l]; }),
                          errors.weak[l], jackknife(without, [l](const Errors& e) { return e.weak[l]; })});
  return study;
}

}  // namespace thalweg
