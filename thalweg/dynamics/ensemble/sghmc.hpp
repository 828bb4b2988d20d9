// Stochastic gradient Hamiltonian Monte Carlo: momentum and friction, and the minibatches' own noise taken off the
// bath.
#pragma once
#include <algorithm>
#include <cmath>

#include "thalweg/core/card.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/ensemble/stochastic_gradient.hpp"

namespace thalweg {

/// x ← x + ε L p,   p ← (1 − εγ) p + ε Lᵀĝ(x) + √(2ε max(γT − B̂, 0)) z,   B̂ⱼ = ε v̂ⱼ/2,
/// ĝ as in sgld, v̂ⱼ the variance of the whitened gradient's coordinate j over minibatches, found at the starts. The
/// minibatches do a part of what the bath would: only the rest is drawn. At T = 0 nothing is drawn and it is ascent
/// with momentum.
///
/// Step    automatic: the smallest of √(4·tolerance/λ), 1/(2γ) and 4·tolerance·γT/v. With the last the minibatches do
///         2·tolerance of the bath's work; what v̂ leaves out of it, the correlations of their noise, is less.
/// Units   ε a time, γ an inverse time in the whitened space: dimensionless.
/// Cost    one gradient of a minibatch.
/// Errors  εγ ≥ 1 ends the run at once. A lane whose step fails draws its momentum afresh.
/// Random  beside what all share: momentum of (seed, particle, 0 at the start, k + 1 after a failure in step k).
/// Source  Chen, Fox & Guestrin (2014), Proc. 31st ICML, arXiv 1402.4102, equations 13 and 14.
inline constexpr Card sghmc_card{
    .name = "sghmc",
    .purpose = "Hamiltonian dynamics with friction along gradients of minibatches, their noise taken off the bath's",
    .needs = "a log density that is a sum over observations, with its gradient; continuous parameters",
    .exact = "biased: by the step and by what the estimate of the minibatches' noise misses; a tail measures it",
    .cost = "1 gradient of a minibatch a transition; the tail 5,000 to 50,000 full gradients",
    .source = "Chen, Fox & Guestrin (2014), Proc. 31st ICML, arXiv:1402.4102",
};

template <class Rules = MinibatchRules>
class SghmcEnsemble final : public MinibatchEnsemble<Rules> {
 public:
  SghmcEnsemble(const Model& model, const SampleSettings& settings, int width, StochasticGradient method = {})
      : MinibatchEnsemble<Rules>(model, settings, width, method), friction_(settings.special.friction.value_or(1)) {
    require(!settings.step_size || *settings.step_size * friction_ < 1,
            "step size times friction must be < 1 for sghmc; found {} times {}", settings.step_size.value_or(0),
            friction_);
  }
  int vectors() const override { return 1; }

 private:
  using Base = MinibatchEnsemble<Rules>;
  using Base::lanes;
  using typename Base::Real;
  enum Vector { position, momentum };

  /// √T z, or 0 at T = 0.
  void draw_momentum(std::uint64_t first_particle, std::uint64_t step, double* p) {
    const PackVectors<Real> v{this->dimension()};
    const double t = this->temperature();
    if (t > 0) v.fill_normals(this->seed(), Purpose::momentum, first_particle, step, p);
    for (std::size_t j = 0; j < this->dimension(); ++j)
      store(p + j * lanes, t > 0 ? std::sqrt(t) * load<Real>(p + j * lanes) : Real(0.0));
  }
  void begin(Particles& p, std::size_t pack, const double*) override {
    draw_momentum(p.number(pack), 0, p.vector(momentum, pack));
  }
  void propose(Particles& p, std::size_t pack, std::uint64_t, double* y) override {
    const double *const x = p.x(pack), *const u = p.vector(momentum, pack);
    for (std::size_t j = 0; j < this->dimension(); ++j)
      store(y + j * lanes, load<Real>(x + j * lanes) + this->h() * this->sigma()[j] * load<Real>(u + j * lanes));
  }
  void arrive(Particles& p, std::size_t pack, std::uint64_t number, const Mask<Real>& sound, const double* g) override {
    const PackVectors<Real> v{this->dimension()};
    const double e = this->h(), t = this->temperature();
    double *const u = p.vector(momentum, pack), *const fresh = this->scratch(2), *const next = this->scratch(3);
    Random<Real> random(this->seed(), Purpose::noise, p.number(pack), number);
    for (std::size_t j = 0; j < this->dimension(); ++j) {
      const Real kicked =
          (1 - e * friction_) * load<Real>(u + j * lanes) + e * this->sigma()[j] * load<Real>(g + j * lanes);
      const double bath = std::sqrt(2 * e * std::max(friction_ * t - 0.5 * e * this->noise()[j], 0.0));
      store(next + j * lanes, t > 0 ? kicked + bath * random.normal() : kicked);
    }
    v.copy_where(sound, next, u);
    if (all(sound)) return;
    draw_momentum(p.number(pack), number + 1, fresh);
    v.copy_where(!sound, fresh, u);
  }
  double automatic_step(double lambda, double v) const override {
    const double smooth = std::sqrt(4 * this->method().tolerance / lambda), t = this->temperature();
    const double damped = std::min(smooth, 0.5 / friction_);
    return v > 0 ? std::min(damped, 4 * this->method().tolerance * friction_ * t / v) : damped;
  }
  bool needs_noise() const override { return this->temperature() > 0; }

  double friction_;
};

}  // namespace thalweg
