// Whether each component of a diffusion depends on its own coordinate alone.
#pragma once
#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// Whether component i of the vector that `diffusion(t, x, …)` returns depends on no coordinate of x but x[i], for
/// every i: then its noises commute. By following values through elementwise operations and functions, indexes that
/// are literals or loop variables, `[a, b]'`, loops and branches that do not depend on x. Never true where it is not
/// so; false also where it cannot tell.
bool is_own_noise(const Program& program, FunctionId diffusion);

}  // namespace thalweg::stan
