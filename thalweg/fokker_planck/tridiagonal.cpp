#include "thalweg/fokker_planck/tridiagonal.hpp"

namespace thalweg::fokker_planck {

template <std::size_t W>
void Tridiagonal<W>::factor(const std::vector<Lane<W>>& below, const std::vector<Lane<W>>& diagonal,
                            const std::vector<Lane<W>>& above, bool cyclic) {
  const std::size_t n = diagonal.size();
  cyclic_ = cyclic;
  inverse_.resize(n);
  multiplier_.resize(n);
  above_ = above;
  Lane<W> pivot = diagonal[0];
  if (!cyclic) {
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t w = 0; w < W; ++w) {
        if (k > 0) {
          multiplier_[k][w] = below[k][w] * inverse_[k - 1][w];
          pivot[w] = diagonal[k][w] - multiplier_[k][w] * above[k - 1][w];
        }
        inverse_[k][w] = 1 / pivot[w];
      }
    return;
  }
  last_column_.assign(n, Lane<W>{});
  last_row_.assign(n, Lane<W>{});
  for (std::size_t w = 0; w < W; ++w) {
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

template <std::size_t W>
void Tridiagonal<W>::solve(std::vector<Lane<W>>& r) const {
  const std::size_t n = r.size();
  if (!cyclic_) {
    for (std::size_t k = 1; k < n; ++k)
      for (std::size_t w = 0; w < W; ++w) r[k][w] -= multiplier_[k][w] * r[k - 1][w];
    for (std::size_t w = 0; w < W; ++w) r[n - 1][w] *= inverse_[n - 1][w];
    for (std::size_t k = n - 1; k-- > 0;)
      for (std::size_t w = 0; w < W; ++w) r[k][w] = (r[k][w] - above_[k][w] * r[k + 1][w]) * inverse_[k][w];
    return;
  }
  for (std::size_t w = 0; w < W; ++w) {
    for (std::size_t k = 0; k + 1 < n; ++k) {
      if (k > 0) r[k][w] -= multiplier_[k][w] * r[k - 1][w];
      r[n - 1][w] -= last_row_[k][w] * r[k][w];
    }
    const double last = r[n - 1][w] *= inverse_[n - 1][w];
    for (std::size_t k = n - 1; k-- > 0;)
      r[k][w] = (r[k][w] - above_[k][w] * r[k + 1][w] - last_column_[k][w] * last) * inverse_[k][w];
  }
}

template class Tridiagonal<1>;
template class Tridiagonal<8>;

}  // namespace thalweg::fokker_planck
