// What a stored draw consists of: a method's statistics, then the variables of the model.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/density/model.hpp"

namespace thalweg {

/// A number that a method stores beside each draw.
struct Statistic {
  const char* name;
  bool is_integer = false;
};

/// The columns of a draw: `statistics`, then the model's variables in their order.
std::vector<ColumnGroup> columns_of(const Model& model, std::span<const Statistic> statistics);

/// "theta[2,3]" for each element of a group, in storage order.
std::vector<std::string> element_names(const ColumnGroup& group);

}  // namespace thalweg
