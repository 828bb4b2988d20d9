// Sampling until the draws are accurate enough, or a budget is spent, whichever comes first.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/trust/accuracy.hpp"

namespace thalweg {

/// What ends a run. Draws count over all chains, and every chain has the same number of them.
struct StoppingRule {
  Accuracy accuracy = {};
  std::int64_t min_draws = 1000;                   ///< at the first look
  std::optional<std::int64_t> max_draws = {};      ///< absent: 1024 times min_draws, ten doublings
  std::optional<std::int64_t> max_gradients = {};  ///< over all chains, warm-up included
  std::optional<double> max_seconds = {};          ///< of the caller's clock, warm-up included
};

/// Throws std::invalid_argument on a rule out of range, or one that a run with `settings` cannot keep.
void require_sound(const StoppingRule& rule, const SampleSettings& settings);

/// The numbers of draws a chain at which accuracy is looked at:  first·2^k. To look after every draw would stop at the
/// first lucky estimate: k looks, whose draws double, are few and far from each other.
struct LookSchedule {
  std::int64_t first;  ///< ≥ 4, with which the diagnostics begin to exist

  static LookSchedule of(const StoppingRule& rule, std::int64_t chains) {
    return {std::max<std::int64_t>(4, (rule.min_draws + chains - 1) / chains)};
  }
  /// The first look behind `draws`.
  std::int64_t after(std::int64_t draws) const {
    std::int64_t at = first;
    while (at <= draws) at *= 2;
    return at;
  }
  bool has(std::int64_t draws) const { return draws > 0 && after(draws - 1) == draws; }
};

enum class StoppedBy {
  accuracy,      ///< a look found it reached
  draws,         ///< max_draws
  gradients,     ///< less is left than one more draw of every chain costs
  time,          ///< the clock; chains then differ in their number of draws by a few
  obstacle,      ///< a look found that no number of draws will do
  interruption,  ///< the observer's
};

struct Stop {
  StoppedBy by = StoppedBy::interruption;
  bool reached = false;             ///< the accuracy, if one is asked for: at a look, or when the budget ended
  bool in_warmup = false;           ///< the budget did not last to its end: there is nothing to report
  std::int64_t draws = 0;           ///< that every chain has
  double seconds = 0;               ///< of this call
  std::vector<AccuracyLook> looks;  ///< those of the schedule, then one where a budget ended the run between two
  SampleOutcome outcome;
  std::int64_t gradients() const { return outcome.warmup_counts.gradients + outcome.sampling_counts.gradients; }
};

/// The draws that a sink was given, as looks read them back.
class DrawnSoFar {
 public:
  virtual ~DrawnSoFar() = default;
  virtual std::int64_t draws() const = 0;  ///< that every chain has
  /// The first `draws` of each chain, see `look` of trust/accuracy.hpp.
  virtual AccuracyLook look(const Accuracy& asked, std::int64_t draws) = 0;
};

/// Runs warm-up, then samples from look to look, in place of settings.draws: as `sample` to the number of draws of each
/// look and `resume` beyond it, so that the draws are those of a plain run that stores as many. The gradient budget is
/// judged between pieces that shrink as it does, from the counts of all chains: where it ends the run is a function of
/// the settings and the seed. A clock is not: such a run ends between transitions.
///
/// Errors  throws std::invalid_argument on a rule out of range or one that the method cannot keep; else as `sample`.
Stop sample_until(const Model& model, const SampleSettings& settings, const StoppingRule& rule,
                  const Execution& execution, Sink& sink, Clock& clock, Observer& observer, DrawnSoFar& drawn);

/// Goes on from a checkpoint of such a run, or of a plain one, under `rule`. With the same rule the end is that of a
/// run that nothing interrupted; time begins anew. Looks that were made before are made again, from the same draws.
Stop resume_until(const Model& model, const Checkpoint& checkpoint, const StoppingRule& rule,
                  const Execution& execution, Sink& sink, Clock& clock, Observer& observer, DrawnSoFar& drawn);

}  // namespace thalweg
