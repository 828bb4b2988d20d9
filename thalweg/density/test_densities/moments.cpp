// The exact moments of the test densities; for eight schools by a quadrature that converges geometrically.
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"
#include "thalweg/density/test_densities/ill_conditioned_gaussian.hpp"

namespace thalweg {
namespace {

Moments constant(std::size_t n, double mean, double variance) {
  return {std::vector<double>(n, mean), std::vector<double>(n, variance)};
}

Moments ill_conditioned(std::size_t n) {
  Moments m = constant(n, 0, 0);
  for (std::size_t j = 0; j < n; ++j)
    m.variance[j] = IllConditionedGaussian::variance(static_cast<std::int64_t>(j), static_cast<std::int64_t>(n));
  return m;
}

Moments funnel(std::size_t n) {
  Moments m = constant(n, 0, std::exp(4.5));  // E e^v, v ~ N(0, 9)
  m.variance[0] = 9;
  return m;
}

Moments rosenbrock(std::size_t n) {
  Moments m = constant(n, 1, 1);
  for (std::size_t j = 1; j < n; j += 2) m.mean[j] = 2, m.variance[j] = 6.1;  // Var a² + Q = 6 + 0.1
  return m;
}

Moments mixture(std::size_t n) {
  Moments m = constant(n, 0, 0.75 + 0.25 * 0.36);
  m.mean[0] = 1;
  m.variance[0] = 0.84 + 0.25 * 16 - 1;
  return m;
}

/// First and second moments, given tau, of (theta_trans, mu, tau, theta): all but tau are normal then.
struct GivenTau : EightSchoolsData {
  static constexpr std::size_t n = schools, size = 2 * n + 2;
  double log_weight;  ///< log of the marginal density of log tau, up to a constant
  double first[size], second[size];

  explicit GivenTau(double s) {
    const double tau = std::exp(s), tau2 = tau * tau;
    double precision = 1.0 / 25, linear = 0, quadratic = 0, logs = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const double w = 1 / (error[j] * error[j] + tau2);
      precision += w, linear += w * effect[j], quadratic += w * effect[j] * effect[j], logs += std::log(w);
    }
    const double v = 1 / precision, mu = v * linear;  // of mu given tau
    log_weight = 0.5 * (std::log(v) + logs - quadratic + mu * linear) + s - std::log1p(tau2 / 25);
    set(n, mu, v);
    set(n + 1, tau, 0);
    for (std::size_t j = 0; j < n; ++j) {
      const double s2 = error[j] * error[j], w = 1 / (s2 + tau2), pull = tau2 * w, keep = s2 * w;
      set(j, tau * w * (effect[j] - mu), keep + tau2 * w * w * v);
      set(n + 2 + j, pull * effect[j] + keep * mu, keep * tau2 + keep * keep * v);
    }
  }
  void set(std::size_t i, double mean, double variance) {
    first[i] = mean;
    second[i] = variance + mean * mean;
  }
};

/// Averages GivenTau over s = log tau by the trapezoidal rule. The integrand is analytic for |Im s| < π/2, so the
/// error at step h is of order exp(−π²/h): nothing at h = 0.1; it decays as e^s and e^(−7s).
Moments eight_schools(bool centered) {
  constexpr std::size_t n = EightSchoolsData::schools;
  double total = 0;
  std::vector<double> first(GivenTau::size), second(GivenTau::size);
  for (int k = -450; k <= 150; ++k) {
    const GivenTau g(0.1 * k);
    const double weight = std::exp(g.log_weight + 30);
    total += weight;
    for (std::size_t i = 0; i < GivenTau::size; ++i) {
      first[i] += weight * g.first[i];
      second[i] += weight * g.second[i];
    }
  }
  Moments all;
  for (std::size_t i = 0; i < GivenTau::size; ++i) {
    all.mean.push_back(first[i] / total);
    all.variance.push_back(second[i] / total - all.mean[i] * all.mean[i]);
  }
  if (!centered) return all;
  Moments m;
  for (const std::size_t from : {n + 2, n}) {  // theta, then mu and tau
    const std::size_t count = from == n ? 2 : n;
    for (std::size_t i = from; i < from + count; ++i) {
      m.mean.push_back(all.mean[i]);
      m.variance.push_back(all.variance[i]);
    }
  }
  return m;
}

}  // namespace

Moments exact_moments(std::string_view model) {
  const Model density = test_density(model);
  const std::string& name = density.name();
  const auto n = static_cast<std::size_t>(density.dimension());
  if (name == "gaussian" || name == "correlated-gaussian") return constant(n, 0, 1);
  if (name == "ill-conditioned-gaussian") return ill_conditioned(n);
  if (name == "banana") return {{0, 0}, {100, 19}};
  if (name == "funnel") return funnel(n);
  if (name == "rosenbrock") return rosenbrock(n);
  if (name == "mixture") return mixture(n);
  if (name == "ring") return constant(n, 0, 8);
  if (name == "eight-schools") return eight_schools(false);
  if (name == "eight-schools-centered") return eight_schools(true);
  fail("the moments of test density {} are not written down", name);
}

}  // namespace thalweg
