// Whole runs at default settings against the reference posteriors: every mean and every mean square.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/posteriors/zip_entry.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg::testing {
namespace {

/// About 230 numbers are compared. With normal errors, 4.5 standard errors are exceeded by chance once in 650 runs of
/// all; seeds are fixed, so a failure repeats.
constexpr double widest = 4.5;

struct Case {
  const char* program;
  const char* data;
  const char* reference;
  double target_acceptance = 0.8;
  std::int64_t draws = 4000;
  bool slow_energy = false;  ///< a funnel: the verdict may fail for its E-BFMI, and for nothing else
};

struct Estimate {
  double value, error;
};

std::map<std::string, Estimate> read_reference(const std::string& kind, const std::string& name) {
  const std::string path = std::string(THALWEG_SHARED_DIR) + "/posteriordb/reference_posteriors/summary_statistics/" +
                           kind + "/" + kind + "/" + name + ".json";
  std::ifstream in(path);
  const auto json = nlohmann::json::parse(in);
  std::map<std::string, Estimate> all;
  for (std::size_t i = 0; i < json["names"].size(); ++i) all[json["names"][i]] = {json[kind][i], json["mcse_mean"][i]};
  return all;
}

Model load(const Case& c) {
  const auto program =
      stan::compile_program(std::string(THALWEG_SOURCE_DIR) + "/tests/posteriors/" + c.program + ".stan");
  const std::string zip = std::string(THALWEG_SHARED_DIR) + "/posteriordb/data/data/" + c.data + ".json.zip";
  const DataMap data = parse_json_data(read_first_zip_entry(zip), c.data);
  return Model::create(*program.table, data, {}, program.keep_alive);
}
Draws run(const Case& c) {
  return sample(load(c), {.draws = c.draws, .seed = 20261124, .target_acceptance = c.target_acceptance},
                {.threads = 2});
}

/// The mean of f over all draws of a column, with its Monte-Carlo error.
template <class F>
Estimate estimate(const Draws& draws, std::int64_t column, F f) {
  std::vector<double> values;
  for (std::int64_t chain = 0; chain < draws.settings().chains; ++chain)
    for (const double x : draws.values(chain, column)) values.push_back(f(x));
  Diagnostics d;
  d.assign({values, draws.settings().chains});
  return {d.mean(), d.mcse_mean()};
}

double expect_near(const Estimate& ours, const Estimate& reference, const std::string& what) {
  const double z = (ours.value - reference.value) / std::hypot(ours.error, reference.error);
  EXPECT_LT(std::abs(z), widest) << what << ": " << ours.value << " ± " << ours.error << ", reference "
                                 << reference.value << " ± " << reference.error;
  return std::abs(z);
}

/// Returns the largest |z|.
double compare_moments(const Draws& draws, const std::string& reference) {
  const auto means = read_reference("mean_value", reference), squares = read_reference("mean_squared_value", reference);
  std::size_t compared = 0;
  double largest = 0;
  for (const ColumnGroup& group : draws.columns()) {
    if (group.kind == ColumnKind::statistic) continue;
    for (std::int64_t k = 0; k < group.size; ++k) {
      const std::string name = element_names(group)[static_cast<std::size_t>(k)];
      if (!means.contains(name)) continue;
      ++compared;
      largest = std::max(largest, expect_near(estimate(draws, group.first + k, [](double x) { return x; }),
                                              means.at(name), "mean of " + name));
      largest = std::max(largest, expect_near(estimate(draws, group.first + k, [](double x) { return x * x; }),
                                              squares.at(name), "mean square of " + name));
    }
  }
  EXPECT_EQ(compared, means.size()) << "quantities of the reference that the program does not have";
  return largest;
}

class Reference : public ::testing::TestWithParam<Case> {};

TEST_P(Reference, MomentsAgreeAndTheVerdictTrusts) {
  if (!std::filesystem::exists(THALWEG_SHARED_DIR "/posteriordb")) GTEST_SKIP() << "no reference posteriors here";
  const Draws draws = run(GetParam());
  compare_moments(draws, GetParam().reference);
  const Verdict verdict = judge(summarise(draws));
  EXPECT_TRUE(verdict.trusted || GetParam().slow_energy) << render(verdict);
  for (const Finding& finding : verdict.findings) {
    if (finding.weight != Finding::Weight::failure) continue;
    EXPECT_TRUE(GetParam().slow_energy && finding.text.starts_with("E-BFMI")) << finding.text;
  }
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.program; }

const Case programs[] = {
    Case{"eight_schools_noncentered", "eight_schools", "eight_schools-eight_schools_noncentered", 0.95},
    Case{"kidscore_interaction", "kidiq", "kidiq-kidscore_interaction"},
    Case{"kidscore_momiq", "kidiq", "kidiq-kidscore_momiq"},
    Case{"logearn_interaction", "earnings", "earnings-logearn_interaction"},
    Case{"logmesquite_logvash", "mesquite", "mesquite-logmesquite_logvash"},
    Case{"nes", "nes1980", "nes1980-nes"},
    Case{"blr", "sblrc", "sblrc-blr"},
    Case{"arK", "arK", "arK-arK"},
    Case{"garch11", "garch", "garch-garch11"},
    Case{"gp_regr", "gp_pois_regr", "gp_pois_regr-gp_regr"},
    Case{"kilpisjarvi", "kilpisjarvi_mod", "kilpisjarvi_mod-kilpisjarvi"},
    Case{"low_dim_gauss_mix", "low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"},
    Case{"hmm_drive_0", "bball_drive_event_0", "bball_drive_event_0-hmm_drive_0"}};
INSTANTIATE_TEST_SUITE_P(Programs, Reference, ::testing::ValuesIn(programs), name_of);
INSTANTIATE_TEST_SUITE_P(Slow, Reference,
                         ::testing::Values(Case{"diamonds", "diamonds", "diamonds-diamonds", 0.8, 8000},
                                           Case{"eight_schools_centered", "eight_schools",
                                                "eight_schools-eight_schools_noncentered", 0.99, 40000, true}),
                         name_of);

/// N(m, 4 S), m and S by Laplace, for a method that walks from a reference and has no proper prior to begin at: what
/// `thalweg sample --reference laplace` takes.
void begin_at_laplace(Model model, SampleSettings& s) {
  model.add_hessian_differences("compiled without second derivatives");
  const OptimizeResult peaks = optimize(model, {.starts = 16, .seed = s.seed, .threads = 2});
  ASSERT_NE(peaks.census.best(), nullptr);
  Points points(model, whole_density, 2);
  const MultivariateNormal q = laplace(points, peaks.census.best()->x, {.draws = 1}).q;
  s.special.reference = thalweg::Reference::laplace;
  s.starts = {q.mean()};
  s.initial_metric = q.covariance();
  for (double& v : s.initial_metric) v *= 4;
}

/// Where a run of this length is not to be trusted, which it has to say itself: on kilpisjarvi level and slope are
/// correlated beyond 0.999, and folds of meads have no dense metric; on hmm_drive_0 chains that start near a second
/// mode, some 60 nats below the first, stay there unless trajectories are long or lost particles are given other
/// places.
bool is_out_of_reach(const std::string& program, Method method) {
  if (program == "kilpisjarvi") return method == Method::meads;
  if (program == "hmm_drive_0") return method == Method::mala || method == Method::chees || method == Method::meads;
  return false;
}

/// The other exact methods: about 20 times as many numbers, of which one exceeds 4.5 standard errors by chance in 30
/// runs of all. Their verdicts may ask for more draws.
class ReferenceOfMethod : public ::testing::TestWithParam<std::tuple<Case, Method>> {};
TEST_P(ReferenceOfMethod, MomentsAgree) {
  if (!std::filesystem::exists(THALWEG_SHARED_DIR "/posteriordb")) GTEST_SKIP() << "no reference posteriors here";
  const auto& [c, method] = GetParam();
  const MethodTraits& traits = traits_of(method);
  const Model model = load(c);
  const std::int64_t chains = std::max<std::int64_t>(traits.chains, 64);
  SampleSettings settings{.chains = chains,
                          .draws = std::max<std::int64_t>(8192, 16 * chains),
                          .thin = traits.thin,
                          .seed = 20261125,
                          .method = method};
  if (walks_path(method) && !reason_against_prior(model).empty()) begin_at_laplace(model, settings);
  if (method == Method::tempering && std::string(c.program) == "hmm_drive_0")  // its prior is a long way off
    settings.special.reference = thalweg::Reference::gaussian;
  const Draws draws = sample(model, settings, {.threads = 2});
  if (is_out_of_reach(c.program, method)) {
    EXPECT_FALSE(judge(summarise(draws)).trusted);
    return;
  }
  RecordProperty("largest_z", fmt::format("{:.2f}", compare_moments(draws, c.reference)));
  if (HasFailure()) std::cout << render(judge(summarise(draws)));
}
INSTANTIATE_TEST_SUITE_P(SlowMethods, ReferenceOfMethod,
                         ::testing::Combine(::testing::ValuesIn(programs),
                                            ::testing::Values(Method::walnuts, Method::hmc, Method::ghmc, Method::mala,
                                                              Method::mams, Method::laps, Method::chees, Method::meads,
                                                              Method::tempering, Method::smc)),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param).program) + "_" + to_string(std::get<1>(one.param));
                         });

/// The funnel of the centred form: a default run must say that it can't be trusted.
TEST(CentredEightSchools, IsNotTrustedAtDefaultSettings) {
  if (!std::filesystem::exists(THALWEG_SHARED_DIR "/posteriordb")) GTEST_SKIP() << "no data here";
  const Draws draws = run({"eight_schools_centered", "eight_schools", ""});
  EXPECT_FALSE(judge(summarise(draws)).trusted);
}

}  // namespace
}  // namespace thalweg::testing
