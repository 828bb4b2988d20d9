// Small densities whose optima are known, and those on which optimizers go astray.
#pragma once
#include <cmath>
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/table_of.hpp"

namespace thalweg::test {

inline std::vector<double> normals(std::size_t n, std::uint64_t particle) {
  Random<double> random(11, Purpose::test, particle, 0);
  std::vector<double> v(n);
  for (double& x : v) x = random.normal();
  return v;
}

/// −½ Σᵢ λᵢ (xᵢ − i mod 3)², λ from 1 to `condition`, evenly in the logarithm.
struct Bowl {
  static constexpr const char* name = "bowl";
  std::int64_t d = 4;
  double condition = 100;
  std::int64_t dimension() const { return d; }
  double curvature(std::size_t i) const {
    return d == 1 ? 1 : std::pow(condition, static_cast<double>(i) / static_cast<double>(d - 1));
  }
  static double centre(std::size_t i) { return static_cast<double>(i % 3); }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real r = x[i] - centre(i);
      gradient[i] = -curvature(i) * r;
      sum += gradient[i] * r;
    }
    return 0.5 * sum;
  }
};

/// x²/2 − x⁴/4 − y²/2: a saddle at 0, maxima at (±1, 0) with log p = ¼.
struct Saddle {
  static constexpr const char* name = "saddle";
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real u = x[0] * x[0];
    gradient[0] = x[0] - u * x[0];
    gradient[1] = -x[1];
    return 0.5 * u - 0.25 * u * u - 0.5 * x[1] * x[1];
  }
};

/// 2 log x − x: a maximum at 2, and no number at x < 0.
struct Hole {
  static constexpr const char* name = "hole";
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = 2.0 / x[0] - 1.0;
    return 2.0 * log(x[0]) - x[0];
  }
};

/// x₁ + 3x₂ up to x₂ = 1, and no number beyond: it has no maximum, only an edge.
struct Cliff {
  static constexpr const char* name = "cliff";
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real room = sqrt(1.0 - x[1]);  // NaN beyond the edge
    gradient[0] = -x[0];
    gradient[1] = 3.0 + 0.0 * room;
    return 3.0 * x[1] - 0.5 * x[0] * x[0] + 0.0 * room;
  }
};

/// 2x₁ − x₂²/2: it only rises.
struct Slope {
  static constexpr const char* name = "slope";
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = 2.0 + 0.0 * x[0];
    gradient[1] = -x[1];
    return 2.0 * x[0] - 0.5 * x[1] * x[1];
  }
};

/// A funnel's neck, −(v/60)⁸ − 4.5 v − ½ e^{−v} Σ xᵢ², with nine x: straight as that of one without an end down to
/// v = −60, and a maximum at v = −60·(4.5·60/8)^{1/7} = −99.18.
struct Neck {
  static constexpr const char* name = "neck";
  std::int64_t dimension() const { return 10; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real v = x[0], precision = exp(-v), u = v / 60.0, u2 = u * u, u4 = u2 * u2;
    Real sum = 0;
    for (std::size_t j = 1; j < x.size(); ++j) {
      gradient[j] = -precision * x[j];
      sum += x[j] * x[j];
    }
    gradient[0] = 0.5 * precision * sum - 4.5 - 8.0 / 60.0 * u4 * u2 * u;
    return -u4 * u4 - 4.5 * v - 0.5 * precision * sum;
  }
};

/// −½(x₁ − e^{x₂})² − log(1 + e^{2x₂}): levels off as x₂ → −∞, like a scale whose mode is 0; nowhere a maximum.
struct Shelf {
  static constexpr const char* name = "shelf";
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real s = exp(x[1]), r = x[0] - s, share = inv_logit(2.0 * x[1]);
    gradient[0] = -r;
    gradient[1] = r * s - 2.0 * share;
    return -0.5 * r * r - log1p_exp(2.0 * x[1]);
  }
};

/// −∞ everywhere.
struct Nowhere {
  static constexpr const char* name = "nowhere";
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    for (std::size_t i = 0; i < x.size(); ++i) gradient[i] = Real(0.0) * x[i];
    return Real(-infinity);
  }
};

/// y ~ N(X b, 1), flat prior.
struct LinearRegression {
  static constexpr const char* name = "linear";
  std::size_t p = 3;
  std::vector<double> x{}, y{};  ///< [n][p], [n]
  std::int64_t dimension() const { return static_cast<std::int64_t>(p); }
  std::vector<DeclaredVariable> variables() const { return {{"b", "vector", {dimension()}}}; }
  template <class Real>
  Real log_density(View<const Real> b, View<Real> gradient) const {
    Real log_p = 0;
    for (std::size_t k = 0; k < p; ++k) gradient[k] = Real(0.0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      Real r = y[i];
      for (std::size_t k = 0; k < p; ++k) r -= x[i * p + k] * b[k];
      for (std::size_t k = 0; k < p; ++k) gradient[k] += x[i * p + k] * r;
      log_p -= 0.5 * r * r;
    }
    return log_p;
  }
};

/// P(y = 1) = 1/(1 + e^{−Xb}), flat prior.
struct LogisticRegression {
  static constexpr const char* name = "logistic";
  std::size_t p = 3;
  std::vector<double> x{}, y{};  ///< [n][p]; [n] of 0 and 1
  std::int64_t dimension() const { return static_cast<std::int64_t>(p); }
  std::vector<DeclaredVariable> variables() const { return {{"b", "vector", {dimension()}}}; }
  template <class Real>
  Real log_density(View<const Real> b, View<Real> gradient) const {
    Real log_p = 0;
    for (std::size_t k = 0; k < p; ++k) gradient[k] = Real(0.0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double sign = y[i] > 0 ? 1 : -1;
      Real eta = 0;
      for (std::size_t k = 0; k < p; ++k) eta += sign * x[i * p + k] * b[k];
      const Real hit = -max(-eta, Real(0.0)) - log1p(exp(-abs(eta)));  // log P of what was seen
      const Real miss = exp(hit - eta);
      for (std::size_t k = 0; k < p; ++k) gradient[k] += sign * x[i * p + k] * miss;
      log_p += hit;
    }
    return log_p;
  }
};

inline constexpr std::size_t regression_rows = 40;

/// Columns 1, x, x′ of normals; outcomes with noise.
inline LinearRegression linear_regression() {
  LinearRegression r;
  const std::vector<double> x = normals(3 * regression_rows, 1), noise = normals(regression_rows, 2);
  r.x = x;
  for (std::size_t i = 0; i < regression_rows; ++i) {
    r.x[3 * i] = 1;
    r.y.push_back(0.7 - 1.3 * x[3 * i + 1] + 20 * x[3 * i + 2] + noise[i]);
  }
  return r;
}
/// The same with two columns that are one.
inline LinearRegression collinear_regression() {
  LinearRegression r = linear_regression();
  for (std::size_t i = 0; i < regression_rows; ++i) r.x[3 * i + 2] = r.x[3 * i + 1];
  return r;
}
inline LogisticRegression logistic_regression() {
  LogisticRegression r;
  r.x = linear_regression().x;
  const std::vector<double> noise = normals(regression_rows, 3);
  for (std::size_t i = 0; i < regression_rows; ++i) r.y.push_back(r.x[3 * i + 1] + 2 * noise[i] > 0.3);
  return r;
}
/// The second coefficient alone tells zeros from ones.
inline LogisticRegression separable_regression() {
  LogisticRegression r = logistic_regression();
  for (std::size_t i = 0; i < regression_rows; ++i) r.y[i] = r.x[3 * i + 1] > 0.1;
  return r;
}

/// y ~ ½ N(mu₁, σ₁) + ½ N(mu₂, σ₂) with mu ~ N(0, 5) and log σ ~ N(0, 1/√strength): without bound at strength 0.
struct TwoNormals {
  static constexpr const char* name = "two-normals";
  double strength = 1;
  std::vector<double> y{-2.1, -1.7, -1.5, -2.6, 1.9, 2.2, 2.4, 3.0, 1.4};
  std::int64_t dimension() const { return 4; }
  std::vector<DeclaredVariable> variables() const { return {{"mu", "vector", {2}}, {"sigma", "vector", {2}}}; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real log_p = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      log_p -= x[k] * x[k] / 50.0 + 0.5 * strength * x[2 + k] * x[2 + k];
      gradient[k] = -x[k] / 25.0;
      gradient[2 + k] = -strength * x[2 + k];
    }
    const Real w[2] = {exp(-x[2]), exp(-x[3])};
    for (const double v : y) {
      const Real z[2] = {(v - x[0]) * w[0], (v - x[1]) * w[1]};
      const Real a = -x[2] - 0.5 * z[0] * z[0], b = -x[3] - 0.5 * z[1] * z[1];
      const Real share = 1.0 / (1.0 + exp(b - a));
      log_p += max(a, b) + log1p(exp(-abs(a - b)));
      const Real shares[2] = {share, 1.0 - share};
      for (std::size_t k = 0; k < 2; ++k) {
        gradient[k] += shares[k] * z[k] * w[k];
        gradient[2 + k] += shares[k] * (z[k] * z[k] - 1.0);
      }
    }
    return log_p;
  }
  void constrain(View<const double> x, View<double> values) const {
    for (std::size_t k = 0; k < 2; ++k) {
      values[k] = x[k];
      values[2 + k] = std::exp(x[2 + k]);
    }
  }
};

}  // namespace thalweg::test
