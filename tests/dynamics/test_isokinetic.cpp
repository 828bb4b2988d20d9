#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/dynamics/one_microcanonical.hpp"
#include "tests/dynamics/planted_microcanonical.hpp"

namespace thalweg {
namespace {

using Vector = std::vector<double>;

double inner(const Vector& a, const Vector& b) {
  double s = 0;
  for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
  return s;
}
Vector unit(Vector v) {
  const double length = std::sqrt(inner(v, v));
  for (double& x : v) x /= length;
  return v;
}
Vector random_vector(std::size_t d, std::uint64_t k) {
  Random<double> random(11, Purpose::test, k, 0);
  Vector v(d);
  for (double& x : v) x = random.normal();
  return v;
}

struct Kicked {
  Vector u;
  double kinetic;
};
template <class Rules = MicrocanonicalRules>
Kicked kick(double time, const Vector& w, const Vector& u) {
  Vectors v(2, u.size());
  std::copy(w.begin(), w.end(), v[0]);
  std::copy(u.begin(), u.end(), v[1]);
  const double change = isokinetic_kick<Rules>(time, v[0], v[1], u.size());
  return {{v[1], v[1] + u.size()}, change};
}

/// A derivative for classical Runge–Kutta: the reference that knows neither exponentials nor splittings.
template <class Derivative>
Vector integrate(Vector y, double time, int steps, Derivative f) {
  const double h = time / steps;
  const auto along = [](const Vector& a, double share, const Vector& b) {
    Vector c = a;
    for (std::size_t i = 0; i < a.size(); ++i) c[i] += share * b[i];
    return c;
  };
  for (int n = 0; n < steps; ++n) {
    const Vector k1 = f(y), k2 = f(along(y, h / 2, k1)), k3 = f(along(y, h / 2, k2)), k4 = f(along(y, h, k3));
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return y;
}

template <class Rules>
double departure_from_the_equation() {
  double worst = 0;
  for (const std::size_t d : {2u, 3u, 9u})
    for (const double time : {0.02, 0.7, -0.7, 4.0})
      for (std::uint64_t k = 0; k < 4; ++k) {
        const Vector w = random_vector(d, 2 * k), u0 = unit(random_vector(d, 2 * k + 1));
        Vector y = u0;
        y.push_back(0);
        y = integrate(y, time, 4000, [&](const Vector& s) {
          const Vector u(s.begin(), s.end() - 1);
          const double uw = inner(u, w), n = static_cast<double>(d) - 1;
          Vector rate(d + 1);
          for (std::size_t i = 0; i < d; ++i) rate[i] = (w[i] - uw * u[i]) / n;
          rate[d] = uw;
          return rate;
        });
        const Kicked kicked = kick<Rules>(time, w, u0);
        for (std::size_t i = 0; i < d; ++i) worst = std::max(worst, std::fabs(kicked.u[i] - y[i]));
        worst = std::max(worst, std::fabs(kicked.kinetic - y[d]));
      }
  return worst;
}
// δ ≤ 12 in steps of 0.003: the reference is right to about 1e-11.
TEST(Kick, follows_its_equation) { EXPECT_LT(departure_from_the_equation<MicrocanonicalRules>(), 1e-9); }
TEST(Planted, a_kinetic_change_left_out_fails_Kick_follows_its_equation) {
  EXPECT_GT(departure_from_the_equation<planted::NoKineticChange>(), 1e-9);
}

TEST(Kick, keeps_the_length_at_every_force_and_angle) {
  int undecided = 0;
  for (const double delta : {1e-300, 1e-17, 1e-8, 0.3, 1.0, 20.0, 38.0, 300.0, 400.0, 800.0, 1e5, 1e150})
    for (const double angle : {0.0, 1e-150, 1e-100, 1e-17, 1e-9, 1e-3, 1.0, 1.5, 2.5})
      for (const double side : {1.0, -1.0})
        for (const double time : {1.0, -1.0}) {
          // u at this angle from ±w, the force along the first axis.
          const Vector u{side * std::cos(angle), std::sin(angle), 0}, w{2 * delta, 0, 0};
          const Kicked kicked = kick(time, w, u);
          // 1 + c and 1 − c without cancellation, and the closed form in more digits.
          const bool against = side * time < 0;
          const long double s = std::sin(0.5L * angle), t = std::cos(0.5L * angle), near = 2 * s * s, far = 2 * t * t;
          const long double plus = against ? near : far, minus = against ? far : near;
          const long double norm = plus + minus * std::exp(-2 * static_cast<long double>(delta));
          if (norm < 1e-32) {
            EXPECT_EQ(kicked.kinetic, infinity) << "rounding must not decide";
            ++undecided;
            continue;
          }
          const auto truth = static_cast<double>(2 * (delta - std::log(2.0L) + std::log(norm)));
          EXPECT_NEAR(inner(kicked.u, kicked.u), 1, 2e-15) << delta << " " << angle << " " << side << " " << time;
          EXPECT_NEAR(kicked.kinetic, truth, 1e-12 * std::max(1.0, std::fabs(truth)))
              << delta << " " << angle << " " << side << " " << time;
        }
  EXPECT_EQ(undecided, 6 * 4 * 2);
}

TEST(Kick, without_a_force_does_nothing_and_with_an_unsound_one_says_so) {
  const Vector u = unit({1, 2, -1});
  const Kicked none = kick(0.5, {0, 0, 0}, u);
  EXPECT_EQ(none.u, u);
  EXPECT_EQ(none.kinetic, 0);
  for (const double bad : {std::nan(""), infinity, -infinity, 1e200})
    EXPECT_FALSE(std::isfinite(kick(0.5, {1, bad, 0}, u).kinetic)) << bad;
}

TEST(Kick, is_a_flow) {
  for (std::uint64_t k = 0; k < 20; ++k) {
    const Vector w = random_vector(5, 2 * k), u = unit(random_vector(5, 2 * k + 1));
    const Kicked whole = kick(3, w, u), first = kick(1, w, u), second = kick(2, w, first.u),
                 back = kick(-3, w, whole.u);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(second.u[i], whole.u[i], 1e-14);
      EXPECT_NEAR(back.u[i], u[i], 1e-13);
    }
    EXPECT_NEAR(first.kinetic + second.kinetic, whole.kinetic, 1e-13);
    EXPECT_NEAR(back.kinetic, -whole.kinetic, 1e-13);
  }
}

// ---- the splittings ----

struct Flight {
  Vector x, u;
  double energy_error, log_p;
};
/// `steps` steps on the quartic density.
Flight fly(IsokineticSplitting splitting, const Metric& metric, const Vector& x, const Vector& u, double step,
           int steps) {
  const auto density = test::quartic(x.size());
  Isokinetic<> motion(x.size(), splitting);
  Vectors place(2, x.size());
  std::copy(x.begin(), x.end(), place[0]);
  const double log_p = density(place[0], place[1]);
  motion.start(metric, step, {place[0], place[1], log_p});
  std::copy(u.begin(), u.end(), motion.u());
  for (int n = 0; n < steps; ++n)
    for (std::size_t stage = 0; stage < motion.stages(); ++stage) {
      motion.depart(stage);
      const double there = density(motion.x(), motion.gradient());
      EXPECT_TRUE(motion.arrive(stage, there));
    }
  return {{motion.x(), motion.x() + x.size()},
          {motion.u(), motion.u() + x.size()},
          motion.energy_error(),
          motion.place().log_p};
}
const std::array<IsokineticSplitting, 3> splittings{IsokineticSplitting::verlet, IsokineticSplitting::mn2,
                                                    IsokineticSplitting::mn4};
Metric dense_metric() { return Metric::dense(std::vector<double>{1.0, 0.3, -0.2, 0.3, 0.6, 0.1, -0.2, 0.1, 1.4}, 3); }
const Vector start_x{1.2, -0.4, 0.7}, start_u = unit({0.3, 1.1, -0.6});

TEST(Isokinetic, is_reversible) {
  for (const Metric& metric : {Metric::diagonal(Vector{0.5, 1, 2}), dense_metric()})
    for (const IsokineticSplitting splitting : splittings) {
      const Flight there = fly(splitting, metric, start_x, start_u, 0.2, 50);
      EXPECT_GT(std::fabs(there.x[0] - start_x[0]) + std::fabs(there.x[1] - start_x[1]), 0.1) << "it must have moved";
      Vector u = there.u;
      for (double& v : u) v = -v;
      const Flight back = fly(splitting, metric, there.x, u, 0.2, 50);
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(back.x[i], start_x[i], 1e-12);
        EXPECT_NEAR(back.u[i], -start_u[i], 1e-12);
      }
      EXPECT_NEAR(back.energy_error, -there.energy_error, 1e-12);
    }
}

/// dx/dt = L u, du/dt = (I − u uᵀ) Lᵀ∇log p/(d − 1), dK/dt = u·Lᵀ∇log p with a diagonal L.
Vector exact_flight(const Vector& scale, double time) {
  Vector y = start_x;
  y.insert(y.end(), start_u.begin(), start_u.end());
  return integrate(y, time, 4000, [&](const Vector& s) {
    const std::size_t d = 3;
    Vector rate(2 * d), w(d);
    double uw = 0;
    for (std::size_t i = 0; i < d; ++i) {
      w[i] = -scale[i] * s[i] * s[i] * s[i];
      uw += w[i] * s[d + i];
    }
    for (std::size_t i = 0; i < d; ++i) {
      rate[i] = scale[i] * s[d + i];
      rate[d + i] = (w[i] - uw * s[d + i]) / (static_cast<double>(d) - 1);
    }
    return rate;
  });
}

TEST(Isokinetic, has_the_order_of_its_splitting) {
  const Vector scale{0.5, 1, 2};
  const Metric metric = Metric::diagonal(scale);
  const double time = 1.5;
  const Vector exact = exact_flight(scale, time);
  for (const IsokineticSplitting splitting : splittings) {
    const auto errors = [&](int steps) {
      const Flight f = fly(splitting, metric, start_x, start_u, time / steps, steps);
      double square = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        square += (f.x[i] - exact[i]) * (f.x[i] - exact[i]);
        square += (f.u[i] - exact[3 + i]) * (f.u[i] - exact[3 + i]);
      }
      return std::array{std::fabs(f.energy_error), std::sqrt(square)};
    };
    // The error is c ε^p (1 + O(ε²)): the measured order departs from p by O(ε²), here ε² ≤ 0.0025.
    const int order = splitting == IsokineticSplitting::mn4 ? 4 : 2;
    const auto coarse = errors(30), fine = errors(60);
    EXPECT_NEAR(std::log2(coarse[0] / fine[0]), order, 0.05) << "energy, splitting " << static_cast<int>(splitting);
    EXPECT_NEAR(std::log2(coarse[1] / fine[1]), order, 0.05) << "place, splitting " << static_cast<int>(splitting);
  }
}

double determinant(std::vector<Vector> a) {
  double product = 1;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < a.size(); ++i)
      if (std::fabs(a[i][k]) > std::fabs(a[pivot][k])) pivot = i;
    if (pivot != k) std::swap(a[k], a[pivot]), product = -product;
    product *= a[k][k];
    for (std::size_t i = k + 1; i < a.size(); ++i)
      for (std::size_t j = a.size(); j-- > k;) a[i][j] -= a[i][k] / a[k][k] * a[k][j];
  }
  return product;
}
/// Two directions at right angles to u and to each other.
std::array<Vector, 2> tangents(const Vector& u) {
  Vector a = std::fabs(u[0]) < 0.7 ? Vector{1, 0, 0} : Vector{0, 1, 0};
  const double along = inner(a, u);
  for (std::size_t i = 0; i < 3; ++i) a[i] -= along * u[i];
  a = unit(a);
  return {a, {u[1] * a[2] - u[2] * a[1], u[2] * a[0] - u[0] * a[2], u[0] * a[1] - u[1] * a[0]}};
}

TEST(Isokinetic, multiplies_volumes_by_the_kinetic_change) {
  const Metric metric = dense_metric();
  for (const IsokineticSplitting splitting : splittings) {
    const auto fly_from = [&](const Vector& x, const Vector& u) { return fly(splitting, metric, x, u, 0.4, 3); };
    const Flight middle = fly_from(start_x, start_u);
    const auto before = tangents(start_u), after = tangents(middle.u);
    std::vector<Vector> jacobian(5, Vector(5));
    const double h = 1e-5;
    for (std::size_t j = 0; j < 5; ++j) {
      const auto moved = [&](double by) {
        Vector x = start_x, u = start_u;
        for (std::size_t i = 0; i < 3; ++i)
          if (j >= 3) u[i] += by * before[j - 3][i];
        if (j < 3) x[j] += by;
        return fly_from(x, unit(u));
      };
      const Flight up = moved(h), down = moved(-h);
      for (std::size_t i = 0; i < 3; ++i) jacobian[i][j] = (up.x[i] - down.x[i]) / (2 * h);
      for (std::size_t i = 0; i < 2; ++i)
        jacobian[3 + i][j] = (inner(up.u, after[i]) - inner(down.u, after[i])) / (2 * h);
    }
    Vector g(3);
    const double kinetic = middle.energy_error + middle.log_p - test::quartic(3)(start_x.data(), g.data());
    EXPECT_GT(std::fabs(kinetic), 0.1) << "nothing to see";
    // Central differences err by O(h²) ≈ 1e-10 times third derivatives.
    EXPECT_NEAR(std::log(std::fabs(determinant(jacobian))), -kinetic, 1e-7);
  }
}

// ---- refreshes ----

/// Mean of u·u' over n pairs of half refreshes of a step, less exp(−step/length), in standard errors.
template <class Rules>
double departure_from_the_memory(int n) {
  const std::size_t d = 2000;
  const double step = 3, length = 10;
  Isokinetic<Rules> motion(d, IsokineticSplitting::verlet);
  Vector u(d);
  double sum = 0, square = 0;
  for (int k = 0; k < n; ++k) {
    const Streams streams{5, static_cast<std::uint64_t>(k), 0};
    motion.draw_direction(streams, Purpose::momentum);
    std::copy(motion.u(), motion.u() + d, u.begin());
    motion.refresh(0.5 * step, length, streams, 0);
    motion.refresh(0.5 * step, length, streams, indexes_of_normals(d));
    const Vector now(motion.u(), motion.u() + d);
    EXPECT_NEAR(inner(now, now), 1, 1e-14);
    sum += inner(u, now), square += inner(u, now) * inner(u, now);
  }
  const double mean = sum / n;
  return std::fabs(mean - std::exp(-step / length)) / std::sqrt((square / n - mean * mean) / n);
}
// E u·u' = exp(−t/L)(1 + O(1/d)): at d = 2000 and n = 400 that is a third of a standard error.
TEST(Isokinetic, two_half_refreshes_forget_over_the_length) {
  EXPECT_LT(departure_from_the_memory<MicrocanonicalRules>(400), 4.5);
}
TEST(Planted, whole_refreshes_fail_Isokinetic_two_half_refreshes_forget_over_the_length) {
  EXPECT_GT(departure_from_the_memory<planted::WholeRefreshes>(400), 4.5);
}

}  // namespace
}  // namespace thalweg
