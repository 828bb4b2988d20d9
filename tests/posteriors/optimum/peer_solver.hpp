// A second opinion on optima, written for the tests alone: Newton's method on differences of gradients.
#pragma once
#include <span>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg::testing {

/// Where the solver ended.
struct PeerOptimum {
  std::vector<double> x;
  double log_p = 0;
  double decrement = 0;  ///< ½gᵀ(−H)⁻¹g there; NaN where −H is not positive definite
  bool converged = false;
};

/// Climbs by (−H + λ·diag(1/sd²))⁻¹g, λ raised while −H is not positive definite or log p would not rise, lowered
/// after each success. H: central differences of gradients, steps of 1e-4 sds. Shares no code with thalweg/optimize.
class PeerSolver {
 public:
  PeerSolver(const Model& model, Parts parts, std::vector<double> sd);
  PeerOptimum climb(std::vector<double> x);
  double log_density(std::span<const double> x);
  /// ½gᵀ(−H)⁻¹g; NaN where −H is not positive definite.
  double decrement(std::span<const double> x);

 private:
  Workspace workspace_;
  std::vector<double> sd_;
};

}  // namespace thalweg::testing
