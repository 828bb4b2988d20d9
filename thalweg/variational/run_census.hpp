// Do the draws of a run reach the modes that ascents from over-dispersed starts find?
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/optimize/census.hpp"
#include "thalweg/trust/verdict.hpp"
#include "thalweg/variational/coverage.hpp"

namespace thalweg {

struct RunCensusSettings {
  std::size_t starts = 32;
  std::int64_t most_gradients = 0;  ///< about; fewer starts and shorter ascents keep to it. 0: no bound
  std::uint64_t seed = 0;
  int threads = 1;
  std::string model = "MODEL", run_file = "NAME.run";  ///< for the advice
};

struct RunCensus {
  std::size_t starts = 0;  ///< 0: none was affordable
  Census census;
  Coverage coverage;
  std::int64_t gradients = 0;  ///< a product of a Hessian with a vector counts as 7
  Verdict verdict;             ///< `merge` adds it to that of the summary
};

/// Climbs from starts in four boxes by turns: ±2 and ±10, as approximations are judged, and 10 and 40 standard
/// deviations of the draws around their mean; then asks of each maximum whether a tenth of the draws that its Laplace
/// weight asks for is there (see `coverage`). A mode that no start finds stays unseen. An end that is a relabelling of
/// one that the draws reach is a note.
///
/// Shapes  x: [n][d], unconstrained draws of p; rows with a NaN are left out.
/// Cost    `most_gradients`, of which a third is for the ends' Hessians: in more dimensions than that allows, or than
///         2000, modes are counted but not weighed. With fewer than 4 affordable starts nothing is done.
/// Random  start i from (seed, check, i).
/// Errors  none throws but the model's own; a density without a finite start is a note.
RunCensus census_of_run(const Model& model, std::span<const double> x, std::span<const std::string> names,
                        const RunCensusSettings& settings, const std::function<bool()>& keep_going = {});

}  // namespace thalweg
