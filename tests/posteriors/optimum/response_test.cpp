// Linear response gives mean-field's standard deviations back: within 10 % of the reference on regressions.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/posteriors/optimum/reference_model.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg::testing {
namespace {

struct Case {
  const char *program, *data, *reference;
};
std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.program; }

class LinearResponseSds : public ::testing::TestWithParam<Case> {};

TEST_P(LinearResponseSds, are_within_a_tenth_of_the_references) {
  if (!has_references()) GTEST_SKIP() << "no reference posteriors here";
  const Model model = reference_model(GetParam().program, GetParam().data);
  const auto draws = reference_draws(model, GetParam().reference, 10000);
  const ViResult found = variational_inference(model, {.start = {.seed = 1}});
  ASSERT_EQ(std::ssize(found.response.sds), model.dimension()) << found.response.note;
  const std::vector<std::string> names = coordinate_names(model);
  const auto n = static_cast<double>(draws.size());
  for (std::size_t j = 0; j < names.size(); ++j) {
    double mean = 0, squares = 0;
    for (const auto& x : draws) mean += x[j] / n;
    for (const auto& x : draws) squares += (x[j] - mean) * (x[j] - mean) / n;
    EXPECT_NEAR(found.response.sds[j] / std::sqrt(squares), 1, 0.1) << names[j];
  }
}

INSTANTIATE_TEST_SUITE_P(Regressions, LinearResponseSds,
                         ::testing::Values(Case{"kidscore_interaction", "kidiq", "kidiq-kidscore_interaction"},
                                           Case{"kidscore_momiq", "kidiq", "kidiq-kidscore_momiq"},
                                           Case{"logearn_interaction", "earnings", "earnings-logearn_interaction"},
                                           Case{"logmesquite_logvash", "mesquite", "mesquite-logmesquite_logvash"},
                                           Case{"kilpisjarvi", "kilpisjarvi_mod", "kilpisjarvi_mod-kilpisjarvi"},
                                           Case{"nes", "nes1980", "nes1980-nes"}, Case{"blr", "sblrc", "sblrc-blr"}),
                         name_of);

}  // namespace
}  // namespace thalweg::testing
