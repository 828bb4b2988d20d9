// A Gaussian that a path begins at.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"

namespace thalweg {

/// N(m, S), S diagonal or whole.
///
/// Shapes  mean: [d]; covariance: [d] variances, or [d][d].
/// Cost    a density with its gradient: d, or d² for each particle; a draw: d, or d²/2.
/// Errors  throws std::invalid_argument when S is not positive definite.
class GaussianReference {
 public:
  using Real = Particles::Reals;
  GaussianReference(std::vector<double> mean, std::span<const double> covariance);

  /// log N(x; m, S), normalised, and its gradient, of a pack.
  void evaluate(const double* x, double* gradient, Real& log_density);
  std::vector<double> draw(Random<double>& random) const;
  /// Draws for the lanes of a pack, [d][lanes].
  ///
  /// Random  noise of (seed, particle, step).
  void draw(std::uint64_t seed, std::uint64_t first_particle, std::uint64_t step, double* x) const;
  std::size_t dimension() const { return mean_.size(); }

 private:
  template <class R>
  void draw(Random<R>& random, R* x) const;
  bool is_dense() const { return factor_.size() > mean_.size(); }
  std::vector<double> mean_, factor_, precision_;  ///< factor_: [d] standard deviations, or L with S = L Lᵀ, [d][d]
  double log_normaliser_ = 0;
  std::vector<Real> apart_;  ///< x − m
};

}  // namespace thalweg
