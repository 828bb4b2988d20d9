#include "thalweg/density/columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thalweg {

std::vector<ColumnGroup> columns_of(const Model& model, std::span<const Statistic> statistics) {
  std::vector<ColumnGroup> columns;
  std::int64_t first = 0;
  for (const Statistic& s : statistics)
    columns.push_back({s.name, s.is_integer ? "int" : "real", ColumnKind::statistic, {}, s.is_integer, first++, 1});
  for (const Variable& v : model.variables()) {
    const ColumnKind kind = v.block == Block::parameters               ? ColumnKind::parameter
                            : v.block == Block::transformed_parameters ? ColumnKind::transformed_parameter
                                                                       : ColumnKind::generated_quantity;
    columns.push_back({v.name, v.type, kind, v.shape, v.is_integer, first, v.size});
    first += v.size;
  }
  return columns;
}

std::vector<std::string> element_names(const ColumnGroup& group) {
  if (group.shape.empty()) return {group.name};
  std::vector<std::string> names;
  std::vector<std::int64_t> index(group.shape.size(), 1);
  for (std::int64_t k = 0; k < group.size; ++k) {
    names.push_back(fmt::format("{}[{}]", group.name, fmt::join(index, ",")));
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] <= group.shape[d]) break;
      index[d] = 1;
    }
  }
  return names;
}

}  // namespace thalweg
