#include "thalweg/sde/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/brownian_tree.hpp"
#include "thalweg/sde/simulate_plan.hpp"
#include "thalweg/sde/simulate_record.hpp"
#include "thalweg/sde/stability.hpp"

namespace thalweg {
namespace {

constexpr double path_steps_a_piece = 4e6;  ///< between looks at the observer; no bits depend on it
constexpr double seconds_between_commits = 2;

EnsembleSettings ensemble_of(const SimulationSettings& s, std::int64_t count, int width) {
  return {.scheme = *s.scheme,
          .calculus = *s.calculus,
          .seed = s.seed,
          .count = count,
          .passage = s.passage,
          .width = width};
}

std::vector<double> first_points(const std::vector<double>& initial, std::int64_t count, std::size_t d) {
  if (initial.size() <= d) return initial;
  return {initial.begin(), initial.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(count) * d)};
}

/// One simulation under way.
class Run {
 public:
  Run(const SdeModel& model, const SimulationSettings& settings, const SimulationExecution& execution)
      : model_(model),
        settings_(settings),
        execution_(execution),
        intervals_(intervals_of(settings, settings.step.value_or(0))),
        fine_(model, ensemble_of(settings, settings.paths, execution.width)) {
    if (*settings.bias_paths > 0) coarse_.emplace(model, ensemble_of(settings, *settings.bias_paths, execution.width));
  }

  void start() {
    fine_.start(settings_.initial, settings_.start_time);
    if (coarse_)
      coarse_->start(first_points(settings_.initial, coarse_->count(), fine_.dimension()), settings_.start_time);
    keep();
    check_stability(settings_.start_time);
  }
  void load(const SimulationRecord& record) {
    at_ = record.position;
    report_ = record.report;
    ByteReader in(record.states, "checkpoint");
    fine_.load(in);
    if (coarse_) coarse_->load(in);
    in.finish();
  }
  void warn(std::string sentence) { report_.warnings.push_back(std::move(sentence)); }

  Simulation go(Sink& sink, Clock& clock, Observer& observer) {
    double committed = clock.seconds();
    while (at_.interval < std::ssize(intervals_)) {
      if (observer.interrupted()) break;
      piece();
      observer.progress(progress());
      if (clock.seconds() - committed < seconds_between_commits) continue;
      sink.commit({}, {}, checkpoint());
      committed = clock.seconds();
    }
    if (at_.interval == std::ssize(intervals_)) finish();
    sink.commit({}, {}, checkpoint());
    return report_;
  }

 private:
  /// To the next time of observation, by steps of each path's own.
  void adaptive_piece() {
    const double end = intervals_[static_cast<std::size_t>(at_.interval)].end;
    const double length = settings_.end_time - settings_.start_time;
    const double ticks = (end - settings_.start_time) / length * static_cast<double>(BrownianTree::ticks);
    const std::int64_t tick = 2 * std::llround(ticks / 2);  // even: a step's middle is on the grid too
    const double tolerance = *settings_.tolerance;
    fine_.advance_adaptively(settings_.start_time, length, tick, {tolerance, 0.1 * tolerance}, execution_.threads);
    if (coarse_)
      coarse_->advance_adaptively(settings_.start_time, length, tick, {4 * tolerance, 0.4 * tolerance},
                                  execution_.threads);
    observe_at(end);
    ++at_.interval;
  }
  void piece() {
    if (settings_.tolerance) return adaptive_piece();
    const Interval& interval = intervals_[static_cast<std::size_t>(at_.interval)];
    const double wanted = path_steps_a_piece / static_cast<double>(settings_.paths);
    const std::int64_t pairs = std::max<std::int64_t>(1, static_cast<std::int64_t>(wanted / 2));
    const std::int64_t steps = std::min(interval.steps - at_.steps, 2 * pairs);
    const std::int64_t increment = interval.first_increment + at_.steps;
    fine_.advance({interval.start, interval.step, at_.steps, steps, increment, 1}, execution_.threads);
    if (coarse_)
      coarse_->advance({interval.start, 2 * interval.step, at_.steps / 2, steps / 2, increment, 2}, execution_.threads);
    at_.steps += steps;
    if (at_.steps < interval.steps) return;
    observe_at(interval.end);
    ++at_.interval;
    at_.steps = 0;
  }
  void observe_at(double time) {
    Observation seen = observe(fine_, time, settings_.statistics, execution_.threads);
    if (coarse_) add_bias(seen, fine_, *coarse_, order_of_doubling());
    report_.observations.push_back(std::move(seen));
    keep();
  }
  /// p such that the coarse companion's bias is 2^p times as large. Adaptive: a tolerance on steps of local order q = s
  /// + ½ moves steps by its 1/q-th power, so four times as large gives 2^{2w/q} with the weak order w.
  double order_of_doubling() const {
    const SchemeFacts& facts = facts_of(*settings_.scheme);
    return settings_.tolerance ? 2 * facts.weak_order / (facts.strong_order + 0.5) : facts.weak_order;
  }
  /// The states of the paths that are kept, one time after another.
  void keep() {
    for (std::int64_t p = 0; p < settings_.keep_paths; ++p)
      for (std::int64_t i = 0; i < model_.dimension(); ++i) report_.kept.push_back(fine_.x(p, i));
  }
  void check_stability(double t) {
    std::vector<double> points;
    for (std::int64_t p = 0; p < std::min<std::int64_t>(settings_.paths, 16); ++p)
      for (std::int64_t i = 0; i < model_.dimension() && fine_.alive(p); ++i) points.push_back(fine_.x(p, i));
    double largest = 0;
    for (const Interval& interval : intervals_) largest = std::max(largest, interval.step);
    if (settings_.tolerance) return;
    const std::string warning = stability_warning(model_, *settings_.scheme, largest, t, points);
    if (!warning.empty()) warn(warning);
  }

  void finish() {
    if (report_.finished) return;
    report_.finished = true;
    report_.scheme = *settings_.scheme;
    report_.calculus = *settings_.calculus;
    for (const Interval& interval : intervals_) {
      report_.step = std::max(report_.step, interval.step);
      report_.steps += interval.steps;
    }
    if (settings_.tolerance) {
      report_.steps = fine_.accepted();
      report_.rejected = fine_.rejected();
      report_.step = (settings_.end_time - settings_.start_time) * static_cast<double>(settings_.paths) /
                     static_cast<double>(std::max<std::int64_t>(report_.steps, 1));
    }
    report_.paths = settings_.paths;
    report_.bias_paths = *settings_.bias_paths;
    report_.failed = fine_.failed();
    report_.failures = fine_.failures();
    if (settings_.passage) report_.passage = passage_report(fine_, coarse_ ? &*coarse_ : nullptr, settings_);
    report_.kept = by_path(report_.kept);
    check_stability(settings_.end_time);
    add_warnings();
  }
  /// From [time][path][d] to [path][time][d].
  std::vector<double> by_path(const std::vector<double>& by_time) const {
    const auto d = fine_.dimension(), paths = static_cast<std::size_t>(settings_.keep_paths);
    std::vector<double> kept(by_time.size());
    const std::size_t times = paths == 0 ? 0 : by_time.size() / (paths * d);
    for (std::size_t t = 0; t < times; ++t)
      for (std::size_t p = 0; p < paths; ++p)
        std::copy_n(by_time.begin() + static_cast<std::ptrdiff_t>((t * paths + p) * d), d,
                    kept.begin() + static_cast<std::ptrdiff_t>((p * times + t) * d));
    return kept;
  }
  void add_warnings() {
    if (report_.failed > 0) {
      const PathFailure& first = report_.failures.front();
      warn(
          fmt::format("{} of {} paths exploded (or their step became too small) and are in no statistics; the first is "
                      "path {} at t = {:.6g}, from {} = "
                      "{:.6g}: try a smaller step, --scheme tamed or --scheme implicit",
                      report_.failed, report_.paths, first.particle, first.time, model_.coordinates()[0], first.x[0]));
    }
    for (const Observation& seen : report_.observations)
      for (std::size_t i = 0; i < seen.mean.size(); ++i) {
        warn_of_bias("mean", seen.mean[i], i, seen.time);
        warn_of_bias("variance", seen.variance[i], i, seen.time);
      }
  }
  void warn_of_bias(const char* what, const Estimate& e, std::size_t i, double time) {
    if (std::fabs(e.bias) > e.standard_error && std::fabs(e.bias) > 3 * e.bias_error)
      warn(
          fmt::format("the {} of {} at t = {:.6g} is biased by about {:.3g} ± {:.2g} by the step, more than its "
                      "Monte-Carlo error {:.2g}: take a smaller step",
                      what, model_.coordinates()[i], time, e.bias, e.bias_error, e.standard_error));
  }

  Checkpoint checkpoint() const {
    ByteWriter states;
    fine_.save(states);
    if (coarse_) coarse_->save(states);
    return write_record({settings_, at_, report_, states.bytes()});
  }
  Progress progress() const {
    double done = static_cast<double>(at_.steps), total = 0;
    for (std::size_t k = 0; k < intervals_.size(); ++k) {
      const double steps = settings_.tolerance ? 1 : static_cast<double>(intervals_[k].steps);
      total += steps;
      if (std::cmp_less(k, at_.interval)) done += steps;
    }
    return {"simulation", static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), 0, done / total};
  }

  const SdeModel& model_;
  SimulationSettings settings_;
  SimulationExecution execution_;
  std::vector<Interval> intervals_;
  Ensemble fine_;
  std::optional<Ensemble> coarse_;
  SimulationPosition at_;
  Simulation report_;
};

/// For simulations in memory.
class NoSink final : public Sink {
 public:
  void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint&) override {}
};
class NoClock final : public Clock {
 public:
  double seconds() override { return 0; }
};

}  // namespace

Simulation simulate(const SdeModel& model, const SimulationSettings& given, const SimulationExecution& execution,
                    Sink& sink, Clock& clock, Observer& observer) {
  SimulationSettings settings = completed(model, given);
  bool settled = true;
  if (!settings.step && !settings.tolerance) {
    const StepChoice choice = choose_step(model, settings, execution);
    settings.step = choice.step;
    settled = choice.settled;
  }
  Run run(model, settings, execution);
  run.start();
  if (!settled)
    run.warn(
        fmt::format("no step was found at which biases are below a third of the Monte-Carlo errors; the smallest "
                    "that was tried, {:.3g}, is used",
                    *settings.step));
  return run.go(sink, clock, observer);
}

Simulation simulate(const SdeModel& model, const SimulationSettings& settings, const SimulationExecution& execution) {
  NoSink sink;
  NoClock clock;
  Observer observer;
  return simulate(model, settings, execution, sink, clock, observer);
}

Simulation resume_simulation(const SdeModel& model, const Checkpoint& checkpoint, const SimulationExecution& execution,
                             Sink& sink, Clock& clock, Observer& observer) {
  const SimulationRecord record = read_record(checkpoint, model);
  if (record.report.finished) return record.report;
  Run run(model, record.settings, execution);
  run.load(record);
  return run.go(sink, clock, observer);
}

}  // namespace thalweg
