// The compiler, its flags, our headers and the cache: what compiling a unit takes from the machine.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "thalweg/stan/compile.hpp"

namespace thalweg::stan {

struct Toolchain {
  std::string compiler;  ///< absolute path
  std::vector<std::string> flags;
  std::string headers;  ///< folder with thalweg/stan/runtime.hpp
  std::string cache;    ///< folder, exists and can be written
};

/// Finds all of it. Throws Error that says what is missing and what to do.
Toolchain find_toolchain(const CompileOptions& options);
/// Of the compiler, its flags and all headers that a unit may include: changes when any of them does.
std::string fingerprint(const Toolchain& toolchain);

/// Runs a program and waits; output and errors go to a file. Once `keep_going` is false, it and what it started are
/// killed. Returns the exit status, −1 when it was killed.
int run_program(const std::vector<std::string>& command, const std::string& output_file,
                const std::function<bool()>& keep_going = {});
/// 32 hexadecimal digits of a text.
std::string digest(const std::string& text);

}  // namespace thalweg::stan
