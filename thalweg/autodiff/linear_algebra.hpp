// Linear algebra by the names that Stan gives it: one record a function, with its analytic way back.
#pragma once
#include "thalweg/autodiff/linear_algebra_covariance.hpp"
#include "thalweg/autodiff/linear_algebra_factors.hpp"
#include "thalweg/autodiff/linear_algebra_hidden_markov.hpp"
#include "thalweg/autodiff/linear_algebra_inverse.hpp"
#include "thalweg/autodiff/linear_algebra_products.hpp"
#include "thalweg/autodiff/linear_algebra_solve.hpp"
#include "thalweg/autodiff/linear_algebra_spectral.hpp"
