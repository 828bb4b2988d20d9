#include "thalweg/optimize/lanczos.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "thalweg/core/random.hpp"

namespace thalweg {

Lanczos::Lanczos(std::size_t dimension, std::size_t steps, std::uint64_t seed)
    : dimension_(dimension), n_(padded(dimension)), steps_(std::min(steps, dimension)), basis_(steps_ + 1, dimension) {
  Random<double> random(seed, Purpose::check, 0, 0);
  double* v = basis_[0];
  for (std::size_t i = 0; i < dimension; ++i) v[i] = random.normal();
  const double length = std::sqrt(dot(v, v, n_));
  for (std::size_t i = 0; i < n_; ++i) v[i] /= length;
}

void Lanczos::tell(const double* product) {
  const std::size_t k = alpha_.size();
  double* w = basis_[k + 1];
  copy(product, w, n_);
  alpha_.push_back(dot(basis_[k], w, n_));
  const double scale = std::sqrt(dot(w, w, n_));
  for (int twice = 0; twice < 2; ++twice)  // once loses digits when w is nearly in the space searched
    for (std::size_t j = 0; j <= k; ++j) {
      const double share = dot(basis_[j], w, n_);
      for (std::size_t i = 0; i < n_; ++i) w[i] -= share * basis_[j][i];
    }
  beta_.push_back(std::sqrt(dot(w, w, n_)));
  wants_ = alpha_.size() < steps_ && beta_.back() > 1e-12 * scale && std::isfinite(scale);
  if (!wants_) return;
  for (std::size_t i = 0; i < n_; ++i) w[i] /= beta_.back();
}

Lanczos::Pair Lanczos::extreme(bool largest) {
  const auto k = static_cast<Eigen::Index>(alpha_.size());
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(Eigen::Map<Eigen::VectorXd>(alpha_.data(), k),
                                Eigen::Map<Eigen::VectorXd>(beta_.data(), k - 1));
  const Eigen::Index at = largest ? k - 1 : 0;
  const auto s = solver.eigenvectors().col(at);
  Pair pair{solver.eigenvalues()[at], std::vector<double>(dimension_, 0.0), beta_.back() * std::fabs(s[k - 1])};
  for (Eigen::Index j = 0; j < k; ++j)
    for (std::size_t i = 0; i < dimension_; ++i) pair.vector[i] += s[j] * basis_[static_cast<std::size_t>(j)][i];
  return pair;
}

}  // namespace thalweg
