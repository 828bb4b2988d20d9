// The audit of a run: its stored draws, back in the unconstrained space, against the model.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/trust/run_certificate.hpp"

namespace thalweg {

/// Draws as a run keeps them, handed out in blocks: columns [first_column, first_column + columns) of draws [first,
/// first + count) of a chain, parameter-major, block after block.
struct StoredDraws {
  using Block = std::function<void(std::int64_t first, std::int64_t count, std::span<const double> values)>;
  std::int64_t chains = 0, per_chain = 0;
  std::vector<ColumnGroup> columns{};
  std::function<void(std::int64_t chain, std::int64_t first_column, std::int64_t columns, const Block& visit)> blocks{};
};

/// How many draws to audit of a run that took so many gradients: 1 for each 32, between 512 and 2048.
constexpr std::int64_t draws_to_audit(std::int64_t gradients) {
  return std::clamp<std::int64_t>(gradients / 32, 512, 2048);
}

/// About `most` draws, as many of every chain and evenly spaced (of `most` chains where there are more), as
/// unconstrained points; and the chains that stand still over the last tenth of their draws, 10 at least (chains of
/// fewer than 20 are not looked at).
///
/// Cost    reads the columns of the parameters; a call of `unconstrain` for each draw.
/// Errors  throws what reading throws, and Error when the run lacks a parameter of the model. A draw that the
///         constraints do not take back is NaN, with the reason of the first.
AuditedDraws audited_draws(const Model& model, const StoredDraws& stored, std::int64_t most);

/// log p and its gradient at rows of numbers; `points` must live as long.
EvaluateRows evaluate_with(Points& points);

}  // namespace thalweg
