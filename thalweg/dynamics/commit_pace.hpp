// How often a run saves what it has done.
#pragma once
#include <algorithm>

namespace thalweg {

/// Every 2 seconds or so, and less often when saving takes long: of a long run a sixteenth of the time at most.
class CommitPace {
 public:
  explicit CommitPace(double now) : saved_(now) {}
  bool is_due(double now) const { return now - saved_ >= pause_; }
  /// A commit took from `begun` to `now`.
  void committed(double begun, double now) {
    pause_ = std::max(least_pause, 15 * (now - begun));
    saved_ = now;
  }

 private:
  static constexpr double least_pause = 2;
  double saved_, pause_ = least_pause;
};

}  // namespace thalweg
