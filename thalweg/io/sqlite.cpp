#include "thalweg/io/sqlite.hpp"

#include <climits>
#include <limits>

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg::sqlite {
namespace {

constexpr int reader_patience_ms = 60'000, writer_patience_ms = 600'000;

std::string what_to_try(int code, int system_error) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "the disk (or the quota) is full; free some space, or write to another place";
    case SQLITE_IOERR:
      return "reading or writing failed: " +
             (system_error ? explain(system_error)
                           : std::string("input/output error; check the disk and its free space, or write to another "
                                         "place"));
    case SQLITE_NOTADB:
      return "is not a run file of thalweg";
    case SQLITE_CORRUPT:
      return "is damaged or truncated; restore it from a copy, or run the command again";
    case SQLITE_READONLY:
      return "cannot be written; check the permissions of the file and of its folder";
    case SQLITE_CANTOPEN:
      return "cannot be opened" + (system_error ? ": " + explain(system_error) : std::string());
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "is in use by another process; wait for it, or stop it";
    default:
      return {};
  }
}

/// The errno behind the last failure; 0 when SQLite has lost it.
int system_error_of(sqlite3* handle) {
  int error = 0;
  if (!handle || sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK) error = 0;
  return error ? error : sqlite3_system_errno(handle);
}

[[noreturn]] void fail_with(const std::string& path, sqlite3* handle, int code) {
  const int extended = handle ? sqlite3_extended_errcode(handle) : code;
  const std::string hint = what_to_try(code, system_error_of(handle));
  if (!hint.empty()) thalweg::fail("{}: {} (SQLite {})", path, hint, extended);
  thalweg::fail("{}: {} (SQLite {})", path, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code), extended);
}

}  // namespace

Database::Database(std::string path, Access access) : path_(std::move(path)) {
  // Reading opens for writing too: the journal of a writer that was killed must be rolled back first.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail_with(path_, handle, code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, access == Access::read ? reader_patience_ms : writer_patience_ms);
  if (access == Access::read) run("PRAGMA query_only = 1");
}

void Database::fail(int code) const { fail_with(path_, handle_.get(), code); }

void Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

Statement Database::prepare(const char* sql) { return Statement(*this, sql); }

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

Statement::Statement(Database& database, const char* sql) : database_(&database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql, -1, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) database.fail(code);
}

Statement& Statement::bind(int index, std::int64_t x) {
  sqlite3_bind_int64(handle_.get(), index, x);
  return *this;
}
Statement& Statement::bind(int index, double x) {
  sqlite3_bind_double(handle_.get(), index, x);
  return *this;
}
Statement& Statement::bind(int index, std::string_view text) {
  const int code = sqlite3_bind_text64(handle_.get(), index, text.data() ? text.data() : "", text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}
Statement& Statement::bind_bytes(int index, std::span<const unsigned char> bytes) {
  static constexpr unsigned char nothing = 0;
  const int code =
      sqlite3_bind_blob64(handle_.get(), index, bytes.empty() ? &nothing : bytes.data(), bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_->fail(code);
}
void Statement::run() {
  while (step()) {
  }
  reset();
}
void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

double Statement::real(int column) const {
  if (sqlite3_column_type(handle_.get(), column) == SQLITE_NULL) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(handle_.get(), column);
}
std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return text ? std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)) : std::string();
}
std::span<const unsigned char> Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return {static_cast<const unsigned char*>(data), data ? static_cast<std::size_t>(size) : 0};
}

Blob::Blob(Database& database, const char* table, const char* column, std::int64_t row) : database_(&database) {
  sqlite3_blob* handle = nullptr;
  const int code = sqlite3_blob_open(database.handle(), "main", table, column, row, 0, &handle);
  handle_.reset(handle);
  if (code != SQLITE_OK) database.fail(code);
}
void Blob::move_to(std::int64_t row) {
  const int code = sqlite3_blob_reopen(handle_.get(), row);
  if (code != SQLITE_OK) database_->fail(code);
}
void Blob::read(std::size_t offset, std::span<unsigned char> out) {
  const int code = sqlite3_blob_read(handle_.get(), out.data(), static_cast<int>(out.size()), static_cast<int>(offset));
  if (code != SQLITE_OK) database_->fail(code);
}

Transaction::Transaction(Database& database) : database_(&database) { database.run("BEGIN IMMEDIATE"); }
Transaction::~Transaction() {
  // A failed COMMIT or a full disk may have rolled back already.
  if (open_ && !sqlite3_get_autocommit(database_->handle()))
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
  database_->run("COMMIT");
  open_ = false;
}

}  // namespace thalweg::sqlite
