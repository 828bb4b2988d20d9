#include "thalweg/io/run_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/io/run_format.hpp"
#include "thalweg/io/run_lock.hpp"
#include "thalweg/io/sqlite.hpp"

namespace thalweg {

static_assert(std::endian::native == std::endian::little, "run files hold little-endian doubles");

namespace {

using Access = sqlite::Database::Access;

/// An empty file that this call made; another process that made it first makes it fail.
void make_empty(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0 && errno == EEXIST) check_target(path, false);
  if (file < 0) fail("{}: cannot be written: {}", path, explain(errno));
  ::close(file);
}

void remove_with_journal(const std::string& path) {
  ::unlink(path.c_str());
  ::unlink((path + "-journal").c_str());
}

}  // namespace

RunFile::RunFile() = default;
RunFile::RunFile(RunFile&& other) noexcept = default;

RunFile::~RunFile() {
  if (discard_ && database_) {
    database_->close();
    remove_with_journal(database_->path());
  }
}

RunFile RunFile::create(const std::string& path, const RunHeader& header, const DataMap& data, Creation options) {
  check_target(path, options.overwrite);
  RunFile run;
  run.path_ = path;
  std::string target = path;
  if (file_exists(path)) {
    if (RunLock::is_held(path)) fail("{}: another process is writing this run; wait until it ends, or stop it", path);
    run.staging_ = target = path + ".new";
    if (RunLock::is_held(target)) fail("{}: another process is about to overwrite this run; wait until it ends", path);
    remove_with_journal(target);  // of an overwriting run that was killed before its first commit
  }
  make_empty(target);
  try {
    run.lock_ = std::make_unique<RunLock>(target);
    run.database_ = std::make_unique<sqlite::Database>(target, Access::create);
    run.discard_ = true;
    run_format::write_new(*run.database_, header, data, options);
    run.database_->run("PRAGMA synchronous = FULL");
  } catch (...) {
    if (run.database_) run.database_->close();
    run.discard_ = false;
    remove_with_journal(target);
    throw;
  }
  run.header_ = header;
  run.keep_ = run_format::draws_to_keep(header);
  run.made_.assign(static_cast<std::size_t>(2 * header.chains), 0);
  return run;
}

RunFile RunFile::open_existing(const std::string& path, bool for_writing) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("{}: cannot be opened: {}", path, explain(errno));
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder; expected a run file", path);
  if (status.st_size > 0 && status.st_size < 512)
    fail("{}: is not a run file of thalweg (only {} bytes)", path, std::int64_t{status.st_size});
  RunFile run;
  run.path_ = path;
  if (for_writing) run.lock_ = std::make_unique<RunLock>(path);
  run.database_ = std::make_unique<sqlite::Database>(path, for_writing ? Access::write : Access::read);
  run_format::check(*run.database_);
  run.header_ = run_format::read_header(*run.database_);
  run.keep_ = run_format::draws_to_keep(run.header_);
  return run;
}

RunFile RunFile::open(const std::string& path) { return open_existing(path, false); }

RunFile RunFile::resume(const std::string& path) {
  RunFile run = open_existing(path, true);
  run.database_->run("PRAGMA synchronous = FULL");
  run.made_.assign(static_cast<std::size_t>(2 * run.header_.chains), 0);
  auto row = run.database_->prepare("SELECT phase, chain, max(first + count) FROM draws GROUP BY phase, chain");
  while (row.step()) run.made(static_cast<Phase>(row.integer(0)), row.integer(1)) = row.integer(2);
  return run;
}

DataMap RunFile::data() const { return run_format::read_data(*database_); }

void RunFile::move_into_place() {
  // A journal left by the old run would be applied to the new one: let SQLite use it up first. The connection must be
  // closed across the rename, since it goes on to put its journal beside the old name.
  database_->close();
  try {
    sqlite::Database old(path_, Access::write);
    old.number("SELECT count(*) FROM sqlite_master");
  } catch (const Error&) {  // not a database, or one beyond repair: it goes away in any case
  }
  ::unlink((path_ + "-journal").c_str());
  thalweg::move_into_place(staging_, path_, true);
  staging_.clear();
  database_ = std::make_unique<sqlite::Database>(path_, Access::write);
  database_->run("PRAGMA synchronous = FULL");
}

RunFile::Reading::Reading(const RunFile& run)
    : transaction_(run.lock_ ? std::make_unique<sqlite::Transaction>(*run.database_) : nullptr) {}
RunFile::Reading::~Reading() = default;

void RunFile::set_setting(const std::string& key, const std::string& json) {
  sqlite::Transaction transaction(*database_);
  sqlite::Statement(*database_, "INSERT OR REPLACE INTO settings VALUES(?1, ?2)").bind(1, key).bind(2, json).run();
  transaction.commit();
  header_.settings[key] = json;
}

void RunFile::write_statistics(const std::vector<RunStatistic>& statistics) {
  sqlite::Transaction transaction(*database_);
  database_->run("DELETE FROM statistics");
  sqlite::Statement row(*database_, "INSERT INTO statistics(variable, name, value) VALUES(?1, ?2, ?3)");
  for (const RunStatistic& s : statistics) row.bind(1, s.variable).bind(2, s.name).bind(3, s.value).run();
  transaction.commit();
}

void RunFile::write_adaptation(const std::vector<RunAdaptation>& adaptation) {
  sqlite::Transaction transaction(*database_);
  database_->run("DELETE FROM adaptation");
  sqlite::Statement row(*database_, "INSERT INTO adaptation VALUES(?1, ?2, ?3)");
  for (const RunAdaptation& a : adaptation)
    row.bind(1, a.chain).bind(2, a.step_size).bind_bytes(3, sqlite::bytes_of(a.inverse_metric)).run();
  transaction.commit();
}

}  // namespace thalweg
