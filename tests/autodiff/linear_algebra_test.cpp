// Factors, solutions, inverses, determinants and quadratic forms against plain loops and finite differences.
#include "thalweg/autodiff/linear_algebra.hpp"

#include "law.hpp"
#include "plain_matrix.hpp"

namespace thalweg {
namespace {
using law::check;
using law::differentiate;
using law::matrix;
using law::rejection;
using law::Values;
using plain::M;

/// A symmetric positive definite matrix n × n from n² variables: the symmetric part of a square, and 2 n on the
/// diagonal.
template <class X>
auto spd(const X& x, int n) {
  const auto a = let(matrix(x, n, n));
  return let(add_diag(crossprod(a) + a + transpose(a), 2.0 * n));
}
M plain_spd(const Values& x, int n) {
  const M a = plain::matrix(x, n, n);
  M s = plain::product(plain::transposed(a), a);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) s(i, j) += a(i, j) + a(j, i) + (i == j ? 2.0 * n : 0.0);
  return s;
}
/// A matrix that is far from singular and needs its rows changed: x with 3 on the second diagonal.
template <class X>
auto regular(const X& x, int n) {
  const auto shift = zeros_matrix(n, n);
  for (int i = 0; i < n; ++i) shift.at(i, n - 1 - i) = 3.0;
  return let(matrix(x, n, n) + shift);
}
M plain_regular(const Values& x, int n) {
  M a = plain::matrix(x, n, n);
  for (int i = 0; i < n; ++i) a(i, n - 1 - i) += 3;
  return a;
}
int squared(int n) { return n * n; }

TEST(linear_algebra, cholesky) {
  for (const int n : {1, 2, 3, 8})
    check(
        "cholesky_decompose " + std::to_string(n), squared(n), [n](auto x) { return cholesky_decompose(spd(x, n)); },
        [n](Values x) { return plain::cholesky(plain_spd(x, n)).values; });
  // blocks, and tiles with rests
  for (const int n : {11, 19})
    check(
        "cholesky_decompose " + std::to_string(n), squared(n), [n](auto x) { return cholesky_decompose(spd(x, n)); },
        [n](Values x) { return plain::cholesky(plain_spd(x, n)).values; }, {.points = 1});
}

TEST(linear_algebra, solve) {
  const auto lower = [](auto x, int n) {  // what is above the diagonal must not be read
    return let(add_diag(matrix(x, n, n), 1.0));
  };
  const auto plain_lower = [](Values x, int n) {
    M l = plain::matrix(x, n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) l(i, j) = i == j ? l(i, j) + 1 : i > j ? l(i, j) : 0;
    return l;
  };
  check(
      "mdivide_left_tri_low", 12, [&](auto x) { return mdivide_left_tri_low(lower(x, 3), tail(x, 3)); },
      [&](Values x) {
        return plain::product(plain::inverse(plain_lower(x, 3)), M{3, 1, {x.end() - 3, x.end()}}).values;
      });
  check(
      "mdivide_left_tri_low of a matrix", 16,
      [&](auto x) { return mdivide_left_tri_low(lower(x, 2), matrix(x, 2, 3)); },
      [&](Values x) { return plain::product(plain::inverse(plain_lower(x, 2)), plain::matrix(x, 2, 3)).values; });
  check(
      "mdivide_right_tri_low", 9, [&](auto x) { return mdivide_right_tri_low(transpose(tail(x, 2)), lower(x, 2)); },
      [&](Values x) {
        return plain::product(M{1, 2, {x.end() - 2, x.end()}}, plain::inverse(plain_lower(x, 2))).values;
      });
  check(
      "mdivide_right_tri_low of a matrix", 9,
      [&](auto x) { return mdivide_right_tri_low(matrix(x, 2, 3), lower(x, 3)); },
      [&](Values x) { return plain::product(plain::matrix(x, 2, 3), plain::inverse(plain_lower(x, 3))).values; });
  check(
      "mdivide_left_tri_low with numbers", 4, [&](auto x) { return mdivide_left_tri_low(lower(x, 2), ones_vector(2)); },
      [&](Values x) {
        return plain::product(plain::inverse(plain_lower(x, 2)), M{2, 1, {1, 1}}).values;
      });
  check(
      "mdivide_left_tri_low by numbers", 2,
      [&](auto x) { return mdivide_left_tri_low(add_diag(rep_matrix(1, 2, 2), 1.0), x); },
      [&](Values x) {
        return Values{x[0] / 2, (x[1] - x[0] / 2) / 2};
      });
  check(
      "mdivide_left_spd", 12, [](auto x) { return mdivide_left_spd(spd(x, 3), tail(x, 3)); },
      [](Values x) {
        return plain::product(plain::inverse(plain_spd(x, 3)), M{3, 1, {x.end() - 3, x.end()}}).values;
      });
  check(
      "mdivide_right_spd", 9, [](auto x) { return mdivide_right_spd(matrix(x, 2, 3), spd(x, 3)); },
      [](Values x) { return plain::product(plain::matrix(x, 2, 3), plain::inverse(plain_spd(x, 3))).values; });
  check(
      "mdivide_left", 12, [](auto x) { return mdivide_left(regular(x, 3), tail(x, 3)); },
      [](Values x) {
        return plain::product(plain::inverse(plain_regular(x, 3)), M{3, 1, {x.end() - 3, x.end()}}).values;
      });
  check(
      "mdivide_right", 9, [](auto x) { return matrix(x, 2, 3) / regular(x, 3); },
      [](Values x) { return plain::product(plain::matrix(x, 2, 3), plain::inverse(plain_regular(x, 3))).values; });
  check(
      "mdivide_left by numbers", 2, [](auto x) { return mdivide_left(add_diag(zeros_matrix(2, 2), 2.0), x); },
      [](Values x) {
        return Values{x[0] / 2, x[1] / 2};
      });
}

TEST(linear_algebra, inverse) {
  for (const int n : {1, 3}) {
    check(
        "inverse", squared(n), [n](auto x) { return inverse(regular(x, n)); },
        [n](Values x) { return plain::inverse(plain_regular(x, n)).values; });
    check(
        "inverse_spd", squared(n), [n](auto x) { return inverse_spd(spd(x, n)); },
        [n](Values x) { return plain::inverse(plain_spd(x, n)).values; });
    check(
        "determinant", squared(n), [n](auto x) { return determinant(regular(x, n)); },
        [n](Values x) { return plain::determinant(plain_regular(x, n)); });
    check(
        "log_determinant", squared(n), [n](auto x) { return log_determinant(regular(x, n)); },
        [n](Values x) { return std::log(std::abs(plain::determinant(plain_regular(x, n)))); });
    check(
        "log_determinant_spd", squared(n), [n](auto x) { return log_determinant_spd(spd(x, n)); },
        [n](Values x) { return std::log(plain::determinant(plain_spd(x, n))); });
  }
  check(
      "inverse in blocks", 121, [](auto x) { return inverse(regular(x, 11)); },
      [](Values x) { return plain::inverse(plain_regular(x, 11)).values; },
      {.value_tolerance = 1e-11, .gradient_tolerance = 1e-8, .step = 0.001, .points = 1});
}

TEST(linear_algebra, products) {
  const auto a = [](Values x) { return plain::matrix(x, 2, 3); };
  check(
      "crossprod", 6, [](auto x) { return crossprod(matrix(x, 2, 3)); },
      [&](Values x) { return plain::product(plain::transposed(a(x)), a(x)).values; });
  check(
      "tcrossprod", 6, [](auto x) { return tcrossprod(matrix(x, 2, 3)); },
      [&](Values x) { return plain::product(a(x), plain::transposed(a(x))).values; });
  check(
      "tcrossprod in blocks", 50, [](auto x) { return tcrossprod(matrix(x, 10, 5)); },
      [](Values x) {
        const M m = plain::matrix(x, 10, 5);
        return plain::product(m, plain::transposed(m)).values;
      });
  check(
      "multiply_lower_tri_self_transpose", 121,
      [](auto x) { return multiply_lower_tri_self_transpose(matrix(x, 11, 11)); },
      [](Values x) {
        M l = plain::matrix(x, 11, 11);
        for (int i = 0; i < 11; ++i)
          for (int j = i + 1; j < 11; ++j) l(i, j) = 0;
        return plain::product(l, plain::transposed(l)).values;
      },
      {.points = 1});
  check(
      "matrix × matrix", 30, [](auto x) { return matrix(x, 5, 3) * matrix(x, 3, 5, 16); },
      [](Values x) { return plain::product(plain::matrix(x, 5, 3), plain::matrix(x, 3, 5, 15)).values; });
  check(
      "matrix × itself", 9, [](auto x) { return let(matrix(x, 3, 3)) * matrix(x, 3, 3); },
      [](Values x) { return plain::product(plain::matrix(x, 3, 3), plain::matrix(x, 3, 3)).values; });
  check(
      "matrix × vector", 9, [](auto x) { return matrix(x, 2, 3) * tail(x, 3); },
      [](Values x) {
        return plain::product(plain::matrix(x, 2, 3), M{3, 1, {x.end() - 3, x.end()}}).values;
      });
  check(
      "row vector × matrix", 8, [](auto x) { return transpose(tail(x, 2)) * matrix(x, 2, 3); },
      [](Values x) {
        return plain::product(M{1, 2, {x.end() - 2, x.end()}}, plain::matrix(x, 2, 3)).values;
      });
  check(
      "numbers × matrix", 6, [](auto x) { return add_diag(zeros_matrix(2, 2), 2.0) * matrix(x, 2, 3); },
      [](Values x) {
        return plain::product(M{2, 2, {2, 0, 0, 2}}, plain::matrix(x, 2, 3)).values;
      });
  check(
      "numbers × vector", 2, [](auto x) { return exp(add_diag(zeros_matrix(2, 2), 2.0) * x); },
      [](Values x) {
        return Values{std::exp(2 * x[0]), std::exp(2 * x[1])};
      });
  check(
      "trace", 9, [](auto x) { return trace(matrix(x, 3, 3)); }, [](Values x) { return x[0] + x[4] + x[8]; });
}

TEST(linear_algebra, diagonals) {
  const auto scaled = [](Values x, bool left, bool right) {
    M a = plain::matrix(x, 2, 2);
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        a(i, j) *= (left ? x[static_cast<std::size_t>(4 + i)] : 1) * (right ? x[static_cast<std::size_t>(4 + j)] : 1);
    return a.values;
  };
  check(
      "diag_pre_multiply", 6, [](auto x) { return diag_pre_multiply(tail(x, 2), matrix(x, 2, 2)); },
      [&](Values x) { return scaled(x, true, false); });
  check(
      "diag_post_multiply", 6, [](auto x) { return diag_post_multiply(matrix(x, 2, 2), tail(x, 2)); },
      [&](Values x) { return scaled(x, false, true); });
  check(
      "quad_form_diag", 6, [](auto x) { return quad_form_diag(matrix(x, 2, 2), tail(x, 2)); },
      [&](Values x) { return scaled(x, true, true); });
}

TEST(linear_algebra, quadratic_forms) {
  const auto form = [](const M& a, const M& b) { return plain::product(plain::transposed(b), plain::product(a, b)); };
  check(
      "quad_form", 10, [](auto x) { return quad_form(matrix(x, 2, 2), matrix(x, 2, 3, 5)); },
      [&](Values x) { return form(plain::matrix(x, 2, 2), plain::matrix(x, 2, 3, 4)).values; });
  check(
      "quad_form of a vector", 6, [](auto x) { return quad_form(matrix(x, 2, 2), tail(x, 2)); },
      [&](Values x) {
        return form(plain::matrix(x, 2, 2), M{2, 1, {x[4], x[5]}}).values;
      });
  check(
      "quad_form_sym", 10, [](auto x) { return quad_form_sym(spd(x, 2), matrix(x, 2, 3, 5)); },
      [&](Values x) { return form(plain_spd(x, 2), plain::matrix(x, 2, 3, 4)).values; });
  check(
      "trace_quad_form", 10, [](auto x) { return trace_quad_form(matrix(x, 2, 2), matrix(x, 2, 3, 5)); },
      [&](Values x) { return plain::trace(form(plain::matrix(x, 2, 2), plain::matrix(x, 2, 3, 4))); });
  check(
      "trace_gen_quad_form", 12,
      [](auto x) { return trace_gen_quad_form(matrix(x, 2, 2, 9), matrix(x, 2, 2), matrix(x, 2, 2, 5)); },
      [&](Values x) {
        return plain::trace(
            plain::product(plain::matrix(x, 2, 2, 8), form(plain::matrix(x, 2, 2), plain::matrix(x, 2, 2, 4))));
      });
}

TEST(linear_algebra, lanes_that_fail) {
  // one lane is positive definite, one is not, one is not symmetric; the sound lane keeps its bits
  const auto f = [](auto x) { return cholesky_decompose(matrix(x, 2, 2)); };
  const auto sound = differentiate(f, Values{2, 0.5, 0.5, 2});
  std::vector<Pack<4>> x(4, Pack<4>(0.0));
  const double lanes[4][4] = {{2, 0.5, 0.5, 2}, {1, 2, 2, 1}, {2, 0.5, 0.6, 2}, {2, not_a_number, not_a_number, 2}};
  for (int lane = 0; lane < 4; ++lane)
    for (int i = 0; i < 4; ++i) x[static_cast<std::size_t>(i)].set(lane, lanes[lane][i]);
  const auto packed = differentiate(f, x);
  EXPECT_EQ(packed.rejected, 0b1110u);
  EXPECT_TRUE(law::same_bits(packed.value[0], sound.value));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(law::same_bits(packed.gradient[i][0], sound.gradient[i]));
  EXPECT_TRUE(std::isfinite(packed.value[1]));
}

TEST(linear_algebra, sizes_that_do_not_fit) {
  EXPECT_EQ(rejection([] { cholesky_decompose(zeros_matrix(2, 3)); }), "cholesky_decompose: the matrix is 2 × 3");
  EXPECT_EQ(rejection([] { inverse(zeros_matrix(2, 3)); }), "the matrix must be square; found 2 × 3");
  EXPECT_EQ(rejection([] { mdivide_left(identity_matrix(2), zeros_vector(3)); }),
            "solving with 3 equations for 2 unknowns");
  EXPECT_EQ(rejection([] { diag_pre_multiply(zeros_vector(3), identity_matrix(2)); }),
            "a diagonal of 2 numbers is expected, 3 are given");
  EXPECT_EQ(rejection([] { copy(identity_matrix(2) * zeros_vector(3)); }),
            "a product needs as many columns as rows: 2 and 3");
  EXPECT_EQ(rejection([] { cholesky_decompose(identity_matrix(0)); }), "");
}

}  // namespace
}  // namespace thalweg
