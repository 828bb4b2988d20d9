// Points of the unconstrained space into a run file, as draws with all the quantities of the model.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/core/rows.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

/// Takes the draws of a chain one after another, computes their transformed parameters and generated quantities, and
/// commits them in large pieces; `finish` commits the rest and marks the run as finished.
///
/// Random  generated quantities of draw k of chain c from (seed, generated_quantities, c, k).
/// Errors  `add` throws Error when the model fails to compute a quantity; what was committed before stays.
class DrawStore {
 public:
  DrawStore(RunFile& run, const Model& model, std::size_t statistics, std::uint64_t seed);
  void add(Phase phase, std::int64_t chain, std::span<const double> statistics, std::span<const double> x);
  void finish(const std::vector<LogEntry>& log);

 private:
  void flush();

  RunFile& run_;
  Workspace workspace_;
  std::size_t statistics_, columns_;
  std::uint64_t seed_;
  Rows rows_;
  std::vector<DrawBlock> blocks_;
  std::size_t waiting_ = 0;
};

}  // namespace thalweg::app
