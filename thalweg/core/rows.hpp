// Draws on their way to a sink: draw after draw while they are made, parameter-major blocks when they are written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/core/sink.hpp"

namespace thalweg {

/// Stored draws of one chain, draw after draw.
struct Rows {
  Phase phase = Phase::sampling;
  std::int64_t chain = 0, first = 0;
  std::vector<double> values;
};

/// Drops all but the last `keep` draws; with `slack` only once there are an eighth more, so that few are moved often.
inline void keep_last(Rows& rows, std::size_t columns, std::int64_t keep, bool slack) {
  const auto draws = static_cast<std::int64_t>(rows.values.size() / columns);
  if (draws <= keep + (slack ? keep / 8 : 0)) return;
  const std::int64_t dropped = draws - keep;
  rows.values.erase(rows.values.begin(), rows.values.begin() + dropped * static_cast<std::int64_t>(columns));
  rows.first += dropped;
}

/// Appends the rows as blocks of at most 4 MiB (one draw at least); they are released.
void append_blocks(Rows rows, std::size_t columns, std::vector<DrawBlock>& blocks);

}  // namespace thalweg
