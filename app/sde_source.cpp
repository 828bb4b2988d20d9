#include "app/sde_source.hpp"

#include <fmt/format.h>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_source.hpp"
#include "app/options.hpp"
#include "app/print.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/sde/named_sdes.hpp"
#include "thalweg/stan/compile_sde.hpp"

namespace thalweg::app {
namespace {

bool looks_like_a_file(const std::string& sde) { return sde.ends_with(".stan") || sde.find('/') != sde.npos; }

[[noreturn]] void fail_to_find(const std::string& sde) {
  if (looks_like_a_file(sde)) fail("{}: no such file", sde);
  std::vector<std::string> names;
  std::string all;
  for (const NamedSde& named : named_sdes()) {
    names.emplace_back(named.name);
    all += fmt::format("\n  {:<20} {} ({})", named.name, named.description, named.parameters);
  }
  const std::string near = nearest(sde, names);
  fail("{}: neither a file nor a named SDE{}\nnamed SDEs, with their parameters (--set kappa=2):{}", sde,
       near.empty() ? "" : fmt::format("; did you mean {}?", near), all);
}

template <class Compile>
stan::CompiledSde compiled(const std::string& name, bool quiet, const Compile& compile) {
  SteadyClock clock;
  const double start = clock.seconds();
  stan::CompileOptions options;
  options.keep_going = [] { return !interrupted(); };
  stan::CompiledSde sde = compile(options);
  if (quiet) return sde;
  for (const std::string& warning : sde.warnings) print_err("{}\n", warning);
  if (!sde.was_cached) note(fmt::format("{} compiled in {}", name, duration(clock.seconds() - start)));
  return sde;
}

SdeModel bind_with_name(const stan::CompiledSde& sde, const std::string& name, const DataMap& data) {
  try {
    return stan::bind(sde, data);
  } catch (const Error& error) {
    fail("{}: {}", name, error.what());
  }
}

}  // namespace

LoadedSde load_sde(const std::string& sde, const DataMap& data, bool quiet) {
  if (!looks_like_a_file(sde) && is_named_sde(sde)) return {named_sde(sde, data), ""};
  if (!file_exists(sde)) fail_to_find(sde);
  const stan::CompiledSde program =
      compiled(sde, quiet, [&](const stan::CompileOptions& options) { return stan::compile_sde(sde, options); });
  return {bind_with_name(program, sde, data), program.source};
}

SdeModel reload_sde(const std::string& sde, const std::string& source, const DataMap& data, bool quiet) {
  if (source.empty()) return named_sde(sde, data);
  return bind_with_name(
      compiled(sde, quiet,
               [&](const stan::CompileOptions& options) { return stan::compile_sde_text(source, sde, options); }),
      sde, data);
}

void set_datum(DataMap& data, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const auto value = equals == assignment.npos ? std::nullopt : parse_real(assignment.substr(equals + 1));
  if (equals == 0 || !value)
    throw UsageError(fmt::format("--set {}: expected NAME=NUMBER, such as kappa=2", assignment));
  const auto integer = parse_integer(assignment.substr(equals + 1));
  DataValue datum{.shape = {}, .reals = {*value}};
  if (integer && *integer >= -2147483647 && *integer <= 2147483647)
    datum.integers = {static_cast<std::int32_t>(*integer)}, datum.is_integer = true;
  data.values[assignment.substr(0, equals)] = datum;
}

}  // namespace thalweg::app
