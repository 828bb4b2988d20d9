// Hamiltonian Monte Carlo with trajectories of one length, fixed or jittered.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/hamiltonian/leapfrog.hpp"

namespace thalweg {

/// The decisions that make the transition leave the density invariant.
struct HmcRules {
  static double energy(Leapfrog& phase) { return phase.energy(); }
  static void draw_momentum(const Streams& s, double* p, std::size_t d) {
    fill_normals(s.seed, Purpose::momentum, s.chain, s.step, p, d);
  }
};

/// From (x, p), p ~ N(0, I) in the whitened space, N leapfrog steps of size ε; the end is taken with probability
/// min(1, exp(H₀ − H)). With jitter N is uniform on 1 … 2n − 1, without it is n, n = length/ε rounded, at least 1.
///
/// Units   step_size ε and length are times in the whitened space: dimensionless. A Gaussian whose metric is right has
///         period 2π; length π/2 makes its draws independent, but a fixed one near π/2, π … resonates elsewhere.
/// Cost    N gradients.
/// Errors  an energy more than `divergence` above the start, or not a number: rejected, `diverging`.
/// Random  momentum, tree (N) and acceptance of (seed, chain, transition).
/// Source  Duane et al. (1987), Phys. Lett. B 195, 216–222; Neal (2011), arXiv 1206.1901.
struct Hmc {
  double length = 1.5707963267948966;
  bool jitter = true;
  double divergence = 1000;  ///< nats
  std::int64_t most_steps = 1024;
};

inline constexpr Card hmc_card{
    .name = "hmc",
    .purpose = "Hamiltonian trajectories of a given length, by default jittered",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "about length / step size gradients a draw",
    .source = "Duane et al. (1987), Phys. Lett. B 195, 216-222; Neal (2011), arXiv:1206.1901",
};

template <class Rules>
Task hmc_transition(Strand& strand, Hmc method, const Tuning& tuning, Leapfrog& phase, const Point& point,
                    Streams streams, TransitionInfo& info) {
  const double epsilon = tuning.step_size;
  const double n = std::clamp(std::round(method.length / epsilon), 1.0, static_cast<double>(method.most_steps));
  auto steps = static_cast<std::int32_t>(n);
  if (method.jitter)
    steps = 1 + static_cast<std::int32_t>(streams.of(Purpose::tree).below(2 * static_cast<std::uint64_t>(n) - 1));
  phase.start(*tuning.metric, point);
  Rules::draw_momentum(streams, phase.momentum(), phase.dimension());
  const double before = Rules::energy(phase);
  info = {.energy = before};
  phase.kick(0.5 * epsilon);
  double gain = 0;
  for (std::int32_t k = 0; k < steps; ++k) {
    phase.drift(*tuning.metric, epsilon);
    phase.arrive(*tuning.metric, co_await strand.gradient(phase.point().x, phase.point().gradient));
    ++info.n_steps;
    phase.kick(k + 1 < steps ? epsilon : 0.5 * epsilon);
    // inside of the trajectory the momentum is half a step ahead: the energy there only shows what has run away
    gain = before - Rules::energy(phase);
    if (!(gain >= -method.divergence) || gain == infinity) {
      info.diverging = true;
      co_return;
    }
  }
  info.acceptance_rate = info.steering = acceptance_of(gain);
  info.moved = streams.of(Purpose::acceptance).uniform() < info.acceptance_rate;
  if (info.moved) info.energy = before - gain;
}

template <class Rules = HmcRules>
class HmcKernel : public ProposingKernel {
 public:
  HmcKernel(std::size_t dimension, Hmc method) : ProposingKernel(dimension), method_(method) {
    require(method.length > 0, "the length of a trajectory must be > 0; found {}", method.length);
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    from_ = &point;
    return hmc_transition<Rules>(strand, method_, tuning, phase_, point, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_leapfrog_step(strand, phase_, *tuning.metric, point, streams, AcceptedAbove{0.8}, 1, log_step);
  }

 private:
  Hmc method_;
};

}  // namespace thalweg
