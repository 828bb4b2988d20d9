// What optimize, laplace, pathfinder, vi and stein answer beside their draws: kept in the run file, shown by the
// command and by summary alike.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/io/run_file.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg::app {

/// A lower bound on the error of a quantity's mean and standard deviation, in its own unit; 0: none was found.
struct KnownError {
  double mean = 0, sd = 0;
};

struct Answer {
  std::vector<std::string> lines;              ///< above the table
  nlohmann::ordered_json facts;                ///< the same and more, for programs
  std::map<std::string, KnownError> bounds{};  ///< by quantity, where known
  double effective_draws = 0;                  ///< for the Monte-Carlo errors; 0: all draws count
  std::vector<std::int64_t> points{};          ///< when the answer is a few points: the chains whose draw they are …
  std::vector<std::string> headings{};         ///< … and what they are called
  Verdict verdict{};
};

/// Keeps the answer in a run file; before the last commit, so that no finished run is without.
void store_answer(RunFile& run, const Answer& answer);
/// Nothing when the run is one of `sample`. Throws Error when the command was stopped before its end.
std::optional<Answer> stored_answer(const RunFile& run);

/// Prints lines, table and verdict; returns the exit status. At most `max_rows` rows (0: all). `parameters` picks rows.
int print_answer(const RunFile& run, const Answer& answer, const std::vector<std::string>& parameters,
                 std::size_t max_rows);
/// The same for programs.
nlohmann::ordered_json to_json(const RunFile& run, const Answer& answer, const std::vector<std::string>& parameters);

}  // namespace thalweg::app
