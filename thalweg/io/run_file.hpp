// The run file: one SQLite database that holds a run from its command to its draws.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/core/sink.hpp"

namespace thalweg {

namespace sqlite {
class Database;
class Transaction;
}  // namespace sqlite
class RunLock;

/// What a run is, fixed when it begins (settings apart: `resume --draws` changes one).
struct RunHeader {
  std::map<std::string, std::string> settings;  ///< the resolved command: key and JSON value, the drawn seed among them
  std::string program_name, program_source;     ///< the source with its includes resolved
  std::string fingerprint;                      ///< of the build: what must agree for the same bits
  std::int64_t chains = 0;
  std::vector<ColumnGroup> columns;  ///< of a draw, without gaps, in storage order
  std::int64_t width() const { return columns.empty() ? 0 : columns.back().first + columns.back().size; }
};

/// One number of the summary: "theta[1]", "mean", 4.2.
struct RunStatistic {
  std::string variable, name;
  double value;
};

/// What warm-up settled on, for the exports. Chain −1 stands for all chains.
struct RunAdaptation {
  std::int64_t chain = -1;
  double step_size = 0;
  std::vector<double> inverse_metric;  ///< d numbers: the diagonal; d²: the whole matrix; none: not known
};

/// A run on the disk.
///
/// Shapes  draws are parameter-major little-endian doubles in blocks of at most 4 MiB (one draw at least): column c of
///         draw first + i is at c · count + i.
/// Cost    memory: a block and SQLite's page cache of a few MiB; `read_column` reads its own bytes only.
/// Errors  every function throws Error, with the path and what to try, when the file or the machine fails. A failed
///         write leaves the last committed state. A writer killed at any moment leaves it too: the next opening rolls
///         back.
/// Threads one thread at a time.
class RunFile final : public Sink {
 public:
  /// Data texts up to this size are embedded.
  static constexpr std::size_t embedded_data_limit = std::size_t{64} << 20;

  struct Creation {
    bool overwrite = false;
    std::string data_path{};  ///< where larger data stay; the run file keeps the absolute path and the SHA-256
    std::size_t data_limit = embedded_data_limit;
  };
  /// A new run at exactly `path`, locked for this process. An existing `path` is refused, or with `overwrite` kept
  /// until the first commit: until then the run is at `path`.new. A run destroyed before its first commit leaves
  /// nothing.
  static RunFile create(const std::string& path, const RunHeader& header, const DataMap& data, Creation options);
  static RunFile create(const std::string& path, const RunHeader& header, const DataMap& data = {}) {
    return create(path, header, data, Creation{});
  }
  /// For reading, also while another process writes.
  static RunFile open(const std::string& path);
  /// For continuing; refused while another process writes the same run.
  static RunFile resume(const std::string& path);
  RunFile(RunFile&&) noexcept;
  ~RunFile() override;

  const std::string& path() const { return path_; }
  const RunHeader& header() const { return header_; }
  /// The data of the run; throws Error when they lie outside and are gone or changed.
  DataMap data() const;

  /// The blocks of a chain must follow each other without gaps: `first` is its number of draws so far. With the setting
  /// "keep" = N those of sampling may skip draws, and only the last N draws of each chain stay.
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log,
              const Checkpoint& checkpoint) override;
  void set_setting(const std::string& key, const std::string& json);
  /// Replaces all statistics.
  void write_statistics(const std::vector<RunStatistic>& statistics);
  void write_adaptation(const std::vector<RunAdaptation>& adaptation);

  /// True once something was committed; only then there is a checkpoint.
  bool has_checkpoint() const;
  /// Its pieces are read from the file when they are asked for: the run must stay, and go without a commit until then.
  Checkpoint checkpoint() const;
  std::vector<LogEntry> log() const;
  std::vector<RunStatistic> statistics() const;
  std::vector<RunAdaptation> adaptation() const;

  /// While it lives, what a writer reads of its own run is one transaction: many small reads are faster. Does nothing
  /// for a reader, who would keep the writer waiting.
  class Reading {
   public:
    explicit Reading(const RunFile& run);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    std::unique_ptr<sqlite::Transaction> transaction_;
  };

  /// Draws that are there: those that were kept.
  std::int64_t draw_count(Phase phase, std::int64_t chain) const;
  /// The least draw count of the chains: what a rectangular array [chain, draw] can hold.
  std::int64_t common_draw_count(Phase phase) const;
  /// Draws after warm-up that every chain has made, kept or not.
  std::int64_t common_made_count() const;
  /// The setting "keep": how many draws of sampling stay of each chain; 0: all.
  std::int64_t keeps() const { return keep_; }
  /// One column of a chain, in draw order; draws are counted from the first that is there.
  std::vector<double> read_column(Phase phase, std::int64_t chain, std::int64_t column) const;
  /// Consecutive columns of a chain, parameter-major: column c of draw i is at c · draw_count + i.
  std::vector<double> read_columns(Phase phase, std::int64_t chain, std::int64_t first_column,
                                   std::int64_t columns) const;
  /// Calls `visit(first, count, values)` for each block of a chain in order; `values` are columns [first_column,
  /// first_column + columns) of it, parameter-major, valid during the call.
  using Visit = std::function<void(std::int64_t first, std::int64_t count, std::span<const double> values)>;
  void visit_blocks(Phase phase, std::int64_t chain, std::int64_t first_column, std::int64_t columns,
                    const Visit& visit) const;

 private:
  RunFile();
  static RunFile open_existing(const std::string& path, bool for_writing);
  void insert_blocks(const std::vector<DrawBlock>& blocks);
  void drop_old_draws(const std::vector<DrawBlock>& blocks);
  void write_checkpoint(const Checkpoint& checkpoint);
  std::int64_t& made(Phase phase, std::int64_t chain) {
    return made_[static_cast<std::size_t>(2 * chain + static_cast<std::int64_t>(phase))];
  }
  void move_into_place();

  std::string path_, staging_;  ///< staging_: where the file is until the first commit of an overwriting run
  bool discard_ = false;        ///< nothing committed yet: the destructor removes the file
  RunHeader header_;
  std::int64_t keep_ = 0;
  std::vector<std::int64_t> made_;  ///< [chain][phase] draws made so far, while writing
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<sqlite::Database> database_;
};

}  // namespace thalweg
