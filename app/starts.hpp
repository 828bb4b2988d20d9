// Starting points from a file of initial values, or from another run.
#pragma once
#include <string>
#include <vector>

#include "app/model_source.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

/// Unconstrained points for SampleSettings::starts, from a JSON file with one object for all chains or an array of one
/// a chain. Parameters that the file leaves out start uniform on [−2, 2] in the unconstrained space, as without a file;
/// the chains of a superchain share them.
///
/// Errors  throws Error for a file that can't be read, an object that fits no parameter of the model, values of a
///         wrong shape or outside their constraints.
std::vector<std::vector<double>> read_starts(const Model& model, const std::string& path,
                                             const SampleSettings& settings);

/// What a run gives another to start from.
struct RunStarts {
  std::vector<std::vector<double>> starts;  ///< unconstrained, one a chain; the chains of a superchain share theirs
  std::vector<double> metric;               ///< for SampleSettings::initial_metric; empty: the run knows none
  std::string description;                  ///< in words, for a note
};

/// Starting points from a run: the ends of an optimization, or draws evenly spaced over those of a sampler or an
/// approximation, by the names of the parameters; and its metric when it is a run of the same program or test density
/// (`model_name`).
///
/// Errors  throws Error when the run has no draws, lacks a parameter of the model, or has it in another shape.
RunStarts starts_of_run(const LoadedModel& loaded, const std::string& model_name, const std::string& path,
                        const SampleSettings& settings);

/// One draw of a run as named parameters of the model. Throws Error as `starts_of_run` does.
DataMap parameters_of_draw(const Model& model, const RunFile& run, std::int64_t chain, std::int64_t draw);

}  // namespace thalweg::app
