// The multivariate normal and its kin, and distributions of matrices.
#include "distribution_vector_law.hpp"
#include "thalweg/density/distributions/matrices.hpp"
#include "thalweg/density/distributions/multi_normal.hpp"

namespace thalweg::testing_distributions {
namespace {

constexpr std::size_t d = 4, triangle_size = d * (d + 1) / 2;
using Reals = std::vector<double>;
using Quads = std::vector<Quad>;

/// A d × d matrix of any numbers, in its own memory.
template <class R>
struct Square {
  std::vector<R> data = std::vector<R>(d * d, R(0.0));
  Panel<R> panel() { return {data.data(), static_cast<std::ptrdiff_t>(d), 1}; }
  Panel<const R> constant() { return panel(); }
  R& operator()(std::size_t i, std::size_t j) { return data[i * d + j]; }
  const R& operator()(std::size_t i, std::size_t j) const { return data[i * d + j]; }
};
/// From the lower triangle at x[first], row by row: lower triangular or symmetric.
template <class R>
Square<R> unpack(const std::vector<R>& x, std::size_t first, bool symmetric) {
  Square<R> a;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++first) {
      a(i, j) = x[first];
      if (symmetric) a(j, i) = x[first];
    }
  return a;
}
/// The slopes in those numbers from the adjoint of the matrix.
template <class R>
void pack(const Square<R>& adjoint, bool symmetric, std::vector<R>& gradient, std::size_t first) {
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++first)
      gradient[first] += symmetric && i != j ? adjoint(i, j) + adjoint(j, i) : adjoint(i, j);
}
void append_factor(Random<double>& random, Reals& x) {
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) x.push_back(i == j ? 0.5 + random.exponential() : 0.4 * random.normal());
}
void append_positive_definite(Random<double>& random, Reals& x) {
  Reals packed;
  append_factor(random, packed);
  const auto l = unpack(packed, 0, false);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k <= j; ++k) sum += l(i, k) * l(j, k);
      x.push_back(sum);
    }
}

/// Gaussian elimination: |A| and A⁻¹.
struct Solved {
  Quad determinant = 1;
  Square<Quad> inverse;
};
Solved solve(Square<Quad> a) {
  Solved s;
  for (std::size_t i = 0; i < d; ++i) s.inverse(i, i) = 1;
  for (std::size_t k = 0; k < d; ++k) {
    const Quad pivot = a(k, k);
    s.determinant *= pivot;
    for (std::size_t j = 0; j < d; ++j) {
      a(k, j) /= pivot;
      s.inverse(k, j) /= pivot;
    }
    for (std::size_t i = 0; i < d; ++i) {
      if (i == k) continue;
      const Quad factor = a(i, k);
      for (std::size_t j = 0; j < d; ++j) {
        a(i, j) -= factor * a(k, j);
        s.inverse(i, j) -= factor * s.inverse(k, j);
      }
    }
  }
  return s;
}
Square<Quad> times(const Square<Quad>& a, const Square<Quad>& b, bool transposed) {
  Square<Quad> c;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < d; ++k) c(i, j) += a(i, k) * (transposed ? b(j, k) : b(k, j));
  return c;
}
Quad trace(const Square<Quad>& a) {
  Quad sum = 0;
  for (std::size_t i = 0; i < d; ++i) sum += a(i, i);
  return sum;
}

// ---- the multivariate normal: n residuals, then the matrix ----

constexpr std::size_t n = 3;
template <class R>
std::vector<R> residuals_of(const std::vector<R>& x, std::size_t first) {
  return {x.begin() + static_cast<std::ptrdiff_t>(first), x.begin() + static_cast<std::ptrdiff_t>(first + d * n)};
}
Quad square_of(const Quads& x, std::size_t first, std::size_t j, const Square<Quad>& a) {
  Quad sum = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t k = 0; k < d; ++k) sum += x[first + i * n + j] * a(i, k) * x[first + k * n + j];
  return sum;
}
Reals residual_point(Random<double>& random) {
  Reals x(d * n);
  for (double& v : x) v = 2 * random.normal();
  return x;
}
template <class R>
Panel<R> columns(std::vector<R>& data) {
  return {data.data(), static_cast<std::ptrdiff_t>(n), 1};
}

struct MultiNormalCholeskyCase {
  static constexpr std::size_t size = d * n + triangle_size;
  static Reals point(Random<double>& random) {
    Reals x = residual_point(random);
    append_factor(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::MultiNormalCholesky;
    auto z = residuals_of(x, 0), work = z;
    auto l = unpack(x, d * n, false);
    Square<R> adjoint;
    const R value = D::value<KeepAll<3>>(l.constant(), columns(z), d, n);
    D::pullback(R(1.0), l.constant(), columns(z), columns(work), adjoint.panel(), d, n);
    for (std::size_t i = 0; i < d * n; ++i) gradient[i] += z[i];
    pack(adjoint, false, gradient, d * n);
    return value;
  }
  static Quad reference(const Quads& x) {
    const auto l = unpack(x, d * n, false);
    const auto s = solve(times(l, l, true));
    Quad value = -Quad(n) / 2 * (log(s.determinant) + d * log(2 * quad_pi()));
    for (std::size_t j = 0; j < n; ++j) value -= square_of(x, 0, j, s.inverse) / 2;
    return value;
  }
};
struct MultiNormalCase {
  static constexpr std::size_t size = d * n + triangle_size;
  static Reals point(Random<double>& random) {
    Reals x = residual_point(random);
    append_positive_definite(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::MultiNormal;
    auto z = residuals_of(x, 0);
    auto l = unpack(x, d * n, true);
    Square<R> adjoint, work, inverse;
    Mask<R> failed;
    const R value = D::value<KeepAll<3>>(l.panel(), columns(z), d, n, failed);
    EXPECT_FALSE(any(failed));
    D::pullback(R(1.0), l.constant(), columns(z), work.panel(), inverse.panel(), adjoint.panel(), d, n);
    for (std::size_t i = 0; i < d * n; ++i) gradient[i] += z[i];
    pack(adjoint, true, gradient, d * n);
    return value;
  }
  static Quad reference(const Quads& x) {
    const auto s = solve(unpack(x, d * n, true));
    Quad value = -Quad(n) / 2 * (log(s.determinant) + d * log(2 * quad_pi()));
    for (std::size_t j = 0; j < n; ++j) value -= square_of(x, 0, j, s.inverse) / 2;
    return value;
  }
};
struct MultiNormalPrecCase : MultiNormalCase {
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::MultiNormalPrec;
    auto z = residuals_of(x, 0), product = z;
    auto omega = unpack(x, d * n, true);
    Square<R> l, adjoint, work, inverse;
    Mask<R> failed;
    const R value = D::value<KeepAll<3>>(omega.constant(), l.panel(), columns(z), columns(product), d, n, failed);
    EXPECT_FALSE(any(failed));
    D::pullback(R(1.0), l.constant(), columns(z), columns(product), work.panel(), inverse.panel(), adjoint.panel(), d,
                n);
    for (std::size_t i = 0; i < d * n; ++i) gradient[i] += z[i];
    pack(adjoint, true, gradient, d * n);
    return value;
  }
  static Quad reference(const Quads& x) {
    const auto omega = unpack(x, d * n, true);
    Quad value = Quad(n) / 2 * (log(solve(omega).determinant) - d * log(2 * quad_pi()));
    for (std::size_t j = 0; j < n; ++j) value -= square_of(x, 0, j, omega) / 2;
    return value;
  }
};
struct MultiStudentTCase {
  static constexpr std::size_t size = 1 + d * n + triangle_size;
  static Reals point(Random<double>& random) {
    Reals x{1 + 4 * random.exponential()};
    for (const double v : residual_point(random)) x.push_back(v);
    append_factor(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::MultiStudentTCholesky;
    auto z = residuals_of(x, 1), work = z;
    auto l = unpack(x, 1 + d * n, false);
    Square<R> adjoint;
    const R value = D::value<KeepAll<4>>(x[0], l.constant(), columns(z), d, n);
    D::pullback(R(1.0), x[0], l.constant(), columns(z), columns(work), gradient.data(), adjoint.panel(), d, n);
    for (std::size_t i = 0; i < d * n; ++i) gradient[1 + i] += z[i];
    pack(adjoint, false, gradient, 1 + d * n);
    return value;
  }
  static Quad reference(const Quads& x) {
    const Quad& nu = x[0];
    const auto l = unpack(x, 1 + d * n, false);
    const auto s = solve(times(l, l, true));
    Quad value =
        n * (lgamma((nu + d) / 2) - lgamma(nu / 2) - Quad(d) / 2 * log(nu * quad_pi()) - log(s.determinant) / 2);
    for (std::size_t j = 0; j < n; ++j) value -= (nu + d) / 2 * log1p(square_of(x, 1, j, s.inverse) / nu);
    return value;
  }
};

// ---- matrices ----

struct LkjCorrCholeskyCase {
  static constexpr std::size_t size = 1 + triangle_size;
  static Reals point(Random<double>& random) {
    Reals x{0.2 + 2 * random.exponential()};
    append_factor(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::LkjCorrCholesky;
    auto l = unpack(x, 1, false);
    Square<R> adjoint;
    D::pullback(R(1.0), l.constant(), x[0], adjoint.panel(), gradient.data(), d);
    pack(adjoint, false, gradient, 1);
    return D::value<KeepAll<2>>(l.constant(), x[0], d);
  }
  /// log of ∫ |R|^(η−1) dR: Lewandowski, Kurowicka & Joe (2009), equation 16, by beta functions.
  static Quad log_volume(const Quad& eta) {
    Quad value = 0;
    for (std::size_t k = 1; k < d; ++k) {
      const Quad b = eta + Quad(d - k - 1) / 2;
      value += (d - k) * ((2 * eta - 2 + d - k) * log(Quad(2)) + 2 * lgamma(b) - lgamma(2 * b));
    }
    return value;
  }
  static Quad reference(const Quads& x) {
    const auto l = unpack(x, 1, false);
    Quad value = -log_volume(x[0]);
    for (std::size_t k = 1; k < d; ++k) value += (Quad(d - k - 1) + 2 * x[0] - 2) * log(l(k, k));
    return value;
  }
};
struct LkjCorrCase {
  static constexpr std::size_t size = 1 + triangle_size;
  static Reals point(Random<double>& random) {
    Reals x{0.2 + 2 * random.exponential()};
    append_positive_definite(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::LkjCorr;
    auto l = unpack(x, 1, true);
    Square<R> adjoint, work, inverse;
    Mask<R> failed;
    const R value = D::value<KeepAll<2>>(l.panel(), x[0], d, failed);
    EXPECT_FALSE(any(failed));
    D::pullback(R(1.0), l.constant(), x[0], work.panel(), inverse.panel(), adjoint.panel(), gradient.data(), d);
    pack(adjoint, true, gradient, 1);
    return value;
  }
  static Quad reference(const Quads& x) {
    return (x[0] - 1) * log(solve(unpack(x, 1, true)).determinant) - LkjCorrCholeskyCase::log_volume(x[0]);
  }
};
template <bool inverse>
struct WishartCase {
  static constexpr std::size_t size = 1 + 2 * triangle_size;
  static Reals point(Random<double>& random) {
    Reals x{d + 4 * random.exponential()};
    append_positive_definite(random, x);
    append_positive_definite(random, x);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::WishartFamily<inverse>;
    auto w = unpack(x, 1, true), s = unpack(x, 1 + triangle_size, true);
    Square<R> ratio, work, other, w_adjoint, s_adjoint;
    const typename D::template Panels<R> panels{w.panel(), s.panel(), ratio.panel(), work.panel(), other.panel()};
    Mask<R> failed;
    const R value = D::template value<KeepAll<3>>(panels, x[0], d, failed);
    EXPECT_FALSE(any(failed));
    D::pullback(R(1.0), panels, x[0], w_adjoint.panel(), gradient.data(), s_adjoint.panel(), d);
    pack(w_adjoint, true, gradient, 1);
    pack(s_adjoint, true, gradient, 1 + triangle_size);
    return value;
  }
  static Quad reference(const Quads& x) {
    const Quad& nu = x[0];
    const auto w = unpack(x, 1, true), s = unpack(x, 1 + triangle_size, true);
    const auto of_w = solve(w), of_s = solve(s);
    Quad value = -nu * d / 2 * log(Quad(2)) - Quad(d * (d - 1)) / 4 * log(quad_pi());
    for (std::size_t j = 0; j < d; ++j) value -= lgamma((nu - j) / 2);
    if (inverse)
      return value + nu / 2 * log(of_s.determinant) - (nu + d + 1) / 2 * log(of_w.determinant) -
             trace(times(s, of_w.inverse, false)) / 2;
    return value + (nu - d - 1) / 2 * log(of_w.determinant) - nu / 2 * log(of_s.determinant) -
           trace(times(of_s.inverse, w, false)) / 2;
  }
};

using Matrices = ::testing::Types<MultiNormalCholeskyCase, MultiNormalCase, MultiNormalPrecCase, MultiStudentTCase,
                                  LkjCorrCholeskyCase, LkjCorrCase, WishartCase<false>, WishartCase<true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Matrices, VectorLaw, Matrices);

TEST(Matrices, AnIndefiniteCovarianceIsReportedLaneByLane) {
  Random<double> random(5, Purpose::test, 0, 0);
  const auto x = MultiNormalCase::point(random);
  std::vector<Pack<4>> packed(x.begin(), x.end());
  packed[d * n].set(2, -1.0);
  auto z = residuals_of(packed, 0);
  auto l = unpack(packed, d * n, true);
  Mask<Pack<4>> failed;
  distribution::MultiNormal::value<KeepAll<3>>(l.panel(), columns(z), d, n, failed);
  EXPECT_EQ(lane_bits(failed), 0b0100u);
}
/// Data matrices are doubles beside packs of parameters, and give the same bits.
TEST(Matrices, NumbersBesidePacks) {
  Random<double> random(6, Purpose::test, 0, 0);
  const auto x = MultiNormalCholeskyCase::point(random);
  const std::vector<Pack<4>> packed(x.begin(), x.end());
  auto l = unpack(x, d * n, false);
  auto z = residuals_of(packed, 0), work = z;
  auto alone = residuals_of(x, 0), alone_work = alone;
  using D = distribution::MultiNormalCholesky;
  const auto value = D::value<KeepAll<3>>(l.constant(), columns(z), d, n);
  const double expected = D::value<KeepAll<3>>(l.constant(), columns(alone), d, n);
  EXPECT_EQ(value[3], expected);
  D::pullback(Pack<4>(1.0), l.constant(), columns(z), columns(work), Panel<Pack<4>>{}, d, n);
  D::pullback(1.0, l.constant(), columns(alone), columns(alone_work), Panel<double>{}, d, n);
  for (std::size_t i = 0; i < d * n; ++i) EXPECT_EQ(z[i][1], alone[i]);
}
/// `~` with only the outcome a parameter drops determinant and constants.
TEST(Matrices, Dropping) {
  Random<double> random(7, Purpose::test, 0, 0);
  const auto x = MultiNormalCholeskyCase::point(random);
  auto l = unpack(x, d * n, false);
  auto z = residuals_of(x, 0), again = z;
  using D = distribution::MultiNormalCholesky;
  const double kept = D::value<Keep<false, true, false, false>>(l.constant(), columns(z), d, n);
  const double dropped = D::value<Keep<true, true, false, false>>(l.constant(), columns(again), d, n);
  double constant = -half_log_two_pi * d * n;
  for (std::size_t i = 0; i < d; ++i) constant -= n * std::log(l(i, i));
  EXPECT_NEAR(kept - dropped, constant, 1e-13 * (1 + std::abs(kept)));
}

}  // namespace
}  // namespace thalweg::testing_distributions
