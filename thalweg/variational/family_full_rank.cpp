// Every covariance.
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/variational/family.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

/// θ = (μ, ω, columns of L below its diagonal), F = F₀ L, both lower triangular, L with diagonal exp ω.
class FullRank final : public GaussianFamily {
 public:
  explicit FullRank(MultivariateNormal base)
      : GaussianFamily(std::move(base)),
        unit_(dense_factor(base_)),
        unit_inverse_(unit_.inverse()),
        lower_(Matrix::Identity(index(dimension_), index(dimension_))),
        factor_(unit_),
        slope_(dimension_),
        mean_(dimension_),
        unit_log_determinant_(0.5 * base_.log_determinant()) {}

  std::size_t parameters() const override { return dimension_ + dimension_ * (dimension_ + 1) / 2; }
  void start(double* theta) const override { std::fill_n(theta, parameters(), 0.0); }
  void widen(double factor, double* theta) const override {
    for (std::size_t i = 0; i < dimension_; ++i) theta[dimension_ + i] += std::log(factor);
    for (std::size_t k = 2 * dimension_; k < parameters(); ++k) theta[k] *= factor;
  }
  void set(const double* theta) override {
    shift(theta, mean_.data());
    for (std::size_t i = 0; i < dimension_; ++i) lower_(index(i), index(i)) = std::exp(theta[dimension_ + i]);
    const double* below = theta + 2 * dimension_;
    for (std::size_t j = 0; j < dimension_; ++j)
      for (std::size_t i = j + 1; i < dimension_; ++i) lower_(index(i), index(j)) = *below++;
    factor_.noalias() = unit_ * lower_.triangularView<Eigen::Lower>();
  }
  void place(std::size_t n, const double* z, double* x) const override {
    auto to = rows_at(x, n, dimension_, stride_);
    to.noalias() = rows_at(z, n, dimension_, stride_) * factor_.transpose();
    to.rowwise() += vector_of(mean_).transpose();
  }
  double log_determinant(double* gradient) const override {
    double sum = unit_log_determinant_;
    for (std::size_t i = 0; i < dimension_; ++i) {
      sum += std::log(lower_(index(i), index(i)));
      gradient[dimension_ + i] += 1;
    }
    return sum;
  }
  void pull_back(std::size_t n, const double* z, const double* g, double* gradient) override {
    sum_up(n, z, g, gradient);
    for (std::size_t i = 0; i < dimension_; ++i) slope_[i] = gradient[dimension_ + i];
  }
  void add_path_term(std::size_t n, const double* z, double* g) const override {
    RowMatrix w = rows_at(z, n, dimension_, stride_);
    lower_.triangularView<Eigen::Lower>().solveInPlace<Eigen::OnTheRight>(w);
    rows_at(g, n, dimension_, stride_).noalias() += w * unit_inverse_;
  }
  bool has_curvature() const override { return true; }
  void push(const double* direction, std::size_t n, const double* z, double* v) const override {
    Matrix change = Matrix::Zero(index(dimension_), index(dimension_));
    for (std::size_t i = 0; i < dimension_; ++i)
      change(index(i), index(i)) = lower_(index(i), index(i)) * direction[dimension_ + i];
    const double* below = direction + 2 * dimension_;
    for (std::size_t j = 0; j < dimension_; ++j)
      for (std::size_t i = j + 1; i < dimension_; ++i) change(index(i), index(j)) = *below++;
    const Matrix factor = unit_ * change;
    auto to = rows_at(v, n, dimension_, stride_);
    to.noalias() = rows_at(z, n, dimension_, stride_) * factor.transpose();
    to.rowwise() += (unit_ * vector_at(direction, dimension_)).transpose();
  }
  void pull_back_curvature(const double* direction, std::size_t n, const double* z, const double* h,
                           double* product) const override {
    sum_up(n, z, h, product);
    for (std::size_t i = 0; i < dimension_; ++i) product[dimension_ + i] += direction[dimension_ + i] * slope_[i];
  }
  MultivariateNormal gaussian() const override { return full_gaussian(mean_.data(), factor_); }

 private:
  void sum_up(std::size_t n, const double* z, const double* g, double* out) const {
    const double weight = 1 / static_cast<double>(n);
    const auto slopes = rows_at(g, n, dimension_, stride_);
    const Matrix products = unit_.transpose() * (slopes.transpose() * rows_at(z, n, dimension_, stride_));
    vector_at(out, dimension_) = weight * (unit_.transpose() * slopes.colwise().sum().transpose());
    for (std::size_t i = 0; i < dimension_; ++i)
      out[dimension_ + i] = weight * lower_(index(i), index(i)) * products(index(i), index(i));
    double* below = out + 2 * dimension_;
    for (std::size_t j = 0; j < dimension_; ++j)
      for (std::size_t i = j + 1; i < dimension_; ++i) *below++ = weight * products(index(i), index(j));
  }

  Matrix unit_, unit_inverse_, lower_, factor_;
  std::vector<double> slope_, mean_;
  double unit_log_determinant_;
};

}  // namespace

std::unique_ptr<GaussianFamily> full_rank_family(MultivariateNormal base) {
  constexpr std::size_t most = 2000;
  require(base.dimension() <= most,
          "family full-rank is for at most {} dimensions; found {}: use family low-rank or mean-field", most,
          base.dimension());
  if (!base.is_full()) base = full_gaussian(base.mean().data(), dense_factor(base));
  return std::make_unique<FullRank>(std::move(base));
}

}  // namespace thalweg
