// What the exports share: names, orders, and draws in blocks.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/io/export.hpp"

namespace thalweg {

/// Stan's name of a statistic: lp → lp__, tree_depth → treedepth__; NAME__ for one that Stan does not have.
std::string stan_name_of_statistic(const std::string& name);

/// The name of a group in a table: Stan's for a statistic, its own for a variable.
std::string table_name(const ColumnGroup& group);

/// Groups with statistics first, in Stan's order (lp__ leads), then the variables as they come.
std::vector<ColumnGroup> groups_in_stan_order(const RunHeader& header);

/// One column of a table.
struct ColumnElement {
  std::int64_t column;                ///< in a draw
  std::vector<std::int64_t> indexes;  ///< from 1; empty for a scalar
};
enum class IndexOrder { last_fastest, first_fastest };
std::vector<ColumnElement> elements_of(const ColumnGroup& group, IndexOrder order);

/// A part of a chain: column c of draw first + i is values[c · stride + i], for i < count.
struct DrawPart {
  std::int64_t first, count, stride;
  std::span<const double> values;
};
/// Visits the first `draws` draws of a chain in order, a block at a time, as long as options.keep_going.
void visit_draws(const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t chain, std::int64_t draws,
                 std::int64_t first_column, std::int64_t columns, const std::function<void(const DrawPart&)>& visit);

/// Visits the numbers of one group over all chains in the order of an array [chain, draw, shape…], in pieces of whole
/// draws.
void visit_array(const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t draws,
                 const ColumnGroup& group,
                 const std::function<void(std::int64_t chain, std::int64_t first, std::span<const double>)>& visit);

/// What the model is called in an export and its files: the stem of its file, or the test density: "funnel-10".
std::string model_name(const RunHeader& header);

/// A setting as a number, or as the text that it holds or is written as; `otherwise` when it is absent or, for a
/// number, of another type.
double number_setting(const RunHeader& header, const std::string& key, double otherwise);
std::string text_setting(const RunHeader& header, const std::string& key, const std::string& otherwise);

/// Throws Error unless every chain has draws; returns the number they have in common, and notes when some have more.
std::int64_t draws_to_export(const RunFile& run, std::vector<std::string>& notes);

}  // namespace thalweg
