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
  /// A draw, or one for each lane of R.
  template <class R>
  void draw(Random<R>& random, double* x) const {
    constexpr auto lanes = static_cast<std::size_t>(width_of<R>);
    for (std::size_t j = 0; j < dimension(); ++j) store(x + j * lanes, random.normal());
    for (std::size_t i = dimension(); i-- > 0;) {  // row i needs the normals up to i alone
      R sum = mean_[i];
      if (!is_dense())
        sum += factor_[i] * load<R>(x + i * lanes);
      else
        for (std::size_t j = 0; j <= i; ++j) sum += factor_[i * dimension() + j] * load<R>(x + j * lanes);
      store(x + i * lanes, sum);
    }
  }
  std::size_t dimension() const { return mean_.size(); }
  double log_determinant() const { return log_determinant_; }  ///< of S

 private:
  bool is_dense() const { return factor_.size() > mean_.size(); }
  std::vector<double> mean_, factor_, precision_;  ///< factor_: [d] standard deviations, or L with S = L Lᵀ, [d][d]
  double log_determinant_ = 0;
  std::vector<Real> apart_;  ///< x − m
};

}  // namespace thalweg
