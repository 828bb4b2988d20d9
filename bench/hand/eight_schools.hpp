// The gradient of bench/programs/eight_schools.stan by hand.
#pragma once
#include <vector>

#include "bench/hand/point.hpp"
#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// θ = μ + τ z,  yⱼ ~ N(θⱼ, σⱼ),  zⱼ ~ N(0, 1),  μ ~ N(0, 5),  τ ~ Cauchy⁺(0, 5),  τ = eᵘ.
struct EightSchools {
  std::vector<double> y, precision;

  explicit EightSchools(const DataMap& data) : y(data.values.at("y").reals) {
    for (const double s : data.values.at("sigma").reals) precision.push_back(1 / (s * s));
  }
  int dimension() const { return 2 + int(y.size()); }

  template <class Real>
  Real log_density(Point<Real> q, Slope<Real> g) const {
    const Real mu = q[0], u = q[1], tau = exp(u), spread = 1.0 + 0.04 * tau * tau;
    Real squares = 0.04 * mu * mu, along_mu(0.0), along_tau(0.0);
    for (int j = 0; j < int(y.size()); ++j) {
      const Real z = q[2 + j], r = (y[std::size_t(j)] - mu) - tau * z, slope = r * precision[std::size_t(j)];
      squares = fma(r, slope, fma(z, z, squares));
      along_mu += slope;
      along_tau = fma(slope, z, along_tau);
      g.set(2 + j, tau * slope - z);
    }
    g.set(0, along_mu - 0.04 * mu);
    g.set(1, tau * (along_tau - 0.08 * tau / spread) + 1.0);
    return -0.5 * squares - log(spread) + u;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
