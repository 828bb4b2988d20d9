// Hessian–vector products against closed forms, and dual numbers against their rules.
#include "law.hpp"
#include "thalweg/autodiff/linear_algebra.hpp"

namespace thalweg {
namespace {

/// ∇²f(x) v, with value, slope and gradient, for a function of a vector of variables.
template <class R, class F>
struct Product {
  std::vector<R> out, gradient;
  HessianVector<R> scalars;
  Product(const F& f, std::vector<R> x, std::vector<R> v) : out(x.size()), gradient(x.size()) {
    Tape tape;
    std::vector<Dual<R>> scratch(2 * x.size());
    const std::size_t d = x.size();
    scalars = HessianVector<R>::product(TapedDensity{tape, f}, View<const R>{x.data(), d}, View<const R>{v.data(), d},
                                        View<R>{out.data(), d}, View<R>{gradient.data(), d}, scratch.data());
  }
};
template <class R, class F>
Product<R, F> hessian_vector(const F& f, const std::vector<R>& x, const std::vector<R>& v) {
  return {f, x, v};
}

TEST(hessian, of_a_gaussian_is_its_precision) {
  const auto f = [](auto x) {  // −½ xᵀ P x with P = [[2, 1], [1, 3]]
    const auto p = add_diag(rep_matrix(1.0, 2, 2), append_row(1.0, 2.0 * ones_vector(1)));
    return -0.5 * quad_form(p, x);
  };
  const auto h = hessian_vector(f, std::vector<double>{0.3, -1.2}, std::vector<double>{1, -2});
  EXPECT_NEAR(h.out[0], -(2 * 1 + 1 * -2), 1e-15);
  EXPECT_NEAR(h.out[1], -(1 * 1 + 3 * -2), 1e-15);
  EXPECT_NEAR(h.gradient[0], -(2 * 0.3 - 1.2), 1e-15);
  EXPECT_NEAR(h.scalars.slope, h.gradient[0] - 2 * h.gradient[1], 1e-15);
  EXPECT_NEAR(h.scalars.value, -0.5 * (2 * 0.09 - 2 * 0.36 + 3 * 1.44), 1e-15);
}

TEST(hessian, of_rosenbrock) {
  const auto f = [](auto x) { return -(square(1.0 - x[0]) + 100.0 * square(x[1] - square(x[0]))); };
  const double x = 0.7, y = -0.4, v = 0.3, w = 2;
  const auto h = hessian_vector(f, std::vector<double>{x, y}, std::vector<double>{v, w});
  EXPECT_NEAR(h.out[0], -((2 - 400 * (y - x * x) + 800 * x * x) * v - 400 * x * w), 1e-11);
  EXPECT_NEAR(h.out[1], -(-400 * x * v + 200 * w), 1e-11);
}

TEST(hessian, is_symmetric_and_the_same_at_every_width) {
  const auto f = [](auto x) {
    const auto k = gp_exp_quad_cov(linspaced_array(4, 0, 3), exp(x[0]), exp(x[1]));
    const auto l = cholesky_decompose(add_diag(k, 0.1 + square(x[2])));
    const auto z = mdivide_left_tri_low(l, tail(x, 4));
    return -0.5 * dot_self(z) - sum(log(diagonal(l))) + log_sum_exp(x) + lgamma(3.0 + x[0]);
  };
  const std::size_t d = 7;
  const auto x = law::point(7, 0);
  std::vector<std::vector<double>> columns;
  for (std::size_t j = 0; j < d; ++j) columns.push_back(hessian_vector(f, x, law::unit(d, j)).out);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NEAR(columns[i][j], columns[j][i], 1e-12 * (1 + std::abs(columns[i][j])));
  // lane j of a pack goes along coordinate j
  std::vector<Pack<8>> px, pv(d, Pack<8>(0.0));
  for (std::size_t i = 0; i < d; ++i) {
    px.emplace_back(x[i]);
    pv[i].set(static_cast<int>(i), 1.0);
  }
  const auto packed = hessian_vector(f, px, pv);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      EXPECT_TRUE(law::same_bits(packed.out[i][static_cast<int>(j)], columns[j][i])) << i << " " << j;
}

TEST(hessian, of_a_lane_outside_the_support) {
  const auto f = [](auto x) { return log(x[0]) + sum(cholesky_decompose(diag_matrix(x))); };
  std::vector<Pack<2>> x{Pack<2>(2.0)}, v{Pack<2>(1.0)};
  x[0].set(1, -1.0);
  const auto h = hessian_vector(f, x, v);
  EXPECT_EQ(h.scalars.value[1], -infinity);
  EXPECT_TRUE(std::isnan(h.out[0][1]));
  EXPECT_NEAR(h.out[0][0], -0.25 - 0.25 / std::pow(2, 1.5), 1e-15);
}

TEST(dual, rules) {
  using D = Dual<double>;
  const D a(2.0, 3.0), b(5.0, -1.0);
  const auto expect = [](const D& x, double value, double tangent) {
    EXPECT_NEAR(x.value, value, 1e-15 * std::abs(value));
    EXPECT_NEAR(x.tangent, tangent, 1e-14 * std::abs(tangent));
  };
  expect(a + b, 7, 2);
  expect(a - 1.0, 1, 3);
  expect(1.0 - a, -1, -3);
  expect(a * b, 10, 13);
  expect(2.0 * a, 4, 6);
  expect(a / b, 0.4, (3.0 + 0.4) / 5);
  expect(1.0 / b, 0.2, 1.0 / 25);
  expect(a / 4.0, 0.5, 0.75);
  expect(fma(a, b, a), 12, 16);
  expect(fma(2.0, a, b), 9, 5);
  expect(select(a < b, a, b), 2, 3);
  expect(max(a, b), 5, -1);
  expect(pow(a, 3.0), 8, 36);
  expect(pow(2.0, a), 4, 12 * std::log(2));
  EXPECT_TRUE(a < b);
  EXPECT_TRUE(a == D(2.0));
  EXPECT_EQ(width_of<Dual<Pack<4>>>, 4);
  Dual<Pack<2>> p(Pack<2>(1.0), Pack<2>(2.0)), q(0.0);
  copy_lane(q, 1, p);
  EXPECT_EQ(q.value[1], 1);
  EXPECT_EQ(q.tangent[1], 2);
  EXPECT_EQ(q.value[0], 0);
  set_lane(p, 0, 9.0);
  EXPECT_EQ(p.value[0], 9);
  EXPECT_EQ(p.tangent[0], 0);
  LogProduct<D> product;
  product *= a;
  product *= b;
  expect(product.log(), std::log(10), 1.5 - 0.2);
}

TEST(dual, tetragamma) {
  // ψ″(1) = −2 ζ(3); ψ″(½) = −14 ζ(3); ψ″(x + 1) = ψ″(x) + 2/x³
  const double zeta3 = 1.2020569031595942854;
  EXPECT_NEAR(tetragamma(1.0), -2 * zeta3, 1e-14);
  EXPECT_NEAR(tetragamma(0.5), -14 * zeta3, 1e-13);
  for (const double x : {0.1, 3.7, 9.9, 42.0})
    EXPECT_NEAR(tetragamma(x + 1), tetragamma(x) + 2 / (x * x * x), 1e-14 * std::abs(tetragamma(x)));
  EXPECT_TRUE(std::isnan(tetragamma(-0.5)));
}

}  // namespace
}  // namespace thalweg
