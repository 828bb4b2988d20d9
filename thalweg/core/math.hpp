// The mathematics of packs: every function gives the same bits for double and for packs of every width.
#pragma once
#include "thalweg/core/exp_log.hpp"
#include "thalweg/core/gamma.hpp"
#include "thalweg/core/hyperbolic.hpp"
#include "thalweg/core/inverse_trigonometric.hpp"
#include "thalweg/core/log_product.hpp"
#include "thalweg/core/normal_functions.hpp"
#include "thalweg/core/power.hpp"
#include "thalweg/core/rounding.hpp"
#include "thalweg/core/stable.hpp"
#include "thalweg/core/trigonometric.hpp"
