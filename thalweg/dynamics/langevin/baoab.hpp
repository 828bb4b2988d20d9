// Underdamped Langevin dynamics by splitting: BAOAB and OBABO.
#pragma once
#include <cmath>

#include "thalweg/core/card.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/langevin/unadjusted.hpp"

namespace thalweg {

enum class Splitting : std::int32_t { baoab, obabo };

/// One step of  dx = L p dt,  dp = Lᵀ∇log p dt − γ p dt + √(2γT) dW,  made of
///   B: p += ε/2·Lᵀ∇log p,   A: x += ε/2·L p,   O: p ← a p + √(T(1 − a²)) z,  a = exp(−γε),
/// in the order B A O A B, or O B A A B O with half steps of O. At T = 0 nothing is drawn: damped descent.
///
/// Units   step_size ε a time and friction γ an inverse time in the whitened space: dimensionless.
/// Cost    one gradient.
/// Errors  no finite log p or gradient, or an energy error beyond use: stays, `diverging`; the momentum is drawn
/// afresh. Random  noise of (seed, chain, transition). Source  Leimkuhler & Matthews (2013), Appl. Math. Res. eXpress
/// 2013(1), 34–56.
struct Underdamped {
  Splitting splitting = Splitting::baoab;
  double friction = 1;
  double temperature = 1;
  double tolerance = 5e-4;  ///< variance of the energy error a dimension, see unadjusted.hpp
};

inline constexpr Card baoab_card{
    .name = "baoab",
    .purpose = "underdamped Langevin dynamics without a test; positions of a Gaussian come out exactly",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "biased: by a share of order step^2, on Gaussians not in the positions; exact as the step goes to 0",
    .cost = "1 gradient a transition",
    .source = "Leimkuhler & Matthews (2013), Appl. Math. Res. eXpress 2013(1), 34-56",
};
inline constexpr Card obabo_card{
    .name = "obabo",
    .purpose = "underdamped Langevin dynamics, the splitting that keeps the momentum's law",
    .needs = "a log density with its gradient, continuous parameters",
    .exact =
        "biased: variances by a share of order step^2 (1/(1 - step^2/4) on Gaussians); exact as the step goes to 0",
    .cost = "1 gradient a transition",
    .source = "Bussi & Parrinello (2007), Phys. Rev. E 75, 056707",
};

inline Task underdamped_transition(Strand& strand, Underdamped method, const Tuning& tuning, Leapfrog& phase,
                                   const double* carried, double* normals, const Point& point, Streams streams,
                                   TransitionInfo& info) {
  const double epsilon = tuning.step_size, t = method.temperature;
  const bool inside = method.splitting == Splitting::baoab;
  const double a = exp(-method.friction * (inside ? epsilon : 0.5 * epsilon)), b = sqrt(t * (1 - a * a));
  const std::size_t d = phase.dimension(), n = phase.size();
  double* const p = phase.momentum();
  phase.start(*tuning.metric, point);
  if (t > 0) fill_normals(streams.seed, Purpose::noise, streams.chain, streams.step, normals, 2 * n);
  for (std::size_t i = d; i < n; ++i) normals[i] = normals[n + i] = 0;
  if (dot(carried, carried, n) == 0)
    for (std::size_t i = 0; i < n; ++i) p[i] = t > 0 ? sqrt(t) * normals[n + i] : 0;
  else
    copy(carried, p, n);
  double exchanged = 0;  // by the bath
  const auto refresh = [&](const double* z) {
    exchanged -= 0.5 * dot(p, p, n);
    for (std::size_t i = 0; i < n; ++i) p[i] = t > 0 ? a * p[i] + b * z[i] : a * p[i];
    exchanged += 0.5 * dot(p, p, n);
  };
  info = {.energy = phase.energy(), .n_steps = 1};
  const double before = info.energy;
  if (!inside) refresh(normals);
  phase.kick(0.5 * epsilon);
  if (inside) {
    phase.drift(*tuning.metric, 0.5 * epsilon);
    refresh(normals);
    phase.drift(*tuning.metric, 0.5 * epsilon);
  } else {
    phase.drift(*tuning.metric, epsilon);
  }
  phase.arrive(*tuning.metric, co_await strand.gradient(phase.point().x, phase.point().gradient));
  phase.kick(0.5 * epsilon);
  if (!inside) refresh(normals + n);
  const double energy = phase.energy();
  const double error = t > 0 ? (energy - before - exchanged) / t : 0;
  info.moved = std::isfinite(energy + dot(phase.force(), phase.force(), n)) && !runs_away(error, d);
  info.diverging = !info.moved;
  if (!info.moved) {
    for (std::size_t i = 0; i < n; ++i) p[i] = 0;
    co_return;
  }
  info.error = error;
  info.energy = energy;
  info.acceptance_rate = acceptance_of(-error);
  info.steering = steering_of(error, d, method.tolerance);
}

class UnderdampedKernel : public ProposingKernel {
 public:
  UnderdampedKernel(std::size_t dimension, Underdamped method)
      : ProposingKernel(dimension), method_(method), carried_(1, dimension), normals_(2, dimension) {
    require(method.friction > 0, "friction must be > 0; found {}", method.friction);
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    from_ = &point;
    return underdamped_transition(strand, method_, tuning, phase_, carried_[0], normals_[0], point, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_leapfrog_step(strand, phase_, *tuning.metric, point, streams,
                              SteeredAbove{phase_.dimension(), method_.tolerance}, 1, log_step);
  }
  void take(Point& point) override {
    copy(phase_.momentum(), carried_[0], phase_.size());
    ProposingKernel::take(point);
  }
  std::span<double> carried() override { return {carried_[0], phase_.dimension()}; }

 private:
  Underdamped method_;
  Vectors carried_, normals_;
};

}  // namespace thalweg
