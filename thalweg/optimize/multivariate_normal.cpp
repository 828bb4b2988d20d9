#include "thalweg/optimize/multivariate_normal.hpp"

#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

constexpr double log_two_pi = 1.8378770664093453;
constexpr std::size_t most_whole = 2000;

/// v = C w, in place from the last row up.
void multiply_lower(const std::vector<double>& c, std::size_t r, double* w) {
  for (std::size_t i = r; i-- > 0;) {
    double sum = 0;
    for (std::size_t j = 0; j <= i; ++j) sum += c[i * r + j] * w[j];
    w[i] = sum;
  }
}

/// w = C⁻¹ w
void solve_lower(const std::vector<double>& c, std::size_t r, double* w) {
  for (std::size_t i = 0; i < r; ++i) {
    double sum = w[i];
    for (std::size_t j = 0; j < i; ++j) sum -= c[i * r + j] * w[j];
    w[i] = sum / c[i * r + i];
  }
}

/// w = C⁻ᵀ w
void solve_transposed(const std::vector<double>& c, std::size_t r, double* w) {
  for (std::size_t i = r; i-- > 0;) {
    double sum = w[i];
    for (std::size_t j = i + 1; j < r; ++j) sum -= c[j * r + i] * w[j];
    w[i] = sum / c[i * r + i];
  }
}

/// p = Qᵀ w
std::vector<double> project(const std::vector<double>& basis, std::size_t d, std::size_t r, const double* w) {
  std::vector<double> p(r, 0.0);
  for (std::size_t k = 0; k < r; ++k)
    for (std::size_t i = 0; i < d; ++i) p[k] += basis[k * d + i] * w[i];
  return p;
}

/// w += Q (after − before)
void replace_part(const std::vector<double>& basis, std::size_t d, const std::vector<double>& before,
                  const std::vector<double>& after, double* w) {
  for (std::size_t k = 0; k < before.size(); ++k)
    for (std::size_t i = 0; i < d; ++i) w[i] += basis[k * d + i] * (after[k] - before[k]);
}

}  // namespace

MultivariateNormal MultivariateNormal::diagonal(std::vector<double> mean, std::vector<double> scale) {
  return low_rank(std::move(mean), std::move(scale), {}, {});
}

MultivariateNormal MultivariateNormal::full(std::vector<double> mean, std::vector<double> factor) {
  MultivariateNormal q;
  q.rank_ = mean.size();
  q.scale_.assign(mean.size(), 1.0);
  q.mean_ = std::move(mean);
  q.factor_ = std::move(factor);
  q.finish();
  return q;
}

MultivariateNormal MultivariateNormal::low_rank(std::vector<double> mean, std::vector<double> scale,
                                                std::vector<double> basis, std::vector<double> factor) {
  MultivariateNormal q;
  q.rank_ = mean.empty() ? 0 : basis.size() / mean.size();
  q.mean_ = std::move(mean);
  q.scale_ = std::move(scale);
  q.basis_ = std::move(basis);
  q.factor_ = std::move(factor);
  require(q.basis_.size() == q.rank_ * q.mean_.size(), "basis must hold whole columns of {} numbers; found {} numbers",
          q.mean_.size(), q.basis_.size());
  q.finish();
  return q;
}

void MultivariateNormal::finish() {
  require(scale_.size() == mean_.size(), "scale must have {} elements; found {}", mean_.size(), scale_.size());
  require(factor_.size() == rank_ * rank_, "factor must have {} elements; found {}", rank_ * rank_, factor_.size());
  log_determinant_ = 0;
  for (const double s : scale_) {
    require(s > 0 && std::isfinite(s), "scale must be finite and > 0; found {}", s);
    log_determinant_ += 2 * std::log(s);
  }
  for (std::size_t k = 0; k < rank_; ++k) {
    const double c = factor_[k * rank_ + k];
    require(c > 0 && std::isfinite(c), "the factor's diagonal must be finite and > 0; found {}", c);
    log_determinant_ += 2 * std::log(c);
  }
}

void MultivariateNormal::transform(std::span<const double> z, std::span<double> x) const {
  const std::size_t d = dimension();
  for (std::size_t i = 0; i < d; ++i) x[i] = z[i];
  if (is_full()) {
    multiply_lower(factor_, d, x.data());
  } else if (rank_ > 0) {
    const std::vector<double> before = project(basis_, d, rank_, x.data());
    std::vector<double> after = before;
    multiply_lower(factor_, rank_, after.data());
    replace_part(basis_, d, before, after, x.data());
  }
  for (std::size_t i = 0; i < d; ++i) x[i] = mean_[i] + scale_[i] * x[i];
}

double MultivariateNormal::draw(Random<double>& random, std::span<double> x) const {
  std::vector<double> z(dimension());
  double squares = 0;
  for (double& v : z) {
    v = random.normal();
    squares += v * v;
  }
  transform(z, x);
  return -0.5 * (squares + log_determinant_ + static_cast<double>(dimension()) * log_two_pi);
}

void MultivariateNormal::whiten(std::span<const double> x, std::span<double> w) const {
  const std::size_t d = dimension();
  for (std::size_t i = 0; i < d; ++i) w[i] = (x[i] - mean_[i]) / scale_[i];
  if (is_full()) {
    solve_lower(factor_, d, w.data());
  } else if (rank_ > 0) {
    const std::vector<double> before = project(basis_, d, rank_, w.data());
    std::vector<double> after = before;
    solve_lower(factor_, rank_, after.data());
    replace_part(basis_, d, before, after, w.data());
  }
}

double MultivariateNormal::log_density(std::span<const double> x) const {
  std::vector<double> w(dimension());
  whiten(x, w);
  double squares = 0;
  for (const double v : w) squares += v * v;
  return -0.5 * (squares + log_determinant_ + static_cast<double>(dimension()) * log_two_pi);
}

void MultivariateNormal::gradient(std::span<const double> x, std::span<double> gradient) const {
  const std::size_t d = dimension();
  whiten(x, gradient);
  if (is_full()) {
    solve_transposed(factor_, d, gradient.data());
  } else if (rank_ > 0) {
    const std::vector<double> before = project(basis_, d, rank_, gradient.data());
    std::vector<double> after = before;
    solve_transposed(factor_, rank_, after.data());
    replace_part(basis_, d, before, after, gradient.data());
  }
  for (std::size_t i = 0; i < d; ++i) gradient[i] /= -scale_[i];
}

double MultivariateNormal::entropy() const {
  return 0.5 * (log_determinant_ + static_cast<double>(dimension()) * (1 + log_two_pi));
}

std::vector<double> MultivariateNormal::variances() const {
  const std::size_t d = dimension(), r = rank_;
  std::vector<double> v(d, 0.0);
  if (is_full()) {
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j) v[i] += factor_[i * d + j] * factor_[i * d + j];
    return v;
  }
  std::vector<double> row(r);
  for (std::size_t i = 0; i < d; ++i) {
    double inside = 1;  // eᵢᵀ(I + Q(CCᵀ − I)Qᵀ)eᵢ
    for (std::size_t j = 0; j < r; ++j) {
      double c = 0;  // (Cᵀ Qᵀ eᵢ)ⱼ
      for (std::size_t k = j; k < r; ++k) c += factor_[k * r + j] * basis_[k * d + i];
      inside += c * c - basis_[j * d + i] * basis_[j * d + i];
    }
    v[i] = scale_[i] * scale_[i] * inside;
  }
  return v;
}

std::vector<double> MultivariateNormal::covariance() const {
  const std::size_t d = dimension(), r = rank_;
  require(d <= most_whole, "a whole covariance is for at most {} dimensions; found {}", most_whole, d);
  std::vector<double> out(d * d, 0.0), half(d * (is_full() ? d : r), 0.0);
  if (is_full()) {
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j) half[i * d + j] = factor_[i * d + j];
  } else {
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < r; ++j)
        for (std::size_t k = j; k < r; ++k) half[i * r + j] += factor_[k * r + j] * basis_[k * d + i];
  }
  const std::size_t columns = d == 0 ? 0 : half.size() / d;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = !is_full() && i == j ? 1.0 : 0.0;
      for (std::size_t k = 0; k < columns; ++k) sum += half[i * columns + k] * half[j * columns + k];
      if (!is_full())
        for (std::size_t k = 0; k < r; ++k) sum -= basis_[k * d + i] * basis_[k * d + j];
      out[i * d + j] = out[j * d + i] = sum * scale_[i] * scale_[j];
    }
  return out;
}

}  // namespace thalweg
