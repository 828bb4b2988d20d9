#include "thalweg/dynamics/hamiltonian/metric.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"

namespace thalweg {

const char* to_string(MetricKind kind) {
  switch (kind) {
    case MetricKind::diagonal:
      return "diagonal";
    case MetricKind::dense:
      return "dense";
    case MetricKind::unit:
      return "unit";
    case MetricKind::automatic:
      break;
  }
  return "automatic";
}

Metric Metric::diagonal(std::span<const double> scale) {
  for (std::size_t i = 0; i < scale.size(); ++i)
    if (!(std::isfinite(scale[i]) && scale[i] > 0))
      fail("metric: the scale of unconstrained coordinate {} must be finite and > 0; found {}", i, scale[i]);
  return restore(MetricKind::diagonal, scale.size(), scale);
}

Metric Metric::dense(std::span<const double> covariance, std::size_t dimension) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto d = static_cast<Eigen::Index>(dimension);
  const Eigen::LLT<Matrix> factor(Eigen::Map<const Matrix>(covariance.data(), d, d));
  const Matrix l = factor.matrixL();
  if (factor.info() != Eigen::Success || !l.allFinite())
    fail("metric: the covariance of {} unconstrained coordinates is not positive definite; try --metric diagonal",
         dimension);
  return restore(MetricKind::dense, dimension, {l.data(), dimension * dimension});
}

Metric Metric::restore(MetricKind kind, std::size_t dimension, std::span<const double> numbers) {
  Metric m;
  m.kind_ = kind;
  m.dimension_ = dimension;
  m.stride_ = padded(dimension);
  if (kind == MetricKind::diagonal) {
    m.l_.assign(m.stride_, 0);
    std::copy(numbers.begin(), numbers.end(), m.l_.begin());
    m.unit_ = std::all_of(numbers.begin(), numbers.end(), [](double scale) { return scale == 1; });
    return m;
  }
  m.l_.assign(2 * dimension * m.stride_, 0);
  for (std::size_t i = 0; i < dimension; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      m.l_[i * m.stride_ + j] = numbers[i * dimension + j];
      m.l_[(dimension + j) * m.stride_ + i] = numbers[i * dimension + j];
    }
  return m;
}

std::vector<double> Metric::numbers() const {
  if (kind_ == MetricKind::diagonal) return {l_.begin(), l_.begin() + static_cast<std::ptrdiff_t>(dimension_)};
  std::vector<double> rows(dimension_ * dimension_);
  for (std::size_t i = 0; i < dimension_; ++i)
    for (std::size_t j = 0; j < dimension_; ++j) rows[i * dimension_ + j] = l_[i * stride_ + j];
  return rows;
}

std::vector<double> Metric::variances() const {
  std::vector<double> v(dimension_);
  for (std::size_t i = 0; i < dimension_; ++i) {
    const double* row = kind_ == MetricKind::dense ? &l_[i * stride_] : nullptr;
    v[i] = row ? dot(row, row, stride_) : l_[i] * l_[i];
  }
  return v;
}

// Row i of L ends at i, row j of Lᵀ starts at j: both products visit only the blocks of 8 that are not all zero.

void Metric::drift_dense(double h, const double* p, double* x) const {
  for (std::size_t i = 0; i < dimension_; ++i) x[i] = fma(h, dot(&l_[i * stride_], p, padded(i + 1)), x[i]);
}

void Metric::whiten_dense(const double* g, double* w) const {
  for (std::size_t j = 0; j < dimension_; ++j) {
    const std::size_t first = j / padding * padding;
    w[j] = dot(&l_[(dimension_ + j) * stride_] + first, g + first, stride_ - first);
  }
}

}  // namespace thalweg
