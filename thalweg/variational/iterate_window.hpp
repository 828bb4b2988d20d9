// A window of iterates: are they stationary, and how well is their mean known?
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "thalweg/core/math.hpp"

namespace thalweg {

/// Means and variances of the two halves of a window of iterates and of its batches, without the iterates.
///
/// Shapes  an iterate: [size]. A window has `batches` batches, an even number.
/// Cost    6·size numbers of memory, 4·size operations an iterate.
class IterateWindow {
 public:
  static constexpr std::size_t batches = 20;

  /// `length` is rounded up to whole batches.
  IterateWindow(std::size_t size, std::size_t length)
      : batch_length_((length + batches - 1) / batches),
        sum_{std::vector<double>(size), std::vector<double>(size)},
        squares_{std::vector<double>(size), std::vector<double>(size)},
        batch_(size),
        batch_squares_(size) {}

  std::size_t length() const { return batch_length_ * batches; }
  bool full() const { return seen_ == length(); }

  /// Sums are taken about the first iterate.
  void add(const std::vector<double>& theta) {
    if (seen_ == 0) origin_ = theta;
    const std::size_t half = seen_ * 2 / length();
    for (std::size_t i = 0; i < theta.size(); ++i) {
      const double v = theta[i] - origin_[i];
      sum_[half][i] += v;
      squares_[half][i] += v * v;
      batch_[i] += v;
    }
    if (++seen_ % batch_length_ == 0)
      for (double& b : batch_) {
        const double mean = b / static_cast<double>(batch_length_);
        batch_squares_[static_cast<std::size_t>(&b - batch_.data())] += mean * mean;
        b = 0;
      }
  }
  double mean(std::size_t i) const { return origin_[i] + (sum_[0][i] + sum_[1][i]) / static_cast<double>(length()); }
  /// Split R-hat: √(((n − 1) W/n + B/n)/W) of the two halves.
  double r_hat(std::size_t i) const {
    const double n = 0.5 * static_cast<double>(length());
    double w = 0;
    for (int h = 0; h < 2; ++h) w += 0.5 * (squares_[h][i] - sum_[h][i] * sum_[h][i] / n) / (n - 1);
    const double apart = drift(i), between = 0.5 * apart * apart;
    return w > 0 ? std::sqrt((n - 1) / n + between / w) : apart == 0 ? 1.0 : infinity;
  }
  /// How far the second half's mean is from the first's.
  double drift(std::size_t i) const {
    return std::abs(sum_[1][i] - sum_[0][i]) / (0.5 * static_cast<double>(length()));
  }
  /// Standard error of the mean, from the means of batches.
  double error(std::size_t i) const {
    const double mean = (sum_[0][i] + sum_[1][i]) / static_cast<double>(length());
    const double variance = (batch_squares_[i] / batches - mean * mean) * batches / (batches - 1);
    return std::sqrt(std::max(variance, 0.0) / batches);
  }

 private:
  std::size_t batch_length_, seen_ = 0;
  std::vector<double> origin_, sum_[2], squares_[2], batch_, batch_squares_;
};

}  // namespace thalweg
