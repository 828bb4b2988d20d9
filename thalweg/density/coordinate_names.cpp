#include "thalweg/density/coordinate_names.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/columns.hpp"

namespace thalweg {
namespace {

using Point = std::vector<double>;

std::vector<ColumnGroup> parameters_of(const Model& model) {
  std::vector<ColumnGroup> groups;
  for (ColumnGroup& group : columns_of(model, {}))
    if (group.kind == ColumnKind::parameter) groups.push_back(std::move(group));
  return groups;
}

std::optional<Point> constrained(Workspace& workspace, const Model& model, const Point& x) {
  Point values(static_cast<std::size_t>(model.draw_size()));
  try {
    workspace.constrain(x, 0, 0, 0, false, values);
  } catch (const Error&) {  // transformed parameters may refuse a point
    return {};
  }
  return values;
}

/// Whose elements move when coordinate j does: an index into `groups`, or nothing when that cannot be seen.
std::optional<std::size_t> owner_of(Workspace& workspace, const Model& model, const std::vector<ColumnGroup>& groups,
                                    std::size_t j) {
  for (std::uint64_t k = 0; k < 20; ++k) {
    Point x(static_cast<std::size_t>(model.dimension()));
    Random<double> random(0, Purpose::check, k, 0);
    for (double& v : x) v = 2 * random.uniform() - 1;
    const auto before = constrained(workspace, model, x);
    x[j] += 0.125;
    const auto after = constrained(workspace, model, x);
    if (!before || !after) continue;
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::int64_t i = groups[g].first; i < groups[g].first + groups[g].size; ++i)
        if ((*before)[static_cast<std::size_t>(i)] != (*after)[static_cast<std::size_t>(i)]) return g;
  }
  return {};
}

}  // namespace

std::vector<std::string> coordinate_names(const Model& model) {
  const std::vector<ColumnGroup> groups = parameters_of(model);
  std::int64_t elements = 0;
  for (const ColumnGroup& group : groups) elements += group.size;
  std::vector<std::string> names;
  if (elements == model.dimension()) {  // no constraint has more coordinates than elements
    for (const ColumnGroup& group : groups)
      for (std::string& name : element_names(group)) names.push_back(std::move(name));
    return names;
  }
  Workspace workspace = model.workspace(1);
  std::vector<std::optional<std::size_t>> owners;
  std::vector<std::int64_t> counts(groups.size(), 0);
  for (std::int64_t j = 0; j < model.dimension(); ++j) {
    owners.push_back(owner_of(workspace, model, groups, static_cast<std::size_t>(j)));
    if (owners.back()) ++counts[*owners.back()];
  }
  std::vector<std::int64_t> next(groups.size(), 0);
  for (std::size_t j = 0; j < owners.size(); ++j) {
    if (!owners[j]) {
      names.push_back(fmt::format("coordinate {}", j + 1));
      continue;
    }
    const ColumnGroup& group = groups[*owners[j]];
    const std::int64_t k = next[*owners[j]]++;
    names.push_back(counts[*owners[j]] == group.size ? element_names(group)[static_cast<std::size_t>(k)]
                                                     : fmt::format("{} (free {})", group.name, k + 1));
  }
  return names;
}

}  // namespace thalweg
