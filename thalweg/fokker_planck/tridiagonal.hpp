// Tridiagonal and cyclic systems of several lines at once.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace thalweg::fokker_planck {

/// Lines that are solved side by side, one a SIMD lane.
inline constexpr std::size_t batch_lines = 8;
/// One number for each line of a batch.
using Lane = std::array<double, batch_lines>;

/// below[k] x[k−1] + diagonal[k] x[k] + above[k] x[k+1] = r[k]; when cyclic, indices run round. Eliminated without pivoting:
/// meant for M-matrices that are diagonally dominant by columns, 1 − cL, where every pivot is positive and a right side >= 0
/// gives a solution >= 0.
///
/// Shapes  below, diagonal, above, r: [n] lanes, n >= 3 when cyclic.
class Tridiagonal {
 public:
  void factor(const std::vector<Lane>& below, const std::vector<Lane>& diagonal, const std::vector<Lane>& above, bool cyclic);
  /// r becomes x.
  void solve(std::vector<Lane>& r) const;

 private:
  bool cyclic_ = false;
  std::vector<Lane> multiplier_, inverse_, above_;  ///< of row k + 1 by row k; 1/pivot; what is right of the pivot
  std::vector<Lane> last_column_, last_row_;        ///< cyclic: of rows 0 … n − 2; multipliers of the last row
};

}  // namespace thalweg::fokker_planck
