// Run files that keep the last draws of each chain, and checkpoints in pieces.
#include <gmock/gmock.h>

#include "support.hpp"

namespace thalweg::test {
namespace {

using testing::HasSubstr;

RunHeader header_that_keeps(const std::string& keep, std::int64_t chains = 2) {
  RunHeader header = small_header(chains);
  header.settings["keep"] = keep;
  return header;
}

/// The run holds draws [first, first + count) of a chain, counted from 0 when they are read.
void expect_last_draws(const RunFile& run, std::int64_t chain, std::int64_t first, std::int64_t count) {
  ASSERT_EQ(run.draw_count(Phase::sampling, chain), count);
  for (const std::int64_t column : {0, 8, 17}) {
    const std::vector<double> values = run.read_column(Phase::sampling, chain, column);
    ASSERT_EQ(std::ssize(values), count);
    for (std::int64_t i = 0; i < count; ++i)
      EXPECT_EQ(values[static_cast<std::size_t>(i)],
                expected_value(run.header(), Phase::sampling, chain, first + i, column));
  }
}

TEST(RunFileThatKeeps, HoldsTheLastDrawsHoweverTheyCame) {
  const Folder folder;
  const RunHeader header = header_that_keeps("5");
  const auto block = [&](std::int64_t chain, std::int64_t first, std::int64_t count) {
    return expected_block(header, Phase::sampling, chain, first, count);
  };
  RunFile run = RunFile::create(folder / "a.run", header);
  EXPECT_EQ(run.keeps(), 5);
  run.commit({expected_block(header, Phase::warmup, 0, 0, 9), block(0, 0, 3), block(1, 0, 12)}, {}, checkpoint_of(1));
  expect_last_draws(run, 0, 0, 3);
  expect_last_draws(run, 1, 7, 5);
  run.commit({block(0, 3, 4), block(1, 12, 1)}, {}, checkpoint_of(2));  // the old block is cut
  expect_last_draws(run, 0, 2, 5);
  expect_last_draws(run, 1, 8, 5);
  run.commit({block(0, 40, 5)}, {}, checkpoint_of(3));  // draws between were counted, not kept
  expect_last_draws(run, 0, 40, 5);
  EXPECT_EQ(run.common_draw_count(Phase::sampling), 5);
  EXPECT_EQ(run.common_made_count(), 13);
  expect_draws(run, Phase::warmup, 0, 9);  // of warm-up nothing goes
  EXPECT_THROW(run.commit({block(0, 44, 2)}, {}, checkpoint_of(4)), std::invalid_argument);
  expect_last_draws(run, 0, 40, 5);
}

TEST(RunFileThatKeeps, GoesOnAfterItWasClosed) {
  const Folder folder;
  const RunHeader header = header_that_keeps("1");
  RunFile::create(folder / "a.run", header)
      .commit({expected_block(header, Phase::sampling, 0, 0, 1), expected_block(header, Phase::sampling, 1, 0, 1)}, {},
              checkpoint_of(1));
  {
    RunFile run = RunFile::resume(folder / "a.run");
    EXPECT_EQ(run.keeps(), 1);
    EXPECT_THROW(run.commit({expected_block(header, Phase::sampling, 0, 0, 1)}, {}, checkpoint_of(2)),
                 std::invalid_argument)
        << "draw 0 is there already";
    run.commit({expected_block(header, Phase::sampling, 0, 7, 1)}, {}, checkpoint_of(2));
  }
  const RunFile run = RunFile::open(folder / "a.run");
  expect_last_draws(run, 0, 7, 1);
  expect_last_draws(run, 1, 0, 1);
  EXPECT_EQ(run.common_made_count(), 1);
}

TEST(RunFileThatKeeps, KeepsAllWithoutTheSettingAndRefusesGaps) {
  const Folder folder;
  for (const char* keep : {"\"all\"", "null"}) {
    const RunHeader header = header_that_keeps(keep);
    RunFile run = RunFile::create(folder / (std::string(keep) == "null" ? "a.run" : "b.run"), header);
    EXPECT_EQ(run.keeps(), 0);
    run.commit({expected_block(header, Phase::sampling, 0, 0, 9)}, {}, checkpoint_of(1));
    EXPECT_THROW(run.commit({expected_block(header, Phase::sampling, 0, 10, 1)}, {}, checkpoint_of(1)),
                 std::invalid_argument);
    expect_draws(run, Phase::sampling, 0, 9);
  }
}

/// A checkpoint whose pieces say which they are.
Checkpoint in_pieces(std::uint64_t n, std::size_t pieces) {
  Checkpoint c = checkpoint_of(n);
  std::vector<Pieces::Bytes> all;
  for (std::size_t i = 0; i < pieces; ++i) all.emplace_back(20'000 + i, static_cast<unsigned char>(10 * n + i));
  c.pieces = std::make_shared<StoredPieces>(std::move(all));
  return c;
}
void expect_pieces(const Checkpoint& found, const Checkpoint& expected) {
  EXPECT_EQ(found.bytes, expected.bytes);
  ASSERT_EQ(found.pieces != nullptr, expected.pieces != nullptr);
  if (!found.pieces) return;
  ASSERT_EQ(found.pieces->count(), expected.pieces->count());
  for (std::size_t i = 0; i < found.pieces->count(); ++i)
    EXPECT_TRUE(found.pieces->read(i) == expected.pieces->read(i)) << "piece " << i;
}

TEST(RunFile, HoldsThePiecesOfTheLastCheckpointOnly) {
  const Folder folder;
  const RunHeader header = small_header(1);
  RunFile run = RunFile::create(folder / "a.run", header);
  for (const std::size_t pieces : {3, 1, 7, 0, 4}) {
    const Checkpoint expected = pieces == 0 ? checkpoint_of(pieces) : in_pieces(pieces, pieces);
    run.commit({}, {}, expected);
    expect_pieces(run.checkpoint(), expected);
    expect_pieces(RunFile::open(folder / "a.run").checkpoint(), expected);
  }
  const Checkpoint old = run.checkpoint();
  run.commit({}, {}, in_pieces(5, 2));
  EXPECT_THAT(error_of([&] { old.pieces->read(0); }), HasSubstr("is not there (any more)"));
  expect_pieces(stored(run.checkpoint()), in_pieces(5, 2));
}

TEST(RunFile, KeepsTheOldPiecesWhenOneCannotBeMade) {
  struct Broken final : Pieces {
    std::size_t count() const override { return 3; }
    Bytes read(std::size_t i) const override {
      if (i == 2) throw Error("no piece");
      return Bytes(100, 1);
    }
  };
  const Folder folder;
  const RunHeader header = header_that_keeps("2", 1);
  RunFile run = RunFile::create(folder / "a.run", header);
  run.commit({expected_block(header, Phase::sampling, 0, 0, 2)}, {}, in_pieces(1, 2));
  Checkpoint broken = checkpoint_of(2);
  broken.pieces = std::make_shared<Broken>();
  EXPECT_EQ(error_of([&] { run.commit({expected_block(header, Phase::sampling, 0, 2, 2)}, {}, broken); }), "no piece");
  expect_pieces(run.checkpoint(), in_pieces(1, 2));
  expect_last_draws(run, 0, 0, 2);
  run.commit({expected_block(header, Phase::sampling, 0, 2, 2)}, {}, in_pieces(3, 1));
  expect_last_draws(run, 0, 2, 2);
}

}  // namespace
}  // namespace thalweg::test
