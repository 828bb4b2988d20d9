// A writer that dies, or a disk that is full, at any moment leaves the last committed state.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <random>
#include <set>

#include "support.hpp"

namespace thalweg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t draws_a_commit = 300;

/// Commit n (from 0): draws of both chains, a log line, and the checkpoint of n + 1.
void commit_next(RunFile& run, std::uint64_t n) {
  const auto first = static_cast<std::int64_t>(n) * draws_a_commit;
  run.commit({expected_block(run.header(), Phase::sampling, 0, first, draws_a_commit),
              expected_block(run.header(), Phase::sampling, 1, first, draws_a_commit)},
             {{"note", -1, first, "block"}}, checkpoint_of(n + 1));
}

std::uint64_t committed(const RunFile& run) {
  const Checkpoint c = run.checkpoint();
  return c.bytes[3000] + 256u * c.bytes[3001];
}

void expect_consistent(const RunFile& run) {
  const std::uint64_t n = committed(run);
  EXPECT_EQ(run.checkpoint().bytes, checkpoint_of(n).bytes);
  EXPECT_EQ(run.log().size(), n);
  expect_draws(run, Phase::sampling, 0, static_cast<std::int64_t>(n) * draws_a_commit);
  expect_draws(run, Phase::sampling, 1, static_cast<std::int64_t>(n) * draws_a_commit);
}

TEST(Kill, AtRandomMomentsLosesOnlyTheBlockUnderWay) {
  const Folder folder;
  const std::string path = folder / "a.run";
  {
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
  }
  std::mt19937 random(3);
  std::uint64_t last = 1;
  for (int round = 0; round < 12; ++round) {
    int reports[2];
    ASSERT_EQ(::pipe(reports), 0);
    Child writer([&] {
      RunFile run = RunFile::resume(path);
      for (std::uint64_t n = committed(run);; ++n) {
        commit_next(run, n);
        if (::write(reports[1], "x", 1) != 1) return 1;
      }
    });
    char byte;
    ASSERT_EQ(::read(reports[0], &byte, 1), 1);  // one more is there for certain
    ::usleep(random() % 20000);
    writer.kill();
    ::close(reports[0]);
    ::close(reports[1]);
    const RunFile run = RunFile::open(path);
    expect_consistent(run);
    EXPECT_GT(committed(run), last);
    last = committed(run);
  }
}

TEST(Kill, ReadersSeeCommittedStatesWhileAnotherProcessWrites) {
  const Folder folder;
  const std::string path = folder / "a.run";
  {
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
  }
  constexpr std::uint64_t commits = 25;
  Child writer([&] {
    RunFile run = RunFile::resume(path);
    for (std::uint64_t n = 1; n < commits; ++n) commit_next(run, n);
    return 0;
  });
  std::uint64_t seen = 0;
  std::set<std::uint64_t> states;
  while (seen < commits) {
    const RunFile run = RunFile::open(path);
    const std::uint64_t before = committed(run);
    ASSERT_GE(before, seen);
    seen = before;
    states.insert(seen);
    const std::vector<double> column = run.read_column(Phase::sampling, 1, 7);
    ASSERT_EQ(column.size() % draws_a_commit, 0u);
    ASSERT_GE(column.size(), seen * draws_a_commit);
    for (std::size_t i = 0; i < column.size(); ++i)
      ASSERT_EQ(column[i], expected_value(run.header(), Phase::sampling, 1, static_cast<std::int64_t>(i), 7));
  }
  EXPECT_EQ(writer.exit_code(), 0);
  EXPECT_GT(states.size(), 1u) << "the reader never met the writer at work";
}

/// Files of this process may not grow beyond `bytes` while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_;
};

// The signal SIGXFSZ kills the writer inside the very write that crosses the limit: after the journal is on the disk,
// with the database half written.
TEST(Kill, InsideAWriteIsRolledBack) {
  const Folder folder;
  const std::string path = folder / "a.run";
  {
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
  }
  const auto size = std::filesystem::file_size(path);
  int journals = 0;
  for (int pages = 0; pages < 12; ++pages) {
    Child writer([&] {
      RunFile run = RunFile::resume(path);
      const FileSizeLimit limit(size + static_cast<std::uint64_t>(pages) * 8192 + 100);
      std::signal(SIGXFSZ, SIG_DFL);
      commit_next(run, 1);
      return 0;
    });
    ASSERT_EQ(writer.exit_code(), -SIGXFSZ);
    EXPECT_GT(std::filesystem::file_size(path), size);
    journals += std::filesystem::exists(path + "-journal");
    const RunFile run = RunFile::open(path);
    EXPECT_EQ(committed(run), 1u);
    expect_consistent(run);
  }
  EXPECT_EQ(journals, 12);
}

TEST(Kill, AFullDiskIsAnErrorThatKeepsTheLastState) {
  const Folder folder;
  const std::string path = folder / "a.run";
  Child writer([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // the write then fails, as on a full disk
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
    const auto size = std::filesystem::file_size(path);
    for (int pages = 0; pages < 12; ++pages) {
      const FileSizeLimit limit(size + static_cast<std::uint64_t>(pages) * 8192 + 100);
      const std::string message = error_of([&] { commit_next(run, 1); });
      if (!testing::Matches(AllOf(HasSubstr(path), HasSubstr("another place")))(message)) {
        std::fprintf(stderr, "message: %s\n", message.c_str());
        return 1;
      }
      if (committed(run) != 1) return 2;
    }
    commit_next(run, 1);  // there is room again
    return 0;
  });
  EXPECT_EQ(writer.exit_code(), 0);
  const RunFile run = RunFile::open(path);
  EXPECT_EQ(committed(run), 2u);
  expect_consistent(run);
}

TEST(Kill, AFullDiskAtTheBeginningLeavesNothing) {
  const Folder folder;
  Child writer([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const FileSizeLimit limit(20000);
    const std::string message = error_of([&] { RunFile::create(folder / "a.run", small_header(2)); });
    return testing::Matches(HasSubstr(folder / "a.run"))(message) ? 0 : 1;
  });
  EXPECT_EQ(writer.exit_code(), 0);
  EXPECT_TRUE(folder.names().empty());
}

// Killed between the first commit beside the old file and its rename, or before: the old run is whole.
TEST(Kill, WhileOverwritingKeepsOneWholeRun) {
  const Folder folder;
  const std::string path = folder / "a.run";
  {
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
  }
  Child writer([&] {
    RunFile run = RunFile::create(path, small_header(2), {}, {.overwrite = true});
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  ASSERT_EQ(writer.exit_code(), -SIGKILL);
  expect_consistent(RunFile::open(path));
  {  // what the killed one left beside does not stand in the way
    RunFile run = RunFile::create(path, small_header(2), {}, {.overwrite = true});
    commit_next(run, 0);
    commit_next(run, 1);
  }
  EXPECT_EQ(committed(RunFile::open(path)), 2u);
  EXPECT_THAT(folder.names(), testing::ElementsAre("a.run"));
}

// The journal of a killed run must not be applied to the run that takes its place.
TEST(Kill, AnOldJournalDoesNotReachTheNewRun) {
  const Folder folder;
  const std::string path = folder / "a.run";
  {
    RunFile run = RunFile::create(path, small_header(2));
    commit_next(run, 0);
  }
  const auto size = std::filesystem::file_size(path);
  Child writer([&] {
    RunFile run = RunFile::resume(path);
    const FileSizeLimit limit(size + 8192);
    std::signal(SIGXFSZ, SIG_DFL);
    commit_next(run, 1);
    return 0;
  });
  ASSERT_EQ(writer.exit_code(), -SIGXFSZ);
  ASSERT_TRUE(std::filesystem::exists(path + "-journal"));
  {
    RunFile run = RunFile::create(path, small_header(2), {}, {.overwrite = true});
    for (std::uint64_t n = 0; n < 5; ++n) commit_next(run, n);
  }
  const RunFile run = RunFile::open(path);
  EXPECT_EQ(committed(run), 5u);
  expect_consistent(run);
}

}  // namespace
}  // namespace thalweg::test
