// The laws that every constraint transform obeys, as checks that can also be seen to fail.
//
// A case is a transform with its sizes fixed:  nx, ny, np (numbers in x, y and the parameters that are bounds, offsets
// or multipliers), nw (workspace), y_rows (the elements of y that the Jacobian is of), parameters(), and constrain,
// pullback, unconstrain as transform.hpp describes them.
#pragma once
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "thalweg/density/transforms/transform.hpp"

namespace thalweg::laws {

template <class Real>
using Values = std::vector<Real>;
template <class Real>
View<Real> view(Values<Real>& v) {
  return {v.data(), v.size()};
}
template <class Real>
View<const Real> view(const Values<Real>& v) {
  return {v.data(), v.size()};
}

inline Values<double> random_point(std::size_t n, std::uint64_t seed, double spread = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, spread);
  Values<double> x(n);
  for (double& v : x) v = normal(random);
  return x;
}

template <class Real>
struct Constrained {
  Values<Real> y, work;
  Real log_jacobian;
};
template <class Case, class Real>
Constrained<Real> constrained(const Case& c, const Values<Real>& x, const Values<Real>& p) {
  Constrained<Real> r{Values<Real>(c.ny), Values<Real>(c.nw), Real(0)};
  r.log_jacobian = c.constrain(view(x), view(p), view(r.y), view(r.work));
  return r;
}

/// f'(0) by the eighth-order central difference.
template <class F>
auto difference(const F& f, double h = 0.02) {
  using T = std::remove_cvref_t<decltype(f(0.0))>;
  const T one = f(h) - f(-h), two = f(2 * h) - f(-2 * h), three = f(3 * h) - f(-3 * h), four = f(4 * h) - f(-4 * h);
  return T((one * (4.0 / 5) - two * (1.0 / 5) + three * (4.0 / 105) - four * (1.0 / 280)) / h);
}

/// log |∂y/∂x| is the log determinant of the differenced Jacobian (of the rows that the transform names).
template <class Case>
testing::AssertionResult log_jacobian_is_that_of_the_map(const Case& c) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Values<double> x = random_point(c.nx, seed), p = c.parameters();
    const auto rows = c.y_rows();
    Eigen::MatrixXd jacobian(rows.size(), c.nx);
    for (std::size_t k = 0; k < c.nx; ++k) {
      const Eigen::VectorXd column = difference([&](double h) {
        Values<double> moved = x;
        moved[k] += h;
        const auto y = constrained(c, moved, p).y;
        Eigen::VectorXd out(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) out[static_cast<Eigen::Index>(i)] = y[rows[i]];
        return out;
      });
      jacobian.col(static_cast<Eigen::Index>(k)) = column;
    }
    // ½ log det JᵀJ: the volume also where y lies on a surface.
    const double expected =
        c.nx == 0 ? 0 : jacobian.colPivHouseholderQr().matrixQR().diagonal().array().abs().log().sum();
    const double found = constrained(c, x, p).log_jacobian;
    if (!(std::abs(found - expected) <= 1e-9 * (1 + std::abs(expected))))
      return testing::AssertionFailure() << "seed " << seed << ": log Jacobian " << found << ", differenced "
                                         << expected;
  }
  return testing::AssertionSuccess();
}

/// pullback adds the differenced gradient of Σ w·y + j log |∂y/∂x| in x and in the parameters.
template <class Case>
testing::AssertionResult pullback_is_the_gradient(const Case& c) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const double j = seed % 2 == 0 ? 1 : 0;
    const Values<double> x = random_point(c.nx, seed), p = c.parameters(), w = random_point(c.ny, seed + 100);
    Values<double> dx = random_point(c.nx, 7), dp = random_point(c.np, 8);
    const Values<double> dx_before = dx, dp_before = dp;
    auto r = constrained(c, x, p);
    c.pullback(view(x), view(std::as_const(r.y)), view(w), view(p), j, view(dx), view(dp), view(r.work));
    const auto value = [&](const Values<double>& at, const Values<double>& parameters) {
      const auto moved = constrained(c, at, parameters);
      double sum = j * moved.log_jacobian;
      for (std::size_t i = 0; i < c.ny; ++i) sum += w[i] * moved.y[i];
      return sum;
    };
    const auto compare = [&](const char* what, std::size_t k, double found, double expected) {
      if (std::abs(found - expected) <= 1e-9 * (1 + std::abs(expected))) return testing::AssertionSuccess();
      return testing::AssertionFailure() << what << " " << k << ", seed " << seed << ": " << found << ", differenced "
                                         << expected;
    };
    for (std::size_t k = 0; k < c.nx; ++k) {
      const double slope = difference([&](double h) {
        Values<double> moved = x;
        moved[k] += h;
        return value(moved, p);
      });
      if (auto result = compare("x", k, dx[k] - dx_before[k], slope); !result) return result;
    }
    for (std::size_t k = 0; k < c.np; ++k) {
      const double slope = difference([&](double h) {
        Values<double> moved = p;
        moved[k] += h;
        return value(x, moved);
      });
      if (auto result = compare("parameter", k, dp[k] - dp_before[k], slope); !result) return result;
    }
  }
  return testing::AssertionSuccess();
}

/// unconstrain accepts what constrain made and leads back to it: to x, or where x is not unique to the same y.
template <class Case>
testing::AssertionResult unconstrain_inverts(const Case& c) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Values<double> x = random_point(c.nx, seed, 1.5), p = c.parameters();
    auto r = constrained(c, x, p);
    Values<double> back(c.nx);
    if (const Violation v = c.unconstrain(view(std::as_const(r.y)), view(p), view(back), view(r.work)))
      return testing::AssertionFailure() << "element " << v.index << " had to be " << v.expected << " " << v.limit
                                         << " but is " << v.found;
    const auto again = constrained(c, back, p);
    for (std::size_t i = 0; i < c.ny; ++i)
      if (!(std::abs(again.y[i] - r.y[i]) <= 1e-12 * (1 + std::abs(r.y[i]))))
        return testing::AssertionFailure()
               << "seed " << seed << ": y[" << i << "] " << again.y[i] << " after " << r.y[i];
    for (std::size_t k = 0; k < c.nx && c.invertible; ++k)
      if (!(std::abs(back[k] - x[k]) <= 1e-10 * (1 + std::abs(x[k]))))
        return testing::AssertionFailure() << "seed " << seed << ": x[" << k << "] " << back[k] << " for " << x[k];
  }
  return testing::AssertionSuccess();
}

/// Values, log Jacobian and gradients stay finite when x is huge.
template <class Case>
testing::AssertionResult stays_finite(const Case& c) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const Values<double> p = c.parameters(), w(c.ny, 1.0);
    Values<double> x(c.nx), dx(c.nx), dp(c.np);
    const double sizes[] = {0, 40, 300, c.largest};
    for (double& v : x) v = (random() % 2 == 0 ? 1.0 : -1.0) * sizes[random() % 4];
    if (!c.invertible) x[0] = 1;  // not the centre of the sphere
    auto r = constrained(c, x, p);
    if (!is_finite(r.log_jacobian)) return testing::AssertionFailure() << "log Jacobian " << r.log_jacobian;
    c.pullback(view(std::as_const(x)), view(std::as_const(r.y)), view(w), view(p), 1.0, view(dx), view(dp),
               view(r.work));
    for (const auto* values : {&r.y, &dx, &dp})
      for (const double v : *values)
        if (!is_finite(v)) return testing::AssertionFailure() << "seed " << seed << ": a value is " << v;
  }
  return testing::AssertionSuccess();
}

/// Every lane of a pack has the bits that a single particle has.
template <int W, class Case>
testing::AssertionResult same_bits(const Case& c) {
  using Real = RealOf<W>;
  const auto same = [](double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; };
  const auto widen = [](const Values<double>& v) { return Values<Real>(v.begin(), v.end()); };
  for (const double spread : {1.0, 30.0}) {
    Values<Real> x(c.nx), dx(c.nx, Real(0)), dp(c.np, Real(0));
    std::vector<Values<double>> points;
    for (int lane = 0; lane < W; ++lane) {
      points.push_back(random_point(c.nx, static_cast<std::uint64_t>(lane), spread));
      for (std::size_t k = 0; k < c.nx; ++k) set_lane(x[k], lane, points.back()[k]);
    }
    const Values<double> p = c.parameters(), w = random_point(c.ny, 5);
    const Values<Real> p_wide = widen(p), w_wide = widen(w);
    auto wide = constrained(c, x, p_wide);
    const Values<Real> y = wide.y;
    c.pullback(view(std::as_const(x)), view(y), view(w_wide), view(p_wide), 1.0, view(dx), view(dp), view(wide.work));
    for (int lane = 0; lane < W; ++lane) {
      const Values<double>& x1 = points[static_cast<std::size_t>(lane)];
      Values<double> dx1(c.nx), dp1(c.np);
      auto one = constrained(c, x1, p);
      const Values<double> y1 = one.y;
      c.pullback(view(x1), view(y1), view(w), view(p), 1.0, view(dx1), view(dp1), view(one.work));
      bool equal = same(one.log_jacobian, lane_of(wide.log_jacobian, lane));
      for (std::size_t i = 0; i < c.ny; ++i) equal = equal && same(y1[i], lane_of(y[i], lane));
      for (std::size_t k = 0; k < c.nx; ++k) equal = equal && same(dx1[k], lane_of(dx[k], lane));
      for (std::size_t k = 0; k < c.np; ++k) equal = equal && same(dp1[k], lane_of(dp[k], lane));
      if (!equal) return testing::AssertionFailure() << "width " << W << ", lane " << lane << ", spread " << spread;
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace thalweg::laws
