// Independent coordinates.
#include <cmath>

#include "thalweg/variational/family.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

/// θ = (μ, ω), s = s₀ exp ω.
class MeanField final : public GaussianFamily {
 public:
  explicit MeanField(MultivariateNormal base)
      : GaussianFamily(std::move(base)),
        unit_(precisions_of(base_)),
        mean_(dimension_),
        scale_(unit_),
        slope_(unit_),
        work_(2 * dimension_) {
    for (double& s : unit_) s = 1 / std::sqrt(s);
  }
  std::size_t parameters() const override { return 2 * dimension_; }
  void start(double* theta) const override { std::fill_n(theta, parameters(), 0.0); }
  void widen(double factor, double* theta) const override {
    for (std::size_t i = 0; i < dimension_; ++i) theta[dimension_ + i] += std::log(factor);
  }
  void set(const double* theta) override {
    shift(theta, mean_.data());
    for (std::size_t i = 0; i < dimension_; ++i) scale_[i] = unit_[i] * std::exp(theta[dimension_ + i]);
  }
  void place(std::size_t n, const double* z, double* x) const override {
    for (std::size_t k = 0; k < n; ++k, z += stride_, x += stride_)
      for (std::size_t i = 0; i < dimension_; ++i) x[i] = mean_[i] + scale_[i] * z[i];
  }
  double log_determinant(double* gradient) const override {
    double sum = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      sum += std::log(scale_[i]);
      gradient[dimension_ + i] += 1;
    }
    return sum;
  }
  void pull_back(std::size_t n, const double* z, const double* g, double* gradient) override {
    sum_up(n, z, g, gradient);
    for (std::size_t i = 0; i < dimension_; ++i) slope_[i] = gradient[dimension_ + i];
  }
  void add_path_term(std::size_t n, const double* z, double* g) const override {
    for (std::size_t k = 0; k < n; ++k, z += stride_, g += stride_)
      for (std::size_t i = 0; i < dimension_; ++i) g[i] += z[i] / scale_[i];
  }
  bool has_curvature() const override { return true; }
  void push(const double* direction, std::size_t n, const double* z, double* v) const override {
    std::vector<double> move(dimension_), stretch(dimension_);
    shift(direction, move.data());
    for (std::size_t i = 0; i < dimension_; ++i) {
      move[i] -= base_.mean()[i];
      stretch[i] = scale_[i] * direction[dimension_ + i];
    }
    for (std::size_t k = 0; k < n; ++k, z += stride_, v += stride_)
      for (std::size_t i = 0; i < dimension_; ++i) v[i] = move[i] + stretch[i] * z[i];
  }
  void pull_back_curvature(const double* direction, std::size_t n, const double* z, const double* h,
                           double* product) const override {
    sum_up(n, z, h, product);
    for (std::size_t i = 0; i < dimension_; ++i) product[dimension_ + i] += direction[dimension_ + i] * slope_[i];
  }
  MultivariateNormal gaussian() const override { return MultivariateNormal::diagonal(mean_, scale_); }

 private:
  void sum_up(std::size_t n, const double* z, const double* g, double* out) const {
    double *const sum = work_.data(), *const product = sum + dimension_;
    std::fill(work_.begin(), work_.end(), 0.0);
    for (std::size_t k = 0; k < n; ++k, z += stride_, g += stride_)
      for (std::size_t i = 0; i < dimension_; ++i) {
        sum[i] += g[i];
        product[i] += g[i] * z[i];
      }
    const double weight = 1 / static_cast<double>(n);
    for (std::size_t i = 0; i < dimension_; ++i) {
      sum[i] *= weight;
      out[dimension_ + i] = weight * scale_[i] * product[i];
    }
    unshift(sum, out);
  }

  std::vector<double> unit_, mean_, scale_, slope_;
  mutable std::vector<double> work_;
};

}  // namespace

std::unique_ptr<GaussianFamily> mean_field_family(MultivariateNormal base) {
  return std::make_unique<MeanField>(std::move(base));
}

}  // namespace thalweg
