// Covariance matrices of Gaussian processes against their formulas.
#include "law.hpp"
#include "plain_matrix.hpp"
#include "thalweg/autodiff/linear_algebra_covariance.hpp"

namespace thalweg {
namespace {
using law::check;
using law::rejection;
using law::Values;

using Correlation = double (*)(double r);
double exp_quad(double r) { return std::exp(-r * r / 2); }
double exponential(double r) { return std::exp(-r); }
double matern32(double r) { return (1 + std::sqrt(3) * r) * std::exp(-std::sqrt(3) * r); }
double matern52(double r) { return (1 + std::sqrt(5) * r + 5 * r * r / 3) * std::exp(-std::sqrt(5) * r); }

/// σ² f(r) between points of d coordinates, one behind the other, with a length scale for each coordinate.
Values plain_cov(Correlation f, const Values& x, const Values& y, double sigma, const Values& l) {
  Values k;
  const std::size_t d = l.size();
  for (std::size_t i = 0; i < x.size() / d; ++i)
    for (std::size_t j = 0; j < y.size() / d; ++j) {
      double s = 0;
      for (std::size_t c = 0; c < d; ++c) s += std::pow((x[i * d + c] - y[j * d + c]) / l[c], 2);
      k.push_back(sigma * sigma * f(std::sqrt(s)));
    }
  return k;
}
const Values places{0.3, 1.7, 2.1, 4.0, 0.9, 1.0};
/// The numbers above as three numbers and as three points in the plane.
Array<double> numbers(int n) {
  const auto a = make_unset_sequence<Array<double>>(n);
  for (int i = 0; i < n; ++i) a.storage.data[i] = places[static_cast<std::size_t>(i)];
  return a;
}
template <class X>
auto in_plane(const X& x) {  // a sequence of 2 n
  const auto points = make_array_of<X>(x.length / 2);
  for (int i = 0; i < points.length; ++i) points.items[i] = x.part(2 * i, 2);
  return points;
}

TEST(covariance, of_numbers) {
  const auto two = [](const char* name, auto f, Correlation g) {
    check(name, 2, f, [g](Values x) {
      const Values at{places.begin(), places.begin() + 4};
      return plain_cov(g, at, at, x[0], {x[1]});
    });
  };
  two(
      "gp_exp_quad_cov", [](auto x) { return gp_exp_quad_cov(numbers(4), x[0], x[1]); }, exp_quad);
  two(
      "cov_exp_quad", [](auto x) { return cov_exp_quad(numbers(4), x[0], x[1]); }, exp_quad);
  two(
      "gp_exponential_cov", [](auto x) { return gp_exponential_cov(numbers(4), x[0], x[1]); }, exponential);
  two(
      "gp_matern32_cov", [](auto x) { return gp_matern32_cov(numbers(4), x[0], x[1]); }, matern32);
  two(
      "gp_matern52_cov", [](auto x) { return gp_matern52_cov(numbers(4), x[0], x[1]); }, matern52);
  check(
      "formulas as scales", 2, [](auto x) { return gp_matern52_cov(numbers(3), exp(x[0]), 2.0 * x[1]); },
      [](Values x) {
        const Values at{places.begin(), places.begin() + 3};
        return plain_cov(matern52, at, at, std::exp(x[0]), {2 * x[1]});
      });
  check(
      "a number as scale", 1, [](auto x) { return gp_exp_quad_cov(numbers(3), 1.5, x[0]); },
      [](Values x) {
        const Values at{places.begin(), places.begin() + 3};
        return plain_cov(exp_quad, at, at, 1.5, {x[0]});
      });
  check(
      "two sets", 2, [](auto x) { return gp_exp_quad_cov(numbers(4), numbers(2), x[0], x[1]); },
      [](Values x) {
        return plain_cov(exp_quad, {places.begin(), places.begin() + 4}, {places.begin(), places.begin() + 2}, x[0],
                         {x[1]});
      });
}

TEST(covariance, of_vectors) {
  check(
      "in the plane", 2, [](auto x) { return gp_matern32_cov(in_plane(numbers(6)), x[0], x[1]); },
      [](Values x) {
        return plain_cov(matern32, places, places, x[0], {x[1], x[1]});
      });
  check(
      "a scale for each coordinate", 3,
      [](auto x) { return gp_exp_quad_cov(in_plane(numbers(6)), x[0], to_array_1d(x.part(1, 2))); },
      [](Values x) {
        return plain_cov(exp_quad, places, places, x[0], {x[1], x[2]});
      });
}

TEST(covariance, of_variables) {
  check(
      "numbers", 5, [](auto x) { return gp_matern52_cov(to_array_1d(x.part(0, 3)), x[3], x[4]); },
      [](Values x) {
        return plain_cov(matern52, {x[0], x[1], x[2]}, {x[0], x[1], x[2]}, x[3], {x[4]});
      });
  check(
      "vectors", 9, [](auto x) { return gp_exp_quad_cov(in_plane(x.part(0, 6)), x[6], to_array_1d(x.part(7, 2))); },
      [](Values x) {
        const Values at{x.begin(), x.begin() + 6};
        return plain_cov(exp_quad, at, at, x[6], {x[7], x[8]});
      });
  check(
      "against numbers", 6,
      [](auto x) { return gp_exp_quad_cov(in_plane(x.part(0, 4)), in_plane(to_vector(numbers(6))), x[4], x[5]); },
      [](Values x) {
        return plain_cov(exp_quad, {x.begin(), x.begin() + 4}, places, x[4], {x[5], x[5]});
      });
}

TEST(covariance, of_other_kinds) {
  const auto dot_prod = [](const Values& x, double sigma) {  // two points in the plane
    Values k;
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        const auto at = [&x](int p, int c) { return x[static_cast<std::size_t>(2 * p + c)]; };
        k.push_back(sigma * sigma + at(i, 0) * at(j, 0) + at(i, 1) * at(j, 1));
      }
    return k;
  };
  check(
      "gp_dot_prod_cov", 5, [](auto x) { return gp_dot_prod_cov(in_plane(x.part(0, 4)), x[4]); },
      [&](Values x) { return dot_prod(x, x[4]); });
  check(
      "gp_dot_prod_cov of two sets", 1,
      [](auto x) { return gp_dot_prod_cov(in_plane(numbers(4)), in_plane(numbers(4)), x[0]); },
      [&](Values x) { return dot_prod(places, x[0]); });
  const auto periodic = [](const Values& at, double sigma, double length, double period) {
    Values k;
    for (const double a : at)
      for (const double b : at)
        k.push_back(sigma * sigma *
                    std::exp(-2 * std::pow(std::sin(M_PI * std::abs(a - b) / period), 2) / (length * length)));
    return k;
  };
  check(
      "gp_periodic_cov", 3, [](auto x) { return gp_periodic_cov(numbers(3), x[0], x[1] + 0.5, x[2] + 1.5); },
      [&](Values x) {
        return periodic({places.begin(), places.begin() + 3}, x[0], x[1] + 0.5, x[2] + 1.5);
      });
  check(
      "gp_periodic_cov of variables", 4,
      [](auto x) { return gp_periodic_cov(to_array_1d(x.part(0, 3)), x[3], 1.5, 2.5); },
      [&](Values x) {
        return periodic({x[0], x[1], x[2]}, x[3], 1.5, 2.5);
      });
}

TEST(covariance, of_points_that_coincide) {
  const auto f = [](auto x) { return gp_exponential_cov(rep_array(1.0, 2), x[0], x[1]); };
  const auto r = law::differentiate(f, Values{1.5, 2});
  EXPECT_EQ(r.gradient[1], 0);
  EXPECT_NEAR(r.value, 2.25 * (law::weight(0) + law::weight(1) + law::weight(2) + law::weight(3)), 1e-14);
}

TEST(covariance, what_does_not_fit) {
  EXPECT_EQ(law::differentiate([](auto x) { return gp_exp_quad_cov(numbers(2), x[0], x[1]); }, Values{1, 0}).rejected,
            1u);
  EXPECT_EQ(law::differentiate([](auto x) { return gp_exp_quad_cov(numbers(2), x[0], x[1]); }, Values{-1, 1}).rejected,
            1u);
  EXPECT_EQ(rejection([] { gp_exp_quad_cov(in_plane(numbers(4)), 1.0, rep_array(1.0, 3)); }),
            "3 length scales for 2 coordinates");
  EXPECT_EQ(rejection([] { gp_exp_quad_cov(in_plane(numbers(4)), numbers(2), 1.0, 1.0); }),
            "a covariance of points with 2 and 1 coordinates");
}

}  // namespace
}  // namespace thalweg
