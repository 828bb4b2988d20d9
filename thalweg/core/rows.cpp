#include "thalweg/core/rows.hpp"

#include <algorithm>
#include <utility>

namespace thalweg {

void append_blocks(Rows rows, std::size_t columns, std::vector<DrawBlock>& blocks) {
  constexpr std::size_t numbers_in_a_block = (std::size_t{4} << 20) / sizeof(double);
  const std::size_t draws = rows.values.size() / columns, most = std::max<std::size_t>(numbers_in_a_block / columns, 1);
  for (std::size_t first = 0; first < draws; first += most) {
    const std::size_t n = std::min(most, draws - first);
    DrawBlock block{
        rows.phase, rows.chain, rows.first + static_cast<std::int64_t>(first), static_cast<std::int64_t>(n), {}};
    block.values.resize(n * columns);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < columns; ++c) block.values[c * n + i] = rows.values[(first + i) * columns + c];
    blocks.push_back(std::move(block));
  }
}

}  // namespace thalweg
