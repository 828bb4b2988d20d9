// The Gaussian that approximations are made of, in the three shapes whose covariance can be afforded.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg {

/// N(m, Σ) with Σ = S (I + Q (C Cᵀ − I) Qᵀ) S, S = diag(scale), Q orthonormal columns, C lower triangular:
///   diagonal   r = 0
///   low rank   0 < r < d
///   full       r = d, Q = I left out and S = I: Σ = C Cᵀ.
///
/// Shapes  mean, scale: [d]; basis Q: r columns of d numbers, one after another, empty when full; factor C: r rows of r
///         numbers.
/// Units   of x; log densities in nats, normalised.
/// Cost    a draw or a density: d for diagonal, 4·d·r + r² for low rank, d² for full.
/// Errors  the makers throw std::invalid_argument on sizes that do not fit and scales that are not positive.
class MultivariateNormal {
 public:
  MultivariateNormal() = default;
  static MultivariateNormal diagonal(std::vector<double> mean, std::vector<double> scale);
  /// `factor`: the lower triangle of the Cholesky factor, [d][d].
  static MultivariateNormal full(std::vector<double> mean, std::vector<double> factor);
  static MultivariateNormal low_rank(std::vector<double> mean, std::vector<double> scale, std::vector<double> basis,
                                     std::vector<double> factor);

  std::size_t dimension() const { return mean_.size(); }
  std::size_t rank() const { return rank_; }
  bool is_full() const { return rank_ > 0 && basis_.empty(); }
  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& scale() const { return scale_; }
  const std::vector<double>& basis() const { return basis_; }
  const std::vector<double>& factor() const { return factor_; }

  /// x = m + Σ^½ z.
  void transform(std::span<const double> z, std::span<double> x) const;
  /// A draw; takes d normals. Returns log q(x).
  double draw(Random<double>& random, std::span<double> x) const;
  double log_density(std::span<const double> x) const;
  /// ∇ log q(x) = −Σ⁻¹(x − m)
  void gradient(std::span<const double> x, std::span<double> gradient) const;
  double log_determinant() const { return log_determinant_; }  ///< log |Σ|
  double entropy() const;
  std::vector<double> variances() const;  ///< diag Σ
  /// Σ whole, [d][d]. Throws std::invalid_argument above d = 2000.
  std::vector<double> covariance() const;

 private:
  void finish();
  /// w = C⁻¹-whitened S⁻¹(x − m): standard normal when x is a draw.
  void whiten(std::span<const double> x, std::span<double> w) const;

  std::vector<double> mean_, scale_, basis_, factor_;
  std::size_t rank_ = 0;
  double log_determinant_ = 0;
};

}  // namespace thalweg
