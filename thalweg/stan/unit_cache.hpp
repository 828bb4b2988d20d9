// Compiled units in the cache of programs: each is compiled once, and loaded from then on.
#pragma once
#include <memory>
#include <string>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/compile.hpp"
#include "thalweg/stan/toolchain.hpp"

namespace thalweg::stan {

/// What the compiler refuses.
class DoesNotCompile : public Error {
 public:
  using Error::Error;
};

/// Compiles `unit` to `<base>.so`, with the C++ beside it, unless that is there already. Returns whether it was. Two
/// processes that compile the same unit at once don't clash: each writes beside and renames.
///
/// Errors  throws DoesNotCompile with the compiler's words, Error when it did not finish or was interrupted.
bool compile_unit(const Toolchain& toolchain, const CompileOptions& options, const std::string& unit,
                  const std::string& base);

/// A function of a compiled unit. It lives as long as `keep_alive`.
struct LoadedUnit {
  void* function = nullptr;
  std::shared_ptr<void> keep_alive;
};
/// Throws Error when the object is none of ours; one that is damaged is removed.
LoadedUnit load_unit(const std::string& object, const char* symbol);

/// The name of a program without folder and ending.
std::string program_stem(const std::string& name);
/// A small file beside the units; empty when it is not there.
std::string read_cached(const std::string& path);
void write_cached(const std::string& path, const std::string& text);

}  // namespace thalweg::stan
