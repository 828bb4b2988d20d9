// Adaptive steps: one path whatever is asked of it, and what goes wrong when noise is redrawn.
#include "support.hpp"

#include <random>

#include "thalweg/sde/brownian_tree.hpp"
#include "thalweg/sde/named/geometric_brownian.hpp"
#include "thalweg/sde/named_sdes.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t whole = BrownianTree::ticks;

TEST(SdeTree, IsOnePathInAnyOrderOfQueries) {
  const BrownianTree tree(3, 17, 2, 0, 2);
  std::vector<std::int64_t> times{0, whole};
  std::mt19937_64 random(5);
  for (int k = 0; k < 60; ++k) times.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(whole)));
  std::sort(times.begin(), times.end());
  double all[2], area_all[2], sum[2] = {0, 0}, area[2] = {0, 0};
  tree.between(0, whole, all, area_all);
  for (std::size_t k = times.size() - 1; k-- > 0;) {  // backwards, against the whole
    double dW[2], part[2];
    tree.between(times[k], times[k + 1], dW, part);
    for (std::size_t j = 0; j < 2; ++j) {
      // ∫ over what comes later is shifted by this increment
      area[j] = part[j] + area[j] + dW[j] * (tree.time(whole) - tree.time(times[k + 1]));
      sum[j] += dW[j];
    }
    const BrownianTree again(3, 17, 2, 0, 2);
    double second[2], second_area[2];
    again.between(times[k], times[k + 1], second, second_area);
    EXPECT_EQ(dW[0], second[0]);
    EXPECT_EQ(part[1], second_area[1]);
  }
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(sum[j], all[j], 1e-12);
    EXPECT_NEAR(area[j], area_all[j], 1e-12);
  }
}

/// Second moments of (dW, area) over two intervals that touch, in units of their standard deviations.
TEST(SdeTree, HasTheLawOfBrownianMotion) {
  const std::int64_t a = whole / 8, b = whole / 2 + whole / 16, c = whole - whole / 32;
  const int n = 40'000;
  double moments[4][4] = {}, squares[4][4] = {};
  const auto h1 = static_cast<double>(b - a) / static_cast<double>(whole),
             h2 = static_cast<double>(c - b) / static_cast<double>(whole);
  const double unit[4] = {std::sqrt(h1), std::sqrt(h1 * h1 * h1 / 3), std::sqrt(h2), std::sqrt(h2 * h2 * h2 / 3)};
  for (int p = 0; p < n; ++p) {
    const BrownianTree tree(1, static_cast<std::uint64_t>(p), 1, 0, 1);
    double v[4];
    tree.between(a, b, v, v + 1);
    tree.between(b, c, v + 2, v + 3);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        const double product = v[i] * v[j] / (unit[i] * unit[j]);
        moments[i][j] += product / n, squares[i][j] += product * product / n;
      }
  }
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      const double truth = i == j ? 1 : (i / 2 == j / 2 ? std::sqrt(0.75) : 0);
      const double error = std::sqrt((squares[i][j] - moments[i][j] * moments[i][j]) / n);
      EXPECT_NEAR(moments[i][j], truth, sigmas * error) << i << j;
    }
}

/// Planted: noise is drawn afresh whenever it is asked for, so a rejected step's is thrown away.
class Redrawn {
 public:
  static constexpr std::int64_t ticks = BrownianTree::ticks;
  explicit Redrawn(std::uint64_t particle) : stream_(9, Purpose::test, particle, 0) {}
  double length() const { return 1; }
  double time(std::int64_t tick) const { return static_cast<double>(tick) / static_cast<double>(ticks); }
  /// A step asks for the whole, its first half and its second half.
  void between(std::int64_t a, std::int64_t b, double* dW, double* area) const {
    const double h = time(b) - time(a);
    if (call_ == 0)
      whole_ = dW[0] = std::sqrt(h) * stream_.next();
    else if (call_ == 1)
      half_ = dW[0] = 0.5 * whole_ + std::sqrt(0.5 * h) * stream_.next();
    else
      dW[0] = whole_ - half_;
    area[0] = 0.5 * h * dW[0];
    call_ = (call_ + 1) % 3;
  }

 private:
  mutable NormalStream<double> stream_;
  mutable int call_ = 0;
  mutable double whole_ = 0, half_ = 0;
};

/// log x_T of Itô's GBM with μ = σ²/2 is σW_T: its variance is that of the noise which the accepted steps have seen.
template <class MakePath>
std::vector<double> log_ends(const MakePath& make, std::int64_t& rejected) {
  const SdeModel model = sde_of(GeometricBrownian{.mu = 0.5, .sigma = 1, .x0 = 1});
  SdeWorkspace workspace = model.workspace(1);
  AdaptiveStepper<std::decay_t<decltype(make(0))>> stepper(workspace, 1, 1, Scheme::milstein, Calculus::ito, 1,
                                                           {.relative = 2e-2, .absolute = 1e-3});
  std::vector<double> ends;
  for (std::uint64_t p = 0; p < 20'000; ++p) {
    const auto path = make(p);
    AdaptiveState state{.step = 0.25};
    std::vector<double> x{1};
    EXPECT_TRUE(stepper.run(path, whole, state, x));
    rejected += state.rejected;
    ends.push_back(std::log(x[0]));
  }
  return ends;
}
double variance_off(const std::vector<double>& values) {  // in standard errors from 1, the scheme's own error aside
  double mean = 0, second = 0;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) mean += v / n;
  for (const double v : values) second += (v - mean) * (v - mean) / n;
  return (second - 1) / std::sqrt(2 / n);
}

TEST(SdeAdaptive, SeesTheNoiseOfItsPath) {
  std::int64_t rejected = 0;
  const std::vector<double> ends = log_ends([](std::uint64_t p) { return BrownianTree(9, p, 1, 0, 1); }, rejected);
  ASSERT_GT(rejected, 10'000);  // enough for it to matter
  double squares = 0;
  for (std::uint64_t p = 0; p < 2000; ++p) {
    double w, area;
    BrownianTree(9, p, 1, 0, 1).between(0, whole, &w, &area);
    squares += (ends[p] - w) * (ends[p] - w) / 2000;
  }
  EXPECT_LT(std::sqrt(squares), 0.1);  // some ten steps of 2 % at most
  EXPECT_LT(std::fabs(variance_off(ends)), sigmas);
}
TEST(SdePlanted, NoiseRedrawnAfterARejectedStepIsSeen) {
  std::int64_t rejected = 0;
  const std::vector<double> ends = log_ends([](std::uint64_t p) { return Redrawn(p); }, rejected);
  ASSERT_GT(rejected, 10'000);                 // enough for it to matter
  EXPECT_LT(variance_off(ends), -2 * sigmas);  // large increments are rejected more often, and lost
}

TEST(SdeAdaptive, ErrorsFallWithTheTolerance) {
  const SdeModel gbm = named_sde("gbm");
  std::vector<double> tolerances, errors;
  for (const double tolerance : {1e-3, 1e-4, 1e-5}) {
    Ensemble paths(gbm, {.scheme = Scheme::srid2, .calculus = Calculus::ito, .seed = 4, .count = 200});
    paths.start({}, 0);
    paths.advance_adaptively(0, 1, whole / 2, {tolerance, tolerance / 10}, 1);
    paths.advance_adaptively(0, 1, whole, {tolerance, tolerance / 10}, 2);
    double squares = 0;
    for (std::int64_t p = 0; p < paths.count(); ++p) {
      double w, area;
      BrownianTree(4, static_cast<std::uint64_t>(p), 1, 0, 1).between(0, whole, &w, &area);
      squares += std::pow(paths.x(p, 0) - std::exp(w), 2);
    }
    tolerances.push_back(tolerance);
    errors.push_back(std::sqrt(squares / 200));
  }
  // a step's error is of order h², so h ~ τ^½; n ~ 1/h of them that are independent make √n τ = τ^¾
  EXPECT_NEAR(slope_of(tolerances, errors), 0.75, 0.15);
}

TEST(SdeAdaptive, SimulatesWithATolerance) {
  DataMap data;
  data.values["x0"].reals = {2};
  const SimulationSettings settings{
      .end_time = 1, .paths = 4000, .tolerance = 1e-3, .observe = {0.3, 1}, .keep_paths = 10};
  const SdeModel ou = named_sde("ou", data);
  const Simulation run = simulate(ou, settings);
  expect_near(run.observations[0].mean[0], 2 * std::exp(-0.3), "mean");
  expect_near(run.observations[1].variance[0], 0.5 * (1 - std::exp(-2.0)), "variance");
  EXPECT_EQ(run.failed, 0);
  EXPECT_GT(run.steps, 4000);
  EXPECT_EQ(simulate(ou, settings, {2, 1}).kept, run.kept);
  EXPECT_THROW(
      simulate(sde_of(Crossed{}), {.calculus = Calculus::ito, .paths = 10, .tolerance = 1e-3, .initial = {1, 1}}),
      Error);
}

/// dx = x² dt from 1 is infinite at time 1: no step is small enough.
struct Finite {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous;
  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[0] * x[0];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(0.0);
  }
};
TEST(SdeAdaptive, AStepThatIsTooSmallIsAFailureAndNeverAccepted) {
  const Simulation run = simulate(sde_of(Finite{}), {.end_time = 2, .paths = 3, .tolerance = 1e-3, .initial = {1}});
  EXPECT_EQ(run.failed, 3);
  EXPECT_NEAR(run.failures[0].time, 1, 1e-2);
  EXPECT_EQ(run.observations[0].paths, 0);
}

}  // namespace
}  // namespace thalweg
