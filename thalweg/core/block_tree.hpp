// Sums of blocks that follow one another, folded on the way into few nodes of the tree over all blocks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// A binary tree over block numbers: node i of level l is the sum of nodes 2i and 2i + 1 of the level below, in that
/// order; blocks are level 0. Whoever has blocks [first, last) can form all nodes that lie in them: what is left are at
/// most two of each level, so that neither memory nor an exchange grows with the number of blocks.
///
/// Cost    one addition a block and quantity; 2 log₂(blocks) rows of memory.
class BlockTree {
 public:
  explicit BlockTree(std::size_t quantities, std::int64_t first_block = 0)
      : quantities_(quantities), next_(first_block) {}
  std::size_t quantities() const { return quantities_; }
  /// The sums of the next block.
  void add(std::span<const double> block) { add_node(0, next_, block.data()); }
  /// Nodes of a tree whose blocks follow those that are here, as `nodes` gave them.
  void add_nodes(std::span<const double> rows) {
    for (std::size_t at = 0; at < rows.size(); at += row())
      add_node(static_cast<int>(rows[at]), static_cast<std::int64_t>(rows[at + 1]), rows.data() + at + 2);
  }
  /// Rows of [level, number, sums…].
  std::span<const double> nodes() const { return rows_; }
  std::int64_t next_block() const { return next_; }
  /// Of all blocks, once the last is there and the first was block 0: an odd last node goes up as it is. 0 for none.
  void total(std::span<double> sums) const {
    for (double& s : sums) s = 0;
    for (std::size_t at = rows_.size(); at > 0;) {
      const bool last = at == rows_.size();
      at -= row();
      for (std::size_t q = 0; q < quantities_; ++q) sums[q] = last ? rows_[at + 2 + q] : rows_[at + 2 + q] + sums[q];
    }
  }

 private:
  std::size_t row() const { return quantities_ + 2; }
  void add_node(int level, std::int64_t number, const double* sums) {
    next_ = (number + 1) << level;
    rows_.push_back(level), rows_.push_back(static_cast<double>(number));
    rows_.insert(rows_.end(), sums, sums + quantities_);
    while (rows_.size() >= 2 * row()) {  // the last two are siblings: they become one
      double* const right = rows_.data() + rows_.size() - row();
      double* const left = right - row();
      if (left[0] != right[0] || number % 2 == 0 || static_cast<std::int64_t>(left[1]) + 1 != number) return;
      for (std::size_t q = 0; q < quantities_; ++q) left[2 + q] += right[2 + q];
      number /= 2;
      left[0] += 1, left[1] = static_cast<double>(number);
      rows_.resize(rows_.size() - row());
    }
  }
  std::size_t quantities_;
  std::int64_t next_;
  std::vector<double> rows_;
};

}  // namespace thalweg
