// The Gaussians along an ascent: what its last steps say about the curvature, as a normal law at every iterate.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "thalweg/core/quasi_newton.hpp"
#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

/// N(x + H g, H) at an iterate x of an ascent of log p with gradient g, where H is the BFGS estimate of (−∇²log p)⁻¹
/// from the last J pairs s = x − x₀, y = −(g − g₀) on top of a diagonal A = diag(α):
///
///   H = A + B γ Bᵀ,  B = [A Y, S],  γ = [[0, −E⁻¹], [−E⁻ᵀ, E⁻ᵀ(D + YᵀAY)E⁻¹]],
///
/// E the upper triangle of SᵀY with its diagonal D. Every pair that shows positive curvature also updates
///
///   1/α_i ← a/(b α_i) + y_i²/b − a s_i²/(b c α_i²),  a = yᵀAy, b = yᵀs, c = sᵀA⁻¹s,
///
/// the diagonal nearest to the old one that fits the pair; others are skipped.
///
/// Shapes  x, gradient: [dimension], padded. The Gaussian is full where 2J ≥ d, of rank 2J at most where not.
/// Cost    a move: 4·d; a Gaussian: 8·J²·d, and 2·J·d numbers of memory.
/// Source  Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23(306), algorithms 3 and 4; Byrd, Nocedal & Schnabel
///         (1994), Math. Program. 63, 129–156, theorem 2.2; Gilbert & Lemaréchal (1989), Math. Program. 45, 407–435.
class PathGaussians {
 public:
  PathGaussians(std::size_t dimension, std::size_t memory);

  /// The next iterate of the path, the start first.
  void move(const double* x, const double* gradient);
  /// Pairs that curvature or rounding made useless so far.
  std::size_t skipped() const { return skipped_; }
  /// Nothing when rounding has made H indefinite or its numbers are not finite.
  std::optional<MultivariateNormal> gaussian();

 private:
  bool update_diagonal();
  void fill_columns(std::size_t m);

  std::size_t d_, n_, moves_ = 0, skipped_ = 0;
  CurvaturePairs pairs_;
  Vectors places_;   // x and g of the last iterate, α, √α, work
  Vectors columns_;  // √A Y and √A⁻¹ S, then their orthonormal basis
  double *x_, *gradient_, *alpha_, *root_, *work_;
};

}  // namespace thalweg
