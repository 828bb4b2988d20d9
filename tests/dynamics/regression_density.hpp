// A linear regression with known noise, its subsets by hand, and what stochastic gradients must make of it.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/core/random.hpp"
#include "thalweg/density/density.hpp"

namespace thalweg::test {

/// y = Xθ + noise of sd σ, θ ~ N(0, τ²): three coefficients, the last two of correlated columns.
struct RegressionDensity {
  static constexpr const char* name = "regression";
  static constexpr std::size_t d = 3;
  std::size_t n = 400;
  double sigma = 2, tau = 0.5;
  std::vector<double> x, y;

  explicit RegressionDensity(std::size_t size = 400) : n(size), x(d * n), y(n) {
    Random<double> random(77, Purpose::test, 0, 0);
    for (std::size_t i = 0; i < n; ++i) {
      const double a = random.normal(), b = random.normal();
      double* const row = &x[i * d];
      row[0] = 1, row[1] = a, row[2] = 0.7 * a + 0.7 * b;
      y[i] = 1.5 * row[0] - row[1] + 0.5 * row[2] + sigma * random.normal();
    }
  }
  std::int64_t dimension() const { return d; }
  std::int64_t observations() const { return static_cast<std::int64_t>(n); }

  template <class Real>
  Real log_density(View<const Real> theta, View<Real> gradient, const Subset& subset) const {
    Real log_p = prior(theta, gradient);
    for (const std::int32_t i : subset.indices)
      log_p += term(static_cast<std::size_t>(i), subset.scale, theta, gradient);
    return log_p;
  }
  template <class Real>
  Real log_density(View<const Real> theta, View<Real> gradient) const {
    Real log_p = prior(theta, gradient);
    for (std::size_t i = 0; i < n; ++i) log_p += term(i, 1, theta, gradient);
    return log_p;
  }

 private:
  template <class Real>
  Real prior(View<const Real> theta, View<Real> gradient) const {
    Real log_p = 0.0;
    for (std::size_t j = 0; j < d; ++j) {
      log_p += -0.5 / (tau * tau) * theta[j] * theta[j];
      gradient[j] = -1 / (tau * tau) * theta[j];
    }
    return log_p;
  }
  template <class Real>
  Real term(std::size_t i, double scale, View<const Real> theta, View<Real> gradient) const {
    const double* const row = &x[i * d];
    Real r = y[i];
    for (std::size_t j = 0; j < d; ++j) r = r - row[j] * theta[j];
    const double weight = scale / (sigma * sigma);
    for (std::size_t j = 0; j < d; ++j) gradient[j] += weight * row[j] * r;
    return -0.5 * weight * r * r;
  }
};

using Matrix3 = std::array<std::array<double, 3>, 3>;

inline Matrix3 product(const Matrix3& a, const Matrix3& b) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}
inline Matrix3 transposed(const Matrix3& a) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) c[i][j] = a[j][i];
  return c;
}

/// What is known of the posterior, and of gradients of minibatches of m without replacement.
struct RegressionTruth {
  const RegressionDensity& density;
  Matrix3 hessian{};  ///< −∇² log p
  std::array<double, 3> mode{};

  explicit RegressionTruth(const RegressionDensity& of) : density(of) {
    std::array<double, 3> b{};
    for (std::size_t i = 0; i < of.n; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        b[j] += of.x[i * 3 + j] * of.y[i] / (of.sigma * of.sigma);
        for (std::size_t k = 0; k < 3; ++k) hessian[j][k] += of.x[i * 3 + j] * of.x[i * 3 + k] / (of.sigma * of.sigma);
      }
    for (std::size_t j = 0; j < 3; ++j) hessian[j][j] += 1 / (of.tau * of.tau);
    for (int k = 0; k < 10000; ++k)  // Gauss–Seidel
      for (std::size_t j = 0; j < 3; ++j) {
        double r = b[j];
        for (std::size_t l = 0; l < 3; ++l)
          if (l != j) r -= hessian[j][l] * mode[l];
        mode[j] = r / hessian[j][j];
      }
  }

  /// H⁻¹, by Newton's iteration X ← X (2I − H X).
  Matrix3 covariance() const {
    double trace = 0;
    for (std::size_t j = 0; j < 3; ++j) trace += hessian[j][j];
    Matrix3 x{};
    for (std::size_t j = 0; j < 3; ++j) x[j][j] = 1 / trace;
    for (int k = 0; k < 60; ++k) {
      Matrix3 rest = product(hessian, x);
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) rest[i][j] = (i == j) * 2 - rest[i][j];
      x = product(x, rest);
    }
    return x;
  }

  /// The covariance of ĝ at θ̂ + δ, averaged over δ of mean 0 and covariance S.
  Matrix3 noise(double m, const Matrix3& s) const {
    const auto n = static_cast<double>(density.n);
    const double s2 = density.sigma * density.sigma;
    Matrix3 squares{}, g{};
    std::array<double, 3> mean{};
    for (std::size_t i = 0; i < density.n; ++i) {
      const double* const row = &density.x[i * 3];
      double e = density.y[i], spread = 0;
      for (std::size_t j = 0; j < 3; ++j) e -= row[j] * mode[j];
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) spread += row[j] * s[j][k] * row[k];
      for (std::size_t j = 0; j < 3; ++j) {
        mean[j] += row[j] * e / s2 / n;
        for (std::size_t k = 0; k < 3; ++k) {
          squares[j][k] += row[j] * row[k] * (e * e + spread) / (s2 * s2) / n;
          g[j][k] += row[j] * row[k] / s2 / n;
        }
      }
    }
    const Matrix3 moved = product(product(g, s), g);
    const double factor = n * n / m * (n - m) / (n - 1);
    Matrix3 v{};
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) v[j][k] = factor * (squares[j][k] - mean[j] * mean[k] - moved[j][k]);
    return v;
  }

  /// The stationary covariance of sgld at a fixed step: S = (I − hH) S (I − hH) + h² V(S) + 2hT I, by iteration.
  Matrix3 stationary(double h, double temperature, double m) const {
    Matrix3 a{}, s{};
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) a[j][k] = (j == k) - h * hessian[j][k];
    for (int step = 0; step < 20000; ++step) {
      const Matrix3 v = noise(m, s), kept = product(product(a, s), a);
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) s[j][k] = kept[j][k] + h * h * v[j][k] + (j == k) * 2 * h * temperature;
    }
    return s;
  }
};

}  // namespace thalweg::test
