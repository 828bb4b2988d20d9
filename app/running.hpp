// What sample and resume have in common: carrying a run out, and ending it.
#pragma once
#include <functional>

#include "app/terminal.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

/// Calls `go` (which samples into `run`), then audits the draws against `model`, with the bias of methods that take
/// minibatches, stores adaptation, certificate and statistics and prints table and verdict. Returns the exit status; an
/// interrupted run is saved and the reader told how to go on. An error after something was saved says that too.
int carry_out(RunFile& run, const Model& model, int threads, bool quiet,
              const std::function<SampleOutcome(Clock&, ProgressDisplay&)>& go);

/// Table, verdict and what a rule reached, of a run that needs no more sampling.
int report_finished(RunFile& run);

}  // namespace thalweg::app
