// Densities whose evidence is known, for methods that follow a path to them.
#pragma once
#include <cmath>

#include "thalweg/density/functor.hpp"
#include "thalweg/density/test_densities.hpp"

#include "thalweg/density/distributions/distributions.hpp"  // after the model, whose Term it would hide

namespace thalweg {
inline namespace THALWEG_ISA {
namespace test {

/// x_j ~ N(0, 1), and 3 seen as N(x_j, s): all is normal.
struct Conjugate {
  static constexpr const char* name = "conjugate";
  int d = 5;
  double s = 0.3;
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto x = p.vector("x", d);
    for (int j = 1; j <= d; ++j) {
      p.prior += log_density<Normal>(x(j), 0.0, 1.0);
      p.likelihood += log_density<Normal>(3.0, x(j), s);
    }
  }
  Moments moments() const {
    const double variance = 1 / (1 + 1 / (s * s)), n = static_cast<double>(d);
    return {std::vector<double>(static_cast<std::size_t>(n), 3 * variance / (s * s)),
            std::vector<double>(static_cast<std::size_t>(n), variance)};
  }
  double log_evidence() const {
    const double v = 1 + s * s;
    return d * (-0.5 * std::log(6.283185307179586 * v) - 4.5 / v);
  }
};

/// A rate λ > 0 ~ exponential(1) and four waiting times of sum 3: ∫ e^{−λ} λ⁴ e^{−3λ} dλ = 4!/4⁵, the Jacobian of λ =
/// eˣ inside of the prior.
struct Rate {
  static constexpr const char* name = "rate";
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto rate = p.real("rate", {.lower = 0});
    p.prior += log_density<Exponential>(rate, 1.0);
    for (const double y : {0.2, 0.5, 0.9, 1.4}) p.likelihood += log_density<Exponential>(y, rate);
  }
};

/// The same data with a prior that leaves mu free.
struct Flat {
  static constexpr const char* name = "flat";
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto mu = p.real("mu"), sigma = p.real("sigma", {.lower = 0});
    p.prior += log_density<Exponential>(sigma, 1.0);
    for (const double y : {0.2, 0.5, 0.9, 1.4}) p.likelihood += log_density<Normal>(y, mu, sigma);
  }
};

/// ¾ N(−10 e₁, I) + ¼ N(10 e₁, I) in 10 dimensions, times (2π)⁵.
struct FarMixture {
  static constexpr double log_evidence = 9.189385332046727;
  std::int64_t dimension() const { return 10; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real left = 0.0, right = 0.0;
    for (std::size_t j = 0; j < 10; ++j) {
      const Real a = j == 0 ? x[j] + 10.0 : x[j], b = j == 0 ? x[j] - 10.0 : x[j];
      left += a * a, right += b * b;
    }
    left = -0.28768207245178096 - 0.5 * left, right = -1.3862943611198906 - 0.5 * right;
    const Real share = 1.0 / (1.0 + exp(left - right));
    for (std::size_t j = 0; j < 10; ++j) {
      const Real a = j == 0 ? x[j] + 10.0 : x[j], b = j == 0 ? x[j] - 10.0 : x[j];
      gradient[j] = -(1.0 - share) * a - share * b;
    }
    return max(left, right) + log1p(exp(-abs(left - right)));
  }
};

/// Σ over 16 pairs of −a⁴ + 6a² + ½a − ½b²: 2¹⁶ modes. Its log Z is a quadrature's.
struct ManyWell {
  static constexpr double log_evidence = 164.6957;
  std::int64_t dimension() const { return 32; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0.0;
    for (std::size_t j = 0; j < 32; j += 2) {
      const Real a = x[j], square = a * a, b = x[j + 1];
      sum += (6.0 - square) * square + 0.5 * a - 0.5 * b * b;
      gradient[j] = (12.0 - 4.0 * square) * a + 0.5;
      gradient[j + 1] = -b;
    }
    return sum;
  }
};

/// A Gaussian whose log p cannot be computed on a strip.
struct Strip {
  std::int64_t dimension() const { return 5; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0.0;
    for (std::size_t j = 0; j < 5; ++j) {
      sum -= 0.5 * x[j] * x[j];
      gradient[j] = -x[j];
    }
    const auto bad = x[0] > Real(1.0) && x[0] < Real(1.2);
    gradient[1] = select(bad, Real(not_a_number), gradient[1]);
    return select(bad, Real(not_a_number), sum);
  }
};

}  // namespace test
}  // namespace THALWEG_ISA
}  // namespace thalweg
