// Variational inference over Gaussian families, fixed-sample: exact where it must be, near an independent optimum where
// it cannot, refused where it would be wrong.
#include "thalweg/variational/vi.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dynamics/wide_table.hpp"
#include "tests/variational/targets.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

TEST(FixedDraws, have_the_moments_that_they_say) {
  for (const std::size_t n : {9, 12, 200}) {
    const FixedDraws draws = FixedDraws::make(n, 7, 1);
    ASSERT_EQ(draws.matched, Matched::covariance);
    const auto z = rows_at(draws.z.data(), n, 7, draws.stride);
    EXPECT_LT(z.colwise().mean().norm(), 1e-14);
    EXPECT_LT((z.transpose() * z / static_cast<double>(n) - Matrix::Identity(7, 7)).norm(), 1e-13);
  }
  const FixedDraws few = FixedDraws::make(8, 7, 1);
  EXPECT_EQ(few.matched, Matched::variances);
  const auto z = rows_at(few.z.data(), 8, 7, few.stride);
  EXPECT_LT(z.colwise().mean().norm(), 1e-14);
  for (Eigen::Index i = 0; i < 7; ++i) EXPECT_NEAR(z.col(i).squaredNorm() / 8, 1, 1e-14);
}

TEST(FixedSampleVi, mean_field_on_a_gaussian_has_the_means_and_one_over_the_precisions) {
  const Matrix precision = test::some_precision(12, 3);
  const test::DenseGaussian target = test::gaussian_of(precision);
  const ViResult r = variational_inference(model_of(target));
  EXPECT_TRUE(r.exact_moments);
  const std::vector<double> v = r.q.variances();
  const Matrix covariance = precision.inverse();
  for (std::size_t i = 0; i < 12; ++i) {
    const double exact = 1 / precision(index(i), index(i));
    EXPECT_NEAR(r.q.mean()[i], target.mean[i], 1e-8 * std::sqrt(exact));
    EXPECT_NEAR(v[i], exact, 1e-8 * exact);
    const double sd = std::sqrt(covariance(index(i), index(i)));
    EXPECT_NEAR(r.response.sds[i], sd, 1e-8 * sd) << "linear response gives the exact marginal variances";
    for (std::size_t j = 0; j < 12; ++j)
      EXPECT_NEAR(r.response.covariance[i * 12 + j], covariance(index(i), index(j)), 1e-8 * covariance.norm());
    EXPECT_LT(r.response.sampling_error[i], 1e-7 * sd) << "the sample's error in the means of a Gaussian is nothing";
  }
}

TEST(FixedSampleVi, full_rank_on_a_gaussian_has_its_covariance) {
  const Matrix precision = test::some_precision(10, 4), covariance = precision.inverse();
  const test::DenseGaussian target = test::gaussian_of(precision);
  const ViResult r = variational_inference(model_of(target), {.family = Family::full_rank});
  const std::vector<double> found = r.q.covariance();
  for (std::size_t i = 0; i < 10; ++i)
    for (std::size_t j = 0; j < 10; ++j)
      EXPECT_NEAR(found[i * 10 + j], covariance(index(i), index(j)),
                  1e-8 * std::sqrt(covariance(index(i), index(i)) * covariance(index(j), index(j))));
  EXPECT_NEAR(r.objective, test::log_z(target), 1e-8);
  EXPECT_NEAR(r.elbo.value, test::log_z(target), 1e-6);
  EXPECT_LT(r.elbo.se, 1e-6) << "log p − log q is constant";
}

/// Least squares, its covariance for σ = 1, and log Z of Trend: with S the sum of squares that is left and ν = n − 2,
/// Z = (2π) |XᵀX|^(−½) ∫ exp(−ν s − ½ S e^(−2s)) ds, the integral ½ Γ(ν/2) (S/2)^(−ν/2).
struct LeastSquares {
  Eigen::Vector2d beta;
  Eigen::Matrix2d covariance;
  double log_z, s2;
};
LeastSquares least_squares() {
  const int n = test::Trend::years;
  Eigen::MatrixX2d x(n, 2);
  ColumnVector y(n);
  for (int i = 0; i < n; ++i) {
    x.row(i) << 1, test::Trend::year(i);
    y[i] = test::Trend::y(i);
  }
  const Eigen::HouseholderQR<Matrix> qr(x);
  const ColumnVector beta = qr.solve(y);
  const Eigen::Matrix2d r = qr.matrixQR().topRows(2).triangularView<Eigen::Upper>(), inverse = r.inverse();
  const double left = (y - x * beta).squaredNorm(), nu = n - 2;
  return {beta, inverse * inverse.transpose(),
          std::log(2 * M_PI) - std::log(std::abs(r.determinant())) + std::log(0.5) + std::lgamma(0.5 * nu) -
              0.5 * nu * std::log(0.5 * left),
          left / nu};
}

TEST(FixedSampleVi, arrives_on_a_regression_in_bad_coordinates) {
  const LeastSquares exact = least_squares();
  for (const Family family : {Family::full_rank, Family::low_rank, Family::mean_field})
    for (const std::uint64_t seed : {1, 2, 3}) {
      const ViResult r = variational_inference(model_of(test::Trend{}),
                                               {.family = family, .start = {.paths = 4, .seed = seed}, .draws = 4000});
      EXPECT_EQ(r.ascent.ending, Ending::converged) << to_string(family);
      EXPECT_LT(r.ascent.iterations, 200) << to_string(family);
      // the means are wrong by what the fixed sample is wrong by, at most as plain draws: 4 standard errors
      const std::vector<double> v = r.q.variances();
      for (std::size_t i = 0; i < 2; ++i) {
        const double sd = std::sqrt(exact.s2 * exact.covariance(index(i), index(i)));
        EXPECT_NEAR(r.q.mean()[i], exact.beta[index(i)], 4 * sd / std::sqrt(static_cast<double>(r.fixed_draws)));
        if (family != Family::mean_field) {
          EXPECT_NEAR(std::log(v[i]), 2 * std::log(sd), 4 * std::sqrt(2.0 / 256) + 2.0 / 60);
        }
      }
      if (family == Family::mean_field) continue;
      // Kullback-Leibler divergence of a Gaussian from a t of 60 degrees of freedom and a skewed log σ: 0.02
      EXPECT_LT(r.elbo.value, exact.log_z + 4 * r.elbo.se);
      EXPECT_GT(r.elbo.value, exact.log_z - 0.1 - 4 * r.elbo.se);
    }
}

/// A Gaussian with covariance S(I + Q(Λ − I)Qᵀ)S, Λ of 3 eigenvalues on both sides of 1.
TEST(FixedSampleVi, low_rank_is_exact_on_diagonal_plus_low_rank) {
  const std::size_t d = 20;
  Matrix a(index(d), 3);
  ColumnVector scale(index(d));
  Random<double> random(8, Purpose::test, 0, 0);
  for (Eigen::Index i = 0; i < a.size(); ++i) a.data()[i] = random.normal();
  for (std::size_t i = 0; i < d; ++i) scale[index(i)] = std::exp(0.7 * random.normal());
  const Matrix q = Eigen::HouseholderQR<Matrix>(a).householderQ() * Matrix::Identity(index(d), 3);
  const ColumnVector change{{8.0, 3.0, -0.8}};
  const Matrix covariance = scale.asDiagonal() *
                            (Matrix::Identity(index(d), index(d)) + q * change.asDiagonal() * q.transpose()) *
                            scale.asDiagonal();
  const test::DenseGaussian target = test::gaussian_of(covariance.inverse());
  const ViResult r = variational_inference(
      model_of(target), {.family = Family::low_rank, .rank = 3, .ascent = {.arrival = {.tolerance = 1e-18}}});
  const std::vector<double> found = r.q.covariance();
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      EXPECT_NEAR(found[i * d + j], covariance(index(i), index(j)),
                  1e-7 * std::sqrt(covariance(index(i), index(i)) * covariance(index(j), index(j))));
  EXPECT_NEAR(r.objective, test::log_z(target), 1e-8);
}

// ---- an optimum found another way ----

/// Nodes and weights for E over a standard normal (Golub & Welsch).
void gauss_hermite(int n, ColumnVector& nodes, ColumnVector& weights) {
  Matrix jacobi = Matrix::Zero(n, n);
  for (int i = 1; i < n; ++i) jacobi(i, i - 1) = jacobi(i - 1, i) = std::sqrt(i);
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(jacobi);
  nodes = eigen.eigenvalues();
  weights = eigen.eigenvectors().row(0).cwiseAbs2().transpose();
}

/// The ELBO of N(m, L Lᵀ) for the skewed target, θ = (m₀, m₁, log L₀₀, log L₁₁, L₁₀), by quadrature.
double quadrature_elbo(const ColumnVector& theta) {
  static const auto rule = [] {
    std::pair<ColumnVector, ColumnVector> r;
    gauss_hermite(40, r.first, r.second);
    return r;
  }();
  double sum = 0, x[2], g[2];
  for (int i = 0; i < 40; ++i)
    for (int j = 0; j < 40; ++j) {
      x[0] = theta[0] + std::exp(theta[2]) * rule.first[i];
      x[1] = theta[1] + theta[4] * rule.first[i] + std::exp(theta[3]) * rule.first[j];
      sum += rule.second[i] * rule.second[j] * test::Skewed{}.log_density(View<const double>{x, 2}, View<double>{g, 2});
    }
  return sum + theta[2] + theta[3] + 1 + std::log(2 * M_PI);
}

/// Newton with differences, over the first `free` of the parameters.
ColumnVector quadrature_optimum(int free) {
  ColumnVector theta = ColumnVector::Zero(5);
  const double h = 1e-3;
  for (int round = 0; round < 60; ++round) {
    ColumnVector slope(free);
    Matrix curvature(free, free);
    const auto at = [&](int i, double a, int j, double b) {
      ColumnVector t = theta;
      t[i] += a;
      t[j] += b;
      return quadrature_elbo(t);
    };
    for (int i = 0; i < free; ++i) {
      slope[i] = (8 * (at(i, h, i, 0) - at(i, -h, i, 0)) - (at(i, 2 * h, i, 0) - at(i, -2 * h, i, 0))) / (12 * h);
      for (int j = 0; j <= i; ++j)
        curvature(i, j) = curvature(j, i) =
            (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
    }
    ColumnVector step = (-curvature).llt().solve(slope);
    if (!step.allFinite() || slope.dot(step) < 0) step = slope;
    theta.head(free) += step / std::max(1.0, 2 * step.norm());
  }
  return theta;
}

TEST(FixedSampleVi, finds_the_optimum_that_quadrature_finds) {
  const ColumnVector full = quadrature_optimum(5), diagonal = quadrature_optimum(4);
  const std::size_t n = 4096;
  for (const Family family : {Family::mean_field, Family::full_rank}) {
    const ColumnVector& best = family == Family::mean_field ? diagonal : full;
    const ViResult r = variational_inference(model_of(test::Skewed{}), {.family = family, .fixed_draws = n});
    const std::vector<double> c = r.q.covariance();
    const double s0 = std::exp(best[2]), l1 = std::exp(best[3]), l10 = best[4];
    // theory: errors of m and log s are below those of plain draws, s/√N and 1/√2N; 4 of these
    EXPECT_NEAR(r.q.mean()[0], best[0], 4 * s0 / std::sqrt(n));
    EXPECT_NEAR(r.q.mean()[1], best[1], 4 * std::hypot(l1, l10) / std::sqrt(n));
    EXPECT_NEAR(0.5 * std::log(c[0]), best[2], 4 / std::sqrt(2.0 * n));
    EXPECT_NEAR(0.5 * std::log(c[3]), std::log(std::hypot(l1, l10)), 4 / std::sqrt(2.0 * n));
    if (family == Family::full_rank) {
      EXPECT_NEAR(c[1] / std::sqrt(c[0] * c[3]), l10 / std::hypot(l1, l10), 4 / std::sqrt(n));
    }
    ColumnVector found(5);
    found << r.q.mean()[0], r.q.mean()[1], 0.5 * std::log(c[0]), 0.5 * std::log(c[3] - c[1] * c[1] / c[0]),
        c[1] / std::sqrt(c[0]);
    EXPECT_LE(quadrature_elbo(found), quadrature_elbo(best) + 1e-10);
    EXPECT_NEAR(quadrature_elbo(found), quadrature_elbo(best), 16 * 5 * 0.5 / n);
    EXPECT_NEAR(r.elbo.value, quadrature_elbo(best), 4 * r.elbo.se + 16 * 5 * 0.5 / n);
  }
}

TEST(FixedSampleVi, states_the_error_of_few_draws) {
  // 24 draws in 40 dimensions; the truth from 4000. The ratio of error to standard error, over 40 coordinates and 6
  // seeds, is near 1 in root mean square; it is not a sample of independent numbers, so the bracket is wide.
  const Model model = model_of(test::SkewedChain{40, 1});
  const ViResult truth = variational_inference(model, {.fixed_draws = 4000, .respond = false});
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const ViResult r = variational_inference(model, {.fixed_draws = 24, .start = {.paths = 2, .seed = seed}});
    EXPECT_FALSE(r.exact_moments);
    for (std::size_t i = 0; i < 40; ++i)
      squares += std::pow((r.q.mean()[i] - truth.q.mean()[i]) / r.response.sampling_error[i], 2) / 240;
  }
  EXPECT_GT(std::sqrt(squares), 0.75);
  EXPECT_LT(std::sqrt(squares), 1.35);
}

TEST(FixedSampleVi, refuses_covariances_that_the_draws_do_not_hold) {
  const Model model = model_of(test::SkewedChain{20, 1});
  for (const Family family : {Family::full_rank, Family::low_rank}) try {
      variational_inference(model, {.family = family, .fixed_draws = 21});
      FAIL() << "must throw";
    } catch (const std::invalid_argument& e) {
      EXPECT_THAT(e.what(), HasSubstr("fixed_draws must be > 21"));
      EXPECT_THAT(e.what(), HasSubstr("grows without end"));
      EXPECT_THAT(e.what(), HasSubstr("Use 48 draws"));
    }
  EXPECT_EQ(variational_inference(model, {.fixed_draws = 21}).fixed_draws, 21u);
}

TEST(FixedSampleVi, draws_in_its_scales_where_draws_fall_outside_the_support) {
  const ViResult r =
      variational_inference(model_of(test::HalfSpace{3.0}), {.start = {.paths = 2, .starts = {5, 0, 4, 1}}});
  ASSERT_FALSE(r.notes.empty());
  EXPECT_THAT(r.notes[0], HasSubstr("were divided by"));
  EXPECT_TRUE(std::isfinite(r.objective));
}

TEST(Vi, gives_the_same_bits_for_any_number_of_threads_and_any_width) {
  const Model narrow = test::wide_model(test::SkewedChain{9, 0.7}), wide = model_of(test::Tilted{});
  for (const Model& model : {narrow, wide})
    for (const Estimator estimator : {Estimator::fixed_sample, Estimator::stochastic})
      for (const Family family : {Family::mean_field, Family::full_rank}) {
        ViSettings settings{.family = family, .estimator = estimator, .stochastic = {.rounds = 1}, .draws = 20};
        const ViResult a = variational_inference(model, settings);
        settings.threads = 3;
        const ViResult b = variational_inference(model, settings);
        EXPECT_EQ(a.draws.x, b.draws.x);
        EXPECT_EQ(a.q.mean(), b.q.mean());
        EXPECT_EQ(a.elbo.value, b.elbo.value);
      }
}

TEST(Vi, has_a_trace_that_climbs_and_an_observer_that_ends_it) {
  const Model model = model_of(test::SkewedChain{9, 0.7});
  for (const Family family : {Family::mean_field, Family::low_rank, Family::full_rank}) {
    const ViResult r = variational_inference(model, {.family = family});
    ASSERT_GT(r.trace.size(), 2u);
    for (std::size_t i = 0; i < r.trace.size(); ++i) EXPECT_EQ(r.trace[i].iteration, static_cast<std::int64_t>(i));
    for (std::size_t i = 1; i < r.trace.size(); ++i) EXPECT_GE(r.trace[i].elbo.value, r.trace[i - 1].elbo.value - 1e-9);
    EXPECT_EQ(r.trace.back().iteration, r.ascent.iterations);
    EXPECT_NEAR(r.trace.back().elbo.value, r.objective, 1e-9);
    EXPECT_GT(r.trace.front().elbo.se, 0);
    for (const int last : {1, 2, 7}) {
      int seen = 0;
      const ViResult cut =
          variational_inference(model, {.family = family}, [&](const ElboAt&) { return ++seen < last; });
      EXPECT_EQ(seen, last);
      EXPECT_EQ(cut.ascent.ending, Ending::stopped);
    }
  }
}

TEST(Vi, without_a_start_is_an_error) { EXPECT_THROW(variational_inference(model_of(test::Nowhere{})), Error); }

/// 79,409 parameters as the restricted Boltzmann network has them, scaled down here; the whole size under `slow`.
TEST(FixedSampleVi, works_in_thousands_of_dimensions_with_few_draws) {
  const std::size_t d = 8000;
  const ViResult r = variational_inference(
      model_of(test::SkewedChain{static_cast<std::int64_t>(d), 0.5}),
      {.fixed_draws = 16, .start = {.paths = 1}, .response = {.coordinates = {0, 4000}}, .draws = 16});
  EXPECT_NE(r.ascent.ending, Ending::failed);
  EXPECT_GT(r.response.sds[4000], std::sqrt(r.q.variances()[4000]));
  EXPECT_TRUE(std::isnan(r.response.sds[1]));
  EXPECT_GT(r.response.sampling_error[0], 0);
}

}  // namespace
}  // namespace thalweg
