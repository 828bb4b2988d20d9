// From a checked Stan program to C++ over Real: same names, same order, a source line behind each statement.
#pragma once
#include <string>
#include <vector>

#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/split.hpp"
#include "thalweg/stan/subset.hpp"

namespace thalweg::stan {

struct EmitOptions {
  std::string name = "model";  ///< the program's stem: the unit's name
  std::vector<int> widths;     ///< widths to compile in besides 1; empty: the native default
  bool hessian = false;        ///< a unit for Hessian–vector products alone
  bool subset = false;         ///< a unit for subsets of the observations alone
  bool constants = false;      ///< unnormalised densities, those of `~` too, keep their constants
};

/// The C++ unit of a program: one file that includes `thalweg/stan/runtime.hpp` and exports `thalweg_model_table`.
///
/// Errors  throws Error, rendered like the checker's, for what is legal Stan but not compiled yet.
std::string emit_cpp(const Program& program, const Analysis& analysis, const EmitOptions& options = {});

}  // namespace thalweg::stan
