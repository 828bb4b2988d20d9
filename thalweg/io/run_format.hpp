// The tables of a run file.
#pragma once
#include <cstdint>

#include "thalweg/core/data_map.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/io/sqlite.hpp"

namespace thalweg::run_format {

inline constexpr std::int64_t application_id = 0x74686c77;  // "thlw"
inline constexpr std::int64_t version = 2;

/// Makes the tables of an empty database and fills in what is fixed, in one transaction.
void write_new(sqlite::Database& database, const RunHeader& header, const DataMap& data,
               const RunFile::Creation& options);
/// Throws Error when the file is foreign, of another version, truncated or damaged.
void check(sqlite::Database& database);
/// The setting "keep": a number of draws of sampling that stay of each chain; 0 for all ("all", or no such setting).
std::int64_t draws_to_keep(const RunHeader& header);
RunHeader read_header(sqlite::Database& database);
DataMap read_data(sqlite::Database& database);

}  // namespace thalweg::run_format
