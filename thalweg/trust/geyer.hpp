// The effective sample size of several chains from their autocovariances.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace thalweg {

/// S / τ with τ = −1 + 2 Σ_k (ρ_{2k} + ρ_{2k+1}) over Geyer's initial monotone positive sequence, where
///   ρ_t = 1 − (W − γ_t)/V,  W = γ_0 n/(n−1),  V = γ_0 + variance of the chain means,  γ_t the chains' mean lag-t
/// autocovariance (divisor n). τ is kept ≥ 1/log₁₀ S, as antithetic chains would otherwise claim too much.
///
/// Shapes  `gamma` has chains(), draws() ≥ 3, variance_of_means() and operator()(lag), and is asked for lags in
///         rising order, no further than the sequence reaches.
/// Errors  NaN when a correlation is NaN (constant draws).
/// Source  Geyer (1992), Statistical Science 7, 473–483; Gelman et al., BDA 3, section 11.5; Vehtari et al. (2021).
template <class Autocovariances>
double effective_sample_size(Autocovariances& gamma) {
  const std::int64_t n = gamma.draws();
  const double total = double(n) * double(gamma.chains());
  const double gamma0 = gamma(0);
  const double within = gamma0 * double(n) / double(n - 1), mixed = gamma0 + gamma.variance_of_means();
  const auto correlation = [&](std::int64_t lag) { return 1 - (within - gamma(lag)) / mixed; };

  // rho holds whole pairs; of the pair that ended the sequence the even member counts once, when it is positive.
  std::vector<double> rho;
  double even = 1, odd = correlation(1);
  for (std::int64_t lag = 2; lag < n - 2 && even + odd > 0; lag += 2) {
    rho.push_back(even);
    rho.push_back(odd);
    even = correlation(lag);
    odd = correlation(lag + 1);
  }
  if (std::isnan(even + odd)) return std::nan("");
  const double lone = even > 0 || even + odd >= 0 ? even : 0;

  double pairs = 0, bound = rho.empty() ? 0 : rho[0] + rho[1];
  for (std::size_t k = 0; k < rho.size(); k += 2) pairs += bound = std::min(bound, rho[k] + rho[k + 1]);
  const double tau = std::max(-1 + 2 * pairs + lone, 1 / std::log10(total));
  return total / tau;
}

}  // namespace thalweg
