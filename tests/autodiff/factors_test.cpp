// Orthogonal factors, pseudo-inverses and hidden Markov models.
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

/// Gram–Schmidt, twice for accuracy: A = Q R.
M plain_q(const M& a) {
  M q = a;
  for (int j = 0; j < a.cols; ++j) {
    for (int repeat = 0; repeat < 2; ++repeat)
      for (int k = 0; k < j; ++k) {
        double s = 0;
        for (int i = 0; i < a.rows; ++i) s += q(i, k) * q(i, j);
        for (int i = 0; i < a.rows; ++i) q(i, j) -= s * q(i, k);
      }
    double s = 0;
    for (int i = 0; i < a.rows; ++i) s += q(i, j) * q(i, j);
    for (int i = 0; i < a.rows; ++i) q(i, j) /= std::sqrt(s);
  }
  return q;
}
constexpr law::Options loose{.value_tolerance = 1e-11, .gradient_tolerance = 1e-8, .step = 0.001};

TEST(factors, qr) {
  for (const int m : {3, 4}) {
    check(
        "qr_thin_Q", 3 * m, [m](auto x) { return qr_thin_Q(matrix(x, m, 3)); },
        [m](Values x) { return plain_q(plain::matrix(x, m, 3)).values; }, loose);
    check(
        "qr_thin_R", 3 * m, [m](auto x) { return qr_thin_R(matrix(x, m, 3)); },
        [m](Values x) {
          const M a = plain::matrix(x, m, 3);
          M r = plain::product(plain::transposed(plain_q(a)), a);
          r(1, 0) = r(2, 0) = r(2, 1) = 0;
          return r.values;
        },
        loose);
    check(
        "qr_R", 3 * m, [m](auto x) { return head(to_vector(qr_R(matrix(x, m, 3))), 1); },
        [m](Values x) {
          double s = 0;
          for (int i = 0; i < m; ++i) s += x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(i)];
          return Values{std::sqrt(s)};
        });
  }
  check(
      "qr_Q", 4, [](auto x) { return qr_Q(matrix(x, 2, 2)); },
      [](Values x) { return plain_q(plain::matrix(x, 2, 2)).values; }, loose);
  check(
      "composed again", 6, [](auto x) { return qr_thin_Q(matrix(x, 3, 2)) * qr_thin_R(matrix(x, 3, 2)); },
      [](Values x) { return plain::matrix(x, 3, 2).values; }, loose);
}

TEST(factors, qr_of_numbers) {
  Tape tape;
  const Tape::Scope scope(tape);
  for (const bool wide : {false, true}) {
    const auto a = let(to_matrix(linspaced_vector(12, 1, 2.5), wide ? 3 : 4, wide ? 4 : 3));
    a.at(1, 1) = -3;
    a.at(2, 0) = 0.5;
    const auto q = qr_Q(a), r = qr_R(a);
    const auto back = dense_multiply(q, r), square = crossprod(q);
    for (int i = 0; i < a.rows; ++i)
      for (int j = 0; j < a.cols; ++j) EXPECT_NEAR(back.at(i, j), a.at(i, j), 1e-14);
    for (int i = 0; i < a.rows; ++i)
      for (int j = 0; j < a.rows; ++j) EXPECT_NEAR(square.at(i, j), i == j, 1e-14);
    EXPECT_GT(r.at(0, 0), 0);
    EXPECT_GT(r.at(1, 1), 0);
  }
}

TEST(factors, svd) {
  // A again, and A scaled inside: what does not depend on the signs of the vectors
  for (const int m : {2, 3}) {
    const auto composed = [m](auto x) {
      const auto a = let(matrix(x, m, 2));
      return svd_U(a) * diag_pre_multiply(singular_values(a), transpose(svd_V(a)));
    };
    const auto wide = [m](auto x) {
      const auto a = let(transpose(matrix(x, m, 2)));
      return let(svd_U(a) * diag_matrix(singular_values(a))) * transpose(svd_V(a));
    };
    check(
        "svd", 2 * m, composed, [m](Values x) { return plain::matrix(x, m, 2).values; }, loose);
    check(
        "svd of a wide matrix", 2 * m, wide, [m](Values x) { return plain::transposed(plain::matrix(x, m, 2)).values; },
        loose);
  }
  // the projection on the first left vector, and on the first right one, from the eigenvectors of A Aᵀ and AᵀA
  const auto projection = [](const M& s) {  // the dominant eigenvector of a 2 × 2 matrix, as v vᵀ
    const double radius = std::hypot((s(0, 0) - s(1, 1)) / 2, s(0, 1)), top = (s(0, 0) + s(1, 1)) / 2 + radius;
    const double a = s(0, 1), b = top - s(0, 0), n = a * a + b * b;
    return Values{a * a / n, a * b / n, a * b / n, b * b / n};
  };
  check(
      "svd_U", 6,
      [](auto x) {
        const auto u = col(svd_U(matrix(x, 2, 3)), 1);
        return u * transpose(u);
      },
      [&](Values x) {
        const M a = plain::matrix(x, 2, 3);
        return projection(plain::product(a, plain::transposed(a)));
      },
      loose);
  check(
      "svd_V", 6,
      [](auto x) {
        const auto v = col(svd_V(matrix(x, 3, 2)), 1);
        return v * transpose(v);
      },
      [&](Values x) {
        const M a = plain::matrix(x, 3, 2);
        return projection(plain::product(plain::transposed(a), a));
      },
      loose);
}

TEST(factors, inverses) {
  const auto spread = [](auto x, int m, int n) {  // far from singular
    return let(add_diag(matrix(x, m, n), 2.0));
  };
  const auto plain_spread = [](Values x, int m, int n) {
    M a = plain::matrix(x, m, n);
    a(0, 0) += 2;
    a(1, 1) += 2;
    return a;
  };
  check(
      "chol2inv", 4, [&](auto x) { return chol2inv(spread(x, 2, 2)); },
      [&](Values x) {
        M l = plain_spread(x, 2, 2);
        l(0, 1) = 0;
        return plain::inverse(plain::product(l, plain::transposed(l))).values;
      });
  check(
      "generalized_inverse", 6, [&](auto x) { return generalized_inverse(spread(x, 3, 2)); },
      [&](Values x) {
        const M a = plain_spread(x, 3, 2), t = plain::transposed(a);
        return plain::product(plain::inverse(plain::product(t, a)), t).values;
      });
  check(
      "generalized_inverse of a wide matrix", 6, [&](auto x) { return generalized_inverse(spread(x, 2, 3)); },
      [&](Values x) {
        const M a = plain_spread(x, 2, 3), t = plain::transposed(a);
        return plain::product(t, plain::inverse(plain::product(a, t))).values;
      });
  check(
      "scale_matrix_exp_multiply", 3,
      [](auto x) { return scale_matrix_exp_multiply(x[0], diag_matrix(tail(x, 2)), identity_matrix(2)); },
      [](Values x) {
        return Values{std::exp(x[0] * x[1]), 0, 0, std::exp(x[0] * x[2])};
      });
}

TEST(hidden_markov, marginal_is_the_sum_over_paths) {
  const int states = 2, steps = 4;
  const auto plain = [=](const Values& x) {
    const M w = plain::matrix(x, states, steps), g = plain::matrix(x, states, states, 8);
    double total = 0;
    for (int path = 0; path < 1 << steps; ++path) {
      const auto at = [path](int t) { return path >> t & 1; };
      double p = x[static_cast<std::size_t>(12 + at(0))];
      for (int t = 0; t < steps; ++t) p *= std::exp(w(at(t), t)) * (t > 0 ? g(at(t - 1), at(t)) : 1.0);
      total += p;
    }
    return std::log(total);
  };
  check(
      "hmm_marginal", 14, [](auto x) { return hmm_marginal(matrix(x, 2, 4), matrix(x, 2, 2, 9), tail(x, 2)); }, plain);
  check(
      "hmm_marginal of one step", 4,
      [](auto x) { return hmm_marginal(to_matrix(head(x, 2)), identity_matrix(2), tail(x, 2)); },
      [](Values x) { return std::log(std::exp(x[0]) * x[2] + std::exp(x[1]) * x[3]); });
}
TEST(hidden_markov, probabilities_of_states) {
  Tape tape;
  const Tape::Scope scope(tape);
  const auto w = let(to_matrix(linspaced_vector(6, -800, 1), 2, 3));
  const auto p = hmm_hidden_state_prob(w, rep_matrix(0.5, 2, 2), rep_vector(0.5, 2));
  for (int t = 0; t < 3; ++t) {
    EXPECT_NEAR(p.at(0, t) + p.at(1, t), 1, 1e-14);
    EXPECT_NEAR(p.at(1, t), 1 / (1 + std::exp(w.at(0, t) - w.at(1, t))), 1e-12);
  }
  EXPECT_EQ(rejection([] { hmm_marginal(zeros_matrix(2, 3), identity_matrix(3), zeros_vector(2)); }),
            "hmm: the transition matrix must have 2 rows and columns; found 3");
}

}  // namespace
}  // namespace thalweg
