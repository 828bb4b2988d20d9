// The summary and the verdict of a run file, on the terminal and as JSON.
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "thalweg/io/run_file.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg::app {

/// Summarises the sampling draws of a run. `parameters` picks variables ("theta") or elements ("theta[2]"); none: log p
/// and all quantities of the model. log p and other statistics of the sampler are shown but not judged.
///
/// Cost    reads columns in groups of about 32 MiB.
/// Errors  throws UsageError on an unknown name, Error when there are no draws yet.
Summary summarise_run(const RunFile& run, const std::vector<std::string>& parameters = {},
                      const std::function<bool()>& keep_going = {});

/// The quantities of a run, each with its name: those that `parameters` picks, or log p and all of the model. Throws
/// UsageError on an unknown name.
std::vector<Quantity> quantities_of(const RunFile& run, const std::vector<std::string>& parameters);

/// Reads the first `draws` draws of each chain; the run must stay. Keeps a window of about 32 MiB of columns.
ColumnReader column_reader(const RunFile& run, std::int64_t draws);

nlohmann::ordered_json to_json(const RunFile& run, const Summary& summary, const Verdict& verdict);
nlohmann::ordered_json to_json(const Verdict& verdict);
/// The inverse; throws nlohmann::json::exception on JSON that is none.
Verdict verdict_from(const nlohmann::ordered_json& json);

/// The rows as the statistics table of the run file keeps them.
std::vector<RunStatistic> to_statistics(const Summary& summary);

/// Prints table and verdict to standard output and returns the exit status, fine or untrusted.
int print_report(const Summary& summary, const Verdict& verdict, std::size_t max_rows);

}  // namespace thalweg::app
