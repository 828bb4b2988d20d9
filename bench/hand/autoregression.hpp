// The gradient of bench/programs/autoregression.stan by hand.
#pragma once
#include <vector>

#include "bench/hand/point.hpp"
#include "thalweg/core/data_map.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// yₜ ~ N(α + Σₖ βₖ yₜ₋ₖ, σ),  σ = eᵘ; of order 5, so that coefficients and their sums stay in registers.
struct Autoregression {
  static constexpr int order = 5;
  std::vector<double> y;

  explicit Autoregression(const DataMap& data) : y(data.values.at("y").reals) {
    require(data.values.at("K").integers[0] == order, "the hand-written autoregression has order 5");
  }
  int dimension() const { return order + 2; }

  template <class Real>
  Real log_density(Point<Real> q, Slope<Real> g) const {
    const Real alpha = q[0], u = q[order + 1], sigma = exp(u), weight = 1.0 / (sigma * sigma);
    Real beta[order], along[order], squares(0.0), sum(0.0);
    for (int k = 0; k < order; ++k) {
      beta[k] = q[k + 1];
      along[k] = Real(0.0);
    }
    for (std::size_t t = order; t < y.size(); ++t) {
      Real r = y[t] - alpha;
#pragma GCC unroll 5
      for (std::size_t k = 0; k < order; ++k) r = fma(-y[t - 1 - k], beta[k], r);
      squares = fma(r, r, squares);
      sum += r;
#pragma GCC unroll 5
      for (std::size_t k = 0; k < order; ++k) along[k] = fma(y[t - 1 - k], r, along[k]);
    }
    Real log_p = -0.5 * squares * weight - 0.005 * alpha * alpha;
    g.set(0, sum * weight - 0.01 * alpha);
    for (int k = 0; k < order; ++k) {
      log_p -= 0.005 * beta[k] * beta[k];
      g.set(k + 1, along[k] * weight - 0.01 * beta[k]);
    }
    const Real s = sigma * sigma * 0.16, spread = 1.0 + s;
    const double steps = double(y.size() - order);
    g.set(order + 1, squares * weight - steps - 2.0 * s / spread + 1.0);
    return log_p - log(spread) + (1.0 - steps) * u;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
