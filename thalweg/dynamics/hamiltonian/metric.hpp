// The metric: a linear change of scale in which the posterior's widths are near 1.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/core/vectors.hpp"

namespace thalweg {

enum class MetricKind : std::int32_t {
  diagonal = 0,
  dense = 1,
  automatic = 2,  ///< whichever pays; only as a wish
  unit = 3        ///< diagonal and all 1, never learned; only as a wish
};
/// "diagonal", "dense", "automatic" or "unit".
const char* to_string(MetricKind kind);

/// Most dimensions of a dense metric: on request, and chosen automatically.
inline constexpr std::size_t most_dense = 512, most_automatic = 256;
/// Whether an epoch must collect the products that a dense metric is made of.
constexpr bool collects_products(MetricKind wish, std::size_t dimension) {
  return wish == MetricKind::dense || (wish == MetricKind::automatic && dimension <= most_automatic);
}

/// The inverse mass matrix M⁻¹ = L Lᵀ, near the covariance of the posterior. Momenta are kept whitened,
/// p = Lᵀ p_x, so that
///   p ~ N(0, I),  K = p·p/2,  dx/dt = L p,  dp/dt = Lᵀ ∇log p(x),  and  p_x·M⁻¹ρ_x = p·ρ:
/// a method that uses these lines never needs M, its inverse or a solve.
///
/// Shapes  diagonal: L = diag(scale), scale [d]; dense: L lower triangular, row-major [d][d].
/// Cost    diagonal: d multiplications each way; dense: d²/2, in one fixed order.
class Metric {
 public:
  Metric() = default;
  /// Throws Error unless every scale is finite and > 0.
  static Metric diagonal(std::span<const double> scale);
  /// From a covariance, row-major [d][d]. Throws Error unless it is positive definite.
  static Metric dense(std::span<const double> covariance, std::size_t dimension);
  /// From its own numbers, as `numbers` gives them.
  static Metric restore(MetricKind kind, std::size_t dimension, std::span<const double> numbers);

  MetricKind kind() const { return kind_; }
  /// Diagonal and all 1.
  bool is_unit() const { return unit_; }
  std::size_t dimension() const { return dimension_; }
  /// diagonal: scale; dense: L, row after row.
  std::vector<double> numbers() const;
  /// Diagonal of M⁻¹.
  std::vector<double> variances() const;

  /// diagonal: the scales; dense: row i of L, of which the first i + 1 numbers count.
  const double* row(std::size_t i = 0) const { return &l_[i * stride_]; }
  /// dense: row j of Lᵀ, which counts from j on.
  const double* column(std::size_t j) const { return &l_[(dimension_ + j) * stride_]; }

  /// x += h·L p. All vectors are padded.
  void drift(double h, const double* p, double* x) const {
    if (kind_ == MetricKind::dense) return drift_dense(h, p, x);
    const Pack<8> step = h;
    for (std::size_t i = 0; i < stride_; i += 8)
      store(x + i, fma(step * load<Pack<8>>(&l_[i]), load<Pack<8>>(p + i), load<Pack<8>>(x + i)));
  }
  /// w = Lᵀ g.
  void whiten(const double* g, double* w) const {
    if (kind_ == MetricKind::dense) return whiten_dense(g, w);
    for (std::size_t i = 0; i < stride_; i += 8) store(w + i, load<Pack<8>>(&l_[i]) * load<Pack<8>>(g + i));
  }

 private:
  void drift_dense(double h, const double* p, double* x) const;
  void whiten_dense(const double* g, double* w) const;

  MetricKind kind_ = MetricKind::diagonal;
  std::size_t dimension_ = 0, stride_ = 0;
  bool unit_ = false;
  std::vector<double> l_;  ///< padded; dense: rows, and Lᵀ's rows behind them
};

}  // namespace thalweg
