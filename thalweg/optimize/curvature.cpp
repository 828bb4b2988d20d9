#include "thalweg/optimize/curvature.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "thalweg/density/hessian.hpp"
#include "thalweg/optimize/lanczos.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

Eigen::Map<const Matrix> as_matrix(const Curvature& c) {
  const auto n = std::ssize(c.free);
  return {c.matrix.data(), n, n};
}
Vector free_part(const Curvature& c, std::span<const double> v) {
  Vector out(std::ssize(c.free));
  for (std::size_t i = 0; i < c.free.size(); ++i) out[static_cast<Eigen::Index>(i)] = v[c.free[i]];
  return out;
}

void form(Points& points, std::span<const double> x, std::size_t whole, Curvature& c) {
  const Hessian h = hessian(points, x, {.largest_dimension = whole});
  const std::size_t n = c.free.size();
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] = -h.matrix[c.free[i] * x.size() + c.free[j]];
  if (!std::all_of(matrix.begin(), matrix.end(), [](double v) { return std::isfinite(v); })) return;
  c.matrix = std::move(matrix);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(as_matrix(c));
  c.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + n);
  c.flattest.assign(x.size(), 0.0);
  for (std::size_t i = 0; i < n; ++i) c.flattest[c.free[i]] = solver.eigenvectors()(static_cast<Eigen::Index>(i), 0);
}

void search(Points& points, std::span<const double> x, std::span<const std::size_t> fixed, std::size_t steps,
            Curvature& c) {
  const std::size_t d = x.size();
  Lanczos lanczos(d, steps, 0);
  std::vector<double> product(padded(d), 0.0);
  double inside = 0;
  for (bool first = true; lanczos.wants(); first = false) {
    const double* v = lanczos.direction();
    points.hessian_vector(1, d, x.data(), v, product.data());
    if (first) inside = dot(v, product.data(), padded(d));
    for (const std::size_t j : fixed) product[j] = inside * v[j];  // a curvature that is no extreme hides them
    lanczos.tell(product.data());
  }
  Lanczos::Pair up = lanczos.largest(), down = lanczos.smallest();
  if (!std::isfinite(up.value) || !std::isfinite(down.value)) return;
  c.values = {-up.value, -down.value};
  c.flattest = std::move(up.vector);
}

}  // namespace

double Curvature::square(std::span<const double> u) const {
  const Vector v = free_part(*this, u);
  return v.dot(as_matrix(*this) * v);
}

Curvature::Newton Curvature::newton(std::span<const double> gradient) const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (matrix.empty() || !(smallest() > 0)) return {nan, nan};
  const Eigen::LLT<Matrix> llt(as_matrix(*this));
  if (llt.info() != Eigen::Success) return {nan, nan};
  const Vector g = free_part(*this, gradient);
  return {0.5 * g.dot(llt.solve(g)), 2 * Matrix(llt.matrixL()).diagonal().array().log().sum()};
}

Curvature curvature_at(Points& points, std::span<const double> x, std::span<const std::size_t> fixed, std::size_t whole,
                       std::size_t steps) {
  Curvature c;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::find(fixed.begin(), fixed.end(), i) == fixed.end()) c.free.push_back(i);
  if (c.free.empty()) return c;
  if (x.size() <= whole)
    form(points, x, whole, c);
  else
    search(points, x, fixed, steps, c);
  return c;
}

}  // namespace thalweg
