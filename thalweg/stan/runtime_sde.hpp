// What a unit includes that is compiled from a Stan file that states an SDE.
#pragma once
#define THALWEG_FORWARD
#include "thalweg/autodiff/dual.hpp"  // first: what follows sees the functions of dual numbers
#include "thalweg/density/distributions/second_derivatives.hpp"
#include "thalweg/stan/runtime.hpp"
#include "thalweg/stan/runtime/sde_unit.hpp"
