// Models whose parameters and data can be simulated, for calibration: prior, simulator and posterior are one law.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/density/functor.hpp"

#include "thalweg/density/distributions/distributions.hpp"  // after the model, whose Term it would hide

#include "thalweg/density/distributions/rng_counts.hpp"

namespace thalweg::test {

/// What can be wrong with a posterior; every model here multiplies its likelihood's logarithm by `weight` and counts
/// the Jacobian of one positive parameter `jacobian` times.
struct Fault {
  double weight = 1, jacobian = 1;
};

inline double log_normal_density(double y, double mean, double sd) {
  const double z = (y - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.9189385332046727;
}

/// y ~ N(Xβ, σ): six observations, correlated columns, σ unknown and positive.
struct CalibratedRegression {
  static constexpr const char* name = "regression";
  static constexpr std::size_t n = 6, parameters = 4;
  static constexpr std::array<double, n> a{-1.6, -0.9, -0.2, 0.3, 0.9, 1.5}, b{-1.1, -1.3, 0.5, -0.3, 1.0, 0.9};
  std::vector<double> y;
  Fault fault;

  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto beta = p.vector("beta", 3);
    const auto sigma = p.real("sigma", {.lower = 0});
    p.prior += log_density<Normal>(beta, 0.0, 1.0);
    p.prior += log_density<Exponential>(sigma, 1.0);
    if (fault.jacobian != 1) p.prior += (fault.jacobian - 1) * log(sigma);
    for (std::size_t i = 0; i < n; ++i)
      p.likelihood += fault.weight * log_density<Normal>(y[i], beta(1) + a[i] * beta(2) + b[i] * beta(3), sigma);
  }
  template <class Random>
  static std::vector<double> draw_prior(Random& random) {
    std::vector<double> values(parameters);
    for (std::size_t k = 0; k < 3; ++k) values[k] = random.normal();
    values[3] = rng::exponential(random, 1.0);
    return values;
  }
  static double mean(std::span<const double> values, std::size_t i) {
    return values[0] + a[i] * values[1] + b[i] * values[2];
  }
  template <class Random>
  void draw_data(Random& random, std::span<const double> values) {
    for (std::size_t i = 0; i < n; ++i) y.push_back(mean(values, i) + values[3] * random.normal());
  }
  double log_likelihood(std::span<const double> values) const {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += log_normal_density(y[i], mean(values, i), values[3]);
    return sum;
  }
};

/// Six groups with effects μ + τ zⱼ, each seen once with a known error: the non-centred form.
struct CalibratedGroups {
  static constexpr const char* name = "groups";
  static constexpr std::size_t n = 6, parameters = n + 2;
  static constexpr std::array<double, n> error{0.3, 0.4, 0.5, 0.6, 0.8, 1.0};
  std::vector<double> y;
  Fault fault;

  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto z = p.vector("z", n);
    const auto mu = p.real("mu");
    const auto tau = p.real("tau", {.lower = 0});
    p.prior += log_density<StdNormal>(z);
    p.prior += log_density<Normal>(mu, 0.0, 1.0);
    p.prior += log_density<Exponential>(tau, 1.0);
    if (fault.jacobian != 1) p.prior += (fault.jacobian - 1) * log(tau);
    for (std::size_t i = 0; i < n; ++i)
      p.likelihood += fault.weight * log_density<Normal>(y[i], mu + tau * z(static_cast<int>(i) + 1), error[i]);
  }
  template <class Random>
  static std::vector<double> draw_prior(Random& random) {
    std::vector<double> values(parameters);
    for (std::size_t k = 0; k < n + 1; ++k) values[k] = random.normal();
    values[n + 1] = rng::exponential(random, 1.0);
    return values;
  }
  static double mean(std::span<const double> values, std::size_t i) { return values[n] + values[n + 1] * values[i]; }
  template <class Random>
  void draw_data(Random& random, std::span<const double> values) {
    for (std::size_t i = 0; i < n; ++i) y.push_back(mean(values, i) + error[i] * random.normal());
  }
  double log_likelihood(std::span<const double> values) const {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += log_normal_density(y[i], mean(values, i), error[i]);
    return sum;
  }
};

/// Four shares between 0 and 1, Beta with mean m and concentration κ, each seen in eight trials.
struct CalibratedShares {
  static constexpr const char* name = "shares";
  static constexpr std::size_t n = 4, parameters = n + 2;
  static constexpr int trials = 8;
  std::vector<int> y;
  Fault fault;

  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto theta = p.vector("theta", n, {.lower = 0, .upper = 1});
    const auto m = p.real("m", {.lower = 0, .upper = 1});
    const auto kappa = p.real("kappa", {.lower = 0});
    p.prior += log_density<BetaProportion>(theta, m, kappa);
    p.prior += log_density<Beta>(m, 2.0, 2.0);
    p.prior += log_density<Gamma>(kappa, 4.0, 0.5);
    if (fault.jacobian != 1) p.prior += (fault.jacobian - 1) * log(kappa);
    p.likelihood += fault.weight * log_density<Binomial>(as_array(y), trials, theta);
  }
  template <class Random>
  static std::vector<double> draw_prior(Random& random) {
    std::vector<double> values(parameters);
    values[n] = rng::beta(random, 2.0, 2.0);
    values[n + 1] = rng::gamma(random, 4.0, 0.5);
    for (std::size_t k = 0; k < n; ++k) values[k] = rng::beta_proportion(random, values[n], values[n + 1]);
    return values;
  }
  template <class Random>
  void draw_data(Random& random, std::span<const double> values) {
    for (std::size_t i = 0; i < n; ++i) y.push_back(rng::binomial(random, trials, values[i]));
  }
  /// Up to a constant that no parameter is in: ranks do not change.
  double log_likelihood(std::span<const double> values) const {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (y[i] > 0) sum += y[i] * std::log(values[i]);
      if (y[i] < trials) sum += (trials - y[i]) * std::log1p(-values[i]);
    }
    return sum;
  }
};

}  // namespace thalweg::test
