// What a unit includes that is compiled for the Hessian of a Stan program.
#pragma once
#include "thalweg/autodiff/dual.hpp"  // first: what follows sees the functions of dual numbers
#include "thalweg/density/distributions/second_derivatives.hpp"
#include "thalweg/stan/runtime.hpp"
#include "thalweg/stan/runtime/hessian_unit.hpp"
