// A few directions beside independent coordinates.
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/variational/family.hpp"
#include "thalweg/variational/rows.hpp"

namespace thalweg {
namespace {

/// The part of a Gaussian that its independent scales leave: Σ = S (I + Q (Λ − I) Qᵀ) S with the `rank` eigenvalues Λ
/// that are furthest from 1.
struct Directions {
  std::vector<double> scale;
  Matrix basis;       ///< Q
  ColumnVector root;  ///< √Λ
};

Directions directions_of(const MultivariateNormal& q, std::size_t rank) {
  const std::size_t d = q.dimension();
  std::vector<double> scale = q.scale();
  Matrix inside;
  if (q.is_full()) {
    scale = precisions_of(q);
    for (double& s : scale) s = 1 / std::sqrt(s);
    const Matrix f = vector_of(scale).cwiseInverse().asDiagonal() * factor_of(q);
    inside = f * f.transpose();
  } else {
    inside = factor_of(q) * factor_of(q).transpose();
  }
  if (inside.size() == 0) return {scale, Matrix(index(d), 0), ColumnVector(0)};
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(inside);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(inside.rows()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = index(i);
  const auto distance = [&](Eigen::Index i) { return std::abs(std::log(std::max(eigen.eigenvalues()[i], 1e-300))); };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return distance(a) > distance(b); });
  order.resize(std::min(order.size(), rank));
  Directions out{scale, Matrix(index(d), index(order.size())), ColumnVector(index(order.size()))};
  for (std::size_t k = 0; k < order.size(); ++k) {
    const ColumnVector v = eigen.eigenvectors().col(order[k]);
    out.basis.col(index(k)) = q.is_full() ? v : ColumnVector(basis_of(q) * v);
    out.root[index(k)] = std::sqrt(eigen.eigenvalues()[order[k]]);
  }
  return out;
}

/// θ = (μ, ω, V, t), s = s₀ exp ω, T = diag(t). F is S times a symmetric matrix: with any other square root of the
/// covariance a fixed sample would be fitted by turning it. With K = VᵀV and A = I + T K, log |det F| = Σ log s +
/// log |det A| and (I + V T Vᵀ)⁻¹ = I − V A⁻¹ T Vᵀ.
class LowRank final : public GaussianFamily {
 public:
  LowRank(MultivariateNormal base, std::size_t rank, std::uint64_t seed)
      : GaussianFamily(std::move(base)),
        rank_(rank),
        seed_(seed),
        first_(directions_of(base_, rank)),
        mean_(dimension_),
        scale_(first_.scale) {}

  std::size_t parameters() const override { return dimension_ * (2 + rank_) + rank_; }
  void start(double* theta) const override {
    std::fill_n(theta, parameters(), 0.0);
    auto v = basis_at(theta);
    const Eigen::Index known = first_.basis.cols();
    v.leftCols(known) = first_.basis;
    weights_at(theta).head(known) = first_.root.array() - 1;
    for (Eigen::Index k = known; k < v.cols(); ++k) {  // no change yet, along a direction by chance
      Random<double> random(seed_, Purpose::variational, static_cast<std::uint64_t>(k), 2);
      for (Eigen::Index i = 0; i < v.rows(); ++i) v(i, k) = random.normal();
      v.col(k).normalize();
    }
  }
  void widen(double factor, double* theta) const override {
    for (std::size_t i = 0; i < dimension_; ++i) theta[dimension_ + i] += std::log(factor);
  }
  void set(const double* theta) override {
    shift(theta, mean_.data());
    for (std::size_t i = 0; i < dimension_; ++i) scale_[i] = first_.scale[i] * std::exp(theta[dimension_ + i]);
    v_ = basis_at(theta);
    t_ = weights_at(theta);
    products_ = v_.transpose() * v_;
    Matrix a = t_.asDiagonal() * products_;
    a.diagonal().array() += 1;
    const Eigen::PartialPivLU<Matrix> lu(a);
    inverse_ = lu.inverse();
    inside_log_determinant_ = lu.matrixLU().diagonal().array().abs().log().sum();
  }
  void place(std::size_t n, const double* z, double* x) const override {
    const auto from = rows_at(z, n, dimension_, stride_);
    auto to = rows_at(x, n, dimension_, stride_);
    const RowMatrix part = (from * v_) * t_.asDiagonal();
    to = from;
    to.noalias() += part * v_.transpose();
    for (Eigen::Index i = 0; i < to.rows(); ++i)
      to.row(i) = vector_of(mean_).transpose() + vector_of(scale_).transpose().cwiseProduct(to.row(i));
  }
  double log_determinant(double* gradient) const override {
    double sum = inside_log_determinant_;
    for (std::size_t i = 0; i < dimension_; ++i) {
      sum += std::log(scale_[i]);
      gradient[dimension_ + i] += 1;
    }
    basis_at(gradient) += 2 * v_ * (inverse_ * t_.asDiagonal());
    weights_at(gradient) += (products_ * inverse_).diagonal();
    return sum;
  }
  void pull_back(std::size_t n, const double* z, const double* g, double* gradient) override {
    const double weight = 1 / static_cast<double>(n);
    const auto from = rows_at(z, n, dimension_, stride_);
    const ColumnVector sum = weight * rows_at(g, n, dimension_, stride_).colwise().sum().transpose();
    unshift(sum.data(), gradient);
    const RowMatrix scaled = rows_at(g, n, dimension_, stride_) * vector_of(scale_).asDiagonal();
    const RowMatrix part = from * v_;
    const Matrix slopes = weight * (scaled.transpose() * part);
    weights_at(gradient) = v_.cwiseProduct(slopes).colwise().sum().transpose();
    basis_at(gradient).noalias() = (slopes + weight * (from.transpose() * (scaled * v_))) * t_.asDiagonal();
    const RowMatrix moved = from + (part * t_.asDiagonal()) * v_.transpose();
    vector_at(gradient + dimension_, dimension_) = weight * scaled.cwiseProduct(moved).colwise().sum().transpose();
  }
  void add_path_term(std::size_t n, const double* z, double* g) const override {
    const auto from = rows_at(z, n, dimension_, stride_);
    RowMatrix w = from;
    w.noalias() -= (from * v_ * (inverse_ * t_.asDiagonal()).transpose()) * v_.transpose();
    rows_at(g, n, dimension_, stride_) += w * vector_of(scale_).cwiseInverse().asDiagonal();
  }
  bool identified() const override { return false; }
  void marginals(double* out) const override {
    const Matrix inside = 2 * Matrix(t_.asDiagonal()) + t_.asDiagonal() * products_ * t_.asDiagonal();
    for (std::size_t i = 0; i < dimension_; ++i) {
      const auto v = v_.row(index(i));
      out[i] = (mean_[i] - base_.mean()[i]) / first_.scale[i];
      out[dimension_ + i] = std::log(scale_[i]) + 0.5 * std::log(std::max(1 + (v * inside).dot(v), 1e-300));
    }
  }
  MultivariateNormal gaussian() const override {
    const Eigen::Index r = index(rank_);
    const Eigen::HouseholderQR<Matrix> qr(v_);
    const Matrix basis = qr.householderQ() * Matrix::Identity(index(dimension_), r);
    const Matrix upper = qr.matrixQR().topRows(r).triangularView<Eigen::Upper>();
    Matrix inside = upper * t_.asDiagonal() * upper.transpose();
    inside.diagonal().array() += 1;
    const MultivariateNormal part = full_gaussian(ColumnVector::Zero(r).eval().data(), inside);
    return MultivariateNormal::low_rank(mean_, scale_, {basis.data(), basis.data() + basis.size()}, part.factor());
  }

 private:
  Eigen::Map<Matrix> basis_at(double* theta) const { return {theta + 2 * dimension_, index(dimension_), index(rank_)}; }
  Eigen::Map<const Matrix> basis_at(const double* theta) const {
    return {theta + 2 * dimension_, index(dimension_), index(rank_)};
  }
  Eigen::Map<ColumnVector> weights_at(double* theta) const { return {theta + dimension_ * (2 + rank_), index(rank_)}; }
  Eigen::Map<const ColumnVector> weights_at(const double* theta) const {
    return {theta + dimension_ * (2 + rank_), index(rank_)};
  }

  std::size_t rank_;
  std::uint64_t seed_;
  Directions first_;
  std::vector<double> mean_, scale_;
  Matrix v_, products_, inverse_;  ///< V, K and A⁻¹
  ColumnVector t_;
  double inside_log_determinant_ = 0;
};

}  // namespace

std::unique_ptr<GaussianFamily> low_rank_family(MultivariateNormal base, std::size_t rank, std::uint64_t seed) {
  require(rank > 0 && rank < base.dimension(), "rank must be > 0 and < the dimension, {}; found {}", base.dimension(),
          rank);
  return std::make_unique<LowRank>(std::move(base), rank, seed);
}

}  // namespace thalweg
