// The chosen numbers of an index over observations, and what they pick from containers.
#pragma once
#include "thalweg/stan/runtime/language.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Some of the numbers 1 … n of an index; a term of one of them counts `scale` times.
struct Rows {
  Array<int> chosen;
  int count;
  double scale;

  /// The `at`-th chosen iteration of a loop that starts at `first`.
  THALWEG_INLINE int number(int at, int first) const { return first - 1 + chosen.storage.data[at - 1]; }

  /// The chosen elements, or rows of a matrix.
  template <Sequenced E>
  THALWEG_INLINE auto of(const E& e) const {
    return index(e, chosen);
  }
  template <Matrices E>
  auto of(const E& e) const {
    if constexpr (std::same_as<E, Matrix<double>>) {
      const auto picked = make_unset_matrix<double>(count, e.cols);
      double* to = picked.storage.data;
      for (int k = 0; k < count; ++k) {
        const double* from = e.storage.data + std::ptrdiff_t{checked_index(chosen[k], e.rows)} * e.cols;
        for (int j = 0; j < e.cols; ++j) *to++ = from[j];
      }
      return picked;
    } else {
      return index(e, chosen, All{});
    }
  }
  template <class E>
  auto of(const ArrayOf<E>& a) const {
    return index(a, chosen);
  }
};

/// The subset of one evaluation: numbers from 0 of one index of the program; the other indexes are whole.
struct Choice {
  std::int32_t index;  ///< -1: all indexes are whole
  const std::int32_t* numbers;
  std::int64_t count;
  double scale;

  Rows rows(std::int32_t i, std::int64_t n) const {
    const bool mine = i == index;
    const int m = static_cast<int>(mine ? count : n);
    const auto chosen = make_unset_sequence<Array<int>>(m);
    for (int k = 0; k < m; ++k) {
      if (mine && (numbers[k] < 0 || numbers[k] >= n))
        Tape::current().reject_all("a subset holds observation #, but they are numbered from 0 to #", numbers[k],
                                   static_cast<long>(n - 1));
      chosen.storage.data[k] = mine ? numbers[k] + 1 : k + 1;
    }
    return {chosen, m, mine ? scale : 1.0};
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
