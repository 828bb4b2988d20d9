// The law of parts on real programs with their data: prior and likelihood add up to the log density.
#include "tests/density/split_law.hpp"

#include "tests/posteriors/zip_entry.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::testing {
namespace {

struct SplitCase {
  const char *program, *data;
};
class SplitOfPosteriors : public ::testing::TestWithParam<SplitCase> {};

TEST_P(SplitOfPosteriors, AddsUp) {
  const std::string root = THALWEG_SOURCE_DIR;
  const auto program = stan::compile_program(root + "/tests/posteriors/" + GetParam().program + ".stan");
  const std::string zip = std::string(THALWEG_SHARED_DIR) + "/posteriordb/data/data/" + GetParam().data + ".json.zip";
  const DataMap data = parse_json_data(read_first_zip_entry(zip), GetParam().data);
  laws::expect_parts_add_up(Model::create(*program.table, data, {}, program.keep_alive));
}

std::string name_of_program(const ::testing::TestParamInfo<SplitCase>& info) { return info.param.program; }

INSTANTIATE_TEST_SUITE_P(
    Posteriordb, SplitOfPosteriors,
    ::testing::Values(SplitCase{"arK", "arK"}, SplitCase{"blr", "sblrc"}, SplitCase{"diamonds", "diamonds"},
                      SplitCase{"eight_schools_centered", "eight_schools"},
                      SplitCase{"eight_schools_noncentered", "eight_schools"}, SplitCase{"garch11", "garch"},
                      SplitCase{"gp_regr", "gp_pois_regr"}, SplitCase{"hmm_drive_0", "bball_drive_event_0"},
                      SplitCase{"kidscore_interaction", "kidiq"}, SplitCase{"kidscore_momiq", "kidiq"},
                      SplitCase{"kilpisjarvi", "kilpisjarvi_mod"}, SplitCase{"logearn_interaction", "earnings"},
                      SplitCase{"logmesquite_logvash", "mesquite"}, SplitCase{"low_dim_gauss_mix", "low_dim_gauss_mix"},
                      SplitCase{"nes", "nes1980"}),
    name_of_program);

TEST(SplitOfExamples, AddsUp) {
  const std::string folder = std::string(THALWEG_SOURCE_DIR) + "/examples/stan/";
  const auto program = stan::compile_program(folder + "eight_schools.stan");
  laws::expect_parts_add_up(
      Model::create(*program.table, read_json_data(folder + "eight_schools.data.json"), {}, program.keep_alive));
}

}  // namespace
}  // namespace thalweg::testing
