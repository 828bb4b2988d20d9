// Tridiagonal and cyclic systems of several lines at once.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace thalweg::fokker_planck {

/// One number for each of W lines that are solved side by side.
template <std::size_t W>
using Lane = std::array<double, W>;

/// below[k] x[k−1] + diagonal[k] x[k] + above[k] x[k+1] = r[k]; when cyclic, indices run round. Eliminated without
/// pivoting: meant for M-matrices that are diagonally dominant by columns, 1 − cL, where every pivot is positive and a
/// right side >= 0 gives a solution >= 0.
///
/// Shapes  below, diagonal, above, r: [n] lanes, n >= 3 when cyclic. Compiled for W = 1 and 8.
template <std::size_t W>
class Tridiagonal {
 public:
  void factor(const std::vector<Lane<W>>& below, const std::vector<Lane<W>>& diagonal,
              const std::vector<Lane<W>>& above, bool cyclic);
  /// r becomes x.
  void solve(std::vector<Lane<W>>& r) const;

 private:
  bool cyclic_ = false;
  std::vector<Lane<W>> multiplier_, inverse_, above_;  ///< of row k + 1 by row k; 1/pivot; what is right of the pivot
  std::vector<Lane<W>> last_column_, last_row_;        ///< cyclic: of rows 0 … n − 2; multipliers of the last row
};

}  // namespace thalweg::fokker_planck
