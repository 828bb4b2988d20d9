// What `simulate` and `resume` share.
#pragma once
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

/// Goes on with a simulation that was stopped, or shows a finished one; returns the exit status.
int resume_simulation(RunFile& run, int threads, bool quiet);
/// Whether a run is one of `simulate` that has not come to its end, or has no answer yet.
bool is_open_simulation(const RunFile& run);

}  // namespace thalweg::app
