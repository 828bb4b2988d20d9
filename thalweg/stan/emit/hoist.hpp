// What a loop computes again in every iteration although it is always the same.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "thalweg/stan/emit/expressions.hpp"

namespace thalweg::stan {

/// One line before the loop: `const auto hoisted_3 = normal_argument<2>(sigma);`.
struct HoistedValue {
  const Expression* expression;
  std::string name, definition;
};

/// The parts of a loop's body that depend on parameters, don't change from iteration to iteration and cost something:
/// arguments of distributions (whose logarithms and inverses are taken once), and other formulas, largest first.
/// `loop` is a for statement; names are numbered from `next_number` on.
std::vector<HoistedValue> find_hoisted(const EmitContext& context, const Statement& loop, int& next_number);

/// Distributions of one outcome: their arguments may be formulas, and can be prepared apart.
bool prepares_arguments(const std::string& name);

}  // namespace thalweg::stan
