// All that a unit generated from a Stan program includes: lean, since it is compiled at every first use of a program.
#pragma once
#include <utility>

#include "thalweg/density/normal_regression.hpp"
#include "thalweg/stan/runtime/categorical.hpp"
#include "thalweg/stan/runtime/distributions.hpp"
#include "thalweg/stan/runtime/language.hpp"
#include "thalweg/stan/runtime/matrix_distributions.hpp"
#include "thalweg/stan/runtime/multivariate.hpp"
#include "thalweg/stan/runtime/ordered.hpp"
#include "thalweg/stan/runtime/random.hpp"
#include "thalweg/stan/runtime/random_vectors.hpp"
#include "thalweg/stan/runtime/regressions.hpp"
#include "thalweg/stan/runtime/tails.hpp"
#include "thalweg/stan/runtime/unit.hpp"
