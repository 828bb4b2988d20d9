// Dual averaging: the step size whose mean acceptance is the target.
#pragma once
#include "thalweg/core/math.hpp"

namespace thalweg {

/// Nesterov's dual averaging of log ε, with observation α_t of the acceptance rate:
///   H̄_t = (1 − η) H̄_{t−1} + η (δ − α_t),  η = 1/(t + t₀);    log ε_t = μ − √t/γ · H̄_t;
///   log ε̄_t = t^{−κ} log ε_t + (1 − t^{−κ}) log ε̄_{t−1}.
/// ε_t is used while adapting, ε̄_t afterwards.
///
/// Units   step sizes are times in the whitened space: dimensionless.
/// Source  Hoffman & Gelman (2014), JMLR 15, 1593–1623, section 3.2.
struct DualAveraging {
  double target = 0.8;  ///< δ
  double gamma = 0.05, t0 = 10, kappa = 0.75;

  struct State {
    double mu = 0;                  ///< log ε is drawn towards this
    double count = 0;               ///< t
    double error = 0;               ///< H̄
    double log_step = 0;            ///< log ε_t
    double log_step_average = 0;    ///< log ε̄_t
    double log_step_spread = 0;     ///< mean square of log ε_t about it, with the same weights
    double acceptance_average = 0;  ///< of α_t, with the same weights
    bool operator==(const State&) const = default;
  };

  State start(double log_step, double mu) const { return {mu, 0, 0, log_step, log_step, 0, target}; }
  /// An acceptance that is not a number counts as 0.
  void step(State& s, double acceptance) const {
    if (!(acceptance >= 0)) acceptance = 0;
    s.count += 1;
    const double eta = 1 / (s.count + t0);
    s.error = (1 - eta) * s.error + eta * (target - acceptance);
    const double weight = exp(-kappa * log(s.count)), used = s.log_step;
    s.log_step = s.mu - sqrt(s.count) / gamma * s.error;
    s.acceptance_average = weight * acceptance + (1 - weight) * s.acceptance_average;
    const double off = used - s.log_step_average;
    s.log_step_average += weight * off;
    s.log_step_spread = (1 - weight) * (s.log_step_spread + weight * off * off);
  }
};

}  // namespace thalweg
