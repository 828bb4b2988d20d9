#include "thalweg/dynamics/annealing/gaussian_reference.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {

GaussianReference::GaussianReference(std::vector<double> mean, std::span<const double> covariance)
    : mean_(std::move(mean)), apart_(mean_.size()) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const std::size_t d = mean_.size();
  require(covariance.size() == d || covariance.size() == d * d,
          "the covariance of the reference must hold {} variances or {} x {} numbers; found {}", d, d, d,
          covariance.size());
  if (covariance.size() == d) {
    for (const double v : covariance) {
      require(std::isfinite(v) && v > 0, "variances of the reference must be finite and > 0; found {}", v);
      factor_.push_back(std::sqrt(v)), precision_.push_back(1 / v);
      log_determinant_ += std::log(v);
    }
  } else {
    const auto n = static_cast<Eigen::Index>(d);
    const Eigen::Map<const Matrix> s(covariance.data(), n, n);
    const Eigen::LLT<Eigen::MatrixXd> cholesky(s);
    require(cholesky.info() == Eigen::Success && s.allFinite(),
            "the covariance of the reference must be positive definite");
    const Matrix l = cholesky.matrixL(), p = cholesky.solve(Eigen::MatrixXd::Identity(n, n));
    factor_.assign(l.data(), l.data() + l.size());
    precision_.assign(p.data(), p.data() + p.size());
    for (std::size_t j = 0; j < d; ++j) log_determinant_ += 2 * std::log(factor_[j * d + j]);
  }
}

void GaussianReference::evaluate(const double* x, double* gradient, Real& log_density) {
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  const std::size_t d = dimension();
  for (std::size_t j = 0; j < d; ++j) apart_[j] = load<Real>(x + j * lanes) - mean_[j];
  Real squares = 0.0;
  for (std::size_t i = 0; i < d; ++i) {
    Real g = 0.0;
    if (is_dense())
      for (std::size_t j = 0; j < d; ++j) g = fma(-precision_[i * d + j], apart_[j], g);
    else
      g = -precision_[i] * apart_[i];
    squares = fma(apart_[i], g, squares);
    store(gradient + i * lanes, g);
  }
  log_density = 0.5 * (squares - log_determinant_) - 0.91893853320467274 * static_cast<double>(d);
}

}  // namespace thalweg
