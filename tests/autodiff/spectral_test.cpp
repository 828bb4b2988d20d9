// Eigenvalues, singular values and matrix functions, against what they must satisfy.
#include <algorithm>

#include "law.hpp"
#include "plain_matrix.hpp"
#include "thalweg/autodiff/linear_algebra.hpp"

namespace thalweg {
namespace {
using law::check;
using law::matrix;
using law::rejection;
using law::Values;
using plain::M;

template <class X>
auto symmetric(const X& x, int n) {
  const auto a = let(matrix(x, n, n));
  return let(a + transpose(a));
}
M plain_symmetric(const Values& x, int n) {
  M a = plain::matrix(x, n, n);
  const M t = plain::transposed(a);
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] += t.values[i];
  return a;
}
/// Roots of the characteristic polynomial of a symmetric 2 × 2 matrix.
Values plain_eigenvalues(const M& a) {
  const double mean = (a(0, 0) + a(1, 1)) / 2, radius = std::hypot((a(0, 0) - a(1, 1)) / 2, a(0, 1));
  return {mean - radius, mean + radius};
}
M power_series(const M& a) {
  M sum = plain::zeros(a.rows, a.rows), term = sum;
  for (int i = 0; i < a.rows; ++i) term(i, i) = 1;
  for (int k = 1; k < 60; ++k) {
    for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += term.values[i];
    term = plain::product(term, a);
    for (double& v : term.values) v /= k;
  }
  return sum;
}

TEST(spectral, eigenvalues) {
  check(
      "eigenvalues_sym 1", 1, [](auto x) { return eigenvalues_sym(symmetric(x, 1)); },
      [](Values x) { return Values{2 * x[0]}; });
  check(
      "eigenvalues_sym 2", 4, [](auto x) { return eigenvalues_sym(symmetric(x, 2)); },
      [](Values x) { return plain_eigenvalues(plain_symmetric(x, 2)); });
  // sums of powers of eigenvalues are traces of powers, and V diag(λ) Vᵀ is the matrix again
  for (const int n : {3, 6}) {
    check(
        "traces", n * n,
        [n](auto x) {
          const auto l = eigenvalues_sym(symmetric(x, n));
          return append_row(rep_vector(sum(l), 1), append_row(rep_vector(sum(square(l)), 1), sum(pow(l, 3.0))));
        },
        [n](Values x) {
          const M a = plain_symmetric(x, n), a2 = plain::product(a, a);
          return Values{plain::trace(a), plain::trace(a2), plain::trace(plain::product(a2, a))};
        },
        {.value_tolerance = 1e-12, .points = 1});
    check(
        "composed again", n * n,
        [n](auto x) {
          const auto a = symmetric(x, n);
          const auto v = eigenvectors_sym(a);
          return let(v * diag_matrix(exp(0.1 * eigenvalues_sym(a)))) * transpose(v);
        },
        [n](Values x) {
          M a = plain_symmetric(x, n);
          for (double& v : a.values) v *= 0.1;
          return power_series(a).values;
        },
        {.value_tolerance = 1e-12, .gradient_tolerance = 1e-8, .points = 1});
  }
  check(
      "already diagonal", 2, [](auto x) { return eigenvalues_sym(diag_matrix(x)); },
      [](Values x) {
        std::sort(x.begin(), x.end());
        return x;
      },
      {.step = 1e-4});
}

// Four of six eigenvalues are 1 up to rounding, for all u and w: exp(A) has derivatives though its eigenvectors have
// not. The gradient is right all the same; the second derivative, which is made of those of the eigenvectors, is NaN
// rather than wrong.
TEST(spectral, equal_eigenvalues) {
  using namespace thalweg::law;
  constexpr int n = 6;
  const auto f = [](const auto& x) {
    const auto u = let(segment(x, 1, n)), w = let(segment(x, n + 1, n));
    const auto a = let(u * transpose(u) + w * transpose(w) + identity_matrix(n));
    const auto v = eigenvectors_sym(a);
    return let(v * diag_matrix(exp(0.1 * eigenvalues_sym(a)))) * transpose(v);
  };
  const auto plain = [](const Values& x) {
    M a = plain::zeros(n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) a(i, j) = 0.1 * (x[i] * x[j] + x[n + i] * x[n + j] + (i == j));
    return power_series(a).values;
  };
  const auto value = [&](const Values& x) { return weighted(plain(x)); };
  for (int k = 0; k < 2; ++k) {
    const Values x = point(2 * n, k);
    const auto found = differentiate(f, x);
    EXPECT_NEAR(found.value, value(x), 1e-12 * (1 + std::abs(value(x))));
    double scale = 1 + std::abs(value(x));
    for (const double g : found.gradient) scale = std::max(scale, std::abs(g));
    std::vector<Dual<double>> moving(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(found.gradient[i], finite_difference(value, x, unit(x.size(), i), 0.004), 1e-8 * scale) << i;
      moving[i] = Dual<double>(x[i], weight(static_cast<int>(i) + 5));
    }
    for (const Dual<double>& g : differentiate(f, moving).gradient) EXPECT_TRUE(std::isnan(g.tangent));
  }
}

TEST(spectral, singular_values) {
  check(
      "one column", 3, [](auto x) { return singular_values(to_matrix(x)); },
      [](Values x) { return Values{std::sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])}; });
  const auto plain = [](const Values& x, int m, int n) {
    const M a = plain::matrix(x, m, n), t = plain::transposed(a);
    Values s = plain_eigenvalues(m < n ? plain::product(a, t) : plain::product(t, a));
    return Values{std::sqrt(s[1]), std::sqrt(s[0])};
  };
  check(
      "tall", 6, [](auto x) { return singular_values(matrix(x, 3, 2)); }, [&](Values x) { return plain(x, 3, 2); },
      {.value_tolerance = 1e-11});
  check(
      "wide", 6, [](auto x) { return singular_values(matrix(x, 2, 3)); }, [&](Values x) { return plain(x, 2, 3); },
      {.value_tolerance = 1e-11});
}

TEST(spectral, functions_of_a_matrix) {
  check(
      "matrix_exp", 9, [](auto x) { return matrix_exp(matrix(x, 3, 3) - 1.0); },
      [](Values x) {
        for (double& v : x) v -= 1;
        return power_series(plain::matrix(x, 3, 3)).values;
      });
  check(
      "matrix_exp of a large matrix", 4, [](auto x) { return matrix_exp(5.0 * matrix(x, 2, 2)); },
      [](Values x) {
        for (double& v : x) v *= 5;
        return power_series(plain::matrix(x, 2, 2)).values;
      },
      {.value_tolerance = 1e-12, .gradient_tolerance = 1e-9, .step = 0.001});
  check(
      "matrix_power", 4, [](auto x) { return matrix_power(matrix(x, 2, 2), 5); },
      [](Values x) {
        const M a = plain::matrix(x, 2, 2), a2 = plain::product(a, a);
        return plain::product(plain::product(a2, a2), a).values;
      });
  check(
      "matrix_power 0", 4, [](auto x) { return matrix_power(matrix(x, 2, 2), 0); },
      [](Values) {
        return Values{1, 0, 0, 1};
      });
}

TEST(spectral, lanes_and_sizes) {
  const auto f = [](auto x) { return eigenvalues_sym(matrix(x, 2, 2)); };
  EXPECT_EQ(law::differentiate(f, Values{1, 2, 3, 4}).rejected, 1u);
  EXPECT_EQ(rejection([] { eigenvalues_sym(zeros_matrix(2, 3)); }), "a symmetric matrix must be square; found 2 × 3");
  EXPECT_EQ(rejection([] { matrix_power(identity_matrix(2), -1); }),
            "matrix_power: the power must not be negative; found -1");
}

}  // namespace
}  // namespace thalweg
