#include "thalweg/io/run_file.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(RunFile, KeepsEverythingThatItIsGiven) {
  const Folder folder;
  const RunHeader header = small_header(3);
  const DataMap data = parse_json_data(R"({"J": 8, "y": [0.1, -3e-320, NaN], "X": [[1,2],[3,4]]})", "d.json");
  {
    RunFile run = RunFile::create(folder / "a.run", header, data);
    run.commit({expected_block(header, Phase::warmup, 0, 0, 4), expected_block(header, Phase::sampling, 0, 0, 10),
                expected_block(header, Phase::sampling, 2, 0, 3)},
               {{"note", -1, -1, "begun"}}, checkpoint_of(1));
    run.commit({expected_block(header, Phase::sampling, 0, 10, 7)}, {{"warning", 2, 5, "divergence"}},
               checkpoint_of(2, true));
    run.write_statistics({{"mu", "mean", 1.5}, {"mu", "rhat", std::nan("")}});
    run.write_adaptation({{-1, 0.25, {1, 2, 3}}, {2, 0.5, {}}});
    run.set_setting("draws", "80");
  }
  const RunFile run = RunFile::open(folder / "a.run");
  EXPECT_EQ(run.header().settings.at("draws"), "80");
  EXPECT_EQ(run.header().settings.at("method"), "\"nuts\"");
  EXPECT_EQ(run.header().program_name, "small");
  EXPECT_EQ(run.header().program_source, header.program_source);
  EXPECT_EQ(run.header().fingerprint, header.fingerprint);
  EXPECT_EQ(run.header().chains, 3);
  ASSERT_EQ(run.header().columns.size(), header.columns.size());
  for (std::size_t i = 0; i < header.columns.size(); ++i) {
    const ColumnGroup &a = run.header().columns[i], &b = header.columns[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.shape, b.shape);
    EXPECT_EQ(a.is_integer, b.is_integer);
    EXPECT_EQ(a.first, b.first);
    EXPECT_EQ(a.size, b.size);
  }
  expect_draws(run, Phase::warmup, 0, 4);
  expect_draws(run, Phase::sampling, 0, 17);
  expect_draws(run, Phase::sampling, 1, 0);
  expect_draws(run, Phase::sampling, 2, 3);
  EXPECT_EQ(run.common_draw_count(Phase::sampling), 0);
  EXPECT_EQ(run.checkpoint().bytes, checkpoint_of(2).bytes);
  EXPECT_TRUE(run.checkpoint().finished);
  ASSERT_EQ(run.log().size(), 2u);
  EXPECT_EQ(run.log()[1].level, "warning");
  EXPECT_EQ(run.log()[1].chain, 2);
  EXPECT_EQ(run.log()[1].transition, 5);
  EXPECT_EQ(run.log()[1].text, "divergence");
  ASSERT_EQ(run.statistics().size(), 2u);
  EXPECT_EQ(run.statistics()[0].value, 1.5);
  EXPECT_TRUE(std::isnan(run.statistics()[1].value));
  ASSERT_EQ(run.adaptation().size(), 2u);
  EXPECT_THAT(run.adaptation()[0].inverse_metric, ElementsAre(1, 2, 3));
  EXPECT_EQ(run.adaptation()[1].chain, 2);
  EXPECT_EQ(write_json_data(run.data()), write_json_data(data));
  EXPECT_EQ(run.data().origin, "d.json");
  EXPECT_THAT(folder.names(), ElementsAre("a.run"));
}

TEST(RunFile, CutsLargeBlocksAtFourMebibytes) {
  const Folder folder;
  const RunHeader header = small_header(1);
  const std::int64_t count = (std::int64_t{9} << 20) / (8 * header.width());
  {
    RunFile run = RunFile::create(folder / "a.run", header);
    run.commit({expected_block(header, Phase::sampling, 0, 0, count)}, {}, checkpoint_of(1));
  }
  const RunFile run = RunFile::open(folder / "a.run");
  std::vector<std::int64_t> counts;
  run.visit_blocks(Phase::sampling, 0, 0, header.width(),
                   [&](std::int64_t, std::int64_t n, std::span<const double> values) {
                     counts.push_back(n);
                     EXPECT_LE(values.size_bytes(), std::size_t{4} << 20);
                   });
  EXPECT_EQ(counts.size(), 3u);
  expect_draws(run, Phase::sampling, 0, count);
}

TEST(RunFile, LeavesLargeDataOutsideAndNoticesTheirChange) {
  const Folder folder;
  write_file(folder / "d.json", R"({"N": 3, "y": [1.5, 2.5, 3.5]})");
  const DataMap data = read_json_data(folder / "d.json");
  RunFile run =
      RunFile::create(folder / "a.run", small_header(1), data, {.data_path = folder / "d.json", .data_limit = 5});
  run.commit({}, {}, checkpoint_of(1));
  EXPECT_EQ(write_json_data(run.data()), write_json_data(data));
  write_file(folder / "d.json", R"({"N": 3, "y": [1.5, 2.5, 3.6]})");
  EXPECT_THAT(error_of([&] { run.data(); }), AllOf(HasSubstr("d.json"), HasSubstr("has changed")));
  std::filesystem::remove(folder / "d.json");
  EXPECT_THAT(error_of([&] { run.data(); }), AllOf(HasSubstr("d.json"), HasSubstr("cannot be opened")));
}

TEST(RunFile, RefusesAnExistingFileUnlessToldToOverwriteIt) {
  const Folder folder;
  const RunHeader header = small_header(1);
  const std::string path = folder / "a.run";
  RunFile::create(path, header).commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, checkpoint_of(1));
  EXPECT_THAT(error_of([&] { RunFile::create(path, header); }), AllOf(HasSubstr(path), HasSubstr("exists already")));
  {
    RunFile second = RunFile::create(path, header, {}, {.overwrite = true});
    EXPECT_EQ(RunFile::open(path).draw_count(Phase::sampling, 0), 2) << "the old run stays until the first commit";
    second.commit({expected_block(header, Phase::sampling, 0, 0, 5)}, {}, checkpoint_of(2));
    EXPECT_EQ(RunFile::open(path).draw_count(Phase::sampling, 0), 5);
    second.commit({expected_block(header, Phase::sampling, 0, 5, 1)}, {}, checkpoint_of(3));
  }
  expect_draws(RunFile::open(path), Phase::sampling, 0, 6);
  {
    const RunFile third = RunFile::create(path, header, {}, {.overwrite = true});  // ends before its first commit
  }
  expect_draws(RunFile::open(path), Phase::sampling, 0, 6);
  EXPECT_THAT(folder.names(), ElementsAre("a.run"));
}

TEST(RunFile, OverwritesRegularFilesOnly) {
  const Folder folder;
  ASSERT_EQ(::symlink("nowhere", (folder / "link.run").c_str()), 0);
  ASSERT_EQ(::mkfifo((folder / "pipe.run").c_str(), 0600), 0);
  const auto refusal = [&](const char* name) {
    return error_of([&] { RunFile::create(folder / name, small_header(1), {}, {.overwrite = true}); });
  };
  EXPECT_THAT(refusal("link.run"), HasSubstr("is a symbolic link; give the name of the file it points to"));
  EXPECT_THAT(refusal("pipe.run"), HasSubstr("is a device or a pipe"));
  EXPECT_THAT(folder.names(), ElementsAre("link.run", "pipe.run"));
}

TEST(RunFile, LeavesNothingWhenARunEndsBeforeItsFirstCommit) {
  const Folder folder;
  { const RunFile run = RunFile::create(folder / "a.run", small_header(1)); }
  EXPECT_THAT(folder.names(), ElementsAre());
  EXPECT_THAT(error_of([&] { RunFile::create(folder / "none/a.run", small_header(1)); }),
              AllOf(HasSubstr("none/a.run"), HasSubstr("check that the folder exists")));
}

TEST(RunFile, RefusesBlocksThatDoNotFollow) {
  const Folder folder;
  const RunHeader header = small_header(2);
  RunFile run = RunFile::create(folder / "a.run", header);
  run.commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, checkpoint_of(1));
  EXPECT_THROW(run.commit({expected_block(header, Phase::sampling, 0, 3, 2)}, {}, {}), std::invalid_argument);
  EXPECT_THROW(run.commit({expected_block(header, Phase::sampling, 0, 1, 2)}, {}, {}), std::invalid_argument);
  EXPECT_THROW(run.commit({expected_block(header, Phase::sampling, 2, 0, 2)}, {}, {}), std::invalid_argument);
  DrawBlock thin = expected_block(header, Phase::sampling, 0, 2, 2);
  thin.values.pop_back();
  EXPECT_THROW(run.commit({thin}, {}, {}), std::invalid_argument);
  EXPECT_EQ(run.checkpoint().bytes, checkpoint_of(1).bytes);
  run.commit({expected_block(header, Phase::sampling, 0, 2, 1), expected_block(header, Phase::sampling, 0, 3, 1)}, {},
             checkpoint_of(2));
  expect_draws(run, Phase::sampling, 0, 4);
}

TEST(RunFile, GoesOnWhereItStopped) {
  const Folder folder;
  const RunHeader header = small_header(1);
  RunFile::create(folder / "a.run", header)
      .commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, checkpoint_of(1));
  {
    RunFile run = RunFile::resume(folder / "a.run");
    EXPECT_EQ(run.checkpoint().bytes, checkpoint_of(1).bytes);
    run.commit({expected_block(header, Phase::sampling, 0, 2, 2)}, {}, checkpoint_of(2));
  }
  expect_draws(RunFile::open(folder / "a.run"), Phase::sampling, 0, 4);
}

TEST(RunFile, RefusesASecondWriter) {
  const Folder folder;
  const std::string path = folder / "a.run";
  const RunHeader header = small_header(1);
  const auto refused = AllOf(HasSubstr(path), HasSubstr("another process is writing this run"));
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  Child other([&] {  // begun first: the lock is not inherited
    char byte;
    if (::read(ready[0], &byte, 1) != 1) return 9;
    const bool both =
        testing::Matches(refused)(error_of([&] { RunFile::resume(path); })) &&
        testing::Matches(refused)(error_of([&] { RunFile::create(path, header, {}, {.overwrite = true}); }));
    return both && RunFile::open(path).draw_count(Phase::sampling, 0) == 2 ? 0 : 1;
  });
  {
    RunFile run = RunFile::create(path, header);
    run.commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, checkpoint_of(1));
    ASSERT_EQ(::write(ready[1], "x", 1), 1);
    EXPECT_EQ(other.exit_code(), 0) << "in another process";
    EXPECT_THAT(error_of([&] { RunFile::resume(path); }), refused);
    EXPECT_THAT(error_of([&] { RunFile::create(path, header, {}, {.overwrite = true}); }), refused);
    EXPECT_EQ(RunFile::open(path).draw_count(Phase::sampling, 0), 2) << "readers are not kept out";
    run.commit({expected_block(header, Phase::sampling, 0, 2, 2)}, {}, checkpoint_of(2));
  }
  EXPECT_EQ(error_of([&] { RunFile::resume(path); }), "");
}

TEST(RunFile, RefusesForeignAndDamagedFiles) {
  const Folder folder;
  const RunHeader header = small_header(1);
  const std::string path = folder / "a.run";
  RunFile::create(path, header).commit({expected_block(header, Phase::sampling, 0, 0, 2000)}, {}, checkpoint_of(1));
  const std::string whole = file_text(path);
  const auto complaint = [&](const std::string& text) {
    write_file(folder / "b.run", text);
    const std::string reading = error_of([&] { RunFile::open(folder / "b.run"); });
    EXPECT_EQ(reading, error_of([&] { RunFile::resume(folder / "b.run"); }));
    return reading;
  };
  const auto says = [&](const char* words) { return AllOf(HasSubstr(folder / "b.run"), HasSubstr(words)); };
  EXPECT_EQ(complaint(whole), "");
  EXPECT_THAT(complaint(""), says("is empty"));
  EXPECT_THAT(complaint("{}"), says("not a run file"));
  EXPECT_THAT(complaint(std::string(5000, 'x')), says("not a run file"));
  EXPECT_THAT(complaint(whole.substr(0, 100)), says("not a run file"));
  for (const std::size_t size : {whole.size() / 2, whole.size() - 8192, whole.size() - 1})
    EXPECT_THAT(complaint(whole.substr(0, size)), says("truncated")) << size << " of " << whole.size();
  EXPECT_THAT(error_of([&] { RunFile::open(folder / "none.run"); }), HasSubstr("No such file"));
  EXPECT_THAT(error_of([&] { RunFile::open(folder / "."); }), HasSubstr("is a folder"));
  const auto changed = [&](const char* sql) {
    write_file(folder / "c.run", whole);
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open((folder / "c.run").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
    return error_of([&] { RunFile::open(folder / "c.run"); });
  };
  EXPECT_THAT(changed("PRAGMA application_id = 7"), HasSubstr("not a run file"));
  EXPECT_THAT(changed("PRAGMA user_version = 3"), HasSubstr("version 3"));
  EXPECT_THAT(changed("DROP TABLE log"), HasSubstr("damaged"));
  EXPECT_THAT(changed("DELETE FROM program"), HasSubstr("damaged: it has 0 chains"));
  EXPECT_THAT(changed("UPDATE program SET chains = 1000000000"), HasSubstr("damaged: it has 1000000000 chains"));
  EXPECT_THAT(changed("UPDATE draws SET count = count - 1"), HasSubstr("damaged"));
}

}  // namespace
}  // namespace thalweg::test
