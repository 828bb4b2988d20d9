#include <fmt/format.h>

#include <iterator>

#include "thalweg/io/export.hpp"
#include "thalweg/io/export_layout.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg {
namespace {

/// "theta[1,2]", in quotes because of the comma.
std::string heading(const ColumnGroup& group, const ColumnElement& element) {
  if (element.indexes.empty()) return table_name(group);
  const std::string name = fmt::format("{}[{}]", table_name(group), fmt::join(element.indexes, ","));
  return element.indexes.size() == 1 ? name : '"' + name + '"';
}

}  // namespace

ExportReport export_csv(const RunFile& run, const std::string& path, const ExportOptions& options) {
  ExportReport report{{path}, {}};
  const std::int64_t draws = draws_to_export(run, report.notes);
  OutputFile file(path, options.overwrite);
  std::string line = "chain,draw";
  std::vector<std::int64_t> columns;
  for (const ColumnGroup& group : groups_in_stan_order(run.header()))
    for (const ColumnElement& element : elements_of(group, IndexOrder::last_fastest)) {
      line += ',' + heading(group, element);
      columns.push_back(element.column);
    }
  file.write(line + '\n');
  fmt::memory_buffer row;
  for (std::int64_t chain = 0; chain < run.header().chains; ++chain)
    visit_draws(run, options, Phase::sampling, chain, draws, 0, run.header().width(), [&](const DrawPart& part) {
      for (std::int64_t i = 0; i < part.count; ++i) {
        row.clear();
        fmt::format_to(std::back_inserter(row), "{},{}", chain + 1, part.first + i + 1);
        for (const std::int64_t c : columns)
          fmt::format_to(std::back_inserter(row), ",{}", part.values[static_cast<std::size_t>(c * part.stride + i)]);
        row.push_back('\n');
        file.write({row.data(), row.size()});
      }
    });
  file.commit();
  return report;
}

}  // namespace thalweg
