#include "thalweg/variational/linear_response.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/variational/hessian_rows.hpp"
#include "thalweg/variational/linear_response_solve.hpp"

namespace thalweg {
namespace {

/// The optimum with its draws, as both roads need it.
struct Optimum {
  Points& points;
  const FixedDraws& draws;
  ColumnVector s;
  RowMatrix moved;  ///< s z_n, one a row
  std::vector<double> x, gradient;
  ColumnVector slope;  ///< (1/N) Σ g s z

  Optimum(Points& p, const MultivariateNormal& q, const FixedDraws& z)
      : points(p), draws(z), s(vector_of(q.scale())), x(z.z.size()), gradient(z.z.size()) {
    moved = rows_at(z.z.data(), z.n, z.dimension, z.stride) * s.asDiagonal();
    rows_at(x.data(), z.n, z.dimension, z.stride) = moved.rowwise() + vector_of(q.mean()).transpose();
    std::vector<double> log_p(z.n);
    points.evaluate(z.n, z.stride, x.data(), gradient.data(), log_p.data());
    slope = slopes().cwiseProduct(moved).colwise().mean().transpose();
  }
  ConstRows slopes() const { return rows_at(gradient.data(), draws.n, draws.dimension, draws.stride); }
};

/// The Hessian of every draw, column by column, many columns at a time.
ElboCurvature curvature(Optimum& at, HessianRows& hessian) {
  const std::size_t d = at.draws.dimension, n = at.draws.n, stride = at.draws.stride;
  const Matrix zero = Matrix::Zero(index(d), index(d));
  ElboCurvature f{zero, zero, zero};
  const std::size_t columns = std::clamp<std::size_t>((std::size_t{1} << 17) / (n * stride), 1, d);
  std::vector<double> x(columns * n * stride), v(x.size()), h(x.size());
  for (std::size_t first = 0; first < d; first += columns) {
    const std::size_t some = std::min(columns, d - first);
    std::fill(v.begin(), v.end(), 0.0);
    for (std::size_t c = 0; c < some; ++c) {
      std::copy(at.x.begin(), at.x.end(), x.begin() + static_cast<std::ptrdiff_t>(c * n * stride));
      for (std::size_t i = 0; i < n; ++i) v[(c * n + i) * stride + first + c] = 1;
    }
    hessian.product(some * n, stride, x.data(), v.data(), h.data());
    for (std::size_t c = 0; c < some; ++c) {
      const auto column = rows_at(&h[c * n * stride], n, d, stride);
      const auto weight = at.moved.col(index(first + c));
      f.mm.col(index(first + c)) = column.colwise().sum().transpose();
      f.mw.col(index(first + c)) = column.transpose() * weight;
      f.ww.col(index(first + c)) = column.cwiseProduct(at.moved).transpose() * weight;
    }
  }
  for (Matrix* m : {&f.mm, &f.mw, &f.ww}) *m /= static_cast<double>(n);
  f.ww.diagonal() += at.slope;
  return f;
}

/// √(Σ influence² / (n (n − 1)))
double standard_error(const ColumnVector& influence) {
  const auto n = static_cast<double>(influence.size());
  return std::sqrt((influence.array() - influence.mean()).square().sum() / (n * (n - 1)));
}

void solve_dense(Optimum& at, HessianRows& hessian, LinearResponse& out) {
  const std::size_t d = at.draws.dimension;
  const ElboCurvature f = curvature(at, hessian);
  out.products = static_cast<std::int64_t>(d * at.draws.n);
  const Matrix covariance = response_covariance(f, at.s);
  if (covariance.size() == 0 || !covariance.allFinite() || (covariance.diagonal().array() <= 0).any()) {
    out.note = "no linear response: the ELBO is not at a strict maximum here";
    return;
  }
  for (std::size_t i = 0; i < d; ++i) out.sds[i] = std::sqrt(covariance(index(i), index(i)));
  out.covariance.assign(covariance.data(), covariance.data() + covariance.size());
  // one draw a row: (ψ_m − f_mω f_ωω⁻¹ ψ_ω) Σ + s z
  const RowMatrix stretch = (at.slopes().cwiseProduct(at.moved).array() + 1).matrix();
  const Matrix follow = f.ww.partialPivLu().solve(f.mw.transpose());
  const Matrix influence = (at.slopes() - stretch * follow) * covariance + at.moved;
  for (std::size_t i = 0; i < d; ++i) out.sampling_error[i] = standard_error(influence.col(index(i)));
}

/// −∂²f·(a, b), both halves of [d].
void negative_product(const Optimum& at, HessianRows& hessian, const ColumnVector& u, ColumnVector& out,
                      std::vector<double>& v, std::vector<double>& h) {
  const std::size_t d = at.draws.dimension, n = at.draws.n, stride = at.draws.stride;
  const Eigen::Index half = index(d);
  rows_at(v.data(), n, d, stride) = (at.moved * u.tail(half).asDiagonal()).rowwise() + u.head(half).transpose();
  hessian.product(n, stride, at.x.data(), v.data(), h.data());
  const auto rows = rows_at(h.data(), n, d, stride);
  out.head(half) = -rows.colwise().mean().transpose();
  out.tail(half) = -rows.cwiseProduct(at.moved).colwise().mean().transpose() - at.slope.cwiseProduct(u.tail(half));
}

/// Preconditioned conjugate gradients for −∂²f u = e_i. False when they do not arrive.
bool solve_one(const Optimum& at, HessianRows& hessian, std::size_t i, const LinearResponseSettings& settings,
               ColumnVector& u, std::int64_t& products) {
  const Eigen::Index half = index(at.draws.dimension);
  std::vector<double> v(at.x.size()), h(at.x.size());
  ColumnVector preconditioner(2 * half), r = ColumnVector::Zero(2 * half), p, w, y(2 * half);
  preconditioner << at.s.array().square().matrix(), ColumnVector::Constant(half, 0.5);
  u = ColumnVector::Zero(2 * half);
  r[index(i)] = 1;
  p = w = preconditioner.cwiseProduct(r);
  double rho = r.dot(w);
  const double goal = rho * settings.tolerance * settings.tolerance;
  for (int k = 0; k < settings.most_iterations && rho > goal; ++k) {
    negative_product(at, hessian, p, y, v, h);
    products += static_cast<std::int64_t>(at.draws.n);
    const double curvature = p.dot(y);
    if (!(curvature > 0) || !std::isfinite(curvature)) return false;
    u += rho / curvature * p;
    r -= rho / curvature * y;
    w = preconditioner.cwiseProduct(r);
    const double next = r.dot(w);
    p = w + next / rho * p;
    rho = next;
  }
  return rho <= goal;
}

void solve_some(Optimum& at, HessianRows& hessian, const LinearResponseSettings& settings, LinearResponse& out) {
  const std::size_t d = at.draws.dimension;
  const RowMatrix stretch = (at.slopes().cwiseProduct(at.moved).array() + 1).matrix();
  std::size_t vain = 0;
  for (const std::size_t i : settings.coordinates) {
    require(i < d, "coordinates of the linear response must be < {}; found {}", d, i);
    ColumnVector u;
    if (!solve_one(at, hessian, i, settings, u, out.products)) {
      ++vain;
      continue;
    }
    out.sds[i] = std::sqrt(u[index(i)]);
    out.sampling_error[i] =
        standard_error(at.slopes() * u.head(index(d)) + stretch * u.tail(index(d)) + at.moved.col(index(i)));
  }
  if (vain > 0)
    out.note = fmt::format("linear response: {} of {} coordinates did not converge in {} iterations", vain,
                           settings.coordinates.size(), settings.most_iterations);
}

/// With −1/s² for f_mm and nothing beside it.
void error_without_coupling(const Optimum& at, LinearResponse& out) {
  for (std::size_t i = 0; i < at.draws.dimension; ++i)
    out.sampling_error[i] =
        standard_error(at.s[index(i)] * at.s[index(i)] * at.slopes().col(index(i)) + at.moved.col(index(i)));
}

}  // namespace

LinearResponse linear_response(Points& points, const MultivariateNormal& q, const FixedDraws& draws,
                               const LinearResponseSettings& settings) {
  require(q.rank() == 0, "linear response corrects mean-field Gaussians; found one of rank {}", q.rank());
  const std::size_t d = draws.dimension;
  LinearResponse out;
  out.sds.assign(d, not_a_number);
  out.sampling_error.assign(d, not_a_number);
  Optimum at(points, q, draws);
  HessianRows hessian(points);
  if (d <= settings.most_dense) {
    solve_dense(at, hessian, out);
  } else if (settings.coordinates.empty()) {
    error_without_coupling(at, out);
    out.note = fmt::format(
        "no linear response for {} dimensions, more than {}: ask for coordinates; the sampling error given leaves out "
        "how coordinates move each other",
        d, settings.most_dense);
  } else {
    solve_some(at, hessian, settings, out);
  }
  return out;
}

}  // namespace thalweg
