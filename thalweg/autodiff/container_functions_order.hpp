// The order of elements: largest, smallest, sorted, reversed.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Copies one lane of a Real.
template <class Real>
THALWEG_INLINE void copy_lane(Real& to, int lane, const Real& from) {
  set_lane(to, lane, lane_of(from, lane));
}

// ---- the largest and the smallest ----

namespace detail {
/// The adjoint of an extreme goes to the first element that has its value.
template <class C>
struct ExtremeRecord : Record {
  using Real = typename C::Value;
  C x;
  Real* slot;
  static void undo(ExtremeRecord& r) {
    Real rest = r.slot[1];
    for (int i = 0; i < r.x.size(); ++i) {
      const auto xi = r.x[i];
      const auto here = *xi.value_at == r.slot[0];
      *xi.adjoint_at += select(here, rest, Real(0.0));
      rest = select(here, Real(0.0), rest);
    }
  }
};
template <Container E, class Before>
auto extreme(const E& expression, double of_none, const Before& before) {
  using Value = typename E::Value;
  const auto x = let(expression);
  if constexpr (std::same_as<Value, int>) {
    if (x.size() == 0) Tape::current().reject_all("an empty array of integers has no largest or smallest");
    int best = x[0];
    for (int i = 1; i < x.size(); ++i) best = before(x[i], best) ? x[i] : best;
    return best;
  } else {
    Value best(of_none);
    for (int i = 0; i < x.size(); ++i) {
      const Value xi = value_of(x[i]);
      best = select(before(xi, best) || is_nan(xi), xi, best);
    }
    if constexpr (E::is_variable) {
      Value* slot = new_slot(best);
      auto& r = Tape::current().record<ExtremeRecord<Evaluated<E>>>();
      r.x = x;
      r.slot = slot;
      return Var<Value>(slot, slot + 1);
    } else {
      return best;
    }
  }
}
}  // namespace detail

/// The largest element; −∞ for none (integers: the evaluation is left). A NaN element gives NaN.
template <Container E>
auto max(const E& e) {
  return detail::extreme(e, -infinity, [](const auto& a, const auto& b) { return a > b; });
}
/// The smallest element; +∞ for none.
template <Container E>
auto min(const E& e) {
  return detail::extreme(e, infinity, [](const auto& a, const auto& b) { return a < b; });
}

// ---- backwards ----

template <class T, Shape s>
THALWEG_INLINE Sequence<T, s> reverse(const Sequence<T, s>& x) {
  if (x.length == 0) return x;
  return {x.storage.offset(std::ptrdiff_t{x.length - 1} * x.stride), x.length, -x.stride};
}
template <Sequenced E>
requires(!is_handle<E>) THALWEG_INLINE auto reverse(const E& e) { return reverse(let(e)); }
template <class E>
ArrayOf<E> reverse(const ArrayOf<E>& a) {
  const auto result = make_array_of<E>(a.length);
  for (int i = 0; i < a.length; ++i) result.items[i] = a.items[a.length - 1 - i];
  return result;
}

// ---- sorting ----

namespace detail {
/// The positions of keys in ascending (or descending) order; equal keys stay in their order. `scratch`: n more ints.
/// Cost  n log n comparisons: a merge sort from the bottom up.
[[gnu::noinline]] inline void sort_positions(const double* keys, int n, bool descending, int* positions, int* scratch) {
  for (int i = 0; i < n; ++i) positions[i] = i;
  for (int width = 1; width < n; width *= 2) {
    for (int first = 0; first < n; first += 2 * width) {
      const int middle = first + width < n ? first + width : n, last = middle + width < n ? middle + width : n;
      int left = first, right = middle;
      for (int to = first; to < last; ++to) {
        bool from_right = left == middle;
        if (!from_right && right < last) {
          const double l = keys[positions[left]], r = keys[positions[right]];
          from_right = descending ? r > l : r < l;
        }
        scratch[to] = positions[from_right ? right++ : left++];
      }
    }
    for (int i = 0; i < n; ++i) positions[i] = scratch[i];
  }
}
/// Sorted positions of one lane of x.
template <class C>
int* sorted_positions(const C& x, int lane, bool descending) {
  const int n = x.size();
  Tape& tape = Tape::current();
  int* positions = tape.allocate<int>(2 * static_cast<std::size_t>(n));
  double* keys = tape.allocate<double>(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    if constexpr (std::same_as<typename C::Value, int>)
      keys[i] = x[i];
    else
      keys[i] = lane_of(value_of(x[i]), lane);
  }
  sort_positions(keys, n, descending, positions, positions + n);
  return positions;
}

/// Each lane has an order of its own.
template <class C>
struct SortRecord : Record {
  using Real = typename C::Value;
  C x;
  const Real* adjoints;
  int* const* positions;
  static void undo(SortRecord& r) {
    const int n = r.x.size();
    for (int lane = 0; lane < width_of<Real>; ++lane)
      for (int i = 0; i < n; ++i) {
        Real one_lane(0.0);
        copy_lane(one_lane, lane, r.adjoints[i]);
        *r.x[r.positions[lane][i]].adjoint_at += one_lane;
      }
  }
};
template <Sequenced E>
auto sorted(const E& expression, bool descending) {
  const auto x = let(expression);
  const int n = x.size();
  const auto result = make_unset_sequence<Evaluated<E>>(n);
  Tape& tape = Tape::current();
  if constexpr (!E::is_variable) {
    const int* positions = sorted_positions(x, 0, descending);
    for (int i = 0; i < n; ++i) result.storage.data[i] = x[positions[i]];
  } else {
    using Real = typename E::Value;
    for (int i = 0; i < n; ++i) tape.reject(is_nan(*x[i].value_at), "sort: an element is not a number");
    int** positions = tape.allocate<int*>(width_of<Real>);
    for (int lane = 0; lane < width_of<Real>; ++lane) {
      positions[lane] = sorted_positions(x, lane, descending);
      for (int i = 0; i < n; ++i) copy_lane(result.storage.values[i], lane, *x[positions[lane][i]].value_at);
    }
    auto& r = tape.record<SortRecord<Evaluated<E>>>();
    r.x = x;
    r.adjoints = result.storage.adjoints;
    r.positions = positions;
  }
  return result;
}
/// Positions that depend on variables are possible for one particle only.
template <class E>
concept OneLane = Sequenced<E> &&(!E::is_variable || width_of<typename E::Value> == 1);
template <OneLane E>
Array<int> sort_indices(const E& expression, bool descending) {
  const auto x = let(expression);
  int* positions = sorted_positions(x, 0, descending);
  for (int i = 0; i < x.size(); ++i) ++positions[i];
  return {{positions}, x.size(), 1};
}
}  // namespace detail

template <Sequenced E>
auto sort_asc(const E& e) {
  return detail::sorted(e, false);
}
template <Sequenced E>
auto sort_desc(const E& e) {
  return detail::sorted(e, true);
}
/// Where the sorted elements stand, from 1; equal elements in their order.
template <detail::OneLane E>
Array<int> sort_indices_asc(const E& e) {
  return detail::sort_indices(e, false);
}
template <detail::OneLane E>
Array<int> sort_indices_desc(const E& e) {
  return detail::sort_indices(e, true);
}
/// How many elements are smaller than element s.
template <detail::OneLane E>
int rank(const E& expression, int s) {
  const auto x = let(expression);
  const auto pivot = value_of(x(s));
  int count = 0;
  for (int i = 0; i < x.size(); ++i) count += value_of(x[i]) < pivot;
  return count;
}

/// The p-quantile of numbers, linear between order statistics at (n − 1)p.
/// Source  type 7 of Hyndman & Fan (1996), Am. Stat. 50, 361–365.
template <Sequenced E>
requires(!E::is_variable) double quantile(const E& expression, double p) {
  const auto x = let(expression);
  if (x.size() == 0) Tape::current().reject_all("quantile: there are no numbers");
  if (!(p >= 0 && p <= 1)) Tape::current().reject_all("quantile: the probability must lie between 0 and 1");
  const int* positions = detail::sorted_positions(x, 0, false);
  const double at = p * (x.size() - 1);
  const int low = static_cast<int>(at), high = low + 1 < x.size() ? low + 1 : low;
  const double a = x[positions[low]], b = x[positions[high]];
  return a + (at - low) * (b - a);
}
template <Sequenced E, Sequenced P>
requires(!E::is_variable && !P::is_variable) Array<double> quantile(const E& expression, const P& probabilities) {
  const auto x = let(expression);
  const auto p = let(probabilities);
  const auto result = make_unset_sequence<Array<double>>(p.size());
  for (int i = 0; i < p.size(); ++i) result.storage.data[i] = quantile(x, static_cast<double>(p[i]));
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
