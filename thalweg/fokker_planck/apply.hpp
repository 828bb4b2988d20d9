// The generator applied to a vector, line by line of the grid, without a matrix.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "thalweg/core/team.hpp"
#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

enum class ActsOn { masses, functions };

/// L m + s for masses m, or Lᵀ u for functions u of the state, one line along the last axis at a time.
///
/// Cost    a cell reads, from memory, its number and 2 rates an axis (a diagonal) and writes one number: 8 (2 + 2 d)
/// bytes;
///         neighbours come from cache.
class LineOperator {
 public:
  LineOperator(const Generator& generator, ActsOn side);

  std::size_t lines() const { return lines_; }
  std::size_t length() const { return length_; }
  /// Writes the line's numbers, `length()` of them.
  void apply(std::size_t line, const double* in, double* out) const;

 private:
  /// A direction across lines: where the neighbours of a line are.
  struct Across {
    const Direction* direction = nullptr;
    std::vector<std::size_t> up, down;  ///< [lines]; `lines()` where there is none
    int shift = 0;                      ///< along the last axis, of the upper neighbour
  };
  void add_shifted(const Across& across, std::size_t line, const double* in, double* out) const;
  void add_sides(std::size_t line, const double* in, double* out) const;

  const Generator& generator_;
  const bool masses_;
  std::size_t lines_, length_;
  const Direction* along_ = nullptr;
  std::vector<Across> straight_, slanted_;
  std::vector<double> none_;                          ///< [length] zeros: rates towards a line that is not there
  std::vector<std::vector<std::ptrdiff_t>> at_side_;  ///< [side][line] where the side's rates of the line begin, or −1
};

/// For every line: computes it, then calls then(first cell, length, line of L m) while the line is in cache.
template <class Then>
void each_line(const LineOperator& op, Team& team, const double* in, Then then) {
  team.run(op.lines(), [&](std::size_t first, std::size_t last) {
    std::vector<double> out(op.length());
    for (std::size_t line = first; line < last; ++line) {
      op.apply(line, in, out.data());
      then(line * op.length(), op.length(), out.data());
    }
  });
}

/// out = L m + s, or Lᵀ u.
void apply(const LineOperator& op, Team& team, const double* in, double* out);

/// Mass per time that leaves through each side.
std::array<double, 6> leaving_by_side(const Generator& generator, const double* masses);

}  // namespace thalweg::fokker_planck
