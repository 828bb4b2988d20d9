#include <algorithm>
#include <cstring>

#include "thalweg/core/error.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/io/run_lock.hpp"
#include "thalweg/io/sqlite.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t block_limit = std::int64_t{4} << 20;

/// Draws [first, first + count) of a parameter-major block of `all`.
std::vector<double> part_of_block(std::span<const double> values, std::int64_t all, std::int64_t first,
                                  std::int64_t count) {
  const std::int64_t width = std::ssize(values) / all;
  std::vector<double> part(static_cast<std::size_t>(width * count));
  for (std::int64_t c = 0; c < width; ++c)
    std::copy_n(values.begin() + c * all + first, count, part.begin() + c * count);
  return part;
}

}  // namespace

void RunFile::insert_blocks(const std::vector<DrawBlock>& blocks) {
  const std::int64_t most = std::max<std::int64_t>(1, block_limit / std::max<std::int64_t>(1, 8 * header_.width()));
  sqlite::Statement insert(*database_,
                           "INSERT INTO draws(phase, chain, first, count, data) VALUES(?1, ?2, ?3, ?4, ?5)");
  std::vector<double> part;
  for (const DrawBlock& block : blocks)
    for (std::int64_t begin = 0; begin < block.count; begin += most) {
      const std::int64_t count = std::min(most, block.count - begin);
      const bool whole = count == block.count;
      if (!whole) part = part_of_block(block.values, block.count, begin, count);
      insert.bind(1, static_cast<std::int64_t>(block.phase))
          .bind(2, block.chain)
          .bind(3, block.first + begin)
          .bind(4, count)
          .bind_bytes(5, sqlite::bytes_of(whole ? block.values : part))
          .run();
    }
}

/// What lies before the last `keep_` draws that a chain has made; of a block that reaches into these its end stays.
void RunFile::drop_old_draws(const std::vector<DrawBlock>& blocks) {
  sqlite::Statement find(*database_,
                         "SELECT id, first, count FROM draws WHERE phase = 1 AND chain = ?1 AND first < ?2");
  sqlite::Statement drop(*database_, "DELETE FROM draws WHERE id = ?1");
  sqlite::Statement read(*database_, "SELECT data FROM draws WHERE id = ?1");
  sqlite::Statement cut(*database_, "UPDATE draws SET first = ?2, count = ?3, data = ?4 WHERE id = ?1");
  struct Old {
    std::int64_t id, first, count;
  };
  std::vector<Old> old;
  for (const DrawBlock& block : blocks) {
    if (block.phase != Phase::sampling) continue;
    const std::int64_t begin = block.first + block.count - keep_;
    old.clear();
    find.bind(1, block.chain).bind(2, begin);
    while (find.step()) old.push_back({find.integer(0), find.integer(1), find.integer(2)});
    find.reset();
    for (const Old& o : old) {
      const std::int64_t left = o.first + o.count - begin;
      if (left <= 0) {
        drop.bind(1, o.id).run();
        continue;
      }
      read.bind(1, o.id);
      read.step();
      std::vector<double> values(read.bytes(0).size() / 8);
      std::memcpy(values.data(), read.bytes(0).data(), 8 * values.size());
      read.reset();
      values = part_of_block(values, o.count, o.count - left, left);
      cut.bind(1, o.id).bind(2, begin).bind(3, left).bind_bytes(4, sqlite::bytes_of(values)).run();
    }
  }
}

/// New pieces are written before the old ones go: those that take the pages of pieces that went at the last commit need
/// no journal, so that a large state is written once and not three times.
void RunFile::write_checkpoint(const Checkpoint& checkpoint) {
  sqlite::Statement(*database_, "INSERT OR REPLACE INTO checkpoint VALUES(1, ?1, ?2)")
      .bind(1, std::int64_t{checkpoint.finished})
      .bind_bytes(2, checkpoint.bytes)
      .run();
  const std::int64_t old = database_->number("SELECT coalesce(max(id), -1) FROM checkpoint_pieces");
  sqlite::Statement insert(*database_, "INSERT INTO checkpoint_pieces(id, bytes) VALUES(?1, ?2)");
  for (std::size_t i = 0; checkpoint.pieces && i < checkpoint.pieces->count(); ++i) {
    const Pieces::Bytes piece = checkpoint.pieces->read(i);
    insert.bind(1, old + 1 + static_cast<std::int64_t>(i)).bind_bytes(2, piece).run();
  }
  sqlite::Statement(*database_, "DELETE FROM checkpoint_pieces WHERE id <= ?1").bind(1, old).run();
}

void RunFile::commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log,
                     const Checkpoint& checkpoint) {
  require(lock_ != nullptr, "{}: is open for reading only", path_);
  const std::vector<std::int64_t> before = made_;
  try {
    for (const DrawBlock& block : blocks) {
      require(block.chain >= 0 && block.chain < header_.chains, "chain must be from 0 to {}; found {}",
              header_.chains - 1, block.chain);
      std::int64_t& count = made(block.phase, block.chain);
      const bool may_skip = keep_ > 0 && block.phase == Phase::sampling;
      require(block.first == count || (may_skip && block.first > count),
              "the next block of chain {} must begin with draw {}; found {}", block.chain, count, block.first);
      require(block.count >= 0 && std::ssize(block.values) == block.count * header_.width(),
              "a block of {} draws must hold {} values; found {}", block.count, block.count * header_.width(),
              block.values.size());
      count = block.first + block.count;
    }
    sqlite::Transaction transaction(*database_);
    insert_blocks(blocks);
    if (keep_ > 0) drop_old_draws(blocks);
    sqlite::Statement line(*database_, "INSERT INTO log(level, chain, transition, text) VALUES(?1, ?2, ?3, ?4)");
    for (const LogEntry& entry : log)
      line.bind(1, entry.level).bind(2, entry.chain).bind(3, entry.transition).bind(4, entry.text).run();
    write_checkpoint(checkpoint);
    transaction.commit();
  } catch (...) {
    made_ = before;
    throw;
  }
  discard_ = false;
  if (!staging_.empty()) move_into_place();
}

}  // namespace thalweg
