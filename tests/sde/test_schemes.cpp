// Laws of the schemes: moments, calculi, what each is for.
#include "support.hpp"

#include <boost/math/distributions/non_central_chi_squared.hpp>

#include "thalweg/sde/named_sdes.hpp"

namespace thalweg {
namespace {

DataMap parameters(const std::vector<std::pair<const char*, double>>& given) {
  DataMap data;
  for (const auto& [name, value] : given) data.values[name].reals = {value};
  return data;
}

TEST(SdeSchemes, OrnsteinUhlenbeckHasItsMomentsAndCovariance) {
  const SdeModel ou = named_sde("ou", parameters({{"kappa", 1.5}, {"theta", 0.5}, {"sigma", 0.8}, {"x0", 2}}));
  const auto paths = std::int64_t{50'000};
  for (const Scheme scheme : {Scheme::sra1, Scheme::srid2}) {
    const Simulation run = simulate(
        ou,
        {.end_time = 2, .paths = paths, .step = 1.0 / 128, .scheme = scheme, .observe = {0.5, 2}, .keep_paths = paths});
    for (const Observation& seen : run.observations) {
      const double decay = std::exp(-1.5 * seen.time);
      expect_near(seen.mean[0], 0.5 + 1.5 * decay, "mean");
      expect_near(seen.variance[0], 0.64 / 3 * (1 - decay * decay), "variance");
    }
    double covariance = 0, squares = 0;
    const double a = run.observations[0].mean[0].value, b = run.observations[1].mean[0].value;
    for (std::size_t p = 0; p < static_cast<std::size_t>(paths); ++p) {
      const double product = (run.kept[3 * p + 1] - a) * (run.kept[3 * p + 2] - b);
      covariance += product / static_cast<double>(paths), squares += product * product / static_cast<double>(paths);
    }
    const double error = std::sqrt((squares - covariance * covariance) / static_cast<double>(paths));
    EXPECT_NEAR(covariance, 0.64 / 3 * (std::exp(-1.5 * 1.5) - std::exp(-1.5 * 2.5)), sigmas * error);
  }
}

TEST(SdeSchemes, EulersStationaryVarianceIsOffAsTheorySays) {
  const SdeModel ou = named_sde("ou");
  for (const double h : {0.1, 0.4}) {
    const Simulation run = simulate(ou, {.end_time = 16, .paths = 100'000, .step = h, .scheme = Scheme::euler});
    EXPECT_NEAR(run.step, h, 1e-12);
    expect_near(run.observations[0].variance[0], 0.5 / (1 - h / 2), "variance");
  }
}

/// E x_t = x0 exp((μ + ασ²) t) with α = 0, ½, 1.
TEST(SdeSchemes, TheThreeCalculiAreThreeProcesses) {
  const SdeModel gbm = named_sde("gbm", parameters({{"mu", 0.3}, {"sigma", 0.5}}));
  for (const Scheme scheme : {Scheme::euler, Scheme::milstein, Scheme::srid2, Scheme::implicit})
    for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich, Calculus::isothermal}) {
      const Simulation run =
          simulate(gbm, {.calculus = calculus, .end_time = 1, .paths = 100'000, .step = 1.0 / 64, .scheme = scheme});
      const Estimate& mean = run.observations[0].mean[0];
      const double truth = std::exp(0.3 + 0.5 * static_cast<double>(calculus) * 0.25);
      const double error = std::hypot(mean.standard_error, mean.bias_error);
      EXPECT_NEAR(mean.value - mean.bias, truth, sigmas * error + 2e-4)  // what is left is of second order in h
          << to_string(scheme) << ", " << to_string(calculus);
      EXPECT_GT(std::exp(0.3 + 0.125) - std::exp(0.3), 20 * error);
    }
}

/// A matrix of noise whose corrections are known: g = (x1, x2; x1 x2, 1).
struct Mixed {
  static constexpr NoiseShape noise = NoiseShape::matrix;
  static constexpr Structure structure = autonomous;
  static std::int64_t dimension() { return 2; }
  static std::int64_t noise_dimension() { return 2; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[1], out[1] = -x[0];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[0], out[1] = x[1], out[2] = x[0] * x[1], out[3] = Real(1.0);
  }
};

TEST(SdeSchemes, ItoDriftsOfAMatrixAreExact) {
  const SdeModel model = sde_of(Mixed{});
  SdeWorkspace workspace = model.workspace(1);
  const double a = 0.7, b = -1.3, x[2] = {a, b};
  double out[2];
  workspace.ito_drift(Calculus::ito, 0, x, out);
  EXPECT_THAT(out, testing::ElementsAre(b, -a));
  // Stratonovich: ½ Σ_k (∂g_k) g_k with g_1 = (x1, x1 x2), g_2 = (x2, 1)
  workspace.ito_drift(Calculus::stratonovich, 0, x, out);
  EXPECT_NEAR(out[0], b + 0.5 * (a + 1), 1e-15);
  EXPECT_NEAR(out[1], -a + 0.5 * (b * a + a * a * b), 1e-15);
  // isothermal: ½ Σ_j ∂_j (ggᵀ)_ij with ggᵀ = (x1² + x2², x1² x2 + x2; ·, x1² x2² + 1)
  workspace.ito_drift(Calculus::isothermal, 0, x, out);
  EXPECT_NEAR(out[0], b + 0.5 * (2 * a + a * a + 1), 1e-15);
  EXPECT_NEAR(out[1], -a + 0.5 * (2 * a * b + 2 * a * a * b), 1e-15);
}

TEST(SdeSchemes, MilsteinIsRefusedWhereNoiseDoesNotCommute) {
  const SdeModel crossed = sde_of(Crossed{});
  try {
    simulate(crossed,
             {.calculus = Calculus::ito, .paths = 100, .step = 0.1, .scheme = Scheme::milstein, .initial = {1, 1}});
    FAIL() << "it was admitted";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("commutes"), testing::HasSubstr("--scheme euler")));
  }
  EXPECT_THROW(
      simulate(crossed,
               {.calculus = Calculus::ito, .paths = 100, .step = 0.1, .scheme = Scheme::sra1, .initial = {1, 1}}),
      Error);
  EXPECT_THROW(
      simulate(crossed,
               {.calculus = Calculus::ito, .paths = 100, .step = 0.1, .scheme = Scheme::srid2, .initial = {1, 1}}),
      Error);
  EXPECT_THROW(
      simulate(crossed,
               {.calculus = Calculus::ito, .paths = 100, .step = 0.1, .scheme = Scheme::baoab, .initial = {1, 1}}),
      Error);
  EXPECT_EQ(best_scheme(crossed), Scheme::euler);
}

TEST(SdeSchemes, NoiseThatDependsOnXNeedsACalculus) {
  try {
    simulate(named_sde("gbm"), {.paths = 100, .step = 0.1});
    FAIL() << "it went on";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("--calculus ito"), testing::HasSubstr("stratonovich"),
                                         testing::HasSubstr("isothermal")));
  }
  EXPECT_NO_THROW(simulate(named_sde("ou"), {.paths = 100, .step = 0.1}));
}

/// Below Feller's bound, where paths reach 0: against the noncentral χ² law.
TEST(SdeSchemes, CirHasItsLawBelowTheFellerBound) {
  const double kappa = 1, theta = 0.5, sigma = 1.2, x0 = 0.6, t = 1;
  ASSERT_LT(2 * kappa * theta, sigma * sigma);
  const SdeModel cir = named_sde("cir", parameters({{"kappa", kappa}, {"theta", theta}, {"sigma", sigma}, {"x0", x0}}));
  const std::int64_t paths = 20'000;
  const Simulation run = simulate(cir, {.calculus = Calculus::ito,
                                        .end_time = t,
                                        .paths = paths,
                                        .step = 1.0 / 4096,
                                        .scheme = Scheme::euler,
                                        .keep_paths = paths,
                                        .bias_paths = 0});
  std::vector<double> x;
  for (std::size_t p = 0; p < static_cast<std::size_t>(paths); ++p) x.push_back(std::max(run.kept[2 * p + 1], 0.0));
  const double c = sigma * sigma * (1 - std::exp(-kappa * t)) / (4 * kappa);
  const boost::math::non_central_chi_squared law(4 * kappa * theta / (sigma * sigma), x0 * std::exp(-kappa * t) / c);
  // The scheme's law differs by its step: at 0, of a step's size s = σ²h, it puts about P(x < s) elsewhere.
  const double blur = boost::math::cdf(law, sigma * sigma / 4096 / c);
  EXPECT_LT(ks_distance(x, [&](double v) { return v <= 0 ? 0.0 : boost::math::cdf(law, v / c); }),
            ks_limit(x.size()) + blur);
  EXPECT_LT(blur, 0.01);
}

/// dq = v dt, dv = (−ω² q − γ v) dt + √(2γT) dW
struct Harmonic {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | kinetic;
  double omega = 1, gamma = 1;
  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  double friction() const { return gamma; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[1], out[1] = -(omega * omega) * x[0] - gamma * x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(0.0), out[1] = Real(std::sqrt(2 * gamma));
  }
};

TEST(SdeSchemes, BaoabHasTheExactPositionsOfAHarmonicWell) {
  const SdeModel harmonic = sde_of(Harmonic{.omega = 2, .gamma = 1.5});
  EXPECT_EQ(best_scheme(harmonic), Scheme::baoab);
  for (const double h : {0.1, 0.5, 0.9}) {  // stable below 2/ω = 1
    const Simulation run =
        simulate(harmonic, {.end_time = 36, .paths = 50'000, .step = h, .initial = {0, 0}, .bias_paths = 0});
    expect_near(run.observations[0].variance[0], 0.25, "position");
    EXPECT_THAT(run.warnings, testing::IsEmpty());
  }
  const Simulation euler = simulate(
      harmonic,
      {.end_time = 36, .paths = 20'000, .step = 0.1, .scheme = Scheme::euler, .initial = {0, 0}, .bias_paths = 0});
  EXPECT_GT(euler.observations[0].variance[0].value, 0.25 + 20 * euler.observations[0].variance[0].standard_error);
}

/// dx = −1000 x dt + dW: Euler needs h < 1/500, the implicit scheme does not.
struct Stiff {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous;
  static std::int64_t dimension() { return 2; }  // not a constant expression to the table: states in memory
  static std::int64_t noise_dimension() { return 2; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = -1000.0 * x[0] + x[1] * x[1], out[1] = x[0] - x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = out[1] = Real(1.0);
  }
};

TEST(SdeSchemes, ImplicitIsStableWhereEulerIsNot) {
  const SdeModel stiff = sde_of(Stiff{});
  const SimulationSettings settings{
      .end_time = 4, .paths = 4096, .step = 1.0 / 32, .scheme = Scheme::implicit, .initial = {0, 0}, .bias_paths = 0};
  const Simulation run = simulate(stiff, settings);
  EXPECT_EQ(run.failed, 0);
  EXPECT_THAT(run.warnings, testing::IsEmpty());
  // the slow coordinate is dx = (x1 − x) dt + dW with x1 ≈ x²/1000
  EXPECT_NEAR(run.observations[0].variance[1].value, 0.5 * (1 - std::exp(-8.0)), 0.05);
  SimulationSettings explicit_one = settings;
  explicit_one.scheme = Scheme::euler;
  const Simulation wild = simulate(stiff, explicit_one);
  EXPECT_THAT(wild.warnings, testing::Contains(testing::HasSubstr("too large for the drift")));
}

/// dx = −x⁵ dt + 3 dW explodes under Euler with a coarse step and not when it is tamed.
struct Quintic {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous;
  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    const Real x2 = x[0] * x[0];
    out[0] = -(x2 * x2 * x[0]);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(3.0);
  }
};

TEST(SdeSchemes, AnExplosionIsReportedAndTamingPreventsIt) {
  const SdeModel quintic = sde_of(Quintic{});
  SimulationSettings settings{.end_time = 4, .paths = 2000, .step = 0.125, .scheme = Scheme::euler, .initial = {0}};
  const Simulation run = simulate(quintic, settings);
  ASSERT_GT(run.failed, 0);
  ASSERT_FALSE(run.failures.empty());
  const PathFailure& first = run.failures.front();
  EXPECT_TRUE(std::isfinite(first.x[0]));
  EXPECT_GT(std::fabs(first.x[0]), 1e20);  // one more step of −x⁵ leaves the range of doubles
  EXPECT_GT(first.time, 0);
  EXPECT_LE(first.time, 4);
  EXPECT_EQ(run.observations[0].paths, run.paths - run.failed);
  EXPECT_THAT(run.warnings, testing::Contains(testing::HasSubstr("exploded")));
  for (const Scheme scheme : {Scheme::tamed, Scheme::implicit}) {
    settings.scheme = scheme;
    EXPECT_EQ(simulate(quintic, settings).failed, 0) << to_string(scheme);
  }
}

}  // namespace
}  // namespace thalweg
