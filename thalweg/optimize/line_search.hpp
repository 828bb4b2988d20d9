// How far to go along a direction: the strong Wolfe conditions, or what remains of them where log p is flat to
// rounding.
#pragma once
#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"

namespace thalweg {

/// The constants of the search. `slack` is what rounding may hide of log p, relative to |log p| at the start.
struct Wolfe {
  double gain = 1e-4;  ///< least gain, as a share of what the slope at 0 promises
  double slope = 0.9;  ///< largest slope left, as a share of the one at 0
  double slack = 1e-14;
  int most_trials = 40;
  double widest = 10;  ///< growth of a step that was too short
};

/// Looks for a step t with
///   φ(t) ≥ φ(0) + c₁ t φ′(0)  and  |φ′(t)| ≤ c₂ φ′(0),  φ(t) = log p(x + t·direction),
/// or, within the rounding error of φ, with (2c₁′ − 1)φ′(0) ≤ φ′(t) ≤ c₂ φ′(0), c₁′ = 0.1, and φ(t) ≥ φ(0) − slack: the
/// same two conditions where only slopes can still be told apart, so that gradients can be driven to zero.
///
///   for (LineSearch s(…); s.wants();) s.tell(φ(s.step()), φ′(s.step()));
///
/// Errors  a trial without finite φ and slope counts as too long. `found()` is false when no trial served; `best_step`
///         is then the longest with φ ≥ φ(0), 0 for none.
/// Source  Nocedal & Wright (2006), algorithms 3.5 and 3.6; Hager & Zhang (2005), SIAM J. Optim. 16, 170–192 (the
///         approximate conditions).
template <class Rules = Wolfe>
class LineSearch {
 public:
  LineSearch(double log_p, double slope, double first_step, Rules rules = {})
      : rules_(rules), start_{0, log_p, slope}, low_(start_), step_(first_step) {
    slack_ = rules.slack * (1 + std::fabs(log_p));
  }
  bool wants() const { return !found_ && trials_ < rules_.most_trials && step_ > 0; }
  double step() const { return step_; }
  bool found() const { return found_; }
  /// No trial was too long: log p rises as steeply as at 0 for as far as was looked.
  bool endless() const { return !found_ && !bounded_; }
  double best_step() const { return low_.t; }

  void tell(double log_p, double slope) {
    ++trials_;
    const Trial trial{step_, log_p, slope};
    const bool finite = std::isfinite(log_p) && std::isfinite(slope);
    if (finite && (serves(trial) || serves_nearly(trial))) {
      found_ = true;
      low_ = trial;
      return;
    }
    if (!finite || log_p < start_.log_p + rules_.gain * step_ * start_.slope - slack_ || log_p < low_.log_p - slack_ ||
        slope <= 0) {
      high_ = trial;
      bounded_ = true;
      high_is_finite_ = finite;
    } else {
      before_ = low_;
      low_ = trial;
    }
    step_ = bounded_ ? inside() : beyond();
  }

 private:
  struct Trial {
    double t = 0, log_p = 0, slope = 0;
  };
  bool serves(const Trial& a) const {
    return a.log_p >= start_.log_p + rules_.gain * a.t * start_.slope &&
           std::fabs(a.slope) <= rules_.slope * start_.slope;
  }
  bool serves_nearly(const Trial& a) const {
    return a.log_p >= start_.log_p - slack_ && a.slope <= rules_.slope * start_.slope && a.slope >= -0.8 * start_.slope;
  }
  /// A longer step: where the slope would vanish if it fell on as it did, within limits.
  double beyond() const {
    const double fall = before_.slope - low_.slope;
    const double secant = fall > 0 ? low_.t + low_.slope * (low_.t - before_.t) / fall : infinity;
    return std::clamp(secant, 2 * low_.t, rules_.widest * low_.t);
  }
  /// A step between the two ends: cubic where values say something, secant where only slopes do.
  double inside() {
    const double width = high_.t - low_.t;
    if (!(std::fabs(width) > 1e-16 * std::fabs(high_.t))) return 0;
    if (!high_is_finite_) return low_.t + 0.3 * width;
    double t = low_.t + 0.5 * width;
    if (std::fabs(high_.log_p - low_.log_p) <= 100 * slack_) {
      const double fall = low_.slope - high_.slope;
      if (fall > 0) t = low_.t + width * low_.slope / fall;
    } else {
      const double d1 = low_.slope + high_.slope - 3 * (low_.log_p - high_.log_p) / (low_.t - high_.t);
      const double root = d1 * d1 - low_.slope * high_.slope;
      if (root >= 0) {
        const double d2 = std::copysign(std::sqrt(root), width);
        t = high_.t - width * (d2 - high_.slope + d1) / (2 * d2 + low_.slope - high_.slope);
      }
    }
    const double a = low_.t + 0.1 * width, b = low_.t + 0.9 * width;
    return std::isfinite(t) ? std::clamp(t, std::min(a, b), std::max(a, b)) : low_.t + 0.5 * width;
  }

  Rules rules_;
  Trial start_, low_, before_, high_;
  double step_, slack_;
  int trials_ = 0;
  bool found_ = false, bounded_ = false, high_is_finite_ = false;
};

}  // namespace thalweg
