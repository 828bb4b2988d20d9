// A method that moves one chain: what the driver of chains asks of it.
#pragma once
#include <cstdint>
#include <span>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {

/// What all chains share and warm-up tunes.
struct Tuning {
  const Metric* metric = nullptr;
  double step_size = 0;         ///< in the unit that the method's card names
  std::int32_t max_depth = 10;  ///< of trees, where there are trees
  double length = 0;            ///< L of a method that has one and warm-up learns it; 0: the method's own
};

/// The streams of one transition of one chain.
struct Streams {
  std::uint64_t seed = 0, chain = 0, step = 0;
  Random<double> of(Purpose purpose) const { return {seed, purpose, chain, step}; }
};

/// What a transition says about itself.
struct TransitionInfo {
  double acceptance_rate = 0;  ///< of proposals; of a method that accepts all: what a Metropolis test would have said
  double steering = 0;         ///< that the step size is adapted to: falls from 1 to 0 as steps grow
  double error = 0;            ///< W of a method without a Metropolis test: what its steps did to the energy
  double energy = 0;           ///< of the place chosen, momentum included where there is one
  double path = 0;             ///< length of the way, of microcanonical methods
  std::int32_t tree_depth = 0, n_steps = 0;
  bool diverging = false, moved = false;
};

/// One chain's method with its memory. A transition is a coroutine on the chain's strand; when it is over, `info`,
/// `place` and `take` tell what has come of it, and until `take` nothing has changed: it can be redone from its
/// streams.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// One transition from `point`. The arguments must outlive the task, but for `streams`.
  virtual Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) = 0;
  /// Doubles or halves exp(log_step) until one step from `point` is as good as warm-up will want it.
  virtual Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams,
                         double& log_step) = 0;
  const TransitionInfo& info() const { return info_; }
  /// Where the last transition leads.
  virtual Point place() = 0;
  /// Moves there, for good.
  virtual void take(Point& point) = 0;
  /// Numbers beside the point that the next transition goes on from (a momentum): saved with it. All zero at first.
  virtual std::span<double> carried() { return {}; }

 protected:
  TransitionInfo info_;
};

}  // namespace thalweg
