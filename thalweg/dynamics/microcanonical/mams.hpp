// The Metropolis-adjusted microcanonical sampler: isokinetic trajectories of random length, accepted or rejected.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/microcanonical/isokinetic.hpp"

namespace thalweg {

/// From x, with u uniform on the sphere, N isokinetic steps of size ε (Isokinetic), accepted with probability
/// min(1, exp(−W)), W the energy error of the whole. N depends on chance alone,
///   N = ⌈U s⌉,  U uniform on (0, 1),  E N = (k + 1)(1 − k/(2s)),  k = ⌊s⌋,
/// with the s that makes E N = L/ε (uniform_length); so the way back has the same probability as the way there, and
/// p is invariant at every step size.
///
/// Shapes  x, gradient: [d], padded; d ≥ 2.
/// Units   step_size and length are lengths in the whitened space of the metric, where the widths are near 1.
/// Cost    L/ε × 1 (verlet), 2 (mn2) or 5 (mn4) gradients a transition on average, as n_steps counts; nothing is
///         allocated.
/// Errors  a trajectory whose energy error is not finite, or whose lowest and highest energy errors are more than
///         `divergence` apart, stops there and is rejected, as the way back would be, and `diverging` is set. log p =
///         −∞ and NaN are such.
/// Random  u from (seed, momentum, chain, transition), U from (seed, tree, …), the test from (seed, acceptance, …).
/// Source  Robnik, Cohn-Gordon & Seljak (2025), arXiv 2503.01707.
struct Mams {
  double length = 0;               ///< L, mean length of a trajectory, unless warm-up has learned it; 0: √d
  std::int32_t most_steps = 1024;  ///< bound of E N
  double divergence = 1000;        ///< nats
  IsokineticSplitting splitting = IsokineticSplitting::verlet;
};

inline constexpr Card mams_card{
    .name = "mams",
    .purpose = "constant-speed trajectories of random length with accept and reject; for high dimensions",
    .needs = "a log density with its gradient, two or more continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "length/step_size gradients a draw on average (2 times as many with mn2, 5 times with mn4)",
    .source = "Robnik, Cohn-Gordon & Seljak (2025), arXiv:2503.01707",
};

/// The s of N = ⌈U s⌉ with E N = mean:  s = k(k + 1)/(2(k + 1 − mean)),  k = ⌊2 mean − 1⌋. A mean below 1 counts as 1.
inline double uniform_length(double mean) {
  if (!(mean > 1)) return 1;
  const double k = std::floor(2 * mean - 1);
  return k * (k + 1) / (2 * (k + 1 - mean));
}

template <class Rules>
Task mams_transition(Strand& strand, Mams method, Tuning tuning, Isokinetic<Rules>& motion, const Point& point,
                     Streams streams, TransitionInfo& info) {
  const double step_size = tuning.step_size;
  const double mean =
      std::min((tuning.length > 0 ? tuning.length : method.length) / step_size, static_cast<double>(method.most_steps));
  const auto steps = static_cast<std::int32_t>(std::ceil(streams.of(Purpose::tree).uniform() * uniform_length(mean)));
  std::int32_t gradients = 0;
  double lowest = 0, highest = 0;
  bool sound = true;
  motion.start(*tuning.metric, step_size, point);
  motion.draw_direction(streams, Purpose::momentum);
  for (std::int32_t n = 0; sound && motion.goes_on(n, steps); ++n) {
    for (std::size_t stage = 0; sound && stage < motion.stages(); ++stage) {
      motion.depart(stage);
      const double log_p = co_await strand.gradient(motion.x(), motion.gradient());
      ++gradients;
      sound = motion.arrive(stage, log_p);
    }
    lowest = std::min(lowest, motion.energy_error());
    highest = std::max(highest, motion.energy_error());
    sound = sound && highest - lowest <= method.divergence;
  }
  const double acceptance = sound ? exp(std::min(0.0, -motion.energy_error())) : 0;
  const bool accepted = streams.of(Purpose::acceptance).uniform() < acceptance;
  if (!accepted) motion.start(*tuning.metric, step_size, point);
  info = {.acceptance_rate = acceptance,
          .steering = acceptance,
          .energy = -motion.place().log_p,
          .path = step_size * gradients / static_cast<double>(motion.stages()),
          .n_steps = gradients,
          .diverging = !sound,
          .moved = accepted};
}

template <class Rules = MicrocanonicalRules>
class MamsKernel final : public Kernel {
 public:
  /// Throws std::invalid_argument when d < 2 and on settings out of range.
  MamsKernel(std::size_t dimension, Mams method) : method_(method), motion_(dimension, method.splitting) {
    require(std::isfinite(method.length) && method.length >= 0,
            "length must be finite and > 0, or 0 for the square root of the dimension; found {}", method.length);
    require(method.most_steps >= 1, "most_steps must be >= 1; found {}", method.most_steps);
    require(method.divergence > 0, "divergence must be > 0; found {}", method.divergence);
    if (method.length == 0) method_.length = std::sqrt(static_cast<double>(dimension));
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    return mams_transition(strand, method_, tuning, motion_, point, streams, info_);
  }
  /// Until the acceptance of one step crosses 0.9.
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_isokinetic_step(
        strand, *tuning.metric, motion_, point, streams, 0.9, [](double w) { return exp(std::min(0.0, -w)); },
        log_step);
  }
  Point place() override { return motion_.place(); }
  void take(Point& point) override { motion_.take(point); }

 private:
  Mams method_;
  Isokinetic<Rules> motion_;
};

}  // namespace thalweg
