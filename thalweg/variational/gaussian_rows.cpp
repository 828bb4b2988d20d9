#include "thalweg/variational/gaussian_rows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

constexpr double log_two_pi = 1.8378770664093453;
Eigen::Map<const Eigen::RowVectorXd> row_of(const std::vector<double>& v) { return {v.data(), index(v.size())}; }

/// log ((1/K) Σ exp terms[k·n + i])
double log_mean_exp(const std::vector<double>& terms, std::size_t n, std::size_t i) {
  const std::size_t count = terms.size() / n;
  double most = -infinity, sum = 0;
  for (std::size_t k = 0; k < count; ++k) most = std::max(most, terms[k * n + i]);
  if (most == -infinity) return most;
  for (std::size_t k = 0; k < count; ++k) sum += exp(terms[k * n + i] - most);
  return most + log(sum / static_cast<double>(count));
}

}  // namespace

void NormalRows::fill(std::size_t n, std::size_t d, std::size_t stride, double* z) const {
  using Real = Pack<native_lanes>;
  for (std::size_t i = 0; i < n; i += width_of<Real>) {
    Random<Real> random(seed, purpose, first + i, step);
    const std::size_t rows = std::min<std::size_t>(width_of<Real>, n - i);
    for (std::size_t j = 0; j < d; ++j) {
      const Real normal = random.normal();
      for (std::size_t lane = 0; lane < rows; ++lane) z[(i + lane) * stride + j] = normal[static_cast<int>(lane)];
    }
  }
}

void transform_rows(const MultivariateNormal& q, std::size_t n, std::size_t stride, const double* z, double* x) {
  const auto from = rows_at(z, n, q.dimension(), stride);
  auto to = rows_at(x, n, q.dimension(), stride);
  if (q.is_full()) {
    to.noalias() = from * factor_of(q).transpose();
  } else if (q.rank() == 0) {
    to = from;
  } else {
    const RowMatrix before = from * basis_of(q);
    RowMatrix change = before * factor_of(q).transpose();
    change -= before;
    to = from;
    to.noalias() += change * basis_of(q).transpose();
  }
  for (Eigen::Index i = 0; i < to.rows(); ++i)
    to.row(i) = row_of(q.mean()).array() + row_of(q.scale()).array() * to.row(i).array();
}

void log_density_rows(const MultivariateNormal& q, std::size_t n, std::size_t stride, const double* x, double* log_q) {
  const auto at = rows_at(x, n, q.dimension(), stride);
  RowMatrix w = at.rowwise() - row_of(q.mean());
  if (!q.is_full()) w.array().rowwise() /= row_of(q.scale()).array();
  const double constant = q.log_determinant() + static_cast<double>(q.dimension()) * log_two_pi;
  ColumnVector squares;
  if (q.rank() > 0) {
    // |w|² with the part in the basis replaced by C⁻¹ of it
    const RowMatrix part = q.is_full() ? w : RowMatrix(w * basis_of(q));
    Matrix inside = part.transpose();
    factor_of(q).triangularView<Eigen::Lower>().solveInPlace(inside);
    squares = inside.colwise().squaredNorm().transpose();
    if (!q.is_full()) squares += w.rowwise().squaredNorm() - part.rowwise().squaredNorm();
  } else {
    squares = w.rowwise().squaredNorm();
  }
  for (std::size_t i = 0; i < n; ++i) log_q[i] = -0.5 * (squares[index(i)] + constant);
}

void log_mixture_rows(std::span<const MultivariateNormal> components, std::size_t n, std::size_t stride,
                      const double* x, double* log_q) {
  require(!components.empty(), "a mixture needs at least one component; found none");
  std::vector<double> terms(components.size() * n);
  for (std::size_t k = 0; k < components.size(); ++k)
    log_density_rows(components[k], n, stride, x, terms.data() + k * n);
  for (std::size_t i = 0; i < n; ++i) log_q[i] = log_mean_exp(terms, n, i);
}

}  // namespace thalweg
