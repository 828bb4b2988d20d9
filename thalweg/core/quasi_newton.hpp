// What gradients along a path say about the curvature: pairs of steps and changes of the gradient, and the
// limited-memory inverse Hessian that they stand for.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/core/vectors.hpp"

namespace thalweg {

/// The last m pairs s = x − x₀, y = −(g − g₀) of an ascent of log p with gradient g that showed positive curvature, and
/// H ≈ (−∇²log p)⁻¹ made of them by BFGS updates of γI, γ = s·y/y·y of the newest pair.
///
/// Shapes  all vectors: [dimension], padded.
/// Cost    memory 2·m·d; `ascent_direction` 4·m·d operations.
/// Source  Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4 (two loops).
class CurvaturePairs {
 public:
  CurvaturePairs(std::size_t dimension, std::size_t memory)
      : n_(padded(dimension)), s_(memory, dimension), y_(memory, dimension), inverse_(memory), alpha_(memory) {}

  std::size_t kept() const { return std::min(seen_, inverse_.size()); }
  void clear() { seen_ = 0; }
  /// The k-th of the pairs kept, 0 is the newest.
  const double* s(std::size_t k) { return s_[at(k)]; }
  const double* y(std::size_t k) { return y_[at(k)]; }
  double inverse(std::size_t k) const { return inverse_[at(k)]; }  ///< 1/(s·y)

  /// Keeps the pair of two points unless s·y ≤ 10⁻¹⁰|s||y|. Returns whether it was kept.
  bool keep(const double* x0, const double* g0, const double* x, const double* g) {
    const std::size_t k = seen_ % inverse_.size();
    subtract(x, x0, s_[k], n_);
    subtract(g0, g, y_[k], n_);
    const double sy = dot(s_[k], y_[k], n_);
    if (!(sy > 1e-10 * std::sqrt(dot(s_[k], s_[k], n_) * dot(y_[k], y_[k], n_)))) return false;
    inverse_[k] = 1 / sy;
    ++seen_;
    return true;
  }

  /// direction = H·gradient; the gradient itself while there are no pairs.
  void ascent_direction(const double* gradient, double* direction) {
    const std::size_t m = kept();
    copy(gradient, direction, n_);
    for (std::size_t j = 0; j < m; ++j) {
      const std::size_t k = at(j);
      alpha_[k] = inverse_[k] * dot(s_[k], direction, n_);
      add_scaled(-alpha_[k], y_[k], direction, n_);
    }
    if (m > 0) {
      const std::size_t k = at(0);
      scale(1 / (inverse_[k] * dot(y_[k], y_[k], n_)), direction, n_);
    }
    for (std::size_t j = m; j-- > 0;) {
      const std::size_t k = at(j);
      const double beta = inverse_[k] * dot(y_[k], direction, n_);
      add_scaled(alpha_[k] - beta, s_[k], direction, n_);
    }
  }

 private:
  std::size_t at(std::size_t k) const { return (seen_ - 1 - k) % inverse_.size(); }

  std::size_t n_;
  Vectors s_, y_;
  std::vector<double> inverse_, alpha_;  ///< 1/(s·y); the two loops' coefficients
  std::size_t seen_ = 0;
};

}  // namespace thalweg
