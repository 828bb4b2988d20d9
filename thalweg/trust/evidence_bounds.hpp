// Bounds of the log evidence that an approximation gives: from below by its own draws, from above by draws of p only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace thalweg {

/// A mean with its standard error. The bound holds for the expectation: allow two standard errors.
struct EvidenceBound {
  double value = 0, standard_error = 0;
};

/// ELBO = E_q[log p̃ − log q] ≤ log Z: the mean of the log ratios at draws of q; −∞ as soon as one is outside the
/// support.
///
/// Units   nats; log Z is that of p̃ = exp(log density) as the model gives it, with the constants that it drops.
/// Errors  NaN without draws, or with a NaN among them.
EvidenceBound evidence_lower_bound(std::span<const double> log_ratios);

/// IW-ELBO = E[log (1/K) Σ p̃/q] ≤ log Z with K draws of q in each of `groups` groups (draws left over are not used):
/// never below the ELBO in expectation, and rising with K.
///
/// Source  Burda, Grosse & Salakhutdinov (2016), ICLR, arXiv 1509.00519.
EvidenceBound importance_lower_bound(std::span<const double> log_ratios, std::size_t groups = 20);

/// EUBO = E_p[log p̃ − log q] ≥ log Z: the mean of the log ratios at draws of p, of `chains` chains one after another.
/// The standard error allows for their autocorrelation.
///
/// Source  Blessing, Jia, Esslinger, Vargas & Neumann (2024), ICML, arXiv 2406.07423.
EvidenceBound evidence_upper_bound(std::span<const double> log_ratios, std::int64_t chains = 1);

/// What is known of log Z. Only both sides together are a bracket.
struct EvidenceBounds {
  EvidenceBound lower, importance_lower;
  std::size_t importance_draws = 0;  ///< K of importance_lower
  std::optional<EvidenceBound> upper{};
  std::string upper_source{};  ///< whose draws of p: "posterior.run, 4000 draws"

  bool is_bracket() const { return upper.has_value(); }
  /// "log Z ≥ −12.31 (ELBO, se 0.02), ≥ −12.10 (importance-weighted, 50 draws, se 0.03)" and the upper side, if any.
  std::string describe() const;
};

}  // namespace thalweg
