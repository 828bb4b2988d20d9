// Running moments of one chain over one epoch: what the pooled metric is made of.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// Welford's mean and sum of squared deviations of a scalar.
struct RunningMoment {
  double count = 0, mean = 0, squares = 0;
  void add(double value) {
    count += 1;
    const double difference = value - mean;
    mean += difference / count;
    squares += difference * (value - mean);
  }
  double variance() const { return count > 1 ? squares / (count - 1) : 0; }
  bool operator==(const RunningMoment&) const = default;
};

/// Means and squared deviations of x and of ∇log p(x) over the transitions of one chain in one epoch; with `dense`
/// also their cross products.
///
/// Shapes  mean and squares: [d]; products: lower triangle, row after row, [d(d+1)/2] or empty.
struct EpochMoments {
  double count = 0;
  std::vector<double> x_mean, x_squares, gradient_mean, gradient_squares;
  std::vector<double> x_products, gradient_products;
  RunningMoment log_p, acceptance;
  std::vector<double> x_mean_of_half;  ///< over the first half of the epoch
  double log_p_mean_of_half = 0;
  double moved = 0;      ///< transitions that left their place
  double gradients = 0;  ///< evaluations of all transitions
  double path = 0;       ///< Σ of TransitionInfo::path
  double errors = 0;     ///< Σ of min(W², d) a power of the step size, see Warmup::energy_power

  void reset(std::size_t dimension, bool dense) {
    count = moved = gradients = path = errors = 0;
    log_p = acceptance = {};
    log_p_mean_of_half = 0;
    for (auto* v : {&x_mean, &x_squares, &gradient_mean, &gradient_squares, &x_mean_of_half}) v->assign(dimension, 0);
    for (auto* v : {&x_products, &gradient_products}) v->assign(dense ? dimension * (dimension + 1) / 2 : 0, 0);
  }
  void add(const double* x, const double* gradient, double log_density, double acceptance_rate, bool has_moved) {
    count += 1;
    moved += has_moved;
    log_p.add(log_density);
    acceptance.add(acceptance_rate);
    const std::size_t d = x_mean.size();
    const double share = 1 / count;
    if (!x_products.empty()) {
      add_products(x, x_mean, share, x_products);
      add_products(gradient, gradient_mean, share, gradient_products);
    }
    for (std::size_t i = 0; i < d; ++i) {
      const double a = x[i] - x_mean[i], b = gradient[i] - gradient_mean[i];
      x_mean[i] += a * share;
      gradient_mean[i] += b * share;
      x_squares[i] += a * (x[i] - x_mean[i]);
      gradient_squares[i] += b * (gradient[i] - gradient_mean[i]);
    }
  }
  /// Called when the epoch is half over.
  void mark_half() {
    x_mean_of_half = x_mean;
    log_p_mean_of_half = log_p.mean;
  }
  bool operator==(const EpochMoments&) const = default;

 private:
  /// Σ (v − mean)(v − mean)ᵀ with the means of before this v.
  static void add_products(const double* v, const std::vector<double>& mean, double share,
                           std::vector<double>& products) {
    double* row = products.data();
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double a = (v[i] - mean[i]) * (1 - share);  // v − the mean of after
      for (std::size_t j = 0; j <= i; ++j) row[j] += a * (v[j] - mean[j]);
      row += i + 1;
    }
  }
};

}  // namespace thalweg
