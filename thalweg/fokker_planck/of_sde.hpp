// The coefficients of an SDE's Fokker–Planck equation.
#pragma once
#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg::fokker_planck {

/// f of Itô and D = g gᵀ/2 of an SDE read in `calculus`, evaluated in packs. The model is kept alive.
///
/// Errors  std::invalid_argument in more than three dimensions: paths are the way there.
Coefficients coefficients_of(const SdeModel& sde, Calculus calculus);

}  // namespace thalweg::fokker_planck
