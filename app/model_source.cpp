#include "app/model_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::app {
namespace {

/// Programs may print from several threads.
void print_line(const std::string& text) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  print_err("{}\n", text);
}

bool looks_like_a_file(const std::string& model) { return model.ends_with(".stan") || model.find('/') != model.npos; }

[[noreturn]] void fail_to_find(const std::string& model) {
  if (looks_like_a_file(model)) fail("{}: no such file", model);
  std::vector<std::string> names;
  for (const TestDensity& t : test_densities()) names.push_back(t.name);
  const std::string near = nearest(model.substr(0, model.find(':')), names);
  fail("{}: neither a file nor a test density{}", model,
       near.empty() ? " (thalweg methods lists them)" : fmt::format("; did you mean {}?", near));
}

Model make_test_density(const std::string& name, const DataMap& data) {
  if (!data.values.empty())
    fail("{}: the test density {} takes no data; found {}", data.origin, name, data.values.begin()->first);
  return test_density(name);
}

Model bind(const stan::CompiledProgram& program, const DataMap& data, const LoadOptions& options) {
  const auto tells = std::make_shared<std::atomic<bool>>(options.tells);
  const auto print = [tells](const std::string& text) {
    if (*tells) print_line(text);
  };
  try {
    Model model = stan::bind(program, data, {.seed = options.seed, .print = print});
    *tells = true;
    return model;
  } catch (const Error& error) {
    if (!options.data_given) fail("{}\n  no --data were given", error.what());
    throw;
  }
}

stan::CompileOptions compile_options(const LoadOptions& load) {
  stan::CompileOptions options;
  options.hessian = load.hessian;
  options.subset = load.subset;
  options.constants = load.constants;
  options.keep_going = [] { return !interrupted(); };
  return options;
}

/// Says what a person wants to know of a compilation.
template <class Compile>
stan::CompiledProgram compiled(const std::string& name, const LoadOptions& options, Compile compile) {
  SteadyClock clock;
  const double start = clock.seconds();
  stan::CompiledProgram program = compile();
  if (options.quiet) return program;
  for (const std::string& warning : program.warnings) print_err("{}\n", warning);
  if (!program.was_cached) note(fmt::format("{} compiled in {}", name, duration(clock.seconds() - start)));
  return program;
}

}  // namespace

bool means_test_density(const std::string& model) { return !looks_like_a_file(model) && is_test_density(model); }

std::string stem_of(const std::string& model) {
  if (!means_test_density(model)) return std::filesystem::path(model).stem().string();
  std::string stem = model;
  std::replace(stem.begin(), stem.end(), ':', '-');
  return stem;
}

LoadedModel load_model(const std::string& model, const DataMap& data, const LoadOptions& options) {
  if (means_test_density(model)) return {make_test_density(model, data), ""};
  if (!file_exists(model)) fail_to_find(model);
  const auto program = compiled(model, options, [&] { return stan::compile_program(model, compile_options(options)); });
  return {bind(program, data, options), program.source, program.priors};
}

Model reload_model(const std::string& model, const std::string& source, const DataMap& data,
                   const LoadOptions& options) {
  if (source.empty()) return make_test_density(model, data);
  return bind(
      compiled(model, options, [&] { return stan::compile_program_text(source, model, compile_options(options)); }),
      data, options);
}

}  // namespace thalweg::app
