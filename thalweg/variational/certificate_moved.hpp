// Draws of an approximation that short chains moved: their density is unknown, so that no weight and no k-hat speaks of
// them. What does: whether they have forgotten their starts, and whether they obey the identities of p's gradient.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "thalweg/trust/diagnostics.hpp"
#include "thalweg/trust/score_identities.hpp"
#include "thalweg/trust/verdict.hpp"
#include "thalweg/variational/short_chains.hpp"

namespace thalweg {

struct MovedSettings {
  double significance = 0.01;  ///< of all nested R-hats together, and of all identities together
  double rhat = 1.01;          ///< nested R-hat may exceed it by what chance explains
  std::string model = "MODEL", run_file = "NAME.run";  ///< for the advice
};

/// How well one coordinate has forgotten the starts.
struct StartMemory {
  std::string name;
  NestedRHat nested;  ///< of normal scores, superchain: the chains of a start; the worse of location and scale
  double z = 0;       ///< of the same ratio of variances under equal laws, as a standard normal
  bool failed = false;
};

struct MovedCertificate {
  std::vector<StartMemory> memory;  ///< one a coordinate
  ScoreIdentities identities;
  Verdict verdict;
};

/// Judges the ends of chains of which `copies` > 1 share each start. A coordinate fails when its nested R-hat is above
/// the limit and the variance ratio F = M·B/W (B: of the means of K starts, W: inside, M copies), which has Fisher's
/// law with K − 1 and K(M − 1) degrees of freedom when starts are forgotten, is beyond chance.
/// More than 1 % of chains that never moved fail too.
///
/// Errors  std::invalid_argument when each start has one chain only: nothing can then be said of its memory.
/// Source  Margossian et al. (2025), Bayesian Analysis 20, arXiv 2110.13017; F to z: Paulson (1942), Ann. Math.
/// Stat. 13.
MovedCertificate certify_moved(const MovedDraws& moved, std::span<const std::string> names,
                               const MovedSettings& settings = {});

}  // namespace thalweg
