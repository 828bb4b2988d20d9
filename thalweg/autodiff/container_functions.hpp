// The functions of containers, by the names that Stan gives them.
#pragma once
#include "thalweg/autodiff/container_functions_build.hpp"
#include "thalweg/autodiff/container_functions_join.hpp"
#include "thalweg/autodiff/container_functions_mixture.hpp"
#include "thalweg/autodiff/container_functions_nested.hpp"
#include "thalweg/autodiff/container_functions_order.hpp"
#include "thalweg/autodiff/container_functions_products.hpp"
#include "thalweg/autodiff/container_functions_reduce.hpp"
#include "thalweg/autodiff/container_functions_shape.hpp"
