#include "thalweg/variational/family.hpp"

#include "thalweg/core/vectors.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {

std::string_view to_string(Family family) {
  return family == Family::mean_field ? "mean-field" : family == Family::low_rank ? "low-rank" : "full-rank";
}

GaussianFamily::GaussianFamily(MultivariateNormal base)
    : base_(std::move(base)), dimension_(base_.dimension()), stride_(padded(dimension_)) {}

void GaussianFamily::unshift(const double* v, double* out) const {
  const auto from = vector_at(v, dimension_);
  auto to = vector_at(out, dimension_);
  if (base_.is_full()) {
    to.noalias() = factor_of(base_).transpose() * from;
    return;
  }
  to = vector_of(base_.scale()).cwiseProduct(from);
  if (base_.rank() == 0) return;
  const ColumnVector part = basis_of(base_).transpose() * to;
  to += basis_of(base_) * (factor_of(base_).transpose() * part - part);
}

std::vector<double> precisions_of(const MultivariateNormal& q) {
  const std::size_t d = q.dimension();
  std::vector<double> out(d, 1.0);
  auto precision = vector_at(out.data(), d);
  if (q.is_full()) {
    const Matrix inverse = factor_of(q).triangularView<Eigen::Lower>().solve(Matrix::Identity(index(d), index(d)));
    precision = inverse.colwise().squaredNorm().transpose();
    return out;
  }
  if (q.rank() > 0) {
    Matrix inside = basis_of(q).transpose();
    precision -= inside.colwise().squaredNorm().transpose();
    factor_of(q).triangularView<Eigen::Lower>().solveInPlace(inside);
    precision += inside.colwise().squaredNorm().transpose();
  }
  precision.array() /= vector_of(q.scale()).array().square();
  return out;
}

MultivariateNormal full_gaussian(const double* mean, const Matrix& f) {
  const Eigen::HouseholderQR<Matrix> qr(f.transpose());
  const auto d = static_cast<std::size_t>(f.rows());
  std::vector<double> factor(d * d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    const double sign = qr.matrixQR()(index(j), index(j)) < 0 ? -1 : 1;
    for (std::size_t i = j; i < d; ++i) factor[i * d + j] = sign * qr.matrixQR()(index(j), index(i));
  }
  return MultivariateNormal::full(std::vector<double>(mean, mean + d), std::move(factor));
}

Matrix dense_factor(const MultivariateNormal& q) {
  if (q.is_full()) return factor_of(q);
  Matrix f = Matrix::Identity(index(q.dimension()), index(q.dimension()));
  if (q.rank() > 0) {
    const Matrix change = factor_of(q) - Matrix::Identity(index(q.rank()), index(q.rank()));
    f += basis_of(q) * change * basis_of(q).transpose();
  }
  return vector_of(q.scale()).asDiagonal() * f;
}

}  // namespace thalweg
