#include "thalweg/variational/fixed_sample.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

constexpr double log_two_pi = 1.8378770664093453;

void centre(MutableRows z) {
  const Eigen::RowVectorXd mean = z.colwise().mean();
  z.rowwise() -= mean;
}

/// Twice: the second round takes away what rounding left in the first.
void whiten(MutableRows z) {
  for (int round = 0; round < 2; ++round) {
    centre(z);
    const Matrix covariance = z.transpose() * z / static_cast<double>(z.rows());
    const Eigen::LLT<Matrix> llt(covariance);
    llt.matrixL().transpose().solveInPlace<Eigen::OnTheRight>(z);
  }
}

void scale(MutableRows z) {
  centre(z);
  const Eigen::RowVectorXd deviation = (z.colwise().squaredNorm() / static_cast<double>(z.rows())).cwiseSqrt();
  z.array().rowwise() /= deviation.array();
}

}  // namespace

FixedDraws FixedDraws::make(std::size_t n, std::size_t dimension, std::uint64_t seed) {
  require(n > 1, "a fixed sample needs at least 2 draws; found {}", n);
  FixedDraws draws{n, dimension, padded(dimension), n > dimension + 1 ? Matched::covariance : Matched::variances, {}};
  draws.z.resize(n * draws.stride);
  NormalRows{seed, Purpose::variational, 0, 1}.fill(n, dimension, draws.stride, draws.z.data());
  const auto z = rows_at(draws.z.data(), n, dimension, draws.stride);
  draws.matched == Matched::covariance ? whiten(z) : scale(z);
  return draws;
}

FixedSample::FixedSample(Points& points, GaussianFamily& family, const FixedDraws& draws)
    : points_(points),
      family_(family),
      draws_(draws),
      x_(draws.n * draws.stride),
      gradient_(x_.size()),
      log_p_(draws.n),
      squares_(draws.n) {
  for (std::size_t i = 0; i < draws.n; ++i) {
    const double* const z = &draws.z[i * draws.stride];
    squares_[i] = dot(z, z, draws.stride);
  }
}

bool FixedSample::is_last(const double* theta) const {
  return !theta_.empty() && std::equal(theta_.begin(), theta_.end(), theta);
}

double FixedSample::evaluate(const double* theta, double* gradient) {
  const std::size_t n = draws_.n, d = draws_.dimension, stride = draws_.stride, size = family_.parameters();
  if (std::isfinite(elbo_.value) && is_last(theta)) {
    std::copy(slope_.begin(), slope_.end(), gradient);
    return elbo_.value;
  }
  theta_.assign(theta, theta + size);
  std::fill_n(gradient, size, 0.0);
  elbo_ = {-infinity, infinity, n};
  family_.set(theta);
  family_.place(n, draws_.z.data(), x_.data());
  points_.evaluate(n, stride, x_.data(), gradient_.data(), log_p_.data());
  double check = 0;  // not finite when one of the gradients is not
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < d; ++j) check += 0 * gradient_[i * stride + j];
  if (check != 0 || std::any_of(log_p_.begin(), log_p_.end(), [](double v) { return !std::isfinite(v); }))
    return -infinity;
  family_.pull_back(n, draws_.z.data(), gradient_.data(), gradient);
  const double log_determinant = family_.log_determinant(gradient);
  if (!std::isfinite(log_determinant)) return -infinity;
  const double constant = log_determinant + 0.5 * static_cast<double>(d) * log_two_pi;
  for (std::size_t i = 0; i < n; ++i) log_p_[i] += constant + 0.5 * squares_[i];
  elbo_ = mean_of(log_p_);
  slope_.assign(gradient, gradient + size);
  return elbo_.value;
}

void FixedSample::product(const double* theta, const double* direction, double* product) {
  const std::size_t size = family_.parameters();
  if (!is_last(theta)) {
    ignored_.resize(size);
    evaluate(theta, ignored_.data());
  }
  if (!std::isfinite(elbo_.value)) return void(std::fill_n(product, size, not_a_number));
  direction_.resize(x_.size());
  curvature_.resize(x_.size());
  family_.push(direction, draws_.n, draws_.z.data(), direction_.data());
  points_.hessian_vector(draws_.n, draws_.stride, x_.data(), direction_.data(), curvature_.data());
  family_.pull_back_curvature(direction, draws_.n, draws_.z.data(), curvature_.data(), product);
}

std::string FixedSample::evidence() {
  for (std::size_t i = 0; i < draws_.n; ++i) {
    const std::string text = points_.evidence(&x_[i * draws_.stride]);
    if (!text.empty()) return text;
  }
  return "a draw without a finite log density or gradient";
}

}  // namespace thalweg
