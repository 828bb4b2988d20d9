// Stochastic gradient Langevin dynamics: the Langevin step along the gradient of a minibatch.
#pragma once
#include <algorithm>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/ensemble/stochastic_gradient.hpp"
#include "thalweg/dynamics/langevin/step.hpp"

namespace thalweg {

/// x ← x + h Σ ĝ(x) + √(2hT) L z, ĝ the gradient of log p with the likelihood of m of the n observations, n/m times;
/// Σ = L Lᵀ diagonal. It is `langevin_step`: with the unit metric and T = 0 stochastic gradient ascent, with m = n
/// what `ula` does, to the last bit. h is that of `ula`; much of the literature writes ε/2 for it.
///
/// Where log p is Gaussian with −∇²log p = H and ĝ has the covariance V, the stationary covariance S of a fixed h
/// solves  H S + S H − h H S H = 2T I + h V  (unit metric).
///
/// Step    automatic: 2·tolerance/(λ + v/T), so that discretisation (hλ/2) and minibatches (hv/2T) add together about
///         that share to the variances.
/// Units   h is the square of a length in the whitened space: dimensionless.
/// Cost    one gradient of a minibatch.
/// Source  Welling & Teh (2011), Proc. 28th ICML, 681–688; Mandt, Hoffman & Blei (2017), JMLR 18(134) (T = 0).
inline constexpr Card sgld_card{
    .name = "sgld",
    .purpose = "Langevin dynamics along gradients of minibatches; stochastic gradient ascent at temperature 0",
    .needs = "a log density that is a sum over observations, with its gradient; continuous parameters",
    .exact = "biased: variances by shares of order h and h n/m; a tail with full gradients measures it",
    .cost = "1 gradient of a minibatch a transition; the tail 5,000 to 50,000 full gradients",
    .source = "Welling & Teh (2011), Proc. 28th ICML, 681-688",
};

template <class Rules = MinibatchRules>
class SgldEnsemble final : public MinibatchEnsemble<Rules> {
 public:
  SgldEnsemble(const Model& model, const SampleSettings& settings, int width, StochasticGradient method = {})
      : MinibatchEnsemble<Rules>(model, settings, width, method), zero_(this->dimension(), Real(0.0)) {}
  int vectors() const override { return 1; }

 private:
  using Base = MinibatchEnsemble<Rules>;
  using Base::lanes;
  using typename Base::Real;
  enum Vector { position, gradient };

  static View<const Real> view(const double* v, std::size_t d) { return {reinterpret_cast<const Real*>(v), d}; }
  static View<Real> view(double* v, std::size_t d) { return {reinterpret_cast<Real*>(v), d}; }

  void begin(Particles& p, std::size_t pack, const double* g) override {
    PackVectors<Real>{this->dimension()}.copy(g, p.vector(gradient, pack));
  }
  void propose(Particles& p, std::size_t pack, std::uint64_t number, double* y) override {
    const std::size_t d = this->dimension();
    Random<Real> random(this->seed(), Purpose::noise, p.number(pack), number);
    const double *const x = p.x(pack), *const g = p.vector(gradient, pack);
    if (this->is_unit())
      return langevin_step<Real>(this->h(), this->temperature(), view(x, d), view(g, d), random, view(y, d));
    double* const force = this->scratch(2);
    for (std::size_t j = 0; j < d; ++j) store(force + j * lanes, this->sigma()[j] * load<Real>(g + j * lanes));
    langevin_step<Real>(this->h(), this->temperature(), {zero_.data(), d}, view(static_cast<const double*>(force), d),
                        random, view(y, d));
    for (std::size_t j = 0; j < d; ++j)
      store(y + j * lanes, load<Real>(x + j * lanes) + this->sigma()[j] * load<Real>(y + j * lanes));
  }
  void arrive(Particles& p, std::size_t pack, std::uint64_t, const Mask<Real>& sound, const double* g) override {
    PackVectors<Real>{this->dimension()}.copy_where(sound, g, p.vector(gradient, pack));
  }
  double automatic_step(double lambda, double v) const override {
    return 2 * this->method().tolerance / (lambda + v / this->temperature());
  }

  std::vector<Real> zero_;
};

}  // namespace thalweg
