// Densities whose approximations are known, or can be found another way.
#pragma once
#include <cmath>
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg::test {

/// N(mean, precision⁻¹), unnormalised; log Z = ½ d log 2π − ½ log |precision|.
struct DenseGaussian {
  std::vector<double> mean, precision;  ///< [d], [d][d]

  std::int64_t dimension() const { return static_cast<std::int64_t>(mean.size()); }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const std::size_t d = mean.size();
    Real sum = 0;
    for (std::size_t i = 0; i < d; ++i) {
      Real pull = 0;
      for (std::size_t j = 0; j < d; ++j) pull += precision[i * d + j] * (x[j] - mean[j]);
      gradient[i] = -pull;
      sum += pull * (x[i] - mean[i]);
    }
    return -0.5 * sum;
  }
  template <class Real>
  void hessian_vector(View<const Real>, View<const Real> v, View<Real> out) const {
    const std::size_t d = mean.size();
    for (std::size_t i = 0; i < d; ++i) {
      out[i] = 0;
      for (std::size_t j = 0; j < d; ++j) out[i] -= precision[i * d + j] * v[j];
    }
  }
};

/// A precision with eigenvalues between 0.1 and 10 or so and correlations of every sign.
inline Matrix some_precision(std::size_t d, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 0, 0);
  Matrix a(index(d), index(d));
  for (Eigen::Index i = 0; i < a.size(); ++i) a.data()[i] = random.normal();
  Matrix p = a * a.transpose() / static_cast<double>(d);
  p.diagonal().array() += 0.2;
  ColumnVector scale(index(d));
  for (std::size_t i = 0; i < d; ++i) scale[index(i)] = std::exp(0.5 * random.normal());
  return scale.asDiagonal() * p * scale.asDiagonal();
}
inline DenseGaussian gaussian_of(const Matrix& precision) {
  const auto d = static_cast<std::size_t>(precision.rows());
  DenseGaussian g{std::vector<double>(d), std::vector<double>(d * d)};
  for (std::size_t i = 0; i < d; ++i) {
    g.mean[i] = 0.3 * static_cast<double>(i) - 1;
    for (std::size_t j = 0; j < d; ++j) g.precision[i * d + j] = precision(index(i), index(j));
  }
  return g;
}
inline double log_z(const DenseGaussian& g) {
  const auto d = index(g.mean.size());
  const Eigen::Map<const Matrix> p(g.precision.data(), d, d);
  return 0.5 * static_cast<double>(d) * std::log(2 * M_PI) -
         std::log(p.llt().matrixL().toDenseMatrix().diagonal().prod());
}

/// 0.75 N(0, I) + 0.25 N(40 e₁, I): no path crosses from one basin to the other, no draw is in both.
struct FarMixture {
  std::int64_t d = 3;
  static constexpr double centre = 40;

  std::int64_t dimension() const { return d; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real near = 0, far = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      const Real y = j == 0 ? x[j] - centre : x[j];
      near += x[j] * x[j];
      far += y * y;
    }
    const Real a = log(0.75) - 0.5 * near, b = log(0.25) - 0.5 * far;
    const Real share = 1.0 / (1.0 + exp(a - b));
    for (std::size_t j = 0; j < x.size(); ++j) gradient[j] = -x[j] + (j == 0 ? share * centre : Real(0.0));
    return max(a, b) + log1p(exp(-abs(a - b)));
  }
};

/// Two coordinates, skewed and correlated: log p = 3x − 2eˣ − (y − 0.7x)² − log cosh(2y).
struct Skewed {
  static constexpr std::int64_t dimension() { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real e = exp(x[0]), r = x[1] - 0.7 * x[0], a = abs(2.0 * x[1]);
    const Real t = tanh(2.0 * x[1]);
    gradient[0] = 3.0 - 2.0 * e + 1.4 * r;
    gradient[1] = -2.0 * r - 2.0 * t;
    return 3.0 * x[0] - 2.0 * e - r * r - (a + log1p(exp(-2.0 * a)) - 0.6931471805599453);
  }
  template <class Real>
  void hessian_vector(View<const Real> x, View<const Real> v, View<Real> out) const {
    const Real e = exp(x[0]), t = tanh(2.0 * x[1]);
    out[0] = (-2.0 * e - 0.98) * v[0] + 1.4 * v[1];
    out[1] = 1.4 * v[0] - (2.0 + 4.0 * (1.0 - t * t)) * v[1];
  }
};

/// The same with t·x added, and without products.
struct Tilted {
  double t0 = 0, t1 = 0;
  static constexpr std::int64_t dimension() { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real value = Skewed{}.log_density(x, gradient);
    gradient[0] += t0;
    gradient[1] += t1;
    return value + t0 * x[0] + t1 * x[1];
  }
};

/// Skewed coordinates, each pulled towards its neighbours: log p = Σ 3x_i − 2e^{x_i} − ½ c Σ (x_i − x_{i+1})².
struct SkewedChain {
  std::int64_t d = 40;
  double coupling = 1;

  std::int64_t dimension() const { return d; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real e = exp(x[i]);
      sum += 3.0 * x[i] - 2.0 * e;
      gradient[i] = 3.0 - 2.0 * e;
    }
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      const Real r = x[i] - x[i + 1];
      sum -= 0.5 * coupling * r * r;
      gradient[i] -= coupling * r;
      gradient[i + 1] += coupling * r;
    }
    return sum;
  }
  template <class Real>
  void hessian_vector(View<const Real> x, View<const Real> v, View<Real> out) const {
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = -2.0 * exp(x[i]) * v[i];
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      const Real r = coupling * (v[i] - v[i + 1]);
      out[i] -= r;
      out[i + 1] += r;
    }
  }
};

/// A half-normal seen without a transform: −∞ below 0, so that wide Gaussians have draws outside the support.
struct HalfSpace {
  double edge = 0;
  static constexpr std::int64_t dimension() { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = 4.0 - x[0];
    gradient[1] = -x[1];
    const Real value = -0.5 * ((x[0] - 4.0) * (x[0] - 4.0) + x[1] * x[1]);
    return select(x[0] > edge, value, Real(-infinity));
  }
};

/// y = α + β·year + σ ε for years from 1952 to 2013 and log σ, flat priors: α and β are correlated by −0.99996, and
/// their scales differ by three orders of magnitude. Given σ the law is Gaussian about least squares.
struct Trend {
  static constexpr std::int64_t dimension() { return 3; }
  static constexpr int years = 62;
  static constexpr double year(int i) { return 1952.0 + i; }
  static double y(int i) { return 10 + 0.02 * (year(i) - 1980) + 1.1 * std::sin(2.4 * i * i + 0.3); }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real weight = exp(-2.0 * x[2]);
    Real sum = 0;
    gradient[0] = gradient[1] = 0;
    for (int i = 0; i < years; ++i) {
      const Real r = y(i) - x[0] - x[1] * year(i);
      sum += r * r;
      gradient[0] += weight * r;
      gradient[1] += weight * r * year(i);
    }
    gradient[2] = weight * sum - double(years);
    return -0.5 * weight * sum - double(years) * x[2];
  }
};

/// Nowhere finite.
struct Nowhere {
  static constexpr std::int64_t dimension() { return 2; }
  template <class Real>
  Real log_density(View<const Real>, View<Real> gradient) const {
    gradient[0] = gradient[1] = 0;
    return Real(-infinity);
  }
};

}  // namespace thalweg::test
