// The optima of whole programs: as high as an independent solver's, at rest, and not below any reference draw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "tests/posteriors/optimum/reference_model.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg::testing {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// Damped Newton's method with Hessians by differences of the gradient and dense factors: nothing of the library but
/// the gradient at width 1.
class Solver {
 public:
  Solver(const Model& model, Parts parts) : workspace_(model.workspace(1, parts)), d_(model.dimension()) {}

  /// The height that it comes to from x.
  double climb(Vector x) {
    Vector gradient(d_), trial_gradient(d_);
    double log_p = at(x, gradient), damping = 1;
    if (!std::isfinite(log_p)) return -infinity;
    for (int k = 0; k < 400 && damping < 1e20; ++k) {
      Matrix a = -hessian(x);
      a.diagonal().array() += damping * (1e-3 + a.diagonal().array().abs());
      const Eigen::LDLT<Matrix> ldlt(a);
      const Vector step = ldlt.solve(gradient);
      const double promise = gradient.dot(step);
      if (ldlt.info() != Eigen::Success || !(promise > 0) || !ldlt.isPositive()) {
        damping *= 4;
        continue;
      }
      const double trial = at(x + step, trial_gradient);
      if (std::isfinite(trial) && trial_gradient.allFinite() &&
          (trial > log_p || (promise < 1e-9 && trial_gradient.norm() < gradient.norm()))) {
        x += step;
        log_p = trial;
        gradient = trial_gradient;
        damping *= 0.2;
        if (promise < 1e-16) break;
      } else {
        damping = 4 * std::fmax(damping, 1e-12);
      }
    }
    return log_p;
  }
  double at(const Vector& x, Vector& gradient) {
    double log_p = 0;
    workspace_.evaluate(x.data(), gradient.data(), &log_p);
    return log_p;
  }

 private:
  Matrix hessian(const Vector& x) {
    Matrix h(d_, d_);
    Vector up(d_), down(d_);
    for (Eigen::Index j = 0; j < d_; ++j) {
      Vector y = x;
      const double s = 1e-5 * std::fmax(1, std::fabs(x[j]));
      y[j] = x[j] + s;
      at(y, up);
      y[j] = x[j] - s;
      at(y, down);
      h.col(j) = (up - down) / (2 * s);
    }
    return 0.5 * (h + h.transpose());
  }

  Workspace workspace_;
  Eigen::Index d_;
};

struct Case {
  const char *program, *data, *reference;
  EndKind map = EndKind::maximum, mode = EndKind::maximum;  ///< what there is
};

class Optimum : public ::testing::TestWithParam<Case> {};

void check(const Case& c, const Model& model, Objective objective, EndKind expected) {
  SCOPED_TRACE(to_string(objective));
  const OptimizeResult found = optimize(model, {.objective = objective, .seed = 1});
  const End& best = *found.census.best();
  ASSERT_EQ(to_string(best.kind), std::string(to_string(expected))) << best.words;
  if (expected != EndKind::maximum) return;
  EXPECT_LT(best.decrement, 1e-10);
  Solver solver(model, parts_of(objective));
  double highest = -infinity;
  Vector gradient(model.dimension());
  for (std::uint64_t k = 0; k < 4; ++k) {
    Random<double> random(7, Purpose::test, k, 0);
    Vector x(model.dimension());
    for (double& v : x) v = 2 * random.uniform() - 1;
    highest = std::fmax(highest, solver.climb(x));
  }
  for (const auto& x : reference_draws(model, c.reference, 500)) {
    const Vector at = Eigen::Map<const Vector>(x.data(), std::ssize(x));
    EXPECT_GE(best.log_p, solver.at(at, gradient));
  }
  if (const auto draws = reference_draws(model, c.reference, 1); !draws.empty())
    highest = std::fmax(highest, solver.climb(Eigen::Map<const Vector>(draws[0].data(), std::ssize(draws[0]))));
  EXPECT_NEAR(best.log_p, highest, 1e-8);
}

TEST_P(Optimum, is_as_high_as_an_independent_solvers) {
  if (!has_references()) GTEST_SKIP() << "no reference posteriors here";
  if (path_of_program(GetParam().program).empty())
    GTEST_SKIP() << "no program " << GetParam().program << ": THALWEG_POSTERIORDB_MODELS names no folder that has it";
  const Model model = reference_model(GetParam().program, GetParam().data);
  check(GetParam(), model, Objective::map, GetParam().map);
  check(GetParam(), model, Objective::mode, GetParam().mode);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.program; }

INSTANTIATE_TEST_SUITE_P(
    Programs, Optimum,
    ::testing::Values(
        // without the Jacobian the scale of the schools is 0
        Case{"eight_schools_noncentered", "eight_schools", "eight_schools-eight_schools_noncentered", EndKind::maximum,
             EndKind::infinity},
        Case{"eight_schools_centered", "eight_schools", "eight_schools-eight_schools_noncentered", EndKind::unbounded,
             EndKind::unbounded},
        Case{"kidscore_interaction", "kidiq", "kidiq-kidscore_interaction"},
        Case{"kidscore_momiq", "kidiq", "kidiq-kidscore_momiq"},
        Case{"logearn_interaction", "earnings", "earnings-logearn_interaction"},
        Case{"logmesquite_logvash", "mesquite", "mesquite-logmesquite_logvash"}, Case{"nes", "nes1980", "nes1980-nes"},
        Case{"blr", "sblrc", "sblrc-blr"}, Case{"arK", "arK", "arK-arK"}, Case{"garch11", "garch", "garch-garch11"},
        Case{"gp_regr", "gp_pois_regr", "gp_pois_regr-gp_regr"},
        Case{"kilpisjarvi", "kilpisjarvi_mod", "kilpisjarvi_mod-kilpisjarvi"},
        Case{"low_dim_gauss_mix", "low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"},
        Case{"hmm_drive_0", "bball_drive_event_0", "bball_drive_event_0-hmm_drive_0"},
        Case{"earn_height", "earnings", "earnings-earn_height"},
        Case{"logearn_height", "earnings", "earnings-logearn_height"},
        Case{"logearn_height_male", "earnings", "earnings-logearn_height_male"},
        Case{"logearn_logheight_male", "earnings", "earnings-logearn_logheight_male"},
        Case{"kidscore_momhs", "kidiq", "kidiq-kidscore_momhs"},
        Case{"kidscore_momhsiq", "kidiq", "kidiq-kidscore_momhsiq"},
        Case{"kidscore_mom_work", "kidiq_with_mom_work", "kidiq_with_mom_work-kidscore_mom_work"},
        Case{"kidscore_interaction_c", "kidiq_with_mom_work", "kidiq_with_mom_work-kidscore_interaction_c"},
        Case{"mesquite", "mesquite", "mesquite-mesquite"}, Case{"logmesquite", "mesquite", "mesquite-logmesquite"},
        Case{"logmesquite_logvas", "mesquite", "mesquite-logmesquite_logvas"},
        Case{"logmesquite_logva", "mesquite", "mesquite-logmesquite_logva"}, Case{"arma11", "arma", "arma-arma11"}),
    name_of);

}  // namespace
}  // namespace thalweg::testing
