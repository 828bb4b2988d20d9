// The groups and names of ArviZ's InferenceData schema.
#include <algorithm>
#include <set>

#include "thalweg/core/error.hpp"
#include "thalweg/io/export.hpp"
#include "thalweg/io/export_layout.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/io/netcdf_file.hpp"

namespace thalweg {
namespace {

using Type = NetcdfGroup::Type;

Type type_of(const ColumnGroup& group) {
  if (group.kind == ColumnKind::statistic && group.name == "diverging") return Type::boolean;
  return group.is_integer ? Type::integer : Type::real;
}

std::string place_of(const ColumnGroup& group) {
  if (group.kind == ColumnKind::statistic) return "sample_stats";
  if (group.name.starts_with("log_lik") && group.kind != ColumnKind::parameter) return "log_likelihood";
  if (group.name.ends_with("_rep") && group.kind == ColumnKind::generated_quantity) return "posterior_predictive";
  return "posterior";
}

void describe(NetcdfGroup& group, const RunFile& run, const ExportOptions& options) {
  if (!options.created_at.empty()) group.attribute("created_at", options.created_at);
  group.attribute("inference_library", "thalweg");
  group.attribute("inference_library_version", options.version);
  group.attribute("model_name", model_name(run.header()));
  if (options.sampling_seconds > 0) group.attribute("sampling_time", options.sampling_seconds);
}

/// One group of draws: the columns that belong there, chain by chain.
void write_draws(NetcdfFile& file, const std::string& name, const RunFile& run, Phase phase, std::int64_t draws,
                 const std::vector<ColumnGroup>& members, const ExportOptions& options) {
  if (members.empty()) return;
  NetcdfGroup group = file.group(name);
  describe(group, run, options);
  const std::vector<int> leading = {group.dimension("chain", run.header().chains), group.dimension("draw", draws)};
  for (const ColumnGroup& member : members) {
    const Type type = type_of(member);
    const int variable = group.variable(member.name, type, leading, member.shape);
    std::vector<std::size_t> start(2 + member.shape.size(), 0), count = {1, 0};
    count.insert(count.end(), member.shape.begin(), member.shape.end());
    if (member.size == 0) continue;
    visit_array(run, options, phase, draws, member,
                [&](std::int64_t chain, std::int64_t first, std::span<const double> values) {
                  start[0] = static_cast<std::size_t>(chain);
                  start[1] = static_cast<std::size_t>(first);
                  count[1] = values.size() / static_cast<std::size_t>(member.size);
                  group.put(variable, type, start, count, values);
                });
  }
}

/// The names of data that are observations; see ExportOptions::observed.
std::set<std::string> observed_names(const RunHeader& header, const DataMap& data, const ExportOptions& options) {
  std::set<std::string> names;
  for (const std::string& name : options.observed)
    if (data.values.contains(name)) names.insert(name);
  if (!options.observed.empty()) return names;
  for (const auto& [name, value] : data.values) {
    const bool replicated =
        std::any_of(header.columns.begin(), header.columns.end(), [&, data_name = name](const ColumnGroup& group) {
          return group.kind == ColumnKind::generated_quantity && group.name == data_name + "_rep";
        });
    if (replicated || (name == "y" && !value.shape.empty())) names.insert(name);
  }
  if (names.empty())
    for (const auto& [name, value] : data.values)
      if (!value.shape.empty()) names.insert(name);
  return names;
}

void write_data(NetcdfFile& file, const RunFile& run, const DataMap& data, const ExportOptions& options) {
  const std::set<std::string> observed = observed_names(run.header(), data, options);
  for (const bool is_observed : {true, false}) {
    if (is_observed ? observed.empty() : observed.size() == data.values.size()) continue;
    NetcdfGroup group = file.group(is_observed ? "observed_data" : "constant_data");
    describe(group, run, options);
    for (const auto& [name, value] : data.values) {
      if (observed.contains(name) != is_observed) continue;
      const Type type = value.is_integer ? Type::integer : Type::real;
      const int variable = group.variable(name, type, {}, value.shape);
      const std::vector<std::size_t> start(value.shape.size(), 0), count(value.shape.begin(), value.shape.end());
      group.put(variable, type, start, count, value.reals);
    }
  }
}

}  // namespace

ExportReport export_netcdf(const RunFile& run, const std::string& path, const ExportOptions& options) {
  ExportReport report{{path}, {}};
  const std::int64_t draws = draws_to_export(run, report.notes);
  const std::int64_t warmup = run.common_draw_count(Phase::warmup);
  DataMap data;
  try {
    data = run.data();
  } catch (const Error& error) {  // data that stayed outside and are gone: the draws are worth having without them
    report.notes.push_back(fmt::format("the data are not exported: {}", error.what()));
  }
  FileInWaiting place(path, options.overwrite);
  {
    NetcdfFile file(place.part(), path);
    NetcdfGroup root = file.root();
    describe(root, run, options);
    for (const char* name : {"posterior", "posterior_predictive", "log_likelihood", "sample_stats"}) {
      std::vector<ColumnGroup> members;
      for (const ColumnGroup& group : run.header().columns)
        if (place_of(group) == name) members.push_back(group);
      write_draws(file, name, run, Phase::sampling, draws, members, options);
      if (warmup > 0) write_draws(file, std::string("warmup_") + name, run, Phase::warmup, warmup, members, options);
    }
    write_data(file, run, data, options);
    file.close();
  }
  place.commit();
  return report;
}

}  // namespace thalweg
