// Hessian–vector products of densities: against differences of gradients, symmetric, the same bits at every width.
#include "thalweg/density/hessian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/hessian_differences.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;
using Numbers = std::vector<double>;

Numbers normals(std::size_t d, std::uint64_t k, double spread = 1) {
  Random<double> random(31, Purpose::test, k, 0);
  Numbers x(d);
  for (double& v : x) v = spread * random.normal();
  return x;
}
Numbers product(const Model& model, const Numbers& x, const Numbers& v) {
  Workspace w = model.hessian_workspace(1);
  Numbers out(x.size());
  w.hessian_vector(x.data(), v.data(), out.data());
  return out;
}
double dot(const Numbers& a, const Numbers& b) {
  double s = 0;
  for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
  return s;
}
double norm(const Numbers& a) { return std::sqrt(dot(a, a)); }

/// The laws, as a verdict so that they can be seen to fail. Differences are tolerated to 1e-8 of the product's size,
/// and to twenty times their own estimate.
testing::AssertionResult products_agree_with_differences(const Model& model, const Numbers& x, const Numbers& v) {
  Model other = model;
  other.add_hessian_differences("to compare");
  Workspace w = other.hessian_workspace(1);
  Numbers expected(x.size());
  w.hessian_vector(x.data(), v.data(), expected.data());
  const Numbers found = product(model, x, v);
  const double tolerance = 1e-8 * (1 + norm(found)) + 20 * w.hessian_error(0);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(found[i] - expected[i]) <= tolerance))
      return testing::AssertionFailure() << "(Hv)[" << i << "] is " << found[i] << ", differences give " << expected[i];
  return testing::AssertionSuccess();
}
testing::AssertionResult products_are_symmetric(const Model& model, const Numbers& x, const Numbers& u,
                                                const Numbers& v) {
  const Numbers hu = product(model, x, u), hv = product(model, x, v);
  const double apart = std::abs(dot(u, hv) - dot(v, hu)), size = norm(u) * norm(hv) + norm(v) * norm(hu);
  if (apart <= 1e-10 * size) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "u·Hv and v·Hu differ by " << apart << " of " << size;
}
/// Each lane of every width has the bits of width 1, a lane outside the support among them.
void expect_the_same_bits(const Model& model, const Numbers* outside = nullptr) {
  const auto d = static_cast<std::size_t>(model.dimension());
  for (const int width : model.hessian_widths()) {
    const auto w = static_cast<std::size_t>(width);
    Numbers x(d * w), v(d * w), out(d * w);
    std::vector<Numbers> at, along;
    for (std::size_t lane = 0; lane < w; ++lane) {
      at.push_back(outside && lane % 3 == 1 ? *outside : normals(d, lane));
      along.push_back(normals(d, lane + 100));
      for (std::size_t i = 0; i < d; ++i) {
        x[i * w + lane] = at[lane][i];
        v[i * w + lane] = along[lane][i];
      }
    }
    Workspace workspace = model.hessian_workspace(width);
    workspace.hessian_vector(x.data(), v.data(), out.data());
    for (std::size_t lane = 0; lane < w; ++lane) {
      const Numbers alone = product(model, at[lane], along[lane]);
      for (std::size_t i = 0; i < d; ++i) {
        EXPECT_TRUE(std::memcmp(&out[i * w + lane], &alone[i], sizeof(double)) == 0 ||
                    (std::isnan(out[i * w + lane]) && std::isnan(alone[i])))
            << "width " << width << " lane " << lane << " element " << i;
        EXPECT_EQ(std::isnan(alone[i]), outside && lane % 3 == 1);
      }
    }
  }
}

std::vector<std::string> every_name() {
  std::vector<std::string> names;
  for (const TestDensity& t : test_densities()) {
    names.emplace_back(t.name);
    if (t.any_dimension) names.push_back(std::string(t.name) + ":4");
  }
  return names;
}
std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}
class HessianOfEachTestDensity : public testing::TestWithParam<std::string> {
 protected:
  const Model model = test_density(GetParam());
  const std::size_t d = static_cast<std::size_t>(model.dimension());
};
INSTANTIATE_TEST_SUITE_P(Named, HessianOfEachTestDensity, testing::ValuesIn(every_name()), test_name);

TEST_P(HessianOfEachTestDensity, agrees_with_differences_of_the_gradient) {
  ASSERT_TRUE(model.hessian_is_exact());
  EXPECT_EQ(model.hessian_reason(), "");
  for (std::uint64_t k = 0; k < 20; ++k) {
    const Numbers x = normals(d, k, 1.5), u = normals(d, k + 50), v = normals(d, k + 100);
    EXPECT_TRUE(products_agree_with_differences(model, x, v)) << "point " << k;
    EXPECT_TRUE(products_are_symmetric(model, x, u, v)) << "point " << k;
  }
}
TEST_P(HessianOfEachTestDensity, has_the_same_bits_at_every_width) { expect_the_same_bits(model); }

TEST(hessian_of_a_density, is_the_closed_form_on_the_funnel) {
  const Model model = test_density("funnel:3");
  const Numbers x{0.4, -1.1, 2.0}, v{0.3, 0.7, -0.2};
  const double e = std::exp(-x[0]), s = x[1] * x[1] + x[2] * x[2];
  const Numbers found = product(model, x, v);
  EXPECT_NEAR(found[0], (-1.0 / 9 - 0.5 * e * s) * v[0] + e * (x[1] * v[1] + x[2] * v[2]), 1e-14);
  EXPECT_NEAR(found[1], e * (x[1] * v[0] - v[1]), 1e-14);
  EXPECT_NEAR(found[2], e * (x[2] * v[0] - v[2]), 1e-14);
}

// ---- functors ----

/// Distributions with slopes of their own, mixtures, simplexes, correlations.
struct Mixed {
  std::vector<int> counts{0, 3, 1, 7}, bits{1, 0, 1, 1};
  std::vector<double> y{0.3, -1.2, 2.5, 0.1};
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto mu = p.vector("mu", 4);
    const auto scale = p.real("scale", {.lower = 0});
    const auto theta = p.simplex("theta", 3);
    const auto factor = p.cholesky_factor_corr("factor", 4);
    p.target += log_density<StudentT, false>(as_vector(y), 3.0 + scale, mu, scale);
    p.target += log_density<NegBinomial2Log, false>(as_array(counts), mu, scale);
    p.target += log_density<BernoulliLogit, false>(as_array(bits), mu);
    p.target += log_density<SkewNormal, false>(mu, 0.5, scale, mu);
    p.target += log_density<Gamma, false>(scale, 1.0 + theta[0], 3);
    p.target += log_mix(theta[1], log_density<Normal, false>(mu[0], 0, 1), log_density<Normal, false>(mu[1], 1, 2));
    p.target += -0.5 * dot_self(factor * mu);
  }
};
/// A hierarchy, with a quantity that is named but no parameter.
struct Schools {
  std::vector<double> y{28, 8, -3, 7}, sigma{15, 10, 16, 11};
  std::vector<int> bits{1, 0, 1, 1};
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto mu = p.real("mu");
    const auto tau = p.real("tau", {.lower = 0});
    const auto theta = p.vector("theta", 4, {.offset = mu, .multiplier = tau});
    p.target += log_density<Normal, true>(theta, mu, tau);
    p.target += log_density<Normal, true>(as_vector(y), theta, as_vector(sigma));
    p.target += log_density<Cauchy, true>(tau, 0, 5);
    p.target += log_density<BernoulliLogit, false>(as_array(bits), theta);
    const auto spread = p.derived("spread", tau * tau);
    p.target += -0.01 * spread;
  }
};
/// Calls something that exists for doubles and packs alone.
template <int W>
Pack<W> only_plain(const Pack<W>& x) {
  return x * x;
}
inline double only_plain(double x) { return x * x; }
struct Plain {
  static constexpr bool has_hessian = false;
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto x = p.vector("x", 2);
    p.target += -0.5 * dot_self(x) + 0.0 * lane_of(only_plain(x[0].value()), 0);
  }
};
/// A scale that may not be negative: half of the plane is outside the support.
struct HalfPlane {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto x = p.vector("x", 2);
    p.target += log_density<distribution::Normal, false>(x[0], 0.0, x[1]);
  }
};

TEST(hessian_of_a_functor, agrees_with_differences_of_the_gradient) {
  for (const Model& model : {model_of(Schools{}), model_of(Mixed{})}) {
    ASSERT_TRUE(model.hessian_is_exact());
    const auto d = static_cast<std::size_t>(model.dimension());
    for (std::uint64_t k = 0; k < 20; ++k) {
      const Numbers x = normals(d, k), u = normals(d, k + 50), v = normals(d, k + 100);
      EXPECT_TRUE(products_agree_with_differences(model, x, v)) << "point " << k;
      EXPECT_TRUE(products_are_symmetric(model, x, u, v)) << "point " << k;
    }
    const Numbers zeros(d, 0.0);  // where signs of |x| meet
    EXPECT_TRUE(products_agree_with_differences(model, zeros, normals(d, 7)));
    expect_the_same_bits(model);
  }
}
TEST(hessian_of_a_functor, is_not_a_number_in_the_lanes_that_are_refused) {
  const Model model = model_of(HalfPlane{});
  const Numbers outside{0.5, -1.0};
  EXPECT_TRUE(std::isnan(product(model, outside, {1, 0})[0]));
  EXPECT_TRUE(std::isfinite(product(model, {0.5, 1.0}, {1, 0})[0]));
  const auto d = static_cast<std::size_t>(model.dimension());
  Numbers x(d * 4), v(d * 4, 1.0), out(d * 4);
  const int width = model.hessian_widths()[1];
  x.assign(d * static_cast<std::size_t>(width), 0.7);
  v.assign(x.size(), 1.0);
  out.resize(x.size());
  x[static_cast<std::size_t>(width) + 1] = -1;  // the scale of lane 1
  Workspace w = model.hessian_workspace(width);
  w.hessian_vector(x.data(), v.data(), out.data());
  for (int lane = 0; lane < width; ++lane)
    EXPECT_EQ(std::isnan(out[static_cast<std::size_t>(lane)]), lane == 1) << "lane " << lane;
}
TEST(hessian_of_a_functor, that_opts_out_comes_from_differences) {
  Model model = model_of(Plain{});
  EXPECT_FALSE(model.hessian_is_exact());
  EXPECT_TRUE(model.hessian_widths().empty());
  EXPECT_THAT(model.hessian_reason(), HasSubstr("without Hessian"));
  model.add_hessian_differences("it says has_hessian = false");
  EXPECT_FALSE(model.hessian_is_exact());
  EXPECT_EQ(model.hessian_reason(), "it says has_hessian = false");
  EXPECT_EQ(model.hessian_widths(), model.widths());
  const Numbers hv = product(model, {0.3, -2}, {1, 5});
  EXPECT_NEAR(hv[0], -1, 1e-11);
  EXPECT_NEAR(hv[1], -5, 1e-11);
}

// ---- the estimate of differences, planted errors, the dense Hessian ----

TEST(hessian_differences, are_within_their_estimate) {
  for (const std::string name : {"funnel", "banana", "eight-schools", "ring", "mixture"}) {
    Model model = test_density(name), other = model;
    other.add_hessian_differences("to be judged");
    const auto d = static_cast<std::size_t>(model.dimension());
    Workspace w = other.hessian_workspace(1);
    for (std::uint64_t k = 0; k < 20; ++k) {
      const Numbers x = normals(d, k), v = normals(d, k + 100), exact = product(model, x, v);
      Numbers out(d);
      w.hessian_vector(x.data(), v.data(), out.data());
      // the estimate is the error before the last extrapolation; below it is rounding, 2⁻⁵² of the gradient over h/4
      Numbers g(d);
      double log_p;
      Workspace plain = model.workspace(1);
      plain.evaluate(x.data(), g.data(), &log_p);
      for (std::size_t i = 0; i < d; ++i)
        EXPECT_LE(std::abs(out[i] - exact[i]), 2 * w.hessian_error(0) + 1e-12 * (1 + norm(g) + norm(exact)))
            << name << " point " << k;
      EXPECT_LT(w.hessian_error(0), 1e-6 * (1 + norm(exact)));
    }
  }
}
TEST(hessian_differences, of_a_long_and_of_a_short_direction) {
  Model model = test_density("funnel:3"), other = model;
  other.add_hessian_differences("to be judged");
  const Numbers x{0.4, -1.1, 2.0};
  for (const double size : {1e-9, 1.0, 1e9}) {
    const Numbers v{0.3 * size, 0.7 * size, -0.2 * size}, exact = product(model, x, v), found = product(other, x, v);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], exact[i], 1e-10 * size);
  }
  for (const double zero : product(other, x, {0, 0, 0})) EXPECT_EQ(zero, 0);
}

/// Planted: a function whose slope is right and whose slope's slope is not.
template <class Real>
Real wrong_sine(const Real& x) {
  return sin(x);
}
template <class R>
Dual<R> wrong_sine(const Dual<R>& x) {
  return {sin(x.value), -cos(x.value) * x.tangent};
}
struct Planted {
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = wrong_sine(x[0]);
    return -cos(x[0]);
  }
};
/// Planted: right along the diagonal, but H₁₂ ≠ H₂₁.
struct Lopsided {
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = x[1] - x[0];
    gradient[1] = 2.0 * x[0] - x[1];
    return -0.5 * (x[0] * x[0] + x[1] * x[1]);
  }
};
TEST(hessian_planted, a_wrong_rule_of_dual_numbers_is_found_by_differences) {
  EXPECT_FALSE(products_agree_with_differences(model_of(Planted{}), {0.4}, {1.0}));
}
TEST(hessian_planted, a_gradient_that_is_none_is_found_by_symmetry) {
  const Model model = model_of(Lopsided{});
  EXPECT_FALSE(products_are_symmetric(model, {0.1, 0.2}, {1, 0}, {0, 1}));
  Points points(model, whole_density);
  EXPECT_NEAR(hessian(points, Numbers{0.1, 0.2}).asymmetry, 0.5, 1e-15);
}

TEST(dense_hessian, is_that_of_a_gaussian) {
  const Model model = test_density("correlated-gaussian:70");  // more than one block of columns
  for (const int threads : {1, 3}) {
    Points points(model, whole_density, threads);
    const Hessian h = hessian(points, normals(70, 1));
    EXPECT_LT(h.asymmetry, 1e-14);
    // an autoregression: tridiagonal, −1/(1 − r²) at the ends, −(1 + r²)/(1 − r²) inside, r/(1 − r²) beside
    const double r = 0.95, q = 1 / (1 - r * r);
    for (std::size_t i = 0; i < 70; ++i)
      for (std::size_t j = 0; j < 70; ++j) {
        const double inside = i == 0 || i == 69 ? -q : -q * (1 + r * r);
        const double expected = i == j ? inside : i + 1 == j || j + 1 == i ? q * r : 0;
        EXPECT_NEAR(h.matrix[i * 70 + j], expected, 1e-11) << i << " " << j;
      }
    EXPECT_EQ(points.products(), 70);
  }
}
TEST(dense_hessian, refuses_what_is_too_large_unless_allowed) {
  const Model model = test_density("gaussian:2001");
  Points points(model, whole_density);
  const Numbers x(2001, 0.0);
  try {
    hessian(points, x);
    ADD_FAILURE();
  } catch (const std::invalid_argument& e) {
    EXPECT_THAT(e.what(), HasSubstr("largest_dimension = 2000"));
  }
  EXPECT_EQ(hessian(points, x, {.largest_dimension = 2001}).matrix[0], -1);
  EXPECT_THROW(hessian(points, Numbers(3, 0.0)), std::invalid_argument);
}
TEST(dense_hessian, outside_the_support_is_not_a_number) {
  Points points(model_of(HalfPlane{}), whole_density);
  const Hessian h = hessian(points, Numbers{0.0, -1.0});
  for (const double v : h.matrix) EXPECT_TRUE(std::isnan(v));
  EXPECT_TRUE(std::isnan(h.asymmetry));
}

}  // namespace
}  // namespace thalweg
