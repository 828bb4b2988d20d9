// The gradient of bench/programs/logistic.stan by hand.
#pragma once
#include <vector>

#include "bench/hand/point.hpp"
#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// yᵢ ~ Bernoulli(1 / (1 + e^(−ηᵢ))),  η = α + X β: a block of rows at a time, so that what a block needs stays in the
/// nearest cache; rows of X are broadcast against packs, in tiles that keep their sums in registers.
struct Logistic {
  static constexpr int block = 64, tile = 8;
  int columns;
  std::vector<double> x, sign;

  explicit Logistic(const DataMap& data) : columns(data.values.at("K").integers[0]), x(data.values.at("X").reals) {
    for (const int y : data.values.at("y").integers) sign.push_back(2.0 * y - 1.0);
  }
  int dimension() const { return 1 + columns; }

  /// eta[r] = Σₖ x[r, k] βₖ for `rows` rows.
  template <int rows, class Real>
  THALWEG_INLINE void forward(const double* row, Point<Real> q, Real* eta) const {
    Real sum[rows];
    const Real alpha = q[0];
    for (int r = 0; r < rows; ++r) sum[r] = alpha;
    for (int k = 0; k < columns; ++k) {
      const Real beta = q[k + 1];
#pragma GCC unroll 8
      for (int r = 0; r < rows; ++r) sum[r] = fma(row[r * columns + k], beta, sum[r]);
    }
    for (int r = 0; r < rows; ++r) eta[r] = sum[r];
  }
  /// The gradient's entries of `terms` columns from the slopes of `count` rows.
  template <int terms, class Real>
  THALWEG_INLINE void backward(const double* rows, int k, int count, const Real* slope, Slope<Real> g) const {
    Real sum[terms];
    for (int t = 0; t < terms; ++t) sum[t] = Real(0.0);
    for (int r = 0; r < count; ++r) {
      const Real s = slope[r];
#pragma GCC unroll 8
      for (int t = 0; t < terms; ++t) sum[t] = fma(rows[r * columns + k + t], s, sum[t]);
    }
    for (int t = 0; t < terms; ++t) g.add(1 + k + t, sum[t]);
  }

  template <class Real>
  Real log_density(Point<Real> q, Slope<Real> g) const {
    const Real alpha = q[0];
    Real log_p = -0.02 * alpha * alpha, along_alpha(0.0);
    for (int k = 0; k < columns; ++k) {
      const Real beta = q[k + 1];
      log_p -= 0.08 * beta * beta;
      g.set(k + 1, -0.16 * beta);
    }
    LogProduct<Real> factors;
    const int n = int(sign.size());
    for (int first = 0; first < n; first += block) {
      const int count = n - first < block ? n - first : block;
      const double* rows = x.data() + std::ptrdiff_t{first} * columns;
      Real slope[block];
      int r = 0;
      for (; r + tile <= count; r += tile) forward<tile>(rows + std::ptrdiff_t{r} * columns, q, slope + r);
      for (; r < count; ++r) forward<1>(rows + std::ptrdiff_t{r} * columns, q, slope + r);
      for (r = 0; r < count; ++r) {
        const double s = sign[std::size_t(first + r)];
        const Real z = s * slope[r], decay = exp(-abs(z)), both = 1.0 + decay;
        log_p += min(z, Real(0.0));
        factors *= both;
        slope[r] = s * select(z > Real(0.0), decay, Real(1.0)) / both;
        along_alpha += slope[r];
      }
      int k = 0;
      for (; k + tile <= columns; k += tile) backward<tile>(rows, k, count, slope, g);
      for (; k < columns; ++k) backward<1>(rows, k, count, slope, g);
    }
    g.set(0, along_alpha - 0.04 * alpha);
    return log_p - factors.log();
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
