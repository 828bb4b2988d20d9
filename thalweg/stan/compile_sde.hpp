// From a Stan file that states an SDE to a loaded table.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "thalweg/sde/sde_model.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::stan {

/// A unit in memory. The table lives as long as `keep_alive`.
struct CompiledSde {
  const SdeTable* table = nullptr;
  std::shared_ptr<void> keep_alive;
  std::string source;     ///< the program with its includes resolved
  std::string unit_path;  ///< the generated C++, for a person to read
  bool was_cached = false;
  std::vector<std::string> warnings;  ///< rendered, of the front end
};

/// Parses, checks, emits, compiles and loads the SDE in a file; see SdeFunctions for what it must hold. Of the options,
/// widths, hessian, subset and constants do not matter.
///
/// Cost    some seconds of compiler time for a small program; milliseconds when the cache has it.
/// Errors  as compile_program; and when drift or diffusion are missing, or are not as they must be.
CompiledSde compile_sde(const std::string& path, const CompileOptions& options = {});
/// The same for a program in memory; `name` stands for its file.
CompiledSde compile_sde_text(const std::string& text, const std::string& name, const CompileOptions& options = {});

/// The SDE with its data. A datum `dimension` that the file does not declare says how many numbers x has, where the
/// drift takes any. Throws Error on data that do not fit.
SdeModel bind(const CompiledSde& sde, const DataMap& data);

}  // namespace thalweg::stan
