// From a checked Stan file that states an SDE to C++ over Real.
#pragma once
#include <string>

#include "thalweg/stan/emit/emitter.hpp"
#include "thalweg/stan/sde_functions.hpp"

namespace thalweg::stan {

/// The C++ unit of an SDE: one file that includes `thalweg/stan/runtime_sde.hpp` and exports `thalweg_sde_table`.
/// `analysis` must take in sde.roots.
///
/// Errors  throws Error, rendered like the checker's, for what is legal Stan but not compiled yet.
std::string emit_sde(const Program& program, const Analysis& analysis, const SdeFunctions& sde,
                     const std::string& name);

}  // namespace thalweg::stan
