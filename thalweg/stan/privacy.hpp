// Which variables from outside a loop serve as scratch space of one iteration at a time. Private to analysis*.cpp.
#pragma once
#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// Whether what an iteration of `loop` writes to `variable`, declared outside of it, is read by that iteration only:
/// the variable is local, nothing outside the loop reads it, and in each iteration every read is preceded by a write to
/// the same place, on every path. Recognised are `v = …`, `v[n, …] = …` for reads of `v[n, …]`, and
/// `for (k in 1:K) v[k] = …` over all K elements. May answer no where a proof is harder.
bool is_private(const Program& program, VariableId variable, const Statement& loop);

}  // namespace thalweg::stan
