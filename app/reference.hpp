// Where methods that follow a path to the density begin, and whether log Z is defined then.
#pragma once
#include <string>

#include "app/model_command.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg::app {

/// Turns an automatic reference into the prior or the Gaussian. Returns why log Z, the evidence of the likelihood under
/// the prior, is undefined, naming the parameters; empty when it is defined or not asked for. Methods that walk the
/// path once have no Gaussian to turn to: they cannot go on then.
///
/// Errors  throws Error when the prior is asked for and improper.
std::string choose_reference(SampleSettings& settings, const LoadedModel& loaded);

/// What is said and not done, with the way out, when `choose_reference` has found that a walk has no beginning.
std::string refusal(const std::string& undefined);

/// Whether a Gaussian is to be fitted before the run: it was asked for, or tempering has no prior to begin at.
bool wants_fitted_reference(const SampleSettings& settings, const LoadedModel& loaded);

/// A Gaussian over all modes that 48 ascents find from ±2, ±10 and ±40, with twice the standard deviations of
/// Laplace's, as the reference; see `cover`. Where it was not asked for and there is one mode at most, nothing changes:
/// tempering's warm-up tunes a Gaussian of its own.
///
/// Cost    the ascents, and d Hessian-vector products a mode.
/// Errors  throws Error when it was asked for and they find no maximum.
void fit_reference(SampleSettings& settings, const ModelCommand& command, const LoadedModel& loaded);

}  // namespace thalweg::app
