// Generalised Hamiltonian Monte Carlo: underdamped Langevin dynamics with a Metropolis test a step.
#pragma once
#include <cmath>

#include "thalweg/core/card.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/hamiltonian/leapfrog.hpp"

namespace thalweg {

/// The decisions that make the transition leave the density invariant.
struct GhmcRules {
  static double gain(double before, double after) { return before - after; }
  /// What a rejection does to the momentum.
  static double after_rejection(double p) { return -p; }
};

/// The momentum is refreshed in part, p ← a p + √(1 − a²) z with a = exp(−γε), then one leapfrog step of size ε is
/// taken with probability min(1, exp(H₀ − H)); a rejection keeps x and turns p about.
///
/// Units   step_size ε a time and friction γ an inverse time in the whitened space: dimensionless.
/// Cost    one gradient.
/// Errors  an energy more than `divergence` above the start, or not a number: rejected, `diverging`.
/// Random  noise and acceptance of (seed, chain, transition).
/// Source  Horowitz (1991), Phys. Lett. B 268, 247–252.
struct Ghmc {
  double friction = 1;
  double divergence = 1000;  ///< nats
};

inline constexpr Card ghmc_card{
    .name = "ghmc",
    .purpose = "underdamped Langevin dynamics, each step put to a Metropolis test",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "1 gradient a transition",
    .source = "Horowitz (1991), Phys. Lett. B 268, 247-252",
};

template <class Rules>
Task ghmc_transition(Strand& strand, Ghmc method, const Tuning& tuning, Leapfrog& phase, double* carried, double* kept,
                     const Point& point, Streams streams, TransitionInfo& info) {
  const double epsilon = tuning.step_size, a = exp(-method.friction * epsilon), b = sqrt(1 - a * a);
  phase.start(*tuning.metric, point);
  double* const p = phase.momentum();
  fill_normals(streams.seed, Purpose::noise, streams.chain, streams.step, kept, phase.dimension());
  const bool fresh = dot(carried, carried, phase.size()) == 0;
  for (std::size_t i = 0; i < phase.size(); ++i) p[i] = fresh ? kept[i] : a * carried[i] + b * kept[i];
  for (std::size_t i = 0; i < phase.size(); ++i) kept[i] = Rules::after_rejection(p[i]);
  const double before = phase.energy();
  info = {.energy = before, .n_steps = 1};
  phase.kick(0.5 * epsilon);
  phase.drift(*tuning.metric, epsilon);
  phase.arrive(*tuning.metric, co_await strand.gradient(phase.point().x, phase.point().gradient));
  phase.kick(0.5 * epsilon);
  const double gain = Rules::gain(before, phase.energy());
  info.diverging = !(gain >= -method.divergence) || gain == infinity;
  if (info.diverging) co_return;
  info.acceptance_rate = info.steering = acceptance_of(gain);
  info.moved = streams.of(Purpose::acceptance).uniform() < info.acceptance_rate;
  if (!info.moved) co_return;
  info.energy = phase.energy();
  copy(p, kept, phase.size());
}

template <class Rules = GhmcRules>
class GhmcKernel : public ProposingKernel {
 public:
  GhmcKernel(std::size_t dimension, Ghmc method) : ProposingKernel(dimension), method_(method), momenta_(2, dimension) {
    require(method.friction > 0, "friction must be > 0; found {}", method.friction);
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    from_ = &point;
    return ghmc_transition<Rules>(strand, method_, tuning, phase_, momenta_[0], momenta_[1], point, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_leapfrog_step(strand, phase_, *tuning.metric, point, streams, AcceptedAbove{0.8}, 1, log_step);
  }
  void take(Point& point) override {
    copy(momenta_[1], momenta_[0], phase_.size());
    ProposingKernel::take(point);
  }
  std::span<double> carried() override { return {momenta_[0], phase_.dimension()}; }

 private:
  Ghmc method_;
  Vectors momenta_;  ///< carried, and what will be
};

}  // namespace thalweg
