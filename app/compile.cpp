// thalweg compile MODEL.stan: compiles ahead of time, or shows the generated C++.
#include <fmt/format.h>

#include <memory>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_source.hpp"
#include "app/print.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::app {
namespace {

struct CompileCommand {
  std::string model;
  std::vector<int> widths;
  bool emit_cpp = false;
};

int run_compile(const CompileCommand& c) {
  if (means_test_density(c.model))
    throw UsageError(fmt::format("{} is a test density, which thalweg holds compiled", c.model));
  if (!file_exists(c.model)) fail("{}: no such file", c.model);
  stan::CompileOptions options;
  options.widths = c.widths;
  options.keep_going = [] { return !interrupted(); };
  if (c.emit_cpp) {
    print_out("{}", stan::emit_program(c.model, options));
    return status_fine;
  }
  SteadyClock clock;
  const double start = clock.seconds();
  const stan::CompiledProgram program = stan::compile_program(c.model, options);
  for (const std::string& warning : program.warnings) print_err("{}\n", warning);
  const ModelTable& table = *program.table;
  print_out("{}: {}, for {} particle{} at a time\n", c.model,
            program.was_cached ? "was compiled before" : "compiled in " + duration(clock.seconds() - start),
            fmt::join(table.widths, table.widths + table.width_count, " and "),
            table.widths[table.width_count - 1] == 1 ? "" : "s");
  if (table.one_lane_only)
    print_out("its control flow depends on parameters ({}): particles run one at a time\n",
              table.one_lane_reason ? table.one_lane_reason : "somewhere");
  print_out("C++: {}\n", program.unit_path);
  return status_fine;
}

}  // namespace

Action add_compile(CLI::App& parent) {
  auto c = std::make_shared<CompileCommand>();
  CLI::App& app = *parent.add_subcommand("compile", "Compile a Stan program ahead of time, or show its C++");
  app.add_option("MODEL", c->model, "A Stan program")->required()->type_name("MODEL.stan")->check(not_empty());
  app.add_flag("--emit-cpp", c->emit_cpp, "Print the generated C++ and compile nothing");
  app.add_option_function<std::string>(
         "--widths",
         [c](const std::string& text) {
           for (const std::string& one : split_names(text)) {
             const auto width = parse_integer(one);
             const bool power_of_two = width && *width >= 1 && *width <= 64 && (*width & (*width - 1)) == 0;
             if (!power_of_two)
               throw CLI::ValidationError("--widths", "must be powers of two from 1 to 64; found " + one);
             if (*width > 1) c->widths.push_back(int(*width));
           }
         },
         "Particles at a time, besides one: 4,8,16; left out: what suits this machine")
      ->type_name("N,…")
      ->check(not_empty());
  return [c] { return run_compile(*c); };
}

}  // namespace thalweg::app
