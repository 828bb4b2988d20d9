// Eight schools: the smallest hierarchical model, in the form that samples well and in the form that does not.
#pragma once
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {

/// Estimated effects of coaching and their standard errors. Source: Rubin (1981), J. Educ. Stat. 6, 377–401.
struct EightSchoolsData {
  static constexpr int schools = 8;
  static constexpr double effect[schools] = {28, 8, -3, 7, -1, 1, 18, 12};
  static constexpr double error[schools] = {15, 10, 16, 11, 9, 11, 10, 18};
};

inline namespace THALWEG_ISA {

/// What the two forms share: y_j ~ N(θ_j, σ_j),  mu ~ N(0, 5),  tau ~ Cauchy⁺(0, 5), tau = e^s with Jacobian s.
/// Points are (one number a school, mu, s).
struct EightSchoolsBase : EightSchoolsData {
  static constexpr std::size_t n = schools, mu_at = n, tau_at = n + 1;
  std::int64_t dimension() const { return schools + 2; }

  /// −½ ((y − θ)/σ)² for one school, and its derivative in θ.
  template <class Real>
  static Real likelihood(std::size_t j, const Real& theta, Real& slope) {
    const Real r = effect[j] - theta;
    slope = r / (error[j] * error[j]);
    return -0.5 * (r * slope);
  }
  /// The priors of mu and tau with the Jacobian; sets their two elements of the gradient.
  template <class Real>
  static Real prior(const Real& mu, const Real& s, const Real& tau, View<Real> gradient) {
    const Real z = tau / 5.0, z2 = z * z;
    gradient[mu_at] = -mu / 25.0;
    gradient[tau_at] = 2.0 / (1.0 + z2) - 1.0;
    return -mu * mu / 50.0 - log1p(z2) + s;
  }
  /// log_jacobian of tau = e^s.
  template <class Real>
  Real log_jacobian(View<const Real> x, View<Real> gradient) const {
    for (std::size_t j = 0; j < n + 2; ++j) gradient[j] = Real(j == tau_at ? 1.0 : 0.0);
    return x[tau_at];
  }
  /// Sets x from named values: `school` one a school, mu, tau.
  static void read_point(const RawDataMap& parameters, const char* school, View<double> x) {
    if (const double* values = find_reals(parameters, school, {schools}))
      for (std::size_t j = 0; j < n; ++j) x[j] = values[j];
    if (const double* mu = find_reals(parameters, "mu", {})) x[mu_at] = *mu;
    if (const double* tau = find_reals(parameters, "tau", {})) {
      if (!(*tau > 0)) fail("{}: variable tau: expected a number > 0, found {}", parameters.origin, *tau);
      x[tau_at] = log(*tau);
    }
  }
};

/// Non-centred: theta_trans_j ~ N(0, 1),  θ = mu + tau · theta_trans.
struct EightSchools : EightSchoolsBase {
  static constexpr const char* name = "eight-schools";
  std::vector<DeclaredVariable> variables() const {
    return {{"theta_trans", "vector", {schools}},
            {"mu"},
            {"tau"},
            {"theta", "vector", {schools}, Block::transformed_parameters}};
  }

  static constexpr const char* prior_words = "theta_trans ~ normal(0, 1), mu ~ normal(0, 5), tau ~ cauchy(0, 5)";
  static constexpr const char* likelihood_words = "effect ~ normal(theta, error)";
  template <class Real>
  Real log_prior(View<const Real> x, View<Real> gradient) const {
    const Real s = x[tau_at];
    Real log_p = prior(x[mu_at], s, exp(s), gradient) - s;
    gradient[tau_at] -= 1.0;
    for (std::size_t j = 0; j < n; ++j) {
      log_p -= 0.5 * x[j] * x[j];
      gradient[j] = -x[j];
    }
    return log_p;
  }
  template <class Real>
  Real log_likelihood(View<const Real> x, View<Real> gradient) const {
    const Real mu = x[mu_at], tau = exp(x[tau_at]);
    Real log_p(0.0);
    gradient[mu_at] = gradient[tau_at] = Real(0.0);
    for (std::size_t j = 0; j < n; ++j) {
      Real slope;
      log_p += likelihood(j, mu + tau * x[j], slope);
      gradient[j] = tau * slope;
      gradient[mu_at] += slope;
      gradient[tau_at] += tau * slope * x[j];
    }
    return log_p;
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real mu = x[mu_at], s = x[tau_at], tau = exp(s);
    Real log_p = prior(mu, s, tau, gradient);
    for (std::size_t j = 0; j < n; ++j) {
      Real slope;
      log_p += likelihood(j, mu + tau * x[j], slope) - 0.5 * x[j] * x[j];
      gradient[j] = tau * slope - x[j];
      gradient[mu_at] += slope;
      gradient[tau_at] += tau * slope * x[j];
    }
    return log_p;
  }
  void constrain(View<const double> x, View<double> values) const {
    const double mu = x[mu_at], tau = exp(x[tau_at]);
    for (std::size_t j = 0; j < n; ++j) {
      values[j] = x[j];
      values[n + 2 + j] = mu + tau * x[j];
    }
    values[mu_at] = mu;
    values[tau_at] = tau;
  }
  void unconstrain(const RawDataMap& parameters, View<double> x) const { read_point(parameters, "theta_trans", x); }
};

/// Centred: θ_j ~ N(mu, tau). A funnel: its neck needs step sizes that its mouth wastes.
struct EightSchoolsCentered : EightSchoolsBase {
  static constexpr const char* name = "eight-schools-centered";
  std::vector<DeclaredVariable> variables() const { return {{"theta", "vector", {schools}}, {"mu"}, {"tau"}}; }

  static constexpr const char* prior_words = "theta ~ normal(mu, tau), mu ~ normal(0, 5), tau ~ cauchy(0, 5)";
  static constexpr const char* likelihood_words = "effect ~ normal(theta, error)";
  template <class Real>
  Real log_prior(View<const Real> x, View<Real> gradient) const {
    const Real mu = x[mu_at], s = x[tau_at], inverse_tau = exp(-s);
    Real log_p = prior(mu, s, exp(s), gradient) - (schools + 1.0) * s;
    gradient[tau_at] -= schools + 1.0;
    for (std::size_t j = 0; j < n; ++j) {
      const Real z = (x[j] - mu) * inverse_tau;
      log_p -= 0.5 * z * z;
      gradient[j] = -z * inverse_tau;
      gradient[mu_at] += z * inverse_tau;
      gradient[tau_at] += z * z;
    }
    return log_p;
  }
  template <class Real>
  Real log_likelihood(View<const Real> x, View<Real> gradient) const {
    Real log_p(0.0);
    gradient[mu_at] = gradient[tau_at] = Real(0.0);
    for (std::size_t j = 0; j < n; ++j) {
      Real slope;
      log_p += likelihood(j, x[j], slope);
      gradient[j] = slope;
    }
    return log_p;
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real mu = x[mu_at], s = x[tau_at], inverse_tau = exp(-s);
    Real log_p = prior(mu, s, exp(s), gradient) - static_cast<double>(schools) * s;
    gradient[tau_at] += -static_cast<double>(schools);
    for (std::size_t j = 0; j < n; ++j) {
      Real slope;
      const Real z = (x[j] - mu) * inverse_tau;
      log_p += likelihood(j, x[j], slope) - 0.5 * z * z;
      gradient[j] = slope - z * inverse_tau;
      gradient[mu_at] += z * inverse_tau;
      gradient[tau_at] += z * z;
    }
    return log_p;
  }
  void constrain(View<const double> x, View<double> values) const {
    for (std::size_t j = 0; j <= n; ++j) values[j] = x[j];
    values[tau_at] = exp(x[tau_at]);
  }
  void unconstrain(const RawDataMap& parameters, View<double> x) const { read_point(parameters, "theta", x); }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
