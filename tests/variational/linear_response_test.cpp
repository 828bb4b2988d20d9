// Linear response: the answer of the means to a tilt, by the equations, by conjugate gradients and by tilting.
#include "thalweg/variational/linear_response.hpp"

#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/variational/linear_response_solve.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {
namespace {

constexpr std::size_t draws = 200;

ViResult optimum_of(double t0, double t1) {
  return variational_inference(model_of(test::Tilted{t0, t1}), {.fixed_draws = draws, .draws = 2});
}

TEST(LinearResponse, is_how_the_means_move_when_the_target_is_tilted) {
  const double h = 1e-3;
  const ViResult centre = optimum_of(0, 0);
  const ViResult above[2] = {optimum_of(h, 0), optimum_of(0, h)}, below[2] = {optimum_of(-h, 0), optimum_of(0, -h)};
  for (std::size_t t = 0; t < 2; ++t)
    for (std::size_t i = 0; i < 2; ++i) {
      const double moved = (above[t].q.mean()[i] - below[t].q.mean()[i]) / (2 * h);
      EXPECT_NEAR(centre.response.covariance[i * 2 + t], moved, 1e-5);
    }
  EXPECT_GT(centre.response.sds[0], 1.02 * std::sqrt(centre.q.variances()[0]));
}

TEST(LinearResponse, by_differences_and_by_the_models_products_agree) {
  const ViResult a = variational_inference(model_of(test::Skewed{}), {.fixed_draws = draws, .draws = 2}),
                 b = optimum_of(0, 0);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(a.response.covariance[i], b.response.covariance[i], 1e-7);
}

TEST(LinearResponse, by_conjugate_gradients_agrees_with_the_whole_matrix) {
  const Model model = model_of(test::SkewedChain{30, 1});
  Points points(model, whole_density);
  const ViResult r = variational_inference(model, {.fixed_draws = 20, .draws = 2});
  const FixedDraws z = FixedDraws::make(20, 30, 0);
  const LinearResponse some = linear_response(points, r.q, z, {.most_dense = 5, .coordinates = {3, 17}});
  EXPECT_TRUE(some.note.empty()) << some.note;
  for (const std::size_t i : {3, 17}) {
    EXPECT_NEAR(some.sds[i], r.response.sds[i], 1e-6 * some.sds[i]);
    EXPECT_NEAR(some.sampling_error[i], r.response.sampling_error[i], 1e-6 * some.sampling_error[i]);
  }
  EXPECT_TRUE(std::isnan(some.sds[4]));
  EXPECT_FALSE(linear_response(points, r.q, z, {.most_dense = 5}).note.empty());
}

// ---- signs ----

struct WrongAnswer : ResponseRules {
  static constexpr double answer = 1;  // I + V R
};
struct WrongFollow : ResponseRules {
  static constexpr double follow = 1;  // f_mm + f_mω f_ωω⁻¹ f_ωm
};

/// A Gaussian of 3 dimensions whose correlations cannot all have their signs turned at once.
Matrix frustrated() {
  Matrix p(3, 3);
  p << 2, 0.8, 0.7, 0.8, 1.5, 0.6, 0.7, 0.6, 1;
  return p;
}
template <class Rules>
double error_on_a_gaussian() {
  const Matrix p = frustrated(), zero = Matrix::Zero(3, 3);
  const ElboCurvature f{-p, zero, -2 * Matrix::Identity(3, 3)};
  const Matrix found = response_covariance<Rules>(f, p.diagonal().cwiseSqrt().cwiseInverse());
  if (found.size() == 0) return infinity;
  return (found - p.inverse()).cwiseAbs().maxCoeff();
}
/// Against the answer to a tilt, on f(m, ω) of one dimension with f_mω ≠ 0: Σ = −(f_mm − f_mω²/f_ωω)⁻¹.
template <class Rules>
double error_where_scales_follow() {
  Matrix mm(1, 1), mw(1, 1), ww(1, 1);
  mm << -1.3, mw << 0.5, ww << -2;
  const Matrix found = response_covariance<Rules>({mm, mw, ww}, ColumnVector::Constant(1, 0.9));
  if (found.size() == 0) return infinity;
  const Matrix whole = (Matrix(2, 2) << -1.3, 0.5, 0.5, -2).finished();
  return std::abs(found(0, 0) + whole.inverse()(0, 0));
}

TEST(LinearResponse, is_exact_on_gaussians_and_planted_signs_are_not) {
  EXPECT_LT(error_on_a_gaussian<ResponseRules>(), 1e-13);
  EXPECT_GT(error_on_a_gaussian<WrongAnswer>(), 0.05);
  EXPECT_LT(error_where_scales_follow<ResponseRules>(), 1e-13);
  EXPECT_GT(error_where_scales_follow<WrongFollow>(), 0.05);
}

}  // namespace
}  // namespace thalweg
