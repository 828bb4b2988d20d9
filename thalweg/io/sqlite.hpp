// SQLite with owners, and errors that name the file and say what to try.
#pragma once
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thalweg::sqlite {

class Statement;

/// Numbers as they lie in memory.
inline std::span<const unsigned char> bytes_of(std::span<const double> values) {
  return {reinterpret_cast<const unsigned char*>(values.data()), 8 * values.size()};
}

/// One connection. Not for use by two threads at a time.
class Database {
 public:
  enum class Access { read, write, create };
  /// `create` needs a file that is absent or empty. Throws Error when it cannot be opened.
  Database(std::string path, Access access);

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_.get(); }
  /// Runs statements that give no rows, or whose rows do not matter.
  void run(const char* sql);
  Statement prepare(const char* sql);
  /// The one number that a query gives.
  std::int64_t number(const char* sql);
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
  /// Throws Error for the connection's last failure.
  [[noreturn]] void fail(int code) const;
  void close() { handle_.reset(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement; parameters and columns are counted as SQLite does, from 1 and from 0.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  Statement& bind(int index, std::int64_t x);
  Statement& bind(int index, double x);
  Statement& bind(int index, std::string_view text);
  /// The bytes must live until the statement has run.
  Statement& bind_bytes(int index, std::span<const unsigned char> bytes);
  /// True while there is a row.
  bool step();
  /// Steps to the end and makes the statement ready for new parameters.
  void run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double real(int column) const;
  std::string text(int column) const;
  std::span<const unsigned char> bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Reads a part of one BLOB without loading the rest.
class Blob {
 public:
  Blob(Database& database, const char* table, const char* column, std::int64_t row);
  std::size_t size() const { return static_cast<std::size_t>(sqlite3_blob_bytes(handle_.get())); }
  /// Goes on to another row, which is cheaper than a new Blob.
  void move_to(std::int64_t row);
  void read(std::size_t offset, std::span<unsigned char> out);

 private:
  struct Close {
    void operator()(sqlite3_blob* handle) const { sqlite3_blob_close(handle); }
  };
  Database* database_;
  std::unique_ptr<sqlite3_blob, Close> handle_;
};

/// Everything until `commit` happens together or not at all.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database* database_;
  bool open_ = true;
};

}  // namespace thalweg::sqlite
