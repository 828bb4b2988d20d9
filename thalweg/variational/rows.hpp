// Rows of draws as Eigen sees them; for sources only.
#pragma once
#include <Eigen/Dense>
#include <cstddef>
#include <vector>

#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

using Matrix = Eigen::MatrixXd;
using ColumnVector = Eigen::VectorXd;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstRows = Eigen::Map<const RowMatrix, 0, Eigen::OuterStride<>>;
using MutableRows = Eigen::Map<RowMatrix, 0, Eigen::OuterStride<>>;

inline Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }
/// n rows of d numbers, `stride` apart.
inline ConstRows rows_at(const double* x, std::size_t n, std::size_t d, std::size_t stride) {
  return {x, index(n), index(d), Eigen::OuterStride<>(index(stride))};
}
inline MutableRows rows_at(double* x, std::size_t n, std::size_t d, std::size_t stride) {
  return {x, index(n), index(d), Eigen::OuterStride<>(index(stride))};
}
inline Eigen::Map<const ColumnVector> vector_at(const double* v, std::size_t d) { return {v, index(d)}; }
inline Eigen::Map<ColumnVector> vector_at(double* v, std::size_t d) { return {v, index(d)}; }
inline Eigen::Map<const ColumnVector> vector_of(const std::vector<double>& v) { return {v.data(), index(v.size())}; }

inline Eigen::Map<const RowMatrix> factor_of(const MultivariateNormal& q) {
  return {q.factor().data(), index(q.rank()), index(q.rank())};
}
inline Eigen::Map<const Matrix> basis_of(const MultivariateNormal& q) {
  return {q.basis().data(), index(q.dimension()), index(q.rank())};
}

/// N(m, F Fᵀ) for any square F.
MultivariateNormal full_gaussian(const double* mean, const Matrix& f);
/// The factor F₀ of a Gaussian, [d][d].
Matrix dense_factor(const MultivariateNormal& q);

}  // namespace thalweg
