// The verdict on a run: to be trusted or not, why, and what to try.
#pragma once
#include <string>
#include <vector>

#include "thalweg/trust/summary.hpp"

namespace thalweg {

/// The limits of the verdict; docs/trust.md says where they come from and how often they alarm falsely.
struct Limits {
  double rhat = 1.01;                   ///< nested R-hat may exceed it by what chance explains
  double ess = 400;                     ///< bulk and tail, of every quantity
  double divergent_fraction = 0.001;    ///< of all transitions
  double energy_fraction = 0.2;         ///< E-BFMI below it fails …
  double energy_fraction_notice = 0.3;  ///< … and below this is shown
  double squared_bias_notice = 0.01;    ///< of methods without a Metropolis test, in variances
  double evidence_error = 0.5;          ///< of log Z: beyond it its own error is not known either
  double weighted_particles = 32;       ///< that weights leave effective: below this draws are copies of few
};

struct Finding {
  enum class Weight { note, failure };
  Weight weight;
  std::string text;
};

struct Verdict {
  bool trusted = true;
  std::vector<Finding> findings;    ///< failures first
  std::vector<std::string> advice;  ///< the most promising first; empty when trusted
  std::string evidence;             ///< the extremes that decided, in one line
};

/// Adds what another verdict on the same draws found: trusted only when both are, and then without advice.
void merge(Verdict& into, const Verdict& other);

/// Judges a summary. `run_file` appears in the advice ("thalweg resume NAME.run …"). A summary without a row that can
/// be judged is not trusted, unless all its rows are constant, or log p and statistics of the sampler by choice.
Verdict judge(const Summary& summary, const std::string& run_file = "", const Limits& limits = {});

}  // namespace thalweg
