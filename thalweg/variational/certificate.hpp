// How far an approximation can be trusted: what its own weights, short chains and a census of modes say, and the
// verdict.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/trust/error_bounds.hpp"
#include "thalweg/trust/evidence_bounds.hpp"
#include "thalweg/trust/pareto.hpp"
#include "thalweg/trust/resample.hpp"
#include "thalweg/trust/verdict.hpp"
#include "thalweg/variational/short_chains.hpp"

namespace thalweg {

/// What a census of modes found that q does not cover.
struct MissedModes {
  int modes = 0;
  double weight = 0;  ///< their share of the weight of all modes
};

/// Log ratios log p̃ − log q at draws of p, for the upper bound.
struct DrawsOfTarget {
  std::vector<double> log_ratios;  ///< chain after chain
  std::int64_t chains = 1;
  std::string source;  ///< "posterior.run, 4000 draws"
};

/// Functions of a point beside its coordinates: constrained parameters, say.
struct NamedFunctions {
  std::vector<std::string> names;
  std::function<void(std::span<const double> x, std::span<double> values)> evaluate{};
};

/// The errors that q may have. docs/trust.md says how often the verdict misses and alarms falsely.
struct CertificateLimits {
  double mean = 0.25;       ///< |mean of q − mean of p| in sds of p
  double sd_ratio = 1.25;   ///< sd of q over that of p, or the inverse
  double outside = 0.01;    ///< share of q's draws outside the support
  double missed = 0.01;     ///< share of the weight in modes that q does not cover
  double weight_ess = 100;  ///< least effective number of weighted draws, for resampled ones
};

struct CertificateSettings {
  std::uint64_t seed = 0;
  bool short_chains = true;
  ShortChains chains{};
  double significance = 0.01;             ///< of all the changes of one kind together
  double most_squared_correlation = 0.1;  ///< see ErrorBoundSettings
  std::size_t importance_groups = 20;     ///< the draws are so many samples of the importance-weighted ELBO
  std::size_t most_named = 1000;          ///< quantities with a k-hat of their own: those that the weights change most
  std::optional<MissedModes> census{};
  std::optional<DrawsOfTarget> target{};
  NamedFunctions functions{};
  CertificateLimits limits{};
  std::string model = "MODEL", run_file = "NAME.run";  ///< for the advice
};

/// A change of a mean (in sds after it) and of log sd, with standard errors.
struct MomentChange {
  double mean = 0, mean_se = 0, log_sd = 0, log_sd_se = 0;
};

/// What is known of one quantity.
struct QuantityCertificate {
  std::string name;
  double k_mean = 0, k_sd = 0;  ///< k-hat of |h − mean|·p/q and of its square; NaN when not among `most_named`
  MomentChange weighted{};      ///< from q's draws to the weighted ones
  ErrorBound chains{};          ///< from starts to ends of the short chains
  /// Changes beyond the limits and beyond chance; of the weights where k-hat and the moment's own are good, of the
  /// chains where they are reliable.
  bool weights_move_mean = false, weights_change_sd = false, chains_move_mean = false, chains_change_sd = false;

  bool wrong() const { return weights_move_mean || weights_change_sd || chains_move_mean || chains_change_sd; }
};

struct Certificate {
  ParetoWeights weights;
  EvidenceBounds evidence;
  std::vector<QuantityCertificate> quantities;  ///< coordinates, then functions
  std::size_t chains = 0, stuck = 0;            ///< chains: 0 when none ran
  double step_size = 0, acceptance = 0;
  Verdict verdict;
};

/// Judges q's draws as they are. `names`: of the unconstrained coordinates.
///
/// k-hat looks at weights, and is blind to a mode that q misses; the short chains find what is wrong nearby, in units
/// of each quantity; a census of modes speaks of what is far.
///
/// Cost    a sort of the draws for each quantity, and the gradients of the short chains.
/// Errors  std::invalid_argument on sizes that do not fit and fewer than 2 draws. Nothing else is thrown: q's that are
/// bad
///         in any way get a verdict.
Certificate certify(Points& points, const Approximation& q, std::span<const std::string> names,
                    const CertificateSettings& settings = {});

/// Judges draws that were resampled with the certificate's weights: k-hat has to be good (or the weights even), their
/// effective size and the number of distinct draws large enough, and no mode missed. What is wrong with q's own means
/// and sds no longer counts.
Verdict judge_resampled(const Certificate& certificate, const Resampled& resampled, const Approximation& q,
                        const CertificateSettings& settings);

/// The verdict alone. `q` for its family, settings for limits and advice.
Verdict judge(const Certificate& certificate, const Approximation& q, const CertificateSettings& settings);

}  // namespace thalweg
