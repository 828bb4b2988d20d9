// Densities and approximations with known answers, for the tests of certificates.
#pragma once
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/optimize/approximation.hpp"

namespace thalweg::test {

/// log p = −½ xᵀΛx, or −∞ where x₀ < `edge`; a factor on the gradient's last element makes it a wrong one.
struct GaussianTarget {
  std::vector<double> precision;  ///< [d][d]
  double edge = -infinity;
  double gradient_factor = 1;

  std::int64_t dimension() const {
    return static_cast<std::int64_t>(std::sqrt(static_cast<double>(precision.size())) + 0.5);
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const std::size_t d = x.size();
    Real sum(0.0);
    for (std::size_t i = 0; i < d; ++i) {
      Real row(0.0);
      for (std::size_t j = 0; j < d; ++j) row += precision[i * d + j] * x[j];
      gradient[i] = -row;
      sum += x[i] * row;
    }
    gradient[d - 1] *= gradient_factor;
    return select(x[0] < Real(edge), Real(-infinity), -0.5 * sum);
  }
};

/// Logistic regression of n simulated outcomes on an intercept and d − 1 standard normal predictors, N(0, 2²) priors.
struct LogisticTarget {
  std::size_t d = 10, n = 300;
  std::vector<double> predictors, outcomes;

  LogisticTarget(std::size_t dimension, std::size_t count, std::uint64_t seed) : d(dimension), n(count) {
    Random<double> random(seed, Purpose::test, 10, 0);
    for (std::size_t i = 0; i < n; ++i) {
      double eta = 0;
      for (std::size_t j = 0; j < d; ++j) {
        predictors.push_back(j == 0 ? 1 : random.normal());
        eta += predictors.back() * (j % 2 ? 0.7 : -0.4);
      }
      outcomes.push_back(random.uniform() < 1 / (1 + std::exp(-eta)));
    }
  }
  std::int64_t dimension() const { return static_cast<std::int64_t>(d); }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum(0.0);
    for (std::size_t j = 0; j < d; ++j) {
      sum -= x[j] * x[j] / 8.0;
      gradient[j] = -x[j] / 4.0;
    }
    for (std::size_t i = 0; i < n; ++i) {
      Real eta(0.0);
      for (std::size_t j = 0; j < d; ++j) eta += predictors[i * d + j] * x[j];
      const Real residual = outcomes[i] - inv_logit(eta);
      sum += outcomes[i] * eta - log1p_exp(eta);
      for (std::size_t j = 0; j < d; ++j) gradient[j] += predictors[i * d + j] * residual;
    }
    return sum;
  }
};

/// [d][d] of the Cholesky factor of a symmetric positive matrix.
inline std::vector<double> cholesky(std::vector<double> a, std::size_t d) {
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = 0; i < d; ++i) {
      if (i < j) {
        a[i * d + j] = 0;
        continue;
      }
      for (std::size_t k = 0; k < j; ++k) a[i * d + j] -= a[i * d + k] * a[j * d + k];
      a[i * d + j] = i == j ? std::sqrt(a[i * d + i]) : a[i * d + j] / a[j * d + j];
    }
  return a;
}

inline std::vector<double> inverse(const std::vector<double>& a, std::size_t d) {
  const std::vector<double> c = cholesky(a, d);
  std::vector<double> out(d * d, 0.0);
  for (std::size_t k = 0; k < d; ++k) {
    std::vector<double> v(d, 0.0);
    v[k] = 1;
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < i; ++j) v[i] -= c[i * d + j] * v[j];
      v[i] /= c[i * d + i];
    }
    for (std::size_t i = d; i-- > 0;) {
      for (std::size_t j = i + 1; j < d; ++j) v[i] -= c[j * d + i] * v[j];
      v[i] /= c[i * d + i];
    }
    for (std::size_t i = 0; i < d; ++i) out[i * d + k] = v[i];
  }
  return out;
}

/// Correlation ρ between all pairs.
inline std::vector<double> equicorrelated(std::size_t d, double rho) {
  std::vector<double> s(d * d, rho);
  for (std::size_t i = 0; i < d; ++i) s[i * d + i] = 1;
  return s;
}

/// `count` draws with both log densities, of the components by turns.
inline Approximation draws_of(Points& points, std::vector<MultivariateNormal> components, std::size_t count,
                              std::uint64_t seed) {
  Approximation q;
  q.dimension = points.dimension();
  q.count = count;
  q.x.resize(count * q.dimension);
  q.log_p.resize(count), q.log_q.resize(count), q.component.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    q.component[i] = static_cast<std::int32_t>(i % components.size());
    Random<double> random(seed, Purpose::test, i, 1);
    const std::span<double> x{q.x.data() + i * q.dimension, q.dimension};
    components[i % components.size()].draw(random, x);
    double mixture = -infinity;
    for (const MultivariateNormal& c : components) mixture = log_sum_exp(mixture, c.log_density(x));
    q.log_q[i] = mixture - std::log(static_cast<double>(components.size()));
  }
  std::vector<double> gradient(q.x.size());
  points.evaluate(count, q.dimension, q.x.data(), gradient.data(), q.log_p.data());
  q.components = std::move(components);
  return q;
}

/// The full-rank Gaussian at a mode that Newton's method finds, with the Hessian by differences of the gradient.
inline MultivariateNormal laplace(Points& points) {
  const std::size_t d = points.dimension();
  std::vector<double> x(d, 0.0), covariance;
  for (int iteration = 0; iteration < 30; ++iteration) {
    std::vector<double> at, g((2 * d + 1) * d), log_p(2 * d + 1), h(d * d);
    constexpr double step = 1e-4;
    at.insert(at.end(), x.begin(), x.end());
    for (std::size_t j = 0; j < d; ++j)
      for (const double sign : {1.0, -1.0}) {
        at.insert(at.end(), x.begin(), x.end());
        at[at.size() - d + j] += sign * step;
      }
    points.evaluate(2 * d + 1, d, at.data(), g.data(), log_p.data());
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t i = 0; i < d; ++i)
        h[i * d + j] = -(g[(2 * j + 1) * d + i] - g[(2 * j + 2) * d + i]) / (2 * step);
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t i = 0; i < j; ++i) h[i * d + j] = h[j * d + i] = 0.5 * (h[i * d + j] + h[j * d + i]);
    covariance = inverse(h, d);
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j) x[i] += covariance[i * d + j] * g[j];
  }
  return MultivariateNormal::full(x, cholesky(covariance, d));
}

inline std::vector<std::string> names_of(std::size_t d) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < d; ++j) names.push_back("x[" + std::to_string(j + 1) + "]");
  return names;
}

}  // namespace thalweg::test
