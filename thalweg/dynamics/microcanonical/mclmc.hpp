// Microcanonical Langevin Monte Carlo, unadjusted: every step is accepted, and the step size decides the bias.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/langevin/unadjusted.hpp"
#include "thalweg/dynamics/microcanonical/isokinetic.hpp"

namespace thalweg {

/// Isokinetic steps of size ε (Isokinetic), each between two refreshes
///   u ← (u + ν z)/|u + ν z|,  ν² = (exp(ε/L) − 1)/d,  z ~ N(0, I),
/// so that u forgets itself over the length L. Nothing is rejected: what x is drawn from departs from p by O(ε²)
/// (verlet, mn2) or O(ε⁴) (mn4). The energy error W of a step tells of it without knowing p: the bias grows with the
/// variance of W over d (EEVPD), which goes as ε⁶ at order 2.
///
/// The step size is steered to E[W²]/d = tolerance (steering_of), which heavy tails of W escape; warm-up ends with the
/// one that the mean of min(W², d) sets (Warmup::energy). `error` is the root of the mean of W² over the steps.
///
/// Shapes  x, gradient, u: [d], padded; d ≥ 2. u is carried from transition to transition.
/// Units   step_size and length are lengths in the whitened space of the metric, where the widths are near 1.
/// Cost    steps × 1 (verlet), 2 (mn2) or 5 (mn4) gradients a transition, as n_steps counts; nothing is allocated.
/// Errors  a step whose W is not finite or beyond ±divergence undoes the transition: x stays, u is drawn anew, and
///         `diverging` is set. log p = −∞ and NaN are such steps.
/// Random  half refresh k from (seed, noise, chain, transition), its index k·⌈d/4⌉ and on; a new u from (seed,
///         momentum, chain, transition).
/// Source  Robnik, De Luca, Silverstein & Seljak (2023), JMLR 24(311); Robnik & Seljak (2024), arXiv 2303.18221.
///         EEVPD and the bias: Robnik, Cohn-Gordon & Seljak (2024), arXiv 2412.08876.
struct Mclmc {
  std::int32_t steps = 1;    ///< a transition
  double length = 0;         ///< L, over which u forgets itself, unless warm-up has learned it; 0: √d
  double tolerance = 5e-4;   ///< of E[W²]/d, nats²
  double divergence = 1000;  ///< nats
  IsokineticSplitting splitting = IsokineticSplitting::mn2;
};

inline constexpr Card mclmc_card{
    .name = "mclmc",
    .purpose = "constant-speed motion with a wandering direction, without accept and reject; for high dimensions",
    .needs = "a log density with its gradient, two or more continuous parameters",
    .exact = "not exact: biased at every step size, by an amount that falls with its square (mn4: fourth power)",
    .cost = "2 gradients a step (1 with verlet, 5 with mn4)",
    .source = "Robnik, De Luca, Silverstein & Seljak (2023), JMLR 24(311)",
};

/// The memory of one chain: `direction` is u at `point`, all zero before the first transition; `next` where the
/// transition leads.
struct MclmcDirections {
  double *direction, *next;
};

template <class Rules>
Task mclmc_transition(Strand& strand, Mclmc method, Tuning tuning, Isokinetic<Rules>& motion, const Point& point,
                      MclmcDirections u, Streams streams, TransitionInfo& info) {
  const std::size_t d = motion.dimension(), size = padded(d);
  const std::uint64_t draws = indexes_of_normals(d);
  std::uint64_t refreshes = 0;
  const double step_size = tuning.step_size, length = tuning.length > 0 ? tuning.length : method.length;
  double acceptance = 0, steering = 0, square = 0;
  std::int32_t gradients = 0;
  bool sound = true;
  motion.start(*tuning.metric, step_size, point);
  if (dot(u.direction, u.direction, size) > 0)
    copy(u.direction, motion.u(), size);
  else
    motion.draw_direction(streams, Purpose::momentum);
  for (std::int32_t n = 0; sound && n < method.steps; ++n) {
    motion.refresh(0.5 * step_size, length, streams, draws * refreshes++);
    motion.measure();
    for (std::size_t stage = 0; sound && stage < motion.stages(); ++stage) {
      motion.depart(stage);
      const double log_p = co_await strand.gradient(motion.x(), motion.gradient());
      ++gradients;
      sound = motion.arrive(stage, log_p);
    }
    const double w = motion.energy_error();
    sound = sound && abs(w) <= method.divergence;
    if (!sound) break;
    acceptance += exp(std::min(0.0, -w));
    square += w * w;
    steering += steering_of(w, d, method.tolerance);
    motion.refresh(0.5 * step_size, length, streams, draws * refreshes++);
  }
  if (!sound) {
    motion.start(*tuning.metric, step_size, point);
    motion.draw_direction(streams, Purpose::momentum, draws);
  }
  copy(motion.u(), u.next, size);
  info = {.acceptance_rate = acceptance / method.steps,
          .steering = steering / method.steps,
          .error = sqrt(square / method.steps),
          .energy = -motion.place().log_p,
          .path = step_size * gradients / static_cast<double>(motion.stages()),
          .n_steps = gradients,
          .diverging = !sound,
          .moved = sound};
}

template <class Rules = MicrocanonicalRules>
class MclmcKernel final : public Kernel {
 public:
  /// Throws std::invalid_argument when d < 2 and on settings out of range.
  MclmcKernel(std::size_t dimension, Mclmc method)
      : method_(method), motion_(dimension, method.splitting), directions_(2, dimension) {
    require(method.steps >= 1, "steps must be >= 1; found {}", method.steps);
    require(std::isfinite(method.length) && method.length >= 0,
            "length must be finite and > 0, or 0 for the square root of the dimension; found {}", method.length);
    require(std::isfinite(method.tolerance) && method.tolerance > 0, "tolerance must be finite and > 0; found {}",
            method.tolerance);
    require(method.divergence > 0, "divergence must be > 0; found {}", method.divergence);
    if (method.length == 0) method_.length = std::sqrt(static_cast<double>(dimension));
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    return mclmc_transition(strand, method_, tuning, motion_, point, {directions_[0], directions_[1]}, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_isokinetic_step(
        strand, *tuning.metric, motion_, point, streams, steering_target,
        [tolerance = method_.tolerance, d = motion_.dimension()](double w) { return steering_of(w, d, tolerance); },
        log_step);
  }
  Point place() override { return motion_.place(); }
  void take(Point& point) override {
    motion_.take(point);
    copy(directions_[1], directions_[0], padded(motion_.dimension()));
  }
  std::span<double> carried() override { return {directions_[0], motion_.dimension()}; }

 private:
  Mclmc method_;
  Isokinetic<Rules> motion_;
  Vectors directions_;
};

}  // namespace thalweg
