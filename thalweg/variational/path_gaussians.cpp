#include "thalweg/variational/path_gaussians.hpp"

#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

/// γ of the class's equation. sy: SᵀY, yay: YᵀAY, oldest pair first.
Matrix middle(const Matrix& sy, const Matrix& yay) {
  const Eigen::Index m = sy.rows();
  const Matrix identity = Matrix::Identity(m, m);
  const Matrix inverse = sy.triangularView<Eigen::Upper>().solve(identity);
  Matrix inside = yay;
  inside.diagonal() += sy.diagonal();
  Matrix gamma = Matrix::Zero(2 * m, 2 * m);
  gamma.topRightCorner(m, m) = -inverse;
  gamma.bottomLeftCorner(m, m) = -inverse.transpose();
  gamma.bottomRightCorner(m, m) = inverse.transpose() * inside * inverse;
  return gamma;
}

/// The lower Cholesky factor as rows; empty when the matrix is not positive definite.
std::vector<double> cholesky_rows(const Matrix& a) {
  const Eigen::LLT<Matrix> llt(0.5 * (a + a.transpose()));
  if (llt.info() != Eigen::Success || !llt.matrixLLT().allFinite()) return {};
  std::vector<double> rows(static_cast<std::size_t>(a.size()), 0.0);
  for (Eigen::Index i = 0; i < a.rows(); ++i)
    for (Eigen::Index j = 0; j <= i; ++j) rows[static_cast<std::size_t>(i * a.rows() + j)] = llt.matrixLLT()(i, j);
  for (Eigen::Index i = 0; i < a.rows(); ++i)
    if (!(llt.matrixLLT()(i, i) > 0)) return {};
  return rows;
}

/// Replaces `count` columns by an orthonormal basis Q of what they span and returns R with columns = Q R. Two rounds
/// of projections each; a column that the ones before it span adds nothing.
Matrix orthonormalise(Vectors& columns, std::size_t count, std::size_t n, std::size_t& rank) {
  Matrix r = Matrix::Zero(index(count), index(count));
  rank = 0;
  for (std::size_t k = 0; k < count; ++k) {
    double* const v = columns[k];
    const double whole = sqrt(dot(v, v, n));
    for (int round = 0; round < 2; ++round)
      for (std::size_t j = 0; j < rank; ++j) {
        const double c = dot(columns[j], v, n);
        r(index(j), index(k)) += c;
        const double* const q = columns[j];
        for (std::size_t i = 0; i < n; ++i) v[i] -= c * q[i];
      }
    const double left = sqrt(dot(v, v, n));
    if (!(left > 1e-13 * whole)) continue;
    r(index(rank), index(k)) = left;
    double* const q = columns[rank++];
    for (std::size_t i = 0; i < n; ++i) q[i] = v[i] / left;
  }
  return r.topRows(index(rank));
}

/// N(mean, S (I + W γ Wᵀ) S), S = diag(scale), from the columns of W, which are overwritten.
std::optional<MultivariateNormal> with_covariance(std::vector<double> mean, std::vector<double> scale,
                                                  const Matrix& gamma, Vectors& columns, std::size_t n) {
  const std::size_t d = mean.size(), count = static_cast<std::size_t>(gamma.rows());
  if (count >= d) {
    Matrix w(index(d), index(count));
    for (std::size_t k = 0; k < count; ++k)
      for (std::size_t i = 0; i < d; ++i) w(index(i), index(k)) = columns[k][i];
    Matrix inside = w * gamma * w.transpose();
    inside.diagonal().array() += 1;
    const auto s = vector_of(scale);
    std::vector<double> factor = cholesky_rows(s.asDiagonal() * inside * s.asDiagonal());
    if (factor.empty()) return std::nullopt;
    return MultivariateNormal::full(std::move(mean), std::move(factor));
  }
  std::size_t rank = 0;
  const Matrix r = orthonormalise(columns, count, n, rank);
  Matrix inside = r * gamma * r.transpose();
  inside.diagonal().array() += 1;
  std::vector<double> factor = cholesky_rows(inside), basis(rank * d);
  if (factor.empty()) return std::nullopt;
  for (std::size_t k = 0; k < rank; ++k)
    for (std::size_t i = 0; i < d; ++i) basis[k * d + i] = columns[k][i];
  return MultivariateNormal::low_rank(std::move(mean), std::move(scale), std::move(basis), std::move(factor));
}

bool all_finite(const std::vector<double>& v) {
  for (const double e : v)
    if (!std::isfinite(e)) return false;
  return true;
}

}  // namespace

PathGaussians::PathGaussians(std::size_t dimension, std::size_t memory)
    : d_(dimension),
      n_(padded(dimension)),
      pairs_(dimension, memory),
      places_(5, dimension),
      columns_(2 * memory, dimension),
      x_(places_[0]),
      gradient_(places_[1]),
      alpha_(places_[2]),
      root_(places_[3]),
      work_(places_[4]) {
  for (std::size_t i = 0; i < n_; ++i) alpha_[i] = 1;
}

void PathGaussians::move(const double* x, const double* gradient) {
  if (moves_++ > 0 && (!pairs_.keep(x_, gradient_, x, gradient) || !update_diagonal())) ++skipped_;
  copy(x, x_, n_);
  copy(gradient, gradient_, n_);
}

bool PathGaussians::update_diagonal() {
  const double *const s = pairs_.s(0), *const y = pairs_.y(0);
  double a = 0, c = 0;
  for (std::size_t i = 0; i < d_; ++i) {
    a += y[i] * y[i] * alpha_[i];
    c += s[i] * s[i] / alpha_[i];
  }
  const double b = 1 / pairs_.inverse(0);
  for (std::size_t i = 0; i < d_; ++i) {
    const double pull = s[i] / alpha_[i];
    work_[i] = 1 / (a / (b * alpha_[i]) + y[i] * y[i] / b - a * pull * pull / (b * c));
    if (!(work_[i] > 0) || !std::isfinite(work_[i])) return false;
  }
  for (std::size_t i = 0; i < d_; ++i) alpha_[i] = work_[i];
  return true;
}

/// W = [√A Y, √A⁻¹ S] into the columns, oldest pair first, and √A g into the work.
void PathGaussians::fill_columns(std::size_t m) {
  for (std::size_t i = 0; i < d_; ++i) {
    root_[i] = sqrt(alpha_[i]);
    work_[i] = root_[i] * gradient_[i];
  }
  for (std::size_t i = d_; i < n_; ++i) work_[i] = 0;
  for (std::size_t k = 0; k < m; ++k) {
    const double *const s = pairs_.s(m - 1 - k), *const y = pairs_.y(m - 1 - k);
    for (std::size_t i = 0; i < d_; ++i) {
      columns_[k][i] = root_[i] * y[i];
      columns_[m + k][i] = s[i] / root_[i];
    }
    for (std::size_t i = d_; i < n_; ++i) columns_[k][i] = columns_[m + k][i] = 0;
  }
}

std::optional<MultivariateNormal> PathGaussians::gaussian() {
  const std::size_t m = pairs_.kept();
  fill_columns(m);
  Matrix sy = Matrix::Zero(index(m), index(m)), yay = sy;
  ColumnVector seen(index(2 * m));  // Wᵀ√A g
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t j = 0; j <= k; ++j) {
      sy(index(j), index(k)) = dot(pairs_.s(m - 1 - j), pairs_.y(m - 1 - k), n_);
      yay(index(j), index(k)) = yay(index(k), index(j)) = dot(columns_[j], columns_[k], n_);
    }
    seen[index(k)] = dot(columns_[k], work_, n_);
    seen[index(m + k)] = dot(columns_[m + k], work_, n_);
  }
  const Matrix gamma = middle(sy, yay);
  const ColumnVector u = gamma * seen;
  for (std::size_t k = 0; k < 2 * m; ++k)
    for (std::size_t i = 0; i < d_; ++i) work_[i] += u[index(k)] * columns_[k][i];
  std::vector<double> mean(d_), scale(root_, root_ + d_);
  for (std::size_t i = 0; i < d_; ++i) mean[i] = x_[i] + root_[i] * work_[i];
  if (!all_finite(mean) || !all_finite(scale)) return std::nullopt;
  if (m == 0) return MultivariateNormal::diagonal(std::move(mean), std::move(scale));
  return with_covariance(std::move(mean), std::move(scale), gamma, columns_, n_);
}

}  // namespace thalweg
