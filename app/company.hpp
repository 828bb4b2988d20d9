// The processes of one command: mpirun -n 4 thalweg sample …
#pragma once
#include <functional>

#include "app/model_source.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg::app {

/// Joins the processes that a launcher has started with this one, runs `first` in the first of them, and in the others
/// what that asks for. Without a launcher: just `first`.
///
/// Returns  the exit status: that of `first`, and 0 in the others, whose errors are the first one's too.
/// Errors   throws Error when a launcher has started several processes that cannot be one run; what `first` throws,
///          when the others have been told.
int run_in_company(const std::function<int()>& first);

/// Threads a process takes when --threads is left out: the cores that it may use, shared with other processes of the
/// run on the same cores.
int default_threads();

/// Hands the model to the other processes, which take part in all that `go` samples of it with the execution that it is
/// given; `source` is LoadedModel::source. In a command of one process: just `go`.
///
/// Errors  throws Error when one of them cannot make the model or is of another build, what `go` throws, and
///         ProcessFailed with the error of another process.
SampleOutcome in_company(const std::string& name, const std::string& source, const Model& model, const DataMap& data,
                         const LoadOptions& options, int threads,
                         const std::function<SampleOutcome(const Execution&)>& go);

/// " in each of 4 processes", for a headline; nothing where there is one.
std::string in_processes();

}  // namespace thalweg::app
