// From a Stan program to a loaded model table: emit C++, compile it once, keep the result in a cache.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/prior_properness.hpp"

namespace thalweg::stan {

struct CompileOptions {
  std::vector<int> widths;                 ///< besides 1; empty: the native default
  std::vector<std::string> include_paths;  ///< searched by `#include`
  std::string cache_directory;             ///< empty: $THALWEG_CACHE, $XDG_CACHE_HOME/thalweg or ~/.cache/thalweg
  std::string compiler;                    ///< empty: $THALWEG_CXX, else c++, g++ or clang++ of the path
  std::string header_directory;            ///< empty: $THALWEG_INCLUDE, installed headers, or the build's own
  /// Asked while the compiler works, from one thread at a time; false: it is stopped, and the compilation ends with an
  /// Error.
  std::function<bool()> keep_going{};
  std::string instruction_set;  ///< -march of the unit; empty: x86-64-v4 or v3, whichever this machine has
  /// Also compiles the unit for Hessian–vector products, at the same time.
  bool hessian = false;
  /// Also compiles the unit for subsets of the observations, at the same time.
  bool subset = false;
  /// Densities of `~`, `_lupdf` and `_lupmf` keep their constants, as evidence needs them. Holds for all units.
  bool constants = false;
};

/// A unit in memory. The table lives as long as `keep_alive`.
struct CompiledProgram {
  const ModelTable* table = nullptr;
  std::shared_ptr<void> keep_alive;
  std::string source;     ///< the program with its includes resolved
  std::string unit_path;  ///< the generated C++, for a person to read
  bool was_cached = false;
  /// The unit for Hessian–vector products: null when it was not asked for, or when the program cannot be differentiated
  /// twice; then `hessian_reason` says why.
  const ModelTable* hessian = nullptr;
  std::shared_ptr<void> hessian_keep_alive;
  std::string hessian_reason;
  /// The unit for subsets of the observations: null when it was not asked for, or when no term can be subsampled; then
  /// `subset_reason` says why.
  const ModelTable* subset = nullptr;
  std::shared_ptr<void> subset_keep_alive;
  std::string subset_reason;
  std::vector<std::string> warnings;   ///< rendered, of the front end
  std::vector<ParameterPrior> priors;  ///< whether each parameter's prior is proper
};

/// Parses, checks, emits, compiles and loads the program in a file.
///
/// Cost    about 2 s of compiler time for a small program; milliseconds when the cache has it. The key of the cache is
///         made of the generated code, the headers, the compiler and its flags. Two processes that compile the same
///         program at once don't clash: each writes beside and renames.
/// Errors  Error: what the front end finds, rendered; no compiler on the machine; a cache that cannot be written; a
///         generated unit that does not compile (a bug of ours: says where the unit and the compiler's words are). The
///         unit for Hessians may fail to compile: that is no error but a `hessian_reason`.
CompiledProgram compile_program(const std::string& path, const CompileOptions& options = {});
/// The same for a program in memory; `name` stands for its file.
CompiledProgram compile_program_text(const std::string& text, const std::string& name,
                                     const CompileOptions& options = {});
/// The generated C++ alone.
std::string emit_program(const std::string& path, const CompileOptions& options = {});

/// The program with its data. Subsets come from the unit for them. Hessian–vector products come from the unit for them;
/// from differences of the gradient when that was asked for and could not be had. Throws Error on data that do not fit.
Model bind(const CompiledProgram& program, const DataMap& data, const Model::Options& options = {});

}  // namespace thalweg::stan
