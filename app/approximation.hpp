// What laplace, pathfinder, vi and stein have in common: their draws are certified, corrected if asked, stored, shown.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/answer.hpp"
#include "app/model_command.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/trust/resample.hpp"

namespace thalweg::app {

/// The options of every approximation.
struct ApproximationCommand {
  ModelCommand common;
  std::int64_t draws = 1000;
  std::string correct = "none";     ///< none, resample or chains
  std::int64_t census = 32;         ///< starts of the census of modes; 0: none
  std::int64_t short_chains = 512;  ///< of the certificate; 0: none
  std::string against;              ///< a run of sample, for an upper bound of the evidence; empty: none
};
/// --draws, --correct, --census, --against, and those of every command that makes a run.
void add_approximation_options(CLI::App& app, ApproximationCommand& command);

/// What a method has found.
struct Found {
  Approximation q;
  std::vector<std::string> lines;       ///< about the method's work, above the table
  nlohmann::ordered_json facts;         ///< the same for programs
  nlohmann::json settings;              ///< of the method, for the run file
  std::vector<std::string> failures{};  ///< why the method itself has not arrived: no certificate makes up for that
  std::vector<double> metric;           ///< [d] variances or [d][d]; empty: none is stored
  Resampled resampled{};                ///< draws that the method has chosen by weight; empty: all of them
  double seconds = 0;                   ///< of the method alone
};

/// Certifies the draws, corrects them, stores all of it in a run file and prints it. Returns the exit status.
int finish_approximation(const ApproximationCommand& command, const LoadedModel& loaded, const DataMap& data,
                         Found found);

}  // namespace thalweg::app
