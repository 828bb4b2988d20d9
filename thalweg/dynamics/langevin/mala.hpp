// Langevin dynamics, unadjusted and with a Metropolis test.
#pragma once
#include <cmath>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/langevin/proposal.hpp"
#include "thalweg/dynamics/langevin/unadjusted.hpp"

namespace thalweg {

/// The decisions that make the transition leave the density invariant.
struct MalaRules {
  static double log_ratio(LangevinMove& move, double h, double temperature, double log_p_before) {
    return move.log_ratio(h, temperature, log_p_before);
  }
};

/// y = x + h Σ∇log p(x) + √(2hT) L z; `adjusted`: taken with probability min(1, p(y)^{1/T} q(x|y) / p(x)^{1/T} q(y|x)),
/// else always. At T = 0 it is (preconditioned) gradient ascent.
///
/// Units   step_size h is the square of a length in the whitened space: dimensionless.
/// Cost    one gradient.
/// Errors  no finite log p or gradient at y, or, unadjusted, an energy error beyond use: stays at x, `diverging`.
/// Random  noise and acceptance of (seed, chain, transition).
/// Source  Roberts & Tweedie (1996), Bernoulli 2, 341–363.
struct Langevin {
  bool adjusted = true;
  double temperature = 1;
  double tolerance = 5e-4;  ///< unadjusted: variance of the energy error a dimension, see unadjusted.hpp
};

inline constexpr Card mala_card{
    .name = "mala",
    .purpose = "overdamped Langevin dynamics, each step put to a Metropolis test",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "1 gradient a transition",
    .source = "Roberts & Tweedie (1996), Bernoulli 2, 341-363",
};
inline constexpr Card ula_card{
    .name = "ula",
    .purpose = "overdamped Langevin dynamics; gradient ascent at temperature 0",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "biased: by a share of order h in the variances; exact as h goes to 0",
    .cost = "1 gradient a transition",
    .source = "Roberts & Tweedie (1996), Bernoulli 2, 341-363",
};

template <class Rules>
Task langevin_transition(Strand& strand, Langevin method, const Tuning& tuning, LangevinMove& move, const Point& point,
                         Streams streams, TransitionInfo& info) {
  const double h = tuning.step_size, t = method.temperature;
  Leapfrog& phase = move.phase();
  move.propose(*tuning.metric, h, t, point, streams);
  info = {.energy = -point.log_p, .n_steps = 1};
  phase.arrive(*tuning.metric, co_await strand.gradient(phase.point().x, phase.point().gradient));
  info.diverging = !std::isfinite(phase.point().log_p + dot(phase.force(), phase.force(), phase.size()));
  if (info.diverging) co_return;
  const double gain = t > 0 ? Rules::log_ratio(move, h, t, point.log_p) : 0;
  info.diverging = !method.adjusted && runs_away(gain, phase.dimension());
  if (info.diverging) co_return;
  info.acceptance_rate = acceptance_of(gain);
  if (!method.adjusted) info.error = gain;
  info.steering = method.adjusted ? info.acceptance_rate : steering_of(gain, phase.dimension(), method.tolerance);
  info.moved = !method.adjusted || streams.of(Purpose::acceptance).uniform() < info.acceptance_rate;
  if (info.moved) info.energy = -phase.point().log_p;
}

template <class Rules = MalaRules>
class LangevinKernel : public Kernel {
 public:
  LangevinKernel(std::size_t dimension, Langevin method) : method_(method), move_(dimension), search_(dimension) {}
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    from_ = &point;
    return langevin_transition<Rules>(strand, method_, tuning, move_, point, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    if (method_.adjusted)
      return find_leapfrog_step(strand, search_, *tuning.metric, point, streams, AcceptedAbove{0.6}, 2, log_step);
    return find_leapfrog_step(strand, search_, *tuning.metric, point, streams,
                              SteeredAbove{search_.dimension(), method_.tolerance}, 2, log_step);
  }
  Point place() override { return info_.moved ? move_.phase().point() : *from_; }
  void take(Point& point) override {
    if (!info_.moved) return;
    const Point& there = move_.phase().point();
    copy(there.x, point.x, move_.phase().size());
    copy(there.gradient, point.gradient, move_.phase().size());
    point.log_p = there.log_p;
  }

 private:
  Langevin method_;
  LangevinMove move_;
  Leapfrog search_;
  const Point* from_ = nullptr;
};

}  // namespace thalweg
