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

/// Appends the rows as blocks of at most 4 MiB (one draw at least); they are released.
void append_blocks(Rows rows, std::size_t columns, std::vector<DrawBlock>& blocks);

}  // namespace thalweg
