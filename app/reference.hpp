// Where methods that follow a path to the density begin, and whether log Z is defined then.
#pragma once
#include <string>

#include "app/model_source.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg::app {

/// Turns an automatic reference into the prior or the Gaussian. Returns why log Z, the evidence of the likelihood under
/// the prior, is undefined, naming the parameter; empty when it is defined or not asked for.
///
/// Errors  throws Error when the prior is asked for and improper.
std::string choose_reference(SampleSettings& settings, const LoadedModel& loaded);

}  // namespace thalweg::app
