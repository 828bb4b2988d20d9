#include "thalweg/io/export.hpp"

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg {

ExportFormat export_format_named(const std::string& name) {
  if (name == "nc") return ExportFormat::netcdf;
  if (name == "stan-csv") return ExportFormat::stan_csv;
  if (name == "npz") return ExportFormat::npz;
  if (name == "csv") return ExportFormat::csv;
  fail("the format must be nc, stan-csv, npz or csv; found \"{}\"", name);
}

ExportFormat export_format_for(const std::string& target) {
  if (target.ends_with('/') || is_folder(target)) return ExportFormat::stan_csv;
  for (const char* name : {"nc", "npz", "csv"})
    if (target.ends_with(std::string(".") + name)) return export_format_named(name);
  fail("{}: the name does not tell the format: expected FILE.nc, FILE.npz, FILE.csv or FOLDER/; or name the format",
       target);
}

ExportReport export_run(const RunFile& run, const std::string& target, ExportFormat format,
                        const ExportOptions& options) {
  if (is_same_file(target, run.path())) fail("{}: is the run itself; export it to another file", target);
  switch (format) {
    case ExportFormat::netcdf:
      return export_netcdf(run, target, options);
    case ExportFormat::stan_csv:
      return export_stan_csv(run, target, options);
    case ExportFormat::npz:
      return export_npz(run, target, options);
    default:
      return export_csv(run, target, options);
  }
}

}  // namespace thalweg
