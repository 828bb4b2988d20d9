// The certificate of a run: do its stored draws belong to the density that the model states, gradient and all?
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "thalweg/trust/boundary.hpp"
#include "thalweg/trust/gradient_check.hpp"
#include "thalweg/trust/score_identities.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg {

/// What of a run is audited: as many draws of every chain, evenly spaced, in the unconstrained space.
struct AuditedDraws {
  std::size_t dimension = 0, chains = 0, per_chain = 0;
  std::vector<double> x;            ///< [chains][per_chain][dimension]
  std::string unusable_reason{};    ///< why some are NaN: on a bound in double precision, say
  std::string no_identities{};      ///< why the points cannot be told to be of the density, in words; empty: they can
  std::int64_t tail = 0;            ///< stored draws at the end of each chain that were looked at for standstill
  std::vector<std::int64_t> stuck;  ///< chains that never moved over them
};

struct RunCertificateSettings {
  double temperature = 1;      ///< the draws are of p^{1/T}; > 0
  bool adjusted = true;        ///< exact by a Metropolis test or weights
  double squared_bias = 0;     ///< of a method that is not, in variances (SamplerFacts::squared_bias)
  double significance = 1e-3;  ///< of all score identities together
  std::size_t points = 32;     ///< at which slopes are compared
  std::uint64_t seed = 0;
  std::string model = "MODEL", run_file = "NAME.run";  ///< for the advice
};

/// Comparisons of the gradient with differences of log p along random directions.
struct SlopesOfRun {
  std::size_t compared = 0, failed = 0, inconclusive = 0;
  SlopeCheck worst{};              ///< of those that failed, in standard deviations along `coordinate`
  std::ptrdiff_t coordinate = -1;  ///< along which it fails by most; −1: along a random direction only
};

struct RunCertificate {
  std::size_t draws = 0, groups = 0;  ///< audited; independent of each other for the standard errors
  std::size_t unusable = 0;  ///< of the draws: log p or the gradient is not finite there; a neighbour stands in
  bool identities_tested = false;
  ScoreIdentities identities;  ///< without those that the boundary form replaces
  BoundaryIdentities boundary;
  std::vector<ScoreIdentity> excused;  ///< failures that the bias of the steps explains
  SlopesOfRun slopes;
  std::int64_t tail = 0;
  std::vector<std::int64_t> stuck;
  std::int64_t gradients = 0;  ///< that the audit took
  Verdict verdict;             ///< of the certificate alone; `merge` adds it to that of the summary
};

/// Audits draws: the score identities E[gᵢ] = 0 and E[(xᵢ − mᵢ)gⱼ] = −δᵢⱼ of g = ∇log p/T with standard errors from
/// the means of chains (of stretches of them, with fewer than 32); slopes of log p against the gradient at `points`
/// of the draws; chains that stand still. Where identities fail and log p ends in a wall along the coordinate, the
/// boundary-weighted ones decide instead. For a method without a Metropolis test a failure that is within five times
/// the bias √squared_bias is a note.
///
/// They see a gradient that is not that of log p, chains that have not reached equilibrium, a truncated support; not a
/// mode that no chain has reached, nor wrong weights of modes. They need not hold where log p jumps between two finite
/// values.
///
/// Cost    a gradient for each audited draw, and 14 for each of the points; more where something fails.
/// Random  directions from (seed, check, point).
/// Errors  std::invalid_argument on sizes that do not fit or a temperature that is not > 0.
RunCertificate certify_run(const EvaluateRows& evaluate, const AuditedDraws& draws, std::span<const std::string> names,
                           const RunCertificateSettings& settings = {});

}  // namespace thalweg
