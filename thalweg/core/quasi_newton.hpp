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

/// H ≈ (−∇²log p)⁻¹ kept whole, and improved by BFGS updates: in few dimensions cheaper than the two loops, whose sums
/// wait for each other, and close to a maximum better, as nothing is forgotten.
///
/// Shapes  all vectors: [dimension], padded.
/// Cost    d² numbers; `keep` 7·d² operations, `ascent_direction` d², `start` d ascent directions of the pairs.
/// Source  Nocedal & Wright (2006), equation 6.17; Oren & Luenberger (1974), Manage. Sci. 20, 845–862, and Al-Baali
///         (1998), Comput. Optim. Appl. 9, 191–203 (scaling, in one direction only).
class DenseInverseHessian {
 public:
  explicit DenseInverseHessian(std::size_t dimension)
      : d_(dimension), n_(padded(dimension)), columns_(dimension, dimension), memory_(4, dimension) {}

  /// H as the pairs have it.
  void start(CurvaturePairs& pairs) {
    double* const unit = memory_[0];
    for (std::size_t i = 0; i < n_; ++i) unit[i] = 0;
    for (std::size_t j = 0; j < d_; ++j) {
      unit[j] = 1;
      pairs.ascent_direction(unit, columns_[j]);
      unit[j] = 0;
    }
  }

  /// Learns from a pair of two points unless s·y ≤ 10⁻¹⁰|s||y|. H is first widened by s·y/y·Hy where that is above 1.
  void keep(const double* x0, const double* g0, const double* x, const double* g) {
    double *const s = memory_[0], *const y = memory_[1], *const hy = memory_[2], *const w = memory_[3];
    subtract(x, x0, s, n_);
    subtract(g0, g, y, n_);
    const double sy = dot(s, y, n_);
    if (!(sy > 1e-10 * std::sqrt(dot(s, s, n_) * dot(y, y, n_)))) return;
    multiply(y, hy);
    if (const double wider = sy / dot(y, hy, n_); wider > 1) {
      for (std::size_t j = 0; j < d_; ++j) scale(wider, columns_[j], n_);
      scale(wider, hy, n_);
    }
    // H⁺ = H + s wᵀ + w sᵀ with w = (½(1 + y·Hy/s·y) s − Hy)/s·y
    const double share = 0.5 * (1 + dot(y, hy, n_) / sy);
    for (std::size_t i = 0; i < n_; ++i) w[i] = (share * s[i] - hy[i]) / sy;
    for (std::size_t j = 0; j < d_; ++j) {
      const Pack<8> sj(s[j]), wj(w[j]);
      for (std::size_t i = 0; i < n_; i += 8) {
        const auto change = load<Pack<8>>(s + i) * wj + load<Pack<8>>(w + i) * sj;
        store(columns_[j] + i, load<Pack<8>>(columns_[j] + i) + change);
      }
    }
  }

  /// direction = H·gradient
  void ascent_direction(const double* gradient, double* direction) { multiply(gradient, direction); }

 private:
  /// out = H·v
  void multiply(const double* v, double* out) {
    for (std::size_t i = 0; i < n_; i += 8) {
      Pack<8> even(0.0), odd(0.0);
      std::size_t j = 0;
      for (; j + 1 < d_; j += 2) {
        even = fma(Pack<8>(v[j]), load<Pack<8>>(columns_[j] + i), even);
        odd = fma(Pack<8>(v[j + 1]), load<Pack<8>>(columns_[j + 1] + i), odd);
      }
      if (j < d_) even = fma(Pack<8>(v[j]), load<Pack<8>>(columns_[j] + i), even);
      store(out + i, even + odd);
    }
  }

  std::size_t d_, n_;
  Vectors columns_, memory_;  ///< H, symmetric but for rounding; s, y, Hy, w
};

}  // namespace thalweg
