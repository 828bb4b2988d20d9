// Measured orders of convergence, and the planted errors that they see.
#include "support.hpp"

#include "thalweg/sde/named/geometric_brownian.hpp"
#include "thalweg/sde/named_sdes.hpp"
#include "thalweg/sde/order.hpp"

namespace thalweg {
namespace {

/// The slope must be within 0.1 of theory, and its standard error must allow that to be judged.
void expect_slope(const OrderStudy& study, double theory) {
  EXPECT_LT(study.strong_slope_error, 0.1 / 3);
  EXPECT_NEAR(study.strong_slope, theory, 0.1);
  EXPECT_EQ(study.failed, 0);
}

/// Strong slope against the exact solution S0 exp((μ − σ²/2) + σW), μ = ½, σ = 1, for 16 … 1024 steps.
template <class Z>
double gbm_slope() {
  const GeometricBrownian gbm{.mu = 0.5, .sigma = 1, .x0 = 1};
  const std::int64_t paths = 20'000, finest = 1024;
  std::vector<double> steps, errors;
  Frame frame;
  std::vector<double> w;
  for (std::int64_t p = 0; p < paths; ++p) {
    Increments<double, 1, false> noise(frame, 1, 5, static_cast<std::uint64_t>(p), 0, 1, finest);
    w.push_back(noise.next().dW[0]);
  }
  for (std::int64_t n = 16; n <= finest; n *= 4) {
    const std::vector<double> x = end_points<Z>(gbm, 1, n, finest / n, paths, 5);
    double squares = 0;
    for (std::size_t p = 0; p < w.size(); ++p) {
      const double error = x[p] - std::exp(w[p]);
      squares += error * error;
    }
    steps.push_back(1 / static_cast<double>(n));
    errors.push_back(std::sqrt(squares / static_cast<double>(paths)));
  }
  return slope_of(steps, errors);
}

TEST(SdeOrder, GeometricBrownianMotionAgainstItsSolution) {
  EXPECT_NEAR(gbm_slope<Euler>(), 0.5, 0.1);
  EXPECT_NEAR(gbm_slope<Milstein>(), 1, 0.1);
  EXPECT_NEAR(gbm_slope<Srid2>(), 1.5, 0.1);
}

/// Planted: Milstein's scheme with half of the derivative's term.
struct HalfMilstein : Milstein {
  template <class S, class Real>
  static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    const Real before = x[0];
    Milstein::advance(sde, s, x);
    const Real milstein = x[0];
    x[0] = before;
    Euler::advance(sde, s, x);
    x[0] = 0.5 * (x[0] + milstein);
  }
};
/// Planted: Stratonovich's drift without ½gg′, which is Itô's.
TEST(SdePlanted, MissingHalfGGPrimeIsSeen) {
  EXPECT_NEAR(gbm_slope<HalfMilstein>(), 0.5, 0.1);  // not 1 ± 0.1
  const SdeModel gbm = named_sde("gbm");
  const auto mean_in = [&](Calculus calculus) {
    return simulate(gbm, {.calculus = calculus, .paths = 50'000, .step = 1.0 / 64, .scheme = Scheme::srid2})
        .observations[0]
        .mean[0];
  };
  const Estimate planted = mean_in(Calculus::ito), right = mean_in(Calculus::stratonovich);
  expect_near(right, std::exp(1.0), "Stratonovich");
  EXPECT_GT(std::fabs(planted.value - std::exp(1.0)), 3 * sigmas * planted.standard_error);
}

TEST(SdeOrder, Sra1IsOfOrderThreeHalvesForASine) {
  const OrderStudy study = order_study(
      sde_of(Sine{}),
      {.scheme = Scheme::sra1, .coarsest = 8, .levels = 6, .reference = 4096, .paths = 8192, .initial = {0}});
  ASSERT_EQ(study.rows.size(), 6u);
  EXPECT_EQ(study.rows.front().step, 1.0 / 8);
  EXPECT_EQ(study.rows.back().step, 1.0 / 256);
  expect_slope(study, 1.5);
}

TEST(SdeOrder, Sra1IsOfOrderTwoForOrnsteinUhlenbeck) {
  expect_slope(order_study(named_sde("ou"), {.scheme = Scheme::sra1, .paths = 4096}), 2);
}

TEST(SdeOrder, EulerIsOfOrderOneForAdditiveNoise) {
  expect_slope(order_study(sde_of(Sine{}),
                           {.scheme = Scheme::euler, .reference_scheme = Scheme::sra1, .paths = 4096, .initial = {0}}),
               1);
}

TEST(SdeOrder, Srid2IsOfOrderThreeHalvesAndMilsteinOfOne) {
  const SdeModel model = sde_of(Tanh{});
  // the noise is strong: from 1/64 on the leading term rules
  const OrderSettings settings{.calculus = Calculus::ito,
                               .scheme = Scheme::srid2,
                               .coarsest = 64,
                               .levels = 4,
                               .reference = 8192,
                               .paths = 4096,
                               .initial = {0.3}};
  expect_slope(order_study(model, settings), 1.5);
  OrderSettings milstein = settings;
  milstein.scheme = Scheme::milstein;
  milstein.reference_scheme = Scheme::srid2;
  expect_slope(order_study(model, milstein), 1);
}

/// Two coordinates that drive one another, each with its own noise: mixed terms of the drift count.
struct Pair {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = own_noise | autonomous;
  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = sin(x[1]) - x[0], out[1] = x[0] * x[1] - x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = 0.5 * cos(x[0]), out[1] = 0.6 * sin(x[1] + 1.0);
  }
};

TEST(SdeOrder, Srid2IsOfOrderThreeHalvesInTwoDimensions) {
  const SdeModel model = sde_of(Pair{});
  for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich})
    expect_slope(order_study(model, {.calculus = calculus,
                                     .scheme = Scheme::srid2,
                                     .coarsest = 16,
                                     .levels = 5,
                                     .reference = 1024,
                                     .paths = 4096,
                                     .initial = {0.5, 0.5}}),
                 1.5);
}

/// Noise of columns (x, y) and (−y, x): a matrix, and it commutes, but no text shows it.
struct Spiral {
  static constexpr NoiseShape noise = NoiseShape::matrix;
  static constexpr Structure structure = autonomous;
  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = -x[0], out[1] = -x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = 0.6 * x[0], out[1] = -0.6 * x[1], out[2] = 0.6 * x[1], out[3] = 0.6 * x[0];
  }
};

TEST(SdeOrder, MilsteinIsOfOrderOneForAMatrixThatCommutes) {
  expect_slope(order_study(sde_of(Spiral{}), {.calculus = Calculus::ito,
                                              .scheme = Scheme::milstein,
                                              .coarsest = 16,
                                              .levels = 5,
                                              .paths = 8192,
                                              .initial = {1, 0.5}}),
               1);
}

/// Weak errors of Itô's GBM: |E x_h − e^{μ}| is known exactly for Euler, (1 + μh)^n.
TEST(SdeOrder, WeakErrorOfEulerIsWhatTheoryGives) {
  const OrderStudy study = order_study(named_sde("gbm"), {.calculus = Calculus::ito,
                                                          .scheme = Scheme::euler,
                                                          .coarsest = 4,
                                                          .levels = 3,
                                                          .reference = 1024,
                                                          .reference_scheme = Scheme::srid2,
                                                          .paths = 50'000});
  for (const OrderRow& row : study.rows)
    EXPECT_NEAR(row.weak, std::exp(0.5) - std::pow(1 + 0.5 * row.step, 1 / row.step), sigmas * row.weak_error);
}

}  // namespace
}  // namespace thalweg
