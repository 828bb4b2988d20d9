// The bias of a run along gradients of minibatches: measured against a tail, kept in the run file, part of the verdict.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "thalweg/density/model.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/trust/summary.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg::app {

/// Whether a run has a bias to measure: finished, of such a method, at a temperature > 0, and not with --tail 0.
bool wants_bias(const RunFile& run);

/// Goes on from where the chains of a finished run ended with an exact method (`full_gradient_tail`), and keeps how far
/// means and standard deviations of all quantities are from it. Does nothing for runs without such a bias, and stores
/// nothing when interrupted.
void measure_bias(RunFile& run, const Model& model, int threads, bool quiet);

/// What is kept; nothing when there is none for the draws that the run has now.
std::optional<nlohmann::ordered_json> stored_bias(const RunFile& run);

/// What the score identities of a run may be off by, squared and in variances: what the tail has shown of the bias, or
/// what the facts say.
double squared_bias_of(const RunFile& run, const SamplerFacts& facts);

/// Adds it to a verdict, or a note that it was not measured.
void add_bias(const RunFile& run, Verdict& verdict);

}  // namespace thalweg::app
