// The gradient of bench/programs/mixture.stan by hand.
#pragma once
#include <vector>

#include "bench/hand/point.hpp"
#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// yₙ ~ θ N(μ₁, σ₁) + (1 − θ) N(μ₂, σ₂),  μ₂ = μ₁ + e^{q₁},  σ = e^{q₂}, e^{q₃},  θ = logistic(q₄).
struct Mixture {
  std::vector<double> y;

  explicit Mixture(const DataMap& data) : y(data.values.at("y").reals) {}
  int dimension() const { return 5; }

  template <class Real>
  Real log_density(Point<Real> q, Slope<Real> g) const {
    const Real gap = exp(q[1]), mu_1 = q[0], mu_2 = mu_1 + gap, s_1 = exp(q[2]), s_2 = exp(q[3]);
    const Real theta = 1.0 / (1.0 + exp(-q[4])), i_1 = 1.0 / s_1, i_2 = 1.0 / s_2;
    const Real log_theta = -log1p(exp(-q[4])), log_rest = -log1p(exp(q[4]));
    const Real c_1 = log_theta - q[2], c_2 = log_rest - q[3];  // without the common −½ log 2π
    // sums over observations of the weights w of the first part and 1 − w, times 1, z and z²
    Real w_1(0.0), z_1(0.0), q_1(0.0), z_2(0.0), q_2(0.0), log_p(0.0);
    LogProduct<Real> factors;
    for (const double yn : y) {
      const Real a = (yn - mu_1) * i_1, b = (yn - mu_2) * i_2, aa = a * a, bb = b * b;
      const Real first = c_1 - 0.5 * aa, second = c_2 - 0.5 * bb;
      const auto first_larger = first > second;
      const Real decay = exp(-abs(first - second)), both = 1.0 + decay, large = 1.0 / both, small = decay * large;
      log_p += select(first_larger, first, second);
      factors *= both;
      const Real w = select(first_larger, large, small), v = select(first_larger, small, large), wa = w * a, vb = v * b;
      w_1 += w;
      z_1 += wa;
      z_2 += vb;
      q_1 = fma(wa, a, q_1);
      q_2 = fma(vb, b, q_2);
    }
    const double n = double(y.size());
    const Real w_2 = n - w_1, along_1 = z_1 * i_1 - 0.25 * mu_1, along_2 = z_2 * i_2 - 0.25 * mu_2;
    g.set(0, along_1 + along_2);
    g.set(1, gap * along_2 + 1.0);
    g.set(2, q_1 - w_1 - 0.25 * s_1 * s_1 + 1.0);
    g.set(3, q_2 - w_2 - 0.25 * s_2 * s_2 + 1.0);
    g.set(4, w_1 - n * theta + 5.0 * (1.0 - 2.0 * theta));
    return log_p + factors.log() - 0.125 * (s_1 * s_1 + s_2 * s_2 + mu_1 * mu_1 + mu_2 * mu_2) + q[1] + q[2] + q[3] +
           5.0 * (log_theta + log_rest);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
