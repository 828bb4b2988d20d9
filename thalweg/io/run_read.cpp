#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "thalweg/core/error.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/io/run_lock.hpp"
#include "thalweg/io/sqlite.hpp"

namespace thalweg {
namespace {

constexpr std::size_t batch = (std::size_t{4} << 20) / sizeof(double);

struct BlockPlace {
  std::int64_t id, first, count;
};

/// `first` counted from the first draw that is there, which is draw 0 unless only the last are kept.
std::vector<BlockPlace> places_of_blocks(sqlite::Database& database, Phase phase, std::int64_t chain,
                                         bool may_begin_late) {
  std::vector<BlockPlace> places;
  auto row = database.prepare("SELECT id, first, count FROM draws WHERE phase = ?1 AND chain = ?2 ORDER BY first");
  row.bind(1, static_cast<std::int64_t>(phase)).bind(2, chain);
  std::int64_t next = 0, begin = 0;
  while (row.step()) {
    if (places.empty() && may_begin_late) begin = row.integer(1);
    places.push_back({row.integer(0), row.integer(1) - begin, row.integer(2)});
    if (places.back().first != next)
      fail("{}: is damaged: chain {} has draw {} where {} was expected; restore it from a copy", database.path(), chain,
           places.back().first, next);
    next += places.back().count;
  }
  return places;
}

/// The pieces of the checkpoint that the file holds now.
class CheckpointRows final : public Pieces {
 public:
  CheckpointRows(sqlite::Database& database, std::int64_t first, std::int64_t count)
      : database_(database), first_(first), count_(count) {}
  std::size_t count() const override { return static_cast<std::size_t>(count_); }
  Bytes read(std::size_t i) const override {
    auto row = database_.prepare("SELECT bytes FROM checkpoint_pieces WHERE id = ?1");
    row.bind(1, first_ + static_cast<std::int64_t>(i));
    if (!row.step())
      fail("{}: piece {} of {} of the checkpoint is not there (any more); restore it from a copy", database_.path(), i,
           count_);
    const auto bytes = row.bytes(0);
    return {bytes.begin(), bytes.end()};
  }

 private:
  sqlite::Database& database_;
  std::int64_t first_, count_;
};

}  // namespace

bool RunFile::has_checkpoint() const { return database_->number("SELECT count(*) FROM checkpoint") > 0; }

Checkpoint RunFile::checkpoint() const {
  auto row = database_->prepare("SELECT finished, bytes FROM checkpoint");
  if (!row.step()) fail("{}: holds no checkpoint: its run was stopped before it began; run the command again", path_);
  const auto bytes = row.bytes(1);
  Checkpoint checkpoint{.bytes = {bytes.begin(), bytes.end()}, .finished = row.integer(0) != 0};
  auto pieces = database_->prepare("SELECT coalesce(min(id), 0), count(*) FROM checkpoint_pieces");
  if (pieces.step() && pieces.integer(1) > 0)
    checkpoint.pieces = std::make_shared<CheckpointRows>(*database_, pieces.integer(0), pieces.integer(1));
  return checkpoint;
}

std::vector<LogEntry> RunFile::log() const {
  std::vector<LogEntry> log;
  auto row = database_->prepare("SELECT level, chain, transition, text FROM log ORDER BY id");
  while (row.step()) log.push_back({row.text(0), row.integer(1), row.integer(2), row.text(3)});
  return log;
}

std::vector<RunStatistic> RunFile::statistics() const {
  std::vector<RunStatistic> statistics;
  auto row = database_->prepare("SELECT variable, name, value FROM statistics ORDER BY id");
  while (row.step()) statistics.push_back({row.text(0), row.text(1), row.real(2)});
  return statistics;
}

std::vector<RunAdaptation> RunFile::adaptation() const {
  std::vector<RunAdaptation> adaptation;
  auto row = database_->prepare("SELECT chain, step_size, inverse_metric FROM adaptation ORDER BY chain");
  while (row.step()) {
    const auto bytes = row.bytes(2);
    std::vector<double> metric(bytes.size() / 8);
    if (!metric.empty()) std::memcpy(metric.data(), bytes.data(), 8 * metric.size());
    adaptation.push_back({row.integer(0), row.real(1), std::move(metric)});
  }
  return adaptation;
}

std::int64_t RunFile::draw_count(Phase phase, std::int64_t chain) const {
  auto row = database_->prepare("SELECT coalesce(sum(count), 0) FROM draws WHERE phase = ?1 AND chain = ?2");
  row.bind(1, static_cast<std::int64_t>(phase)).bind(2, chain);
  return row.step() ? row.integer(0) : 0;
}

std::int64_t RunFile::common_draw_count(Phase phase) const {
  auto row = database_->prepare(
      "SELECT coalesce(min(n), 0), count(*) FROM (SELECT sum(count) AS n FROM draws WHERE phase = ?1 GROUP BY chain)");
  row.bind(1, static_cast<std::int64_t>(phase));
  return row.step() && row.integer(1) == header_.chains ? row.integer(0) : 0;  // a chain without draws has no rows
}

std::int64_t RunFile::common_made_count() const {
  auto row = database_->prepare(
      "SELECT coalesce(min(n), 0), count(*) FROM (SELECT max(first + count) AS n FROM draws WHERE phase = 1 GROUP BY "
      "chain)");
  return row.step() && row.integer(1) == header_.chains ? row.integer(0) : 0;
}

void RunFile::visit_blocks(Phase phase, std::int64_t chain, std::int64_t first_column, std::int64_t columns,
                           const Visit& visit) const {
  require(first_column >= 0 && columns >= 0 && first_column + columns <= header_.width(),
          "columns must lie within the {} of a draw; found [{}, {})", header_.width(), first_column,
          first_column + columns);
  const std::vector<BlockPlace> places =
      places_of_blocks(*database_, phase, chain, keep_ > 0 && phase == Phase::sampling);
  std::vector<double> values;
  for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    // Several small blocks are read through one handle. It is closed before `visit` works, for it keeps a read
    // transaction open, and a writer's commit waits for that.
    values.clear();
    std::optional<sqlite::Blob> blob;
    for (; end < places.size() && (end == begin || values.size() < batch); ++end) {
      const std::size_t before = values.size();
      values.resize(before + static_cast<std::size_t>(columns * places[end].count));
      if (values.size() == before) continue;
      if (blob)
        blob->move_to(places[end].id);
      else
        blob.emplace(*database_, "draws", "data", places[end].id);
      blob->read(static_cast<std::size_t>(8 * first_column * places[end].count),
                 {reinterpret_cast<unsigned char*>(values.data() + before), 8 * (values.size() - before)});
    }
    blob.reset();
    const double* next = values.data();
    for (std::size_t i = begin; i < end; ++i) {
      const std::int64_t numbers = columns * places[i].count;
      visit(places[i].first, places[i].count, {next, static_cast<std::size_t>(numbers)});
      next += numbers;
    }
  }
}

std::vector<double> RunFile::read_columns(Phase phase, std::int64_t chain, std::int64_t first_column,
                                          std::int64_t columns) const {
  const std::int64_t draws = draw_count(phase, chain);
  std::vector<double> values(static_cast<std::size_t>(columns * draws));
  visit_blocks(phase, chain, first_column, columns,
               [&](std::int64_t first, std::int64_t count, std::span<const double> block) {
                 const std::int64_t kept = std::min(count, draws - first);  // a writer may have added draws meanwhile
                 for (std::int64_t c = 0; c < columns && kept > 0; ++c)
                   std::copy_n(block.begin() + c * count, kept, values.begin() + c * draws + first);
               });
  return values;
}

std::vector<double> RunFile::read_column(Phase phase, std::int64_t chain, std::int64_t column) const {
  return read_columns(phase, chain, column, 1);
}

}  // namespace thalweg
