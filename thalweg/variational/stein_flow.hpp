// The flow of Stein's particles; for sources and for the tests that plant errors in it.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/variational/rows.hpp"
#include "thalweg/variational/stein.hpp"

namespace thalweg {

struct SteinRules {
  static constexpr double repulsion = 1;  ///< ∇_{x_j} k(x_j, x_i) points from x_j to x_i
};

/// h of the kernels: the median of r² over pairs, over log n.
inline double median_bandwidth(const RowMatrix& squares) {
  const auto n = static_cast<std::size_t>(squares.rows());
  std::vector<double> pairs;
  pairs.reserve(n * (n - 1) / 2);
  for (Eigen::Index i = 0; i < squares.rows(); ++i)
    for (Eigen::Index j = 0; j < i; ++j) pairs.push_back(squares(i, j));
  const auto middle = pairs.begin() + static_cast<std::ptrdiff_t>(pairs.size() / 2);
  std::nth_element(pairs.begin(), middle, pairs.end());
  return std::max(*middle / log(static_cast<double>(n)), 1e-300);
}

/// φ of all particles from their places y and the gradients of log p there; see SteinSettings.
template <class Rules = SteinRules>
class SteinDirection {
 public:
  SteinDirection(SteinKernel kernel, double bandwidth) : kernel_(kernel), bandwidth_(bandwidth) {}

  void find(const RowMatrix& y, const RowMatrix& gradient) {
    const ColumnVector norms = y.rowwise().squaredNorm();
    squares_.noalias() = -2 * y * y.transpose();
    squares_.colwise() += norms;
    squares_.rowwise() += norms.transpose();
    squares_ = squares_.cwiseMax(0);
    const double h = bandwidth_ > 0 ? bandwidth_ : median_bandwidth(squares_);
    push_.resize(squares_.rows(), squares_.cols());
    for (Eigen::Index i = 0; i < squares_.size(); ++i) {
      const double r = squares_.data()[i] / h;  // becomes k, and k's slope beside it
      if (kernel_ == SteinKernel::rbf) {
        squares_.data()[i] = exp(-r);
        push_.data()[i] = Rules::repulsion * 2 / h * squares_.data()[i];
      } else {
        squares_.data()[i] = 1 / std::sqrt(1 + r);
        push_.data()[i] = Rules::repulsion / h * squares_.data()[i] / (1 + r);
      }
    }
    const double weight = 1 / static_cast<double>(y.rows());
    pull_.noalias() = weight * (squares_ * gradient);
    const ColumnVector sums = push_.rowwise().sum();
    phi_ = sums.asDiagonal() * y;
    phi_.noalias() -= push_ * y;
    phi_ = weight * phi_ + pull_;
  }
  const RowMatrix& phi() const { return phi_; }
  double residual() const { return phi_.norm() / pull_.norm(); }

 private:
  SteinKernel kernel_;
  double bandwidth_;
  RowMatrix squares_, push_, pull_, phi_;
};

/// The particles and the rule of their steps. Places are kept in units of `scale` about `centre`.
template <class Rules = SteinRules>
class SteinFlow {
 public:
  SteinFlow(Points& points, const SteinSettings& settings, ColumnVector centre, ColumnVector scale)
      : points_(points),
        settings_(settings),
        centre_(std::move(centre)),
        scale_(std::move(scale)),
        direction_(settings.kernel, settings.bandwidth),
        step_(settings.step_size) {}

  /// x: [particles][d]. Returns how many particles have no finite log p and gradient.
  std::size_t place(const RowMatrix& x) {
    y_ = (x.rowwise() - centre_.transpose()) * scale_.cwiseInverse().asDiagonal();
    trial_ = y_;
    log_p_.assign(static_cast<std::size_t>(y_.rows()), not_a_number);
    gradient_ = RowMatrix::Zero(y_.rows(), y_.cols());
    return accept();
  }
  SteinAt step() {
    const RowMatrix before = direction_.phi();
    direction_.find(y_, gradient_);
    const RowMatrix& phi = direction_.phi();
    const SteinAt at{++iterations_, direction_.residual(), step_};
    if (settings_.step == SteinStep::adagrad) {
      if (squares_.size() == 0) squares_ = RowMatrix::Zero(phi.rows(), phi.cols());
      squares_ += phi.cwiseAbs2();
      trial_ = y_ + (step_ * phi.array() / (squares_.array().sqrt() + 1e-12)).matrix();
    } else {
      if (before.size() > 0) {
        const double cosine = before.cwiseProduct(phi).sum() / (before.norm() * phi.norm());
        step_ *= cosine > 0.5 ? 1.2 : cosine < 0 ? 0.5 : 1;
      }
      trial_ = y_ + step_ * phi;
    }
    if (const std::size_t lost = accept()) {
      failed_ += static_cast<std::int64_t>(lost);
      if (settings_.step == SteinStep::automatic) step_ *= 0.5;
    }
    return at;
  }
  RowMatrix x() const { return (y_ * scale_.asDiagonal()).rowwise() + centre_.transpose(); }
  const std::vector<double>& log_p() const { return log_p_; }
  const RowMatrix& y() const { return y_; }
  const RowMatrix& gradient() const { return gradient_; }  ///< with respect to y
  std::int64_t iterations() const { return iterations_; }
  std::int64_t failed() const { return failed_; }

 private:
  /// Moves every particle to its trial where log p and gradient are finite there. Returns how many stayed.
  std::size_t accept() {
    const auto n = static_cast<std::size_t>(trial_.rows()), d = static_cast<std::size_t>(trial_.cols());
    places_ = (trial_ * scale_.asDiagonal()).rowwise() + centre_.transpose();
    slopes_.resize(trial_.rows(), trial_.cols());
    values_.resize(n);
    points_.evaluate(n, d, places_.data(), slopes_.data(), values_.data());
    std::size_t lost = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!std::isfinite(values_[i]) || !slopes_.row(index(i)).allFinite()) {
        ++lost;
        continue;
      }
      y_.row(index(i)) = trial_.row(index(i));
      gradient_.row(index(i)) = slopes_.row(index(i)).cwiseProduct(scale_.transpose());
      log_p_[i] = values_[i];
    }
    return lost;
  }

  Points& points_;
  const SteinSettings& settings_;
  ColumnVector centre_, scale_;
  SteinDirection<Rules> direction_;
  double step_;
  RowMatrix y_, gradient_, trial_, places_, slopes_, squares_;
  std::vector<double> log_p_, values_;
  std::int64_t iterations_ = 0, failed_ = 0;
};

}  // namespace thalweg
