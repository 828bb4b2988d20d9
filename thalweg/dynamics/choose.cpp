#include "thalweg/dynamics/choose.hpp"

#include <fmt/format.h>

namespace thalweg {
namespace {

struct Nowhere : Sink {
  void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint&) override {}
};
struct NoClock : Clock {
  double seconds() override { return 0; }
};

}  // namespace

Choice choose_method(const Model& model, const SampleSettings& settings, const Execution& execution,
                     const ChooseMethod& rule) {
  if (model.dimension() < 2) return {Method::nuts, "one dimension"};
  SampleSettings probe{.chains = 32,
                       .draws = 128,
                       .warmup = rule.warmup,
                       .seed = settings.seed,
                       .init_radius = settings.init_radius,
                       .starts = settings.starts.size() == 1 ? settings.starts : std::vector<std::vector<double>>{},
                       .initial_metric = settings.initial_metric,
                       .metric = settings.metric};
  probe.special.temperature = settings.special.temperature;
  Nowhere sink;
  NoClock clock;
  Observer observer;
  const TransitionCounts counts = sample(model, probe, execution, sink, clock, observer).sampling_counts;
  const double length = static_cast<double>(counts.gradients) / static_cast<double>(counts.transitions);
  const bool is_long = length >= rule.long_trajectory;
  return {is_long ? Method::laps : Method::nuts,
          fmt::format("trajectories of NUTS take {:.0f} gradients after {} transitions of warm-up, {} {:.0f}", length,
                      rule.warmup, is_long ? "at least" : "fewer than", rule.long_trajectory)};
}

}  // namespace thalweg
