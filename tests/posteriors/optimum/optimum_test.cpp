// Optima and linear response of whole programs, against a solver that shares no code and against reference draws.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "peer_solver.hpp"
#include "tests/posteriors/reference_draws.hpp"
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
  if (best.kind != EndKind::maximum) {
    // no maximum exists: then the second solver must not have one that is as high
    EXPECT_TRUE(best.kind == EndKind::infinity || best.kind == EndKind::unbounded) << to_string(best.kind);
    EXPECT_FALSE(second.converged && second.log_p > best.log_p - 1e-8)
        << to_string(best.kind) << " " << best.words << ": log p " << best.log_p << ", the second solver has a maximum "
        << second.log_p;
    return;
  }
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

class LinearResponseOf : public ::testing::TestWithParam<NamedPosterior> {};

TEST_P(LinearResponseOf, SdsAreTheReferences) {
  if (no_database()) GTEST_SKIP() << "no reference posteriors here";
  const Model model = load_posterior(GetParam(), here, database);
  const MeansAndSds reference = moments(unconstrained_draws(model, GetParam(), database));
  ViSettings settings;
  settings.start.seed = 1;
  const ViResult result = variational_inference(model, settings);
  ASSERT_EQ(result.response.sds.size(), reference.sd.size()) << result.response.note;
  for (std::size_t j = 0; j < reference.sd.size(); ++j)
    EXPECT_NEAR(result.response.sds[j] / reference.sd[j], 1, 0.1) << "coordinate " << j;
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
