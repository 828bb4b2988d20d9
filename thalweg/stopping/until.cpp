#include "thalweg/stopping/until.hpp"

#include <cmath>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {

void require_sound(const StoppingRule& r, const SampleSettings& s) {
  require(s.chains > 0, "chains must be > 0; found {}", s.chains);
  require_sound(r.accuracy, s.chains, traits_of(s.method).lockstep ? ensemble_superchains : default_superchains);
  require(r.accuracy.empty() || s.keep == 0,
          "an accuracy is looked for in stored draws: with it all are kept; found keep {}", s.keep);
  require(r.accuracy.empty() || s.special.temperature > 0,
          "at temperature 0 a run is an ascent, whose accuracy is none of draws; take a temperature > 0");
  require(r.min_draws > 0, "min draws must be > 0; found {}", r.min_draws);
  require(!r.max_draws || *r.max_draws >= r.min_draws || r.accuracy.empty(),
          "max draws must be at least those of the first look, {}; found {}", r.min_draws, r.max_draws.value_or(0));
  require(!r.max_draws || *r.max_draws > 0, "max draws must be > 0; found {}", r.max_draws.value_or(0));
  const double most = r.max_draws ? double(*r.max_draws) : 1024 * double(r.min_draws);
  require(most * double(s.thin) <= 1e18, "max draws times thin must be at most 1e18 transitions; found {:g} times {}",
          most, s.thin);
  require(!r.max_gradients || *r.max_gradients > 0, "max gradients must be > 0; found {}", r.max_gradients.value_or(0));
  require(!r.max_seconds || (std::isfinite(*r.max_seconds) && *r.max_seconds > 0),
          "max seconds must be finite and > 0; found {}", r.max_seconds.value_or(0));
}

namespace {

/// The caller's sink and observer, with an eye on the budget.
class Watch final : public Sink, public Observer {
 public:
  Watch(const StoppingRule& rule, std::int64_t most_transitions, Sink& sink, Clock& clock, Observer& observer)
      : rule_(rule),
        most_(static_cast<double>(most_transitions)),
        sink_(sink),
        clock_(clock),
        observer_(observer),
        start_(clock.seconds()) {}

  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log,
              const Checkpoint& checkpoint) override {
    sink_.commit(blocks, log, checkpoint);
    latest = stored(checkpoint);
    if (!rule_.max_gradients) return;
    const SampleOutcome now = describe(checkpoint).outcome;  // a warm-up that has spent all can end at once
    lost_ = now.sampling_counts.transitions == 0 && now.warmup_counts.gradients >= *rule_.max_gradients;
  }
  /// The library's fraction is that of the piece under way; a reader wants that of the longest run there can be.
  void progress(const Progress& p) override {
    Progress whole = p;
    const bool sampling = p.phase == "sampling";
    if (!sampling) warmup_ = static_cast<double>(p.total);
    if (sampling) whole.total = static_cast<std::int64_t>(most_);
    whole.fraction = (static_cast<double>(p.done) + (sampling ? warmup_ : 0)) / (warmup_ + most_);
    if (rule_.max_seconds) whole.fraction = std::max(whole.fraction, seconds() / *rule_.max_seconds);
    whole.fraction = std::min(whole.fraction, 1.0);
    observer_.progress(whole);
  }
  bool interrupted() override {
    stopped_ = stopped_ || observer_.interrupted();
    return stopped_ || lost_ || out_of_time();
  }

  bool stopped() const { return stopped_; }  ///< by the caller's observer
  bool out_of_time() const { return rule_.max_seconds && seconds() >= *rule_.max_seconds; }
  double seconds() const { return clock_.seconds() - start_; }
  Checkpoint latest;

 private:
  const StoppingRule& rule_;
  double most_, warmup_ = 0;
  Sink& sink_;
  Clock& clock_;
  Observer& observer_;
  double start_;
  bool stopped_ = false, lost_ = false;
};

/// A run under its rule: pieces of `sample` and `resume`, with looks between them.
class RuledRun {
 public:
  RuledRun(const Model& model, const SampleSettings& settings, const StoppingRule& rule, const Execution& execution,
           Sink& sink, Clock& clock, Observer& observer, DrawnSoFar& drawn)
      : model_(model),
        settings_(settings),
        rule_(rule),
        execution_(execution),
        schedule_(LookSchedule::of(rule, settings.chains)),
        most_((rule.max_draws.value_or(1024 * rule.min_draws) + settings.chains - 1) / settings.chains),
        watch_(rule_, most_ * settings.chains * settings.thin, sink, clock, observer),
        clock_(clock),
        drawn_(drawn) {}

  Stop begin() {
    SampleSettings first = settings_;
    first.draws = next() * settings_.chains;
    end_.outcome = sample(model_, first, execution_, watch_, clock_, watch_);
    at_ = first.draws / settings_.chains;
    return go_on();
  }
  Stop go_on_from(const Checkpoint& checkpoint) {
    watch_.latest = checkpoint;
    at_ = settings_.draws_per_chain();
    end_.outcome = describe(checkpoint).outcome;
    if (!rule_.accuracy.empty())
      for (std::int64_t at = schedule_.first; at < at_; at *= 2) end_.looks.push_back(drawn_.look(rule_.accuracy, at));
    if (!checkpoint.finished) end_.outcome = resume(model_, checkpoint, 0, execution_, watch_, clock_, watch_);
    return go_on();
  }

 private:
  /// The next number of draws a chain at which to pause; `at_` when the gradients are spent. They are a function of
  /// at_ and of the counts there, and so of the settings and the seed.
  std::int64_t next() const {
    const std::int64_t goal = rule_.accuracy.empty() ? most_ : std::min(schedule_.after(at_), most_);
    if (!rule_.max_gradients) return goal;
    if (at_ == 0) return 1;  // what a draw costs
    const double left = static_cast<double>(*rule_.max_gradients - end_.gradients());
    const double one = static_cast<double>(end_.outcome.sampling_counts.gradients) / static_cast<double>(at_);
    if (left < one) return at_;
    // Half of what is left, as far as the draws so far tell: what a piece costs more than expected stays inside.
    const double piece = std::clamp(std::floor(left / one / 2), 1.0, static_cast<double>(at_));
    return std::min(goal, at_ + static_cast<std::int64_t>(piece));
  }

  Stop go_on() {
    for (;;) {
      if (!end_.outcome.finished) return cut_short();
      if (rule_.max_gradients && end_.outcome.warmup_counts.gradients >= *rule_.max_gradients)
        return end(StoppedBy::gradients, true);
      const bool looks = !rule_.accuracy.empty() && schedule_.has(at_);
      if (looks) {
        take_look(at_);
        if (end_.looks.back().holds) return end(StoppedBy::accuracy);
        if (!end_.looks.back().obstacle.empty()) return end(StoppedBy::obstacle);
      }
      const std::int64_t then = next();
      if (at_ >= most_ || then == at_) {
        if (!looks) take_look(at_);
        if (asked_to_stop()) return cut_short();
        return end(at_ >= most_ ? StoppedBy::draws : StoppedBy::gradients);
      }
      if (watch_.interrupted()) return cut_short();
      end_.outcome = resume(model_, watch_.latest, (then - at_) * settings_.chains, execution_, watch_, clock_, watch_);
      at_ = then;
    }
  }
  void take_look(std::int64_t draws) {
    if (!rule_.accuracy.empty() && draws > 0) end_.looks.push_back(drawn_.look(rule_.accuracy, draws));
  }
  bool asked_to_stop() { return watch_.interrupted() && watch_.stopped(); }
  /// By the observer, the clock, or a warm-up that has spent all gradients.
  Stop cut_short() {
    if (watch_.stopped()) return end(StoppedBy::interruption);
    if (!watch_.out_of_time()) return end(StoppedBy::gradients, true);
    const std::int64_t draws = drawn_.draws();
    const bool seen = !end_.looks.empty() && end_.looks.back().draws == draws;
    if (!seen) take_look(draws);
    if (asked_to_stop()) return end(StoppedBy::interruption);
    return end(StoppedBy::time, draws == 0);
  }
  Stop end(StoppedBy by, bool in_warmup = false) {
    end_.by = by;
    end_.in_warmup = in_warmup;
    end_.draws = in_warmup ? 0 : drawn_.draws();
    end_.reached = !in_warmup && (rule_.accuracy.empty() || (!end_.looks.empty() && end_.looks.back().holds));
    end_.seconds = watch_.seconds();
    return std::move(end_);
  }

  const Model& model_;
  const SampleSettings& settings_;
  StoppingRule rule_;
  const Execution& execution_;
  LookSchedule schedule_;
  std::int64_t most_, at_ = 0;  ///< draws a chain: at most, and where the piece under way ends
  Watch watch_;
  Clock& clock_;
  DrawnSoFar& drawn_;
  Stop end_;
};

}  // namespace

Stop sample_until(const Model& model, const SampleSettings& settings, const StoppingRule& rule,
                  const Execution& execution, Sink& sink, Clock& clock, Observer& observer, DrawnSoFar& drawn) {
  require_sound(rule, settings);
  return RuledRun(model, settings, rule, execution, sink, clock, observer, drawn).begin();
}

Stop resume_until(const Model& model, const Checkpoint& checkpoint, const StoppingRule& rule,
                  const Execution& execution, Sink& sink, Clock& clock, Observer& observer, DrawnSoFar& drawn) {
  const SampleSettings settings = describe(checkpoint).settings;
  require_sound(rule, settings);
  return RuledRun(model, settings, rule, execution, sink, clock, observer, drawn).go_on_from(checkpoint);
}

}  // namespace thalweg
