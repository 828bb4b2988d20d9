#include "thalweg/optimize/copies.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "thalweg/core/error.hpp"
#include "thalweg/density/columns.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t most_components = 7;

struct Labels {
  std::vector<ColumnGroup> groups;  ///< parameters
  std::set<std::int64_t> lengths;   ///< that components may be numbered by

  explicit Labels(const Model& model) {
    for (ColumnGroup& group : columns_of(model, {})) {
      if (group.kind != ColumnKind::parameter || group.size == 0) continue;
      for (const std::int64_t n : group.shape)
        if (n > 1 && n <= most_components) lengths.insert(n);
      groups.push_back(std::move(group));
    }
  }
};

bool near(double a, double b) { return std::fabs(a - b) <= 1e-4 * (1e-3 + std::max(std::fabs(a), std::fabs(b))); }

/// Whether `a` with component k in the place of order[k], in the dimension `last` or first of every parameter that has
/// that length, is `b`.
bool agree(const Labels& labels, const std::vector<std::int64_t>& order, bool last, const std::vector<double>& a,
           const std::vector<double>& b) {
  const std::int64_t n = std::ssize(order);
  for (const ColumnGroup& group : labels.groups) {
    const bool numbered = !group.shape.empty() && (last ? group.shape.back() : group.shape.front()) == n;
    const std::int64_t inner = last ? 1 : group.size / (numbered ? n : 1);
    for (std::int64_t i = 0; i < group.size; ++i) {
      std::int64_t from = i;
      if (numbered) {
        const std::int64_t label = last ? i % n : i / inner;
        from = last ? i - label + order[static_cast<std::size_t>(label)]
                    : i % inner + order[static_cast<std::size_t>(label)] * inner;
      }
      if (!near(a[static_cast<std::size_t>(group.first + from)], b[static_cast<std::size_t>(group.first + i)]))
        return false;
    }
  }
  return true;
}

bool is_copy(const Labels& labels, const std::vector<double>& a, const std::vector<double>& b) {
  for (const std::int64_t n : labels.lengths) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    do {
      if (agree(labels, order, true, a, b) || agree(labels, order, false, a, b)) return true;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  return false;
}

}  // namespace

void mark_copies(const Model& model, std::vector<End>& ends) {
  const Labels labels(model);
  if (labels.lengths.empty() || ends.size() < 2) return;
  Workspace workspace = model.workspace(1);
  std::vector<std::vector<double>> values;
  for (const End& end : ends) {
    auto& v = values.emplace_back(static_cast<std::size_t>(model.draw_size()));
    try {
      workspace.constrain(end.x, 0, 0, 0, false, v);
    } catch (const Error&) {
      v.clear();
    }
  }
  for (std::size_t i = 1; i < ends.size(); ++i)
    for (std::size_t k = 0; k < i && ends[i].copy_of < 0; ++k) {
      if (ends[i].kind != EndKind::maximum || ends[k].kind != EndKind::maximum || ends[k].copy_of >= 0) continue;
      if (values[i].empty() || values[k].empty()) continue;
      if (std::fabs(ends[i].log_p - ends[k].log_p) > 1e-6 * (1 + std::fabs(ends[k].log_p))) continue;
      if (is_copy(labels, values[k], values[i])) ends[i].copy_of = static_cast<std::int64_t>(k);
    }
}

}  // namespace thalweg
