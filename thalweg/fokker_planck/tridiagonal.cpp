#include "thalweg/fokker_planck/tridiagonal.hpp"

namespace thalweg::fokker_planck {

void Tridiagonal::factor(const std::vector<Lane>& below, const std::vector<Lane>& diagonal, const std::vector<Lane>& above,
                         bool cyclic) {
  const std::size_t n = diagonal.size();
  cyclic_ = cyclic;
  inverse_.resize(n);
  multiplier_.resize(n);
  above_ = above;
  Lane pivot = diagonal[0];
  if (!cyclic) {
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t w = 0; w < batch_lines; ++w) {
        if (k > 0) {
          multiplier_[k][w] = below[k][w] * inverse_[k - 1][w];
          pivot[w] = diagonal[k][w] - multiplier_[k][w] * above[k - 1][w];
        }
        inverse_[k][w] = 1 / pivot[w];
      }
    return;
  }
  last_column_.assign(n, Lane{});
  last_row_.assign(n, Lane{});
  for (std::size_t w = 0; w < batch_lines; ++w) {
    double row = above[n - 1][w], last = diagonal[n - 1][w], here = diagonal[0][w];
    last_column_[0][w] = below[0][w];
    for (std::size_t k = 0; k + 1 < n; ++k) {
      if (k == n - 2) {  // its neighbour to the right is the last column, and the last row's to the left is this one
        last_column_[k][w] += above[k][w];
        above_[k][w] = 0;
        row += below[n - 1][w];
      }
      inverse_[k][w] = 1 / here;
      last_row_[k][w] = row * inverse_[k][w];
      last -= last_row_[k][w] * last_column_[k][w];
      row = -last_row_[k][w] * above_[k][w];
      if (k == n - 2) break;
      multiplier_[k + 1][w] = below[k + 1][w] * inverse_[k][w];
      here = diagonal[k + 1][w] - multiplier_[k + 1][w] * above[k][w];
      last_column_[k + 1][w] = -multiplier_[k + 1][w] * last_column_[k][w];
    }
    inverse_[n - 1][w] = 1 / last;
  }
}

void Tridiagonal::solve(std::vector<Lane>& r) const {
  const std::size_t n = r.size();
  if (!cyclic_) {
    for (std::size_t k = 1; k < n; ++k)
      for (std::size_t w = 0; w < batch_lines; ++w) r[k][w] -= multiplier_[k][w] * r[k - 1][w];
    for (std::size_t w = 0; w < batch_lines; ++w) r[n - 1][w] *= inverse_[n - 1][w];
    for (std::size_t k = n - 1; k-- > 0;)
      for (std::size_t w = 0; w < batch_lines; ++w) r[k][w] = (r[k][w] - above_[k][w] * r[k + 1][w]) * inverse_[k][w];
    return;
  }
  for (std::size_t w = 0; w < batch_lines; ++w) {
    for (std::size_t k = 0; k + 1 < n; ++k) {
      if (k > 0) r[k][w] -= multiplier_[k][w] * r[k - 1][w];
      r[n - 1][w] -= last_row_[k][w] * r[k][w];
    }
    const double last = r[n - 1][w] *= inverse_[n - 1][w];
    for (std::size_t k = n - 1; k-- > 0;)
      r[k][w] = (r[k][w] - above_[k][w] * r[k + 1][w] - last_column_[k][w] * last) * inverse_[k][w];
  }
}

}  // namespace thalweg::fokker_planck
