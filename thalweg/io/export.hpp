// The draws of a run in the forms that other programs read.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/io/run_file.hpp"

namespace thalweg {

struct ExportOptions {
  bool overwrite = false;
  std::string version{};     ///< of thalweg
  std::string created_at{};  ///< date and time, ISO 8601, from the caller's clock; left out when empty
  /// Data variables that are observations; empty: those with a counterpart NAME_rep, and y; failing that, every array.
  std::vector<std::string> observed{};
  double warmup_seconds = 0, sampling_seconds = 0;  ///< for Stan CSV's closing comment
  /// Asked before every few MiB; false: the export ends with an Error and leaves nothing.
  std::function<bool()> keep_going{};
};

struct ExportReport {
  std::vector<std::string> files;
  std::vector<std::string> notes;  ///< what the form could not hold, in sentences
};

enum class ExportFormat { netcdf, stan_csv, npz, csv };

/// "nc", "stan-csv", "npz" or "csv"; throws Error for another name.
ExportFormat export_format_named(const std::string& name);
/// By the ending: .nc, .npz, .csv; a path that ends with a slash, or a folder, means Stan CSV. Throws Error for others.
ExportFormat export_format_for(const std::string& target);

/// All exports read a block at a time and write beside the target, which appears complete or not at all. An existing
/// target is refused unless `overwrite`.
///
/// Errors  throws Error, naming the path, when a target exists, the run has no draws, or the medium is full or fails.

/// netCDF-4 that ArviZ opens as InferenceData: posterior, sample_stats, log_likelihood (log_lik*), posterior_predictive
/// (*_rep of generated quantities), the same with warmup_ when warm-up was saved, observed_data and constant_data.
/// Shapes  [chain, draw, shape…]; when chains differ in length, the common draws.
ExportReport export_netcdf(const RunFile& run, const std::string& path, const ExportOptions& options);

/// Stan CSV, a file a chain, FOLDER/NAME_1.csv …, as CmdStan writes them: for CmdStanPy, R's posterior and cmdstanr.
/// The comments take the settings thin, warmup, target_accept, max_depth, metric ("dense" or other), seed, init and
/// data.
ExportReport export_stan_csv(const RunFile& run, const std::string& folder, const ExportOptions& options);

/// NumPy's NPZ: one array [chain, draw, shape…] a variable; statistics under Stan's names (lp__, divergent__, …);
/// saved warm-up draws under "warmup.NAME".
ExportReport export_npz(const RunFile& run, const std::string& path, const ExportOptions& options);

/// One table: chain and draw from 1, statistics under Stan's names, then "theta[1,2]" …, without warm-up.
ExportReport export_csv(const RunFile& run, const std::string& path, const ExportOptions& options);

ExportReport export_run(const RunFile& run, const std::string& target, ExportFormat format,
                        const ExportOptions& options);

}  // namespace thalweg
