#include "thalweg/io/export_layout.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 7> stan_names = {{{"lp", "lp__"},
                                                                            {"acceptance_rate", "accept_stat__"},
                                                                            {"step_size", "stepsize__"},
                                                                            {"tree_depth", "treedepth__"},
                                                                            {"n_steps", "n_leapfrog__"},
                                                                            {"diverging", "divergent__"},
                                                                            {"energy", "energy__"}}};

std::size_t place_among_statistics(const ColumnGroup& group) {
  std::size_t place = 0;
  while (place < stan_names.size() && stan_names[place].first != group.name) ++place;
  return place;
}

nlohmann::json setting(const RunHeader& header, const std::string& key) {
  const auto found = header.settings.find(key);
  return found == header.settings.end() ? nlohmann::json() : nlohmann::json::parse(found->second, nullptr, false);
}

}  // namespace

std::string stan_name_of_statistic(const std::string& name) {
  for (const auto& [ours, stan] : stan_names)
    if (ours == name) return stan;
  return name + "__";
}

std::string table_name(const ColumnGroup& group) {
  return group.kind == ColumnKind::statistic ? stan_name_of_statistic(group.name) : group.name;
}

std::vector<ColumnGroup> groups_in_stan_order(const RunHeader& header) {
  std::vector<ColumnGroup> groups = header.columns;
  const auto variables = std::stable_partition(
      groups.begin(), groups.end(), [](const ColumnGroup& group) { return group.kind == ColumnKind::statistic; });
  std::stable_sort(groups.begin(), variables, [](const ColumnGroup& a, const ColumnGroup& b) {
    return place_among_statistics(a) < place_among_statistics(b);
  });
  return groups;
}

std::vector<ColumnElement> elements_of(const ColumnGroup& group, IndexOrder order) {
  const std::size_t rank = group.shape.size();
  std::vector<ColumnElement> elements;
  std::vector<std::int64_t> indexes(rank, 0);
  for (std::int64_t n = 0; n < group.size; ++n) {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < rank; ++k) offset = offset * group.shape[k] + indexes[k];
    ColumnElement element{group.first + offset, indexes};
    for (std::int64_t& index : element.indexes) ++index;
    elements.push_back(std::move(element));
    for (std::size_t k = 0; k < rank; ++k) {
      const std::size_t moving = order == IndexOrder::first_fastest ? k : rank - 1 - k;
      if (++indexes[moving] < group.shape[moving]) break;
      indexes[moving] = 0;
    }
  }
  return elements;
}

void visit_draws(const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t chain, std::int64_t draws,
                 std::int64_t first_column, std::int64_t columns, const std::function<void(const DrawPart&)>& visit) {
  run.visit_blocks(phase, chain, first_column, columns,
                   [&](std::int64_t first, std::int64_t count, std::span<const double> values) {
                     if (options.keep_going && !options.keep_going())
                       fail("{}: the export was interrupted; nothing was written", run.path());
                     if (const std::int64_t kept = std::min(count, draws - first); kept > 0)
                       visit({first, kept, count, values});
                   });
}

void visit_array(const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t draws,
                 const ColumnGroup& group,
                 const std::function<void(std::int64_t chain, std::int64_t first, std::span<const double>)>& visit) {
  std::vector<double> turned;
  for (std::int64_t chain = 0; chain < run.header().chains; ++chain)
    visit_draws(run, options, phase, chain, draws, group.first, group.size, [&](const DrawPart& part) {
      turned.resize(static_cast<std::size_t>(part.count * group.size));
      for (std::int64_t c = 0; c < group.size; ++c)
        for (std::int64_t i = 0; i < part.count; ++i)
          turned[static_cast<std::size_t>(i * group.size + c)] =
              part.values[static_cast<std::size_t>(c * part.stride + i)];
      visit(chain, part.first, turned);
    });
}

std::string model_name(const RunHeader& header) {
  std::string name = std::filesystem::path(header.program_name).stem().string();
  std::replace(name.begin(), name.end(), ':', '-');
  return name.empty() ? "model" : name;
}

double number_setting(const RunHeader& header, const std::string& key, double otherwise) {
  const auto value = setting(header, key);
  return value.is_number() ? value.get<double>() : otherwise;
}

std::string text_setting(const RunHeader& header, const std::string& key, const std::string& otherwise) {
  const auto value = setting(header, key);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() || value.is_discarded() ? otherwise : value.dump();
}

std::int64_t draws_to_export(const RunFile& run, std::vector<std::string>& notes) {
  const std::int64_t common = run.common_draw_count(Phase::sampling);
  if (common == 0)
    fail("{}: has no draws to export yet; continue the run first: thalweg resume {}", run.path(), run.path());
  if (run.keeps() > 0) {  // a run that stopped between two draws of its chains keeps different ones of each
    if (const std::int64_t made = run.common_made_count(); made > common)
      notes.push_back(
          fmt::format("the run kept the last {} of {} draws of each chain: these are exported", common, made));
    return common;
  }
  std::int64_t most = common;
  for (std::int64_t chain = 0; chain < run.header().chains; ++chain)
    most = std::max(most, run.draw_count(Phase::sampling, chain));
  if (most > common)
    notes.push_back(
        fmt::format("the chains have {} to {} draws so far: the first {} of each are exported", common, most, common));
  return common;
}

}  // namespace thalweg
