// thalweg export NAME.run: the draws in the forms that other programs read.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/export.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg::app {
namespace {

struct ExportCommand {
  std::string path, to, format;
  bool overwrite = false;
};

/// The name of --to is part of the command line: one that says no format is wrong there.
ExportFormat format_of(const ExportCommand& c) {
  if (!c.format.empty()) return export_format_named(c.format);
  try {
    return export_format_for(c.to);
  } catch (const Error& error) {
    throw UsageError(fmt::format("--to: {} with --format", error.what()));
  }
}

int run_export(const ExportCommand& c) {
  const ExportFormat format = format_of(c);
  const RunFile run = RunFile::open(c.path);
  if (!c.overwrite && file_exists(c.to) && format != ExportFormat::stan_csv)
    fail("{}: exists already; --overwrite replaces it", c.to);
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const ExportOptions options{.overwrite = c.overwrite,
                              .version = version(),
                              .created_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)),
                              .keep_going = [] { return !interrupted(); }};
  const ExportReport report = export_run(run, c.to, format, options);
  for (const std::string& text : report.notes) note(text);
  for (const std::string& file : report.files) print_out("{}\n", file);
  return status_fine;
}

}  // namespace

Action add_export(CLI::App& parent) {
  auto c = std::make_shared<ExportCommand>();
  CLI::App& app = *parent.add_subcommand("export", "Write a run for ArviZ, CmdStanPy, NumPy or a spreadsheet");
  app.add_option("RUN", c->path, "The run file")->required()->type_name("NAME.run")->check(not_empty());
  app.add_option("--to", c->to, "The target: FILE.nc, FILE.npz, FILE.csv, or a folder for Stan CSV, a file a chain")
      ->required()
      ->type_name("FILE|DIR/")
      ->check(not_empty());
  app.add_option("--format", c->format, "nc, stan-csv, npz or csv; left out: as the target's name says")
      ->check(CLI::IsMember({"nc", "stan-csv", "npz", "csv"}));
  app.add_flag("--overwrite", c->overwrite, "Replace what is there");
  return [c] { return run_export(*c); };
}

}  // namespace thalweg::app
