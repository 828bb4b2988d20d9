#include "thalweg/optimize/laplace.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/hessian.hpp"
#include "thalweg/optimize/census.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr double log_two_pi = 1.8378770664093453;

[[noreturn]] void refuse(const Model& model, double smallest, double largest, const Vector& direction) {
  const std::vector<std::string> names = coordinate_names(model);
  const std::string words = direction_in_words({direction.data(), static_cast<std::size_t>(direction.size())}, names);
  const bool flat = smallest > -1e-10 * std::fabs(largest);
  fail("model {}: no Laplace approximation here: log p {} along {} (curvature {:.3g}, the largest is {:.3g}); {}",
       model.name(), flat ? "is flat" : "curves upwards", words, -smallest, -largest,
       flat ? "a prior on that combination would make it a maximum; thalweg sample needs no curvature"
            : "this is no maximum: start elsewhere, or use thalweg sample");
}

}  // namespace

Approximation draw(Points& points, MultivariateNormal q, std::size_t count, std::uint64_t seed) {
  Approximation a;
  a.dimension = q.dimension();
  a.count = count;
  a.x.resize(count * a.dimension);
  a.log_p.resize(count);
  a.log_q.resize(count);
  a.component.assign(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    Random<double> random(seed, Purpose::approximation, i, 0);
    a.log_q[i] = q.draw(random, {a.x.data() + i * a.dimension, a.dimension});
  }
  std::vector<double> gradient(a.x.size());
  points.evaluate(count, a.dimension, a.x.data(), gradient.data(), a.log_p.data());
  a.components.push_back(std::move(q));
  return a;
}

LaplaceResult laplace(Points& points, std::span<const double> x, const Laplace& settings) {
  const std::size_t d = points.dimension();
  require(x.size() == d, "x must have {} coordinates; found {}", d, x.size());
  LaplaceResult result;
  std::vector<double> gradient(d);
  points.evaluate(1, d, x.data(), gradient.data(), &result.log_p);
  if (!std::isfinite(result.log_p))
    fail("model {}: no Laplace approximation here: the log density is {} ({})", points.model().name(), result.log_p,
         points.evidence(x.data()));
  const Hessian h = hessian(points, x, {.largest_dimension = settings.largest_dimension});
  const auto n = static_cast<Eigen::Index>(d);
  const Matrix negative = -Eigen::Map<const Matrix>(h.matrix.data(), n, n);
  if (!negative.allFinite())
    fail("model {}: no Laplace approximation here: its Hessian is not finite", points.model().name());
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(negative);
  result.smallest = solver.eigenvalues()[0];
  result.largest = solver.eigenvalues()[n - 1];
  const Eigen::LLT<Matrix> llt(negative);
  if (llt.info() != Eigen::Success || !(result.smallest > 1e-15 * result.largest))
    refuse(points.model(), result.smallest, result.largest, solver.eigenvectors().col(0));
  const Vector g = Eigen::Map<const Vector>(gradient.data(), n);
  result.decrement = 0.5 * g.dot(llt.solve(g));
  if (!(result.decrement <= settings.most_decrement))
    fail(
        "model {}: no Laplace approximation here: this is no maximum, {:.3g} nats of log p are still to be gained; "
        "give the end of an optimization",
        points.model().name(), result.decrement);
  // Σ = (L Lᵀ)⁻¹; its own Cholesky factor, since L⁻ᵀ is upper triangular
  const Eigen::LLT<Matrix> covariance(Matrix(llt.solve(Matrix::Identity(n, n))));
  const Matrix factor = covariance.matrixL();
  result.q = MultivariateNormal::full(std::vector<double>(x.begin(), x.end()),
                                      std::vector<double>(factor.data(), factor.data() + d * d));
  result.log_evidence = result.log_p + 0.5 * (static_cast<double>(d) * log_two_pi + result.q.log_determinant());
  result.draws = draw(points, result.q, settings.draws, settings.seed);
  return result;
}

}  // namespace thalweg
