// Optima and linear response of whole programs, against a solver that shares no code and against reference draws.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <set>
#include <tuple>

#include "peer_solver.hpp"
#include "tests/posteriors/reference_draws.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg::testing {
namespace {

const std::string database = THALWEG_SHARED_DIR "/posteriordb";
const std::string here = THALWEG_SOURCE_DIR "/tests/posteriors";
bool no_database() { return !std::filesystem::exists(database + "/reference_posteriors"); }

/// The folder of posteriordb's programs, or empty.
std::string models_elsewhere() {
  const char* folder = std::getenv("THALWEG_POSTERIORDB_MODELS");
  return folder ? folder : "";
}

/// The highest that the second solver finds from the mean of the draws, from the best and from some others.
PeerOptimum highest(PeerSolver& peer, const std::vector<std::vector<double>>& draws, const std::vector<double>& mean,
                    const std::vector<double>& best_draw) {
  std::vector<std::vector<double>> starts{mean, best_draw};
  for (std::size_t k = 1; k <= 4; ++k) starts.push_back(draws[k * (draws.size() - 1) / 4]);
  PeerOptimum result{.x = {}, .log_p = -std::numeric_limits<double>::infinity()};
  for (const auto& start : starts) {
    PeerOptimum one = peer.climb(start);
    if (one.converged && one.log_p > result.log_p) result = std::move(one);
  }
  return result;
}

/// A scale's mode is 0: with its standardised effects at 0 nothing pulls tau away from there but its prior, which is
/// highest at 0.
bool lies_at_infinity(const NamedPosterior& posterior, Objective objective) {
  return posterior.program == "eight_schools_noncentered" && objective == Objective::mode;
}

/// The supremum of that mode in closed form, at tau = 0: no effects, and mu the weighted mean of the schools and its
/// prior N(0, 5²).
std::vector<double> limit_of_noncentred_schools(const Model& model, double log_tau) {
  const double y[] = {28, 8, -3, 7, -1, 1, 18, 12}, sigma[] = {15, 10, 16, 11, 9, 11, 10, 18};
  double weighted = 0, weights = 1.0 / 25;
  for (int j = 0; j < 8; ++j) weighted += y[j] / (sigma[j] * sigma[j]), weights += 1 / (sigma[j] * sigma[j]);
  std::vector<double> x;
  for (const std::string& name : coordinate_names(model))
    x.push_back(name == "mu" ? weighted / weights : name == "tau" ? log_tau : 0.0);
  return x;
}

/// log p rises towards the limit without end, comes above both solvers' ends, and the census has come near it.
void expect_limit(PeerSolver& peer, const Model& model, const End& best, const PeerOptimum& second) {
  EXPECT_EQ(best.kind, EndKind::infinity) << best.words;
  for (double log_tau = -14; log_tau < 0; ++log_tau)
    EXPECT_GT(peer.log_density(limit_of_noncentred_schools(model, log_tau - 1)),
              peer.log_density(limit_of_noncentred_schools(model, log_tau)));
  const double supremum = peer.log_density(limit_of_noncentred_schools(model, -100));
  EXPECT_LT(best.log_p, supremum + 1e-13);
  EXPECT_LT(second.log_p, supremum + 1e-13);
  EXPECT_NEAR(best.log_p, supremum, 1e-6);
}

void compare_optimum(const NamedPosterior& posterior, const std::string& programs, Objective objective) {
  const Model model = load_posterior(posterior, programs, database);
  const auto draws = unconstrained_draws(model, posterior, database);
  const MeansAndSds reference = moments(draws);
  PeerSolver peer(model, parts_of(objective), reference.sd);
  std::size_t best_draw = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < draws.size(); ++i)
    if (const double log_p = peer.log_density(draws[i]); log_p > most) most = log_p, best_draw = i;

  const OptimizeResult result = optimize(model, {.objective = objective, .seed = 1});
  ASSERT_NE(result.census.best(), nullptr);
  const End& best = *result.census.best();
  const PeerOptimum second = highest(peer, draws, reference.mean, draws[best_draw]);
  ::testing::Test::RecordProperty("kind", to_string(best.kind));
  EXPECT_GE(best.log_p, most) << "a reference draw is higher than " << to_string(best.kind);
  EXPECT_EQ(best.kind == EndKind::maximum, !lies_at_infinity(posterior, objective)) << to_string(best.kind);
  if (best.kind != EndKind::maximum) return expect_limit(peer, model, best, second);
  ASSERT_TRUE(second.converged) << "log p " << best.log_p << ", second solver " << second.log_p;
  EXPECT_NEAR(best.log_p, second.log_p, 1e-8);
  EXPECT_LT(best.decrement, 1e-10);
  EXPECT_LT(peer.decrement(best.x), 1e-10);
}

EndKind kind_of_best(const NamedPosterior& posterior, Objective objective) {
  const Model model = load_posterior(posterior, here, database);
  return optimize(model, {.objective = objective, .seed = 1}).census.best()->kind;
}

using OptimumCase = std::tuple<NamedPosterior, Objective>;
class Optimum : public ::testing::TestWithParam<OptimumCase> {};

TEST_P(Optimum, IsThatOfASecondSolver) {
  if (no_database()) GTEST_SKIP() << "no reference posteriors here";
  const auto& [posterior, objective] = GetParam();
  compare_optimum(posterior, here, objective);
}

class OptimumElsewhere : public ::testing::TestWithParam<OptimumCase> {};

TEST_P(OptimumElsewhere, IsThatOfASecondSolver) {
  if (no_database()) GTEST_SKIP() << "no reference posteriors here";
  if (models_elsewhere().empty()) GTEST_SKIP() << "THALWEG_POSTERIORDB_MODELS names no folder of programs";
  const auto& [posterior, objective] = GetParam();
  compare_optimum(posterior, models_elsewhere(), objective);
}

std::string name_of(const ::testing::TestParamInfo<OptimumCase>& info) {
  const auto& [posterior, objective] = info.param;
  return posterior.program + "_" + to_string(objective);
}
const auto both = ::testing::Values(Objective::map, Objective::mode);
INSTANTIATE_TEST_SUITE_P(Programs, Optimum, ::testing::Combine(::testing::ValuesIn(posteriors_here()), both), name_of);
INSTANTIATE_TEST_SUITE_P(Slow, OptimumElsewhere, ::testing::Combine(::testing::ValuesIn(posteriors_elsewhere()), both),
                         name_of);

TEST(CentredEightSchools, HasNeitherMapNorMode) {
  if (no_database()) GTEST_SKIP() << "no data here";
  const NamedPosterior centred{"eight_schools_centered", "eight_schools", ""};
  EXPECT_EQ(kind_of_best(centred, Objective::map), EndKind::unbounded);
  EXPECT_EQ(kind_of_best(centred, Objective::mode), EndKind::unbounded);
}

/// The comparison has the power to see a Jacobian that is dropped in `map` or added in `mode`.
TEST(PlantedJacobian, IsSeen) {
  if (no_database()) GTEST_SKIP() << "no reference posteriors here";
  const NamedPosterior posterior{"kidscore_momiq", "kidiq", "kidiq-kidscore_momiq"};
  const Model model = load_posterior(posterior, here, database);
  const MeansAndSds reference = moments(unconstrained_draws(model, posterior, database));
  for (const auto& [mine, theirs] : {std::pair{Objective::map, Objective::mode}, {Objective::mode, Objective::map}}) {
    PeerSolver peer(model, parts_of(theirs), reference.sd);
    const std::vector<double> x = optimize(model, {.objective = mine, .seed = 1}).census.best()->x;
    EXPECT_GT(peer.climb(reference.mean).log_p - peer.log_density(x), 1e-5);
    EXPECT_GT(peer.decrement(x), 1e-5);
  }
}

class LinearResponseOf : public ::testing::TestWithParam<NamedPosterior> {};

TEST_P(LinearResponseOf, SdsAreTheReferences) {
  if (no_database()) GTEST_SKIP() << "no reference posteriors here";
  const Model model = load_posterior(GetParam(), here, database);
  const MeansAndSds reference = moments(unconstrained_draws(model, GetParam(), database));
  ViSettings settings;
  settings.start.seed = 1;
  const ViResult result = variational_inference(model, settings);
  ASSERT_EQ(result.response.sds.size(), reference.sd.size()) << result.response.note;
  double uncorrected = 0;  // the largest error without the response: the bracket has to see it
  for (std::size_t j = 0; j < reference.sd.size(); ++j) {
    EXPECT_NEAR(result.response.sds[j] / reference.sd[j], 1, 0.1) << "coordinate " << j;
    uncorrected = std::max(uncorrected, std::abs(result.q.scale()[j] / reference.sd[j] - 1));
  }
  EXPECT_GT(uncorrected, 0.1);
}

/// Those whose likelihood is a linear regression.
std::vector<NamedPosterior> regressions() {
  const std::set<std::string> names{"kidscore_interaction",
                                    "kidscore_momiq",
                                    "logearn_interaction",
                                    "logmesquite_logvash",
                                    "kilpisjarvi",
                                    "nes",
                                    "blr",
                                    "diamonds"};
  auto all = posteriors_here();
  std::erase_if(all, [&](const NamedPosterior& p) { return !names.contains(p.program); });
  return all;
}
INSTANTIATE_TEST_SUITE_P(Regressions, LinearResponseOf, ::testing::ValuesIn(regressions()),
                         [](const auto& one) { return one.param.program; });

}  // namespace
}  // namespace thalweg::testing
