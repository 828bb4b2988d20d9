#include "thalweg/io/run_format.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "thalweg/core/error.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/io/sha256.hpp"

namespace thalweg::run_format {
namespace {

// auto_vacuum keeps a map of the pages of each BLOB, with which SQLite goes to the middle of one without reading its
// beginning. Nothing is lost when a file is before its first commit, so that its making waits for no disk.
constexpr const char* layout = R"(
  PRAGMA page_size = 8192;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = OFF;
)";

constexpr const char* tables = R"(
  CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE program(name TEXT NOT NULL, source TEXT NOT NULL, fingerprint TEXT NOT NULL, chains INTEGER NOT NULL);
  CREATE TABLE data(origin TEXT NOT NULL, json TEXT, path TEXT, sha256 TEXT);
  CREATE TABLE columns(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, kind INTEGER NOT NULL,
                       shape TEXT NOT NULL, is_integer INTEGER NOT NULL, first INTEGER NOT NULL, size INTEGER NOT NULL);
  CREATE TABLE draws(id INTEGER PRIMARY KEY, phase INTEGER NOT NULL, chain INTEGER NOT NULL, first INTEGER NOT NULL,
                     count INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE UNIQUE INDEX draws_in_order ON draws(phase, chain, first, count);
  CREATE TABLE log(id INTEGER PRIMARY KEY, level TEXT NOT NULL, chain INTEGER NOT NULL, transition INTEGER NOT NULL,
                   text TEXT NOT NULL);
  CREATE TABLE statistics(id INTEGER PRIMARY KEY, variable TEXT NOT NULL, name TEXT NOT NULL, value REAL);
  CREATE TABLE adaptation(chain INTEGER PRIMARY KEY, step_size REAL, inverse_metric BLOB NOT NULL);
  CREATE TABLE checkpoint(id INTEGER PRIMARY KEY CHECK (id = 1), finished INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE TABLE checkpoint_pieces(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
)";

constexpr std::int64_t most_chains = 1'000'000;

void check_header(const RunHeader& header) {
  std::int64_t next = 0;
  for (const ColumnGroup& group : header.columns) {
    std::int64_t size = 1;
    for (const std::int64_t length : group.shape) size *= length;
    require(group.first == next && group.size == size,
            "columns must follow each other and have the size of their shape; \"{}\" should have first {} and size {}, "
            "found {} and {}",
            group.name, next, size, group.first, group.size);
    next += group.size;
  }
  for (const auto& [key, json] : header.settings)
    require(nlohmann::json::accept(json), "setting \"{}\" must be JSON; found {}", key, json);
  require(header.chains > 0 && header.chains <= most_chains, "chains must be from 1 to {}; found {}", most_chains,
          header.chains);
}

void write_data(sqlite::Database& database, const DataMap& data, const RunFile::Creation& options) {
  const std::string json = write_json_data(data);
  if (json.size() <= options.data_limit || options.data_path.empty()) {
    sqlite::Statement(database, "INSERT INTO data(origin, json) VALUES(?1, ?2)")
        .bind(1, data.origin)
        .bind(2, json)
        .run();
    return;
  }
  const std::string path = std::filesystem::absolute(options.data_path).lexically_normal().string();
  sqlite::Statement(database, "INSERT INTO data(origin, path, sha256) VALUES(?1, ?2, ?3)")
      .bind(1, data.origin)
      .bind(2, path)
      .bind(3, sha256_of_file(path))
      .run();
}

}  // namespace

void write_new(sqlite::Database& database, const RunHeader& header, const DataMap& data,
               const RunFile::Creation& options) {
  check_header(header);
  database.run(layout);
  sqlite::Transaction transaction(database);
  database.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", application_id, version).c_str());
  database.run(tables);
  sqlite::Statement(database, "INSERT INTO program VALUES(?1, ?2, ?3, ?4)")
      .bind(1, header.program_name)
      .bind(2, header.program_source)
      .bind(3, header.fingerprint)
      .bind(4, header.chains)
      .run();
  sqlite::Statement setting(database, "INSERT INTO settings VALUES(?1, ?2)");
  for (const auto& [key, json] : header.settings) setting.bind(1, key).bind(2, json).run();
  sqlite::Statement column(database,
                           "INSERT INTO columns(name, type, kind, shape, is_integer, first, size) VALUES(?1, ?2, ?3, "
                           "?4, ?5, ?6, ?7)");
  for (const ColumnGroup& group : header.columns)
    column.bind(1, group.name)
        .bind(2, group.type)
        .bind(3, static_cast<std::int64_t>(group.kind))
        .bind(4, nlohmann::json(group.shape).dump())
        .bind(5, std::int64_t{group.is_integer})
        .bind(6, group.first)
        .bind(7, group.size)
        .run();
  write_data(database, data, options);
  transaction.commit();
}

void check(sqlite::Database& database) {
  const std::string& path = database.path();
  // One read transaction: no writer can change the file between its parts. The first read rolls back a dead writer's
  // journal.
  database.run("BEGIN");
  const std::int64_t id = database.number("PRAGMA application_id");
  const std::int64_t pages = database.number("SELECT page_count FROM pragma_page_count");
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && status.st_size == 0)
    fail("{}: is empty: its run was stopped before it began; delete the file and run the command again", path);
  if (id != application_id) fail("{}: is a database, but not a run file of thalweg", path);
  const std::int64_t found = database.number("PRAGMA user_version");
  if (found != version)
    fail("{}: has version {} of the run file's format, this thalweg reads version {}; use the thalweg that wrote it",
         path, found, version);
  const std::int64_t expected = pages * database.number("PRAGMA page_size");
  if (status.st_size < expected)
    fail("{}: is truncated: expected {} bytes, found {}; restore it from a copy, or run the command again", path,
         expected, std::int64_t{status.st_size});
  if (database.number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('settings', 'program', "
                      "'data', 'columns', 'draws', 'log', 'statistics', 'adaptation', 'checkpoint', "
                      "'checkpoint_pieces')") != 10)
    fail("{}: is damaged: tables are missing; restore it from a copy, or run the command again", path);
  const std::int64_t wrong = database.number(
      "SELECT count(*) FROM draws WHERE length(data) <> 8 * count * (SELECT coalesce(max(first + size), 0) FROM "
      "columns)");
  if (wrong > 0)
    fail(
        "{}: is damaged: {} blocks of draws have another size than their number of draws; restore it from a copy, or "
        "run the command again",
        path, wrong);
  database.run("COMMIT");
}

std::int64_t draws_to_keep(const RunHeader& header) {
  const auto found = header.settings.find("keep");
  if (found == header.settings.end()) return 0;
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  return json.is_number_integer() ? std::max<std::int64_t>(json.get<std::int64_t>(), 0) : 0;
}

RunHeader read_header(sqlite::Database& database) {
  RunHeader header;
  auto program = database.prepare("SELECT name, source, fingerprint, chains FROM program");
  if (program.step()) {
    header.program_name = program.text(0);
    header.program_source = program.text(1);
    header.fingerprint = program.text(2);
    header.chains = program.integer(3);
  }
  if (header.chains < 1 || header.chains > most_chains)
    fail("{}: is damaged: it has {} chains; restore it from a copy, or run the command again", database.path(),
         header.chains);
  auto setting = database.prepare("SELECT key, value FROM settings");
  while (setting.step()) header.settings[setting.text(0)] = setting.text(1);
  auto column = database.prepare("SELECT name, type, kind, shape, is_integer, first, size FROM columns ORDER BY id");
  while (column.step()) {
    const auto shape = nlohmann::json::parse(column.text(3), nullptr, false);
    if (!shape.is_array()) fail("{}: is damaged: column \"{}\" has no shape", database.path(), column.text(0));
    header.columns.push_back({.name = column.text(0),
                              .type = column.text(1),
                              .kind = static_cast<ColumnKind>(column.integer(2)),
                              .shape = shape.get<std::vector<std::int64_t>>(),
                              .is_integer = column.integer(4) != 0,
                              .first = column.integer(5),
                              .size = column.integer(6)});
  }
  return header;
}

DataMap read_data(sqlite::Database& database) {
  auto row = database.prepare("SELECT origin, json, path, sha256 FROM data");
  if (!row.step()) return {};
  const std::string origin = row.text(0), path = row.text(2), expected = row.text(3);
  if (path.empty()) return parse_json_data(row.text(1), origin);
  const std::string found = sha256_of_file(path);
  if (found != expected)
    fail("{}: the data file has changed since the run {} began (SHA-256 {}, now {}); put the old file back", path,
         database.path(), expected, found);
  return read_json_data(path);
}

}  // namespace thalweg::run_format
