#include "thalweg/io/export.hpp"

#include <gmock/gmock.h>
#include <netcdf.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>

#include "support.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/io/sha256.hpp"
#include "thalweg/io/zip.hpp"

namespace thalweg::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Three chains with 20 draws and 6 of warm-up, in blocks of various lengths; read_exports.py knows the numbers.
RunFile example_run(const std::string& path) {
  const RunHeader header = small_header(3);
  const DataMap data =
      parse_json_data(R"({"N": 2, "y": [1.5, -2.5], "X": [[1,2],[3,4],[5,6]], "none": []})", "small.json");
  RunFile run = RunFile::create(path, header, data);
  for (std::int64_t chain = 0; chain < 3; ++chain) {
    run.commit(
        {expected_block(header, Phase::warmup, chain, 0, 6), expected_block(header, Phase::sampling, chain, 0, 7)}, {},
        checkpoint_of(1));
    run.commit(
        {expected_block(header, Phase::sampling, chain, 7, 1), expected_block(header, Phase::sampling, chain, 8, 12)},
        {}, checkpoint_of(2, true));
  }
  run.write_adaptation({{-1, 0.25, {1.5, 2.5, 3.5}}, {2, 0.5, {1, 2, 3}}});
  return run;
}

const ExportOptions options{
    .version = "0.1.0", .created_at = "2025-01-02T03:04:05", .warmup_seconds = 1.5, .sampling_seconds = 2.25};

struct Exports : testing::Test {
  Folder folder;
  RunFile run = example_run(folder / "x.run");
  void write_all() {
    export_netcdf(run, folder / "x.nc", options);
    export_stan_csv(run, folder / "csv", options);
    export_npz(run, folder / "x.npz", options);
    export_csv(run, folder / "x.csv", options);
  }
  /// Skips without Python or the tool; $THALWEG_PYTHON names another Python.
  void read_with(const char* tool) {
    const char* python = std::getenv("THALWEG_PYTHON");
    const std::string command =
        fmt::format("{} {}/tests/io/read_exports.py {} {} > {} 2>&1", python ? python : "python3", THALWEG_SOURCE_DIR,
                    tool, folder / ".", folder / "said.txt");
    const int status = std::system(command.c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 77 || code == 127) GTEST_SKIP() << "not installed: " << file_text(folder / "said.txt");
    EXPECT_EQ(code, 0) << file_text(folder / "said.txt");
  }
};

TEST_F(Exports, AreReadByNumpy) {
  write_all();
  read_with("numpy");
}
TEST_F(Exports, AreReadByArviz) {
  write_all();
  read_with("arviz");
}
TEST_F(Exports, AreReadByCmdstanpy) {
  write_all();
  read_with("cmdstanpy");
}
TEST_F(Exports, AreReadByPythonsCsv) {
  write_all();
  read_with("csv");
}

TEST_F(Exports, ToNetcdfHaveArvizGroupsNamesAndTypes) {
  export_netcdf(run, folder / "x.nc", options);
  int file = 0;
  ASSERT_EQ(nc_open((folder / "x.nc").c_str(), NC_NOWRITE, &file), NC_NOERR);
  const auto group = [&](const char* name) {
    int id = -1;
    EXPECT_EQ(nc_inq_grp_ncid(file, name, &id), NC_NOERR) << name;
    return id;
  };
  const auto variable = [&](int in, const char* name, int type, const std::vector<std::string>& dimensions) {
    int id = -1, rank = 0, found_type = 0;
    EXPECT_EQ(nc_inq_varid(in, name, &id), NC_NOERR) << name;
    EXPECT_EQ(nc_inq_vartype(in, id, &found_type), NC_NOERR);
    EXPECT_EQ(found_type, type) << name;
    EXPECT_EQ(nc_inq_varndims(in, id, &rank), NC_NOERR);
    std::vector<int> ids(static_cast<std::size_t>(rank));
    nc_inq_vardimid(in, id, ids.data());
    std::vector<std::string> names;
    for (const int d : ids) {
      char text[NC_MAX_NAME + 1];
      nc_inq_dimname(in, d, text);
      names.push_back(text);
    }
    EXPECT_EQ(names, dimensions) << name;
    return id;
  };
  const int posterior = group("posterior"), statistics = group("sample_stats"), warmup = group("warmup_posterior");
  variable(posterior, "mu", NC_DOUBLE, {"chain", "draw"});
  variable(posterior, "z", NC_INT64, {"chain", "draw", "z_dim_0"});
  variable(posterior, "theta_dim_1", NC_INT64, {"theta_dim_1"});
  const int theta = variable(posterior, "theta", NC_DOUBLE, {"chain", "draw", "theta_dim_0", "theta_dim_1"});
  const int early = variable(warmup, "theta", NC_DOUBLE, {"chain", "draw", "theta_dim_0", "theta_dim_1"});
  variable(statistics, "tree_depth", NC_INT64, {"chain", "draw"});
  variable(statistics, "energy", NC_DOUBLE, {"chain", "draw"});
  const int diverging = variable(statistics, "diverging", NC_BYTE, {"chain", "draw"});
  char type[5] = {};
  EXPECT_EQ(nc_get_att_text(statistics, diverging, "dtype", type), NC_NOERR);
  EXPECT_STREQ(type, "bool");
  variable(group("log_likelihood"), "log_lik", NC_DOUBLE, {"chain", "draw", "log_lik_dim_0"});
  variable(group("posterior_predictive"), "y_rep", NC_DOUBLE, {"chain", "draw", "y_rep_dim_0"});
  variable(group("observed_data"), "y", NC_DOUBLE, {"y_dim_0"});
  variable(group("constant_data"), "X", NC_INT64, {"X_dim_0", "X_dim_1"});
  std::vector<double> values(3 * 20 * 6), first(3 * 6 * 6);
  ASSERT_EQ(nc_get_var_double(posterior, theta, values.data()), NC_NOERR);
  ASSERT_EQ(nc_get_var_double(warmup, early, first.data()), NC_NOERR);
  nc_close(file);
  for (std::int64_t chain = 0, i = 0, j = 0; chain < 3; ++chain)
    for (std::int64_t draw = 0; draw < 20; ++draw)
      for (std::int64_t c = 0; c < 6; ++c, ++i) {
        EXPECT_EQ(values[static_cast<std::size_t>(i)],
                  expected_value(run.header(), Phase::sampling, chain, draw, 8 + c));
        if (draw < 6) {
          EXPECT_EQ(first[static_cast<std::size_t>(j++)],
                    expected_value(run.header(), Phase::warmup, chain, draw, 8 + c));
        }
      }
}

TEST_F(Exports, ToStanCsvLookLikeCmdstans) {
  const ExportReport report = export_stan_csv(run, folder / "csv", options);
  EXPECT_THAT(report.files,
              ElementsAre(folder / "csv/small_1.csv", folder / "csv/small_2.csv", folder / "csv/small_3.csv"));
  const std::string text = file_text(folder / "csv/small_3.csv");
  EXPECT_THAT(text, HasSubstr("# stan_version_major = 2\n"));
  EXPECT_THAT(text, HasSubstr("# method = sample (Default)\n#   sample\n#     num_samples = 20\n#     num_warmup = 6\n"
                              "#     save_warmup = true\n#     thin = 1\n"));
  EXPECT_THAT(text, HasSubstr("\n# id = 3\n"));
  EXPECT_THAT(text,
              HasSubstr("\nlp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,mu,theta.1.1,"
                        "theta.2.1,theta.1.2,theta.2.2,theta.1.3,theta.2.3,z.1,z.2,y_rep.1,y_rep.2,log_lik.1,"
                        "log_lik.2\n"));
  EXPECT_THAT(text,
              HasSubstr("\n# Adaptation terminated\n# Step size = 0.5\n# Diagonal elements of inverse mass matrix:\n"
                        "# 1, 2, 3\n"));
  EXPECT_THAT(text, HasSubstr("\n# \n#  Elapsed Time: 1.500 seconds (Warm-up)\n"));
}

TEST_F(Exports, RefuseAnExistingTargetUnlessToldToOverwriteIt) {
  write_all();
  const std::string npz = file_text(folder / "x.npz");
  const auto refused = HasSubstr("exists already");
  EXPECT_THAT(error_of([&] { export_netcdf(run, folder / "x.nc", options); }), refused);
  EXPECT_THAT(error_of([&] { export_stan_csv(run, folder / "csv", options); }), refused);
  EXPECT_THAT(error_of([&] { export_stan_csv(run, folder / "x.csv", options); }), refused);
  EXPECT_THAT(error_of([&] { export_npz(run, folder / "x.npz", options); }), refused);
  EXPECT_THAT(error_of([&] { export_csv(run, folder / "x.csv", options); }), refused);
  ExportOptions again = options;
  again.overwrite = true;
  export_netcdf(run, folder / "x.nc", again);
  export_stan_csv(run, folder / "csv", again);
  export_npz(run, folder / "x.npz", again);
  export_csv(run, folder / "x.csv", again);
  EXPECT_EQ(file_text(folder / "x.npz"), npz) << "the same run gives the same bytes";
  EXPECT_THAT(folder.names(), ElementsAre("csv", "x.csv", "x.nc", "x.npz", "x.run"));
}

TEST_F(Exports, LeaveNothingWhenTheDiskIsFull) {
  Child writer([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int failures = 0;
    const auto expect_refusal = [&](const std::string& path, const std::string& message) {
      if (!testing::Matches(AllOf(HasSubstr(path), HasSubstr("cannot be written")))(message)) {
        std::fprintf(stderr, "%s: %s\n", path.c_str(), message.c_str());
        ++failures;
      }
    };
    expect_refusal("x.nc", error_of([&] { export_netcdf(run, folder / "x.nc", options); }));
    expect_refusal("csv/small_1.csv", error_of([&] { export_stan_csv(run, folder / "csv", options); }));
    expect_refusal("x.npz", error_of([&] { export_npz(run, folder / "x.npz", options); }));
    expect_refusal("x.csv", error_of([&] { export_csv(run, folder / "x.csv", options); }));
    return failures;
  });
  EXPECT_EQ(writer.exit_code(), 0);
  EXPECT_THAT(folder.names(), ElementsAre("x.run"));
}

TEST_F(Exports, LeaveNothingWhenInterrupted) {
  ExportOptions stopping = options;
  int left = 3;
  stopping.keep_going = [&] { return --left > 0; };
  for (const char* target : {"i.nc", "i.npz", "i.csv", "i/"}) {
    left = 3;
    EXPECT_THAT(error_of([&] { export_run(run, folder / target, export_format_for(target), stopping); }),
                HasSubstr("interrupted; nothing was written"));
  }
  EXPECT_THAT(folder.names(), ElementsAre("x.run"));
}

TEST_F(Exports, StayInTheirFolderWhateverTheProgramIsCalled) {
  RunHeader header = small_header(1);
  header.program_name = folder / "elsewhere/mine.stan";
  RunFile other = RunFile::create(folder / "other.run", header);
  other.commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, checkpoint_of(1));
  EXPECT_THAT(export_stan_csv(other, folder / "csv", options).files, ElementsAre(folder / "csv/mine_1.csv"));
  EXPECT_THAT(file_text(folder / "csv/mine_1.csv"), HasSubstr("# model = mine\n"));
}

TEST(Export, OfAnUnfinishedRunTakesTheCommonDraws) {
  const Folder folder;
  const RunHeader header = small_header(2);
  RunFile run = RunFile::create(folder / "x.run", header);
  run.commit({expected_block(header, Phase::sampling, 0, 0, 5)}, {}, checkpoint_of(1));
  EXPECT_THAT(error_of([&] { export_csv(run, folder / "x.csv", options); }),
              AllOf(HasSubstr("x.run"), HasSubstr("no draws"), HasSubstr("thalweg resume")));
  run.commit({expected_block(header, Phase::sampling, 1, 0, 3)}, {}, checkpoint_of(2));
  const ExportReport report = export_csv(run, folder / "x.csv", options);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0], HasSubstr("3 to 5"));
  const std::string text = file_text(folder / "x.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 2 * 3);
}

TEST(Export, KeepsNamesThatClashAndShapesWithoutElements) {
  const Folder folder;
  RunHeader header;
  header.program_name = "odd";
  header.chains = 1;
  header.columns = {{"lp", "real", ColumnKind::statistic, {}, false, 0, 1},
                    {"draw", "real", ColumnKind::parameter, {}, false, 1, 1},
                    {"nothing", "matrix", ColumnKind::parameter, {3, 0}, false, 2, 0}};
  RunFile run = RunFile::create(folder / "x.run", header);
  run.commit({{Phase::sampling, 0, 0, 2, {1, 2, std::nan(""), std::numeric_limits<double>::infinity()}}}, {},
             checkpoint_of(1));
  export_netcdf(run, folder / "x.nc", options);
  export_npz(run, folder / "x.npz", options);
  export_stan_csv(run, folder / "csv", options);
  export_csv(run, folder / "x.csv", options);
  EXPECT_EQ(file_text(folder / "x.csv"), "chain,draw,lp__,draw\n1,1,1,nan\n1,2,2,inf\n");
  EXPECT_THAT(file_text(folder / "csv/odd_1.csv"), HasSubstr("\nlp__,draw\n"));
  int file = 0, posterior = 0, id = 0;
  ASSERT_EQ(nc_open((folder / "x.nc").c_str(), NC_NOWRITE, &file), NC_NOERR);
  ASSERT_EQ(nc_inq_grp_ncid(file, "posterior", &posterior), NC_NOERR);
  EXPECT_EQ(nc_inq_varid(posterior, "draw_", &id), NC_NOERR);
  EXPECT_EQ(nc_inq_varid(posterior, "nothing", &id), NC_NOERR);
  nc_close(file);
}

TEST_F(Exports, GoByTheEndingOfTheTarget) {
  EXPECT_EQ(export_format_for("a/b.nc"), ExportFormat::netcdf);
  EXPECT_EQ(export_format_for("b.npz"), ExportFormat::npz);
  EXPECT_EQ(export_format_for("b.csv"), ExportFormat::csv);
  EXPECT_EQ(export_format_for("none/"), ExportFormat::stan_csv);
  EXPECT_EQ(export_format_for(folder / "."), ExportFormat::stan_csv);
  EXPECT_THAT(error_of([&] { export_format_for("b.txt"); }), AllOf(HasSubstr("b.txt"), HasSubstr("FILE.nc")));
  EXPECT_EQ(export_format_named("stan-csv"), ExportFormat::stan_csv);
  EXPECT_THAT(error_of([&] { export_format_named("xls"); }), HasSubstr("xls"));
  for (const ExportFormat format : {ExportFormat::netcdf, ExportFormat::npz, ExportFormat::csv, ExportFormat::stan_csv})
    export_run(run, folder / fmt::format("y{}", static_cast<int>(format)), format, options);
  EXPECT_THAT(file_text(folder / "y0"), HasSubstr("HDF"));
  EXPECT_THAT(file_text(folder / "y1/small_1.csv"), HasSubstr("lp__,"));
  EXPECT_THAT(file_text(folder / "y2"), testing::StartsWith("PK"));
  EXPECT_THAT(file_text(folder / "y3"), testing::StartsWith("chain,draw,"));
}

TEST(Zip, HasTheKnownCrcsAndSha256TheKnownDigests) {
  EXPECT_EQ(crc32(0, "123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32(crc32(0, "1234"), "56789"), 0xCBF43926u);
  EXPECT_EQ(crc32(0, ""), 0u);
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Entries of four gibibytes take too long for a test: the limits at which the zip64 form begins are lowered.
TEST(Zip, SixtyFourReadsBack) {
  const Folder folder;
  OutputFile file(folder / "x.zip", false);
  ZipWriter zip(file, {.bytes = 100, .entries = 2});
  zip.begin("small.txt", 5);
  zip.write("hello");
  zip.begin("large.txt", 300);
  zip.write(std::string(300, 'b'));
  zip.begin("far.txt", 3);
  zip.write("far");
  zip.finish();
  file.commit();
  const std::string script =
      "import sys, zipfile\n"
      "z = zipfile.ZipFile(sys.argv[1])\n"
      "assert z.testzip() is None\n"
      "assert z.namelist() == ['small.txt', 'large.txt', 'far.txt']\n"
      "assert z.read('small.txt') == b'hello' and z.read('large.txt') == b'b' * 300 and z.read('far.txt') == b'far'\n";
  write_file(folder / "read.py", script);
  const int status = std::system(fmt::format("python3 {} {}", folder / "read.py", folder / "x.zip").c_str());
  if (WEXITSTATUS(status) == 127) GTEST_SKIP() << "python3 is not installed";
  EXPECT_EQ(status, 0);
  const std::string bytes = file_text(folder / "x.zip");
  EXPECT_THAT(bytes, HasSubstr("PK\x06\x06"));
  EXPECT_THAT(bytes, HasSubstr("PK\x06\x07"));
}

TEST(Zip, RefusesEntriesOfAnotherSizeThanAnnounced) {
  const Folder folder;
  OutputFile file(folder / "x.zip", false);
  ZipWriter zip(file);
  zip.begin("a", 2);
  EXPECT_THROW(zip.write("abc"), std::invalid_argument);
  zip.write("a");
  EXPECT_THROW(zip.finish(), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg::test
