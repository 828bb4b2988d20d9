// What a unit includes that is compiled for subsets of the observations of a Stan program.
#pragma once
#include "thalweg/stan/runtime.hpp"
#include "thalweg/stan/runtime/subset_unit.hpp"
