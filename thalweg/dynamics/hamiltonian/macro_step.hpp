// A step of fixed length made of as few leapfrog steps as its energy error allows, in a way that can be undone.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/tree.hpp"

namespace thalweg {

/// Energies along the path of one attempt; one that is not a number makes low and high so.
struct PathEnergy {
  double start, low, high, last;
  bool complete;  ///< all micro steps are made
  void add(double energy) {
    last = energy;
    low = energy >= low ? low : energy;
    high = energy <= high ? high : energy;
  }
};

/// The decisions that make the transition leave the density invariant.
struct WalnutsRules : NutsRules {
  /// Whether a path, complete or not, is still within the tolerance: the same answer from either end.
  static bool keeps(const PathEnergy& e, double tolerance) { return e.high - e.low <= tolerance; }
  /// Whether a refined step counts only when its end, reversed, would have been refined as far.
  static constexpr bool looks_back = true;
};

/// From (x, p) over the time h: 2^k leapfrog steps of h/2^k with the smallest k ≤ halvings whose energies keep
///   max H − min H ≤ tolerance  along the path;
/// valid if, from the end backwards, none of 0 … k − 1 keeps it. Then k is the smallest in both directions, so that the
/// step is an involution up to the sign of p, and keeps volume. An attempt ends where it leaves the tolerance.
///
/// Shapes  x, gradient: [d], padded.
/// Cost    1 gradient for k = 0; at most 2^(halvings + 1) − 1 forwards and 2^k − 1 backwards.
template <class Rules = WalnutsRules>
class MacroStep {
 public:
  enum class State { under_way, valid, irreversible, rough };

  explicit MacroStep(std::size_t dimension)
      : size_(padded(dimension)),
        memory_(8, dimension),
        trial_{{memory_[0], memory_[1], memory_[2], 0}, memory_[3], 0},
        end_{{memory_[4], memory_[5], memory_[6], 0}, memory_[7], 0} {}
  MacroStep(const MacroStep&) = delete;
  MacroStep& operator=(const MacroStep&) = delete;

  /// h < 0 goes backwards in time. `metric` and `from` must stay until the step is over.
  void begin(const Metric& metric, double h, int halvings, double tolerance, const PhasePoint& from) {
    metric_ = &metric;
    from_ = &from;
    h_ = h;
    halvings_ = halvings;
    tolerance_ = tolerance;
    state_ = State::under_way;
    attempt(from, h, 0);
  }
  State state() const { return state_; }

  /// The first half of the next micro step: its place is at x(), its gradient goes to gradient().
  void drift() { set_off(*metric_, micro_, trial_.at, size_); }
  const double* x() const { return trial_.at.x; }
  double* gradient() { return trial_.gradient; }
  /// The second half, and what follows from it.
  void arrive(double log_p) {
    land(*metric_, micro_, trial_.gradient, log_p, trial_.at, size_);
    trial_.log_p = log_p;
    energies_.add(trial_.at.energy);
    energies_.complete = --left_ == 0;
    if (backwards_)
      judge_backwards();
    else
      judge_forwards();
  }

  /// Of a valid step: its end.
  struct End {
    PhasePoint at;
    double* gradient;
    double log_p;
  };
  const End& end() const { return end_; }
  /// k of the last attempt forwards.
  int level() const { return level_; }
  /// exp(−|ΔH|) of one leapfrog step over the whole h; 0 where ΔH is not a number.
  double smoothness() const { return first_error_ < 700 ? exp(-first_error_) : 0; }

 private:
  void attempt(const PhasePoint& from, double h, int level) {
    copy(from, trial_.at, size_);
    left_ = std::int32_t{1} << level;
    micro_ = h / left_;
    energies_ = {from.energy, from.energy, from.energy, from.energy, false};
    backwards_ = &from != from_;
    (backwards_ ? level_back_ : level_) = level;
  }
  void judge_forwards() {
    if (level_ == 0) first_error_ = std::fabs(energies_.last - energies_.start);
    if (!Rules::keeps(energies_, tolerance_)) {
      if (level_ == halvings_)
        state_ = State::rough;
      else
        attempt(*from_, h_, level_ + 1);
    } else if (left_ == 0) {
      std::swap(trial_, end_);
      if (level_ > 0 && Rules::looks_back)
        attempt(end_.at, -h_, 0);
      else
        state_ = State::valid;
    }
  }
  void judge_backwards() {
    if (!Rules::keeps(energies_, tolerance_)) {
      if (level_back_ + 1 == level_)
        state_ = State::valid;
      else
        attempt(end_.at, -h_, level_back_ + 1);
    } else if (left_ == 0) {
      state_ = State::irreversible;
    }
  }

  std::size_t size_;
  Vectors memory_;
  End trial_, end_;
  const Metric* metric_ = nullptr;
  const PhasePoint* from_ = nullptr;
  double h_ = 0, micro_ = 0, tolerance_ = 0, first_error_ = 0;
  int halvings_ = 0, level_ = 0, level_back_ = 0;
  std::int32_t left_ = 0;  ///< micro steps of the attempt
  bool backwards_ = false;
  PathEnergy energies_{};
  State state_ = State::rough;
};

}  // namespace thalweg
