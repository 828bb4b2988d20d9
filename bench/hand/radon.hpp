// The gradient of bench/programs/radon.stan by hand.
#pragma once
#include <vector>

#include "bench/hand/point.hpp"
#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// αⱼ ~ N(μ, σ_α),  yₙ ~ N(α_{j(n)} + β xₙ, σ_y); the scales enter as exp of the last two coordinates.
struct Radon {
  int counties;
  std::vector<int> county;  // from 0
  std::vector<double> x, y;

  explicit Radon(const DataMap& data)
      : counties(data.values.at("J").integers[0]),
        county(data.values.at("county").integers),
        x(data.values.at("floor_measure").reals),
        y(data.values.at("log_radon").reals) {
    for (int& j : county) --j;
  }
  int dimension() const { return counties + 4; }

  template <class Real>
  Real log_density(Point<Real> q, Slope<Real> g) const {
    const Real beta = q[counties], mu = q[counties + 1], u_alpha = q[counties + 2], u_y = q[counties + 3];
    const Real s_alpha = exp(u_alpha), s_y = exp(u_y), w_alpha = 1.0 / (s_alpha * s_alpha), w_y = 1.0 / (s_y * s_y);

    Real squares(0.0), sum(0.0);
    for (int j = 0; j < counties; ++j) {
      const Real d = q[j] - mu;
      squares = fma(d, d, squares);
      sum += d;
      g.set(j, -d * w_alpha);
    }
    Real residuals(0.0), along_x(0.0);
    for (std::size_t n = 0; n < y.size(); ++n) {
      const Real r = (y[n] - beta * x[n]) - q[county[n]];
      residuals = fma(r, r, residuals);
      along_x = fma(x[n], r, along_x);
      g.add(county[n], r * w_y);
    }
    const double observations = double(y.size());
    g.set(counties, along_x * w_y - beta * 0.01);
    g.set(counties + 1, sum * w_alpha - mu * 0.01);
    g.set(counties + 2, squares * w_alpha - double(counties) - s_alpha * s_alpha + 1.0);
    g.set(counties + 3, residuals * w_y - observations - s_y * s_y + 1.0);
    return -0.5 *
               (squares * w_alpha + residuals * w_y + s_alpha * s_alpha + s_y * s_y + 0.01 * (mu * mu + beta * beta)) +
           (1.0 - double(counties)) * u_alpha + (1.0 - observations) * u_y;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
