#include "thalweg/variational/natural_step.hpp"

#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

/// The least that a precision falls to in one step: what noise of the sample leaves of the curvature along a direction
/// in which q is far too narrow may have either sign.
constexpr double least_precision = 0.01;

/// P seen through its lower triangle, with eigenvalues of `least` at least.
Matrix bounded(const Matrix& p, double least) {
  Matrix whole = p.selfadjointView<Eigen::Lower>();
  Matrix less = whole;
  less.diagonal().array() -= least;
  if (Eigen::LLT<Matrix>(less).info() == Eigen::Success) return whole;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(whole);
  return eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(least).asDiagonal() * eigen.eigenvectors().transpose();
}

/// Lower triangular C with C Cᵀ = P⁻¹; empty where rounding leaves none.
Matrix inverse_root(const Matrix& p) {
  const Eigen::LLT<Matrix> llt(p.reverse());
  if (llt.info() != Eigen::Success) return {};
  const Matrix upper = Matrix(llt.matrixL()).reverse();  // P = U Uᵀ
  return upper.triangularView<Eigen::Upper>().solve(Matrix::Identity(p.rows(), p.cols())).transpose();
}

}  // namespace

std::optional<MultivariateNormal> natural_step(const MultivariateNormal& q, std::size_t n, std::size_t stride,
                                               const double* x, const double* g, double rho) {
  const std::size_t d = q.dimension();
  const bool lower = q.is_full() || q.rank() == 0;
  const Matrix l = lower ? dense_factor(q) : dense_factor(full_gaussian(q.mean().data(), dense_factor(q)));
  const auto slopes = rows_at(g, n, d, stride);
  RowMatrix w = rows_at(x, n, d, stride).rowwise() - vector_of(q.mean()).transpose();
  l.transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(w);
  const double weight = 1 / static_cast<double>(n);
  const Matrix b = weight * (l.transpose() * (slopes.transpose() * w));
  const ColumnVector pull = weight * (l.transpose() * slopes.colwise().sum().transpose());
  if (!b.allFinite() || !pull.allFinite()) return std::nullopt;
  Matrix precision = rho * bounded(-b, least_precision);
  precision.diagonal().array() += 1 - rho;
  const Matrix root = inverse_root(precision);
  if (root.size() == 0) return std::nullopt;
  const ColumnVector mean = vector_of(q.mean()) + rho * (l * (root * (root.transpose() * pull)));
  const RowMatrix factor = l.triangularView<Eigen::Lower>() * root;
  if (!mean.allFinite() || !factor.allFinite() || !(factor.diagonal().minCoeff() > 0)) return std::nullopt;
  return MultivariateNormal::full({mean.data(), mean.data() + d}, {factor.data(), factor.data() + d * d});
}

}  // namespace thalweg
