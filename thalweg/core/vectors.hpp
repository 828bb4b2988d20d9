// Vectors of one particle in double, with every sum in one fixed order: the same bits on every thread, in every lane,
// with every instruction set.
#pragma once
#include <cstddef>
#include <vector>

#include "thalweg/core/pack.hpp"

namespace thalweg {

/// Vectors are padded with zeros to a multiple of 8, so that no loop has a tail.
inline constexpr std::size_t padding = 8;
constexpr std::size_t padded(std::size_t n) { return (n + padding - 1) / padding * padding; }

/// `count` padded vectors of `size` numbers, all zero, each on its own cache lines.
class Vectors {
 public:
  Vectors() = default;
  Vectors(std::size_t count, std::size_t size) : stride_(padded(size)), lines_(count * stride_ / 8 + 1) {}
  double* operator[](std::size_t i) { return reinterpret_cast<double*>(lines_.data()) + i * stride_; }

 private:
  struct alignas(64) Line {
    double reals[8] = {};
  };
  std::size_t stride_ = 0;
  std::vector<Line> lines_;
};

/// A place with what is known there; x and gradient are padded.
struct Point {
  double *x = nullptr, *gradient = nullptr;
  double log_p = 0;
};

inline namespace THALWEG_ISA {

/// ((l₀+l₄)+(l₂+l₆)) + ((l₁+l₅)+(l₃+l₇)): the order in which halves of a register are folded.
THALWEG_INLINE
double sum_lanes(const Pack<8>& a) {
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
  using Half = typename Register<4>::reals;
  const Half s =
      __builtin_shufflevector(a.r[0], a.r[0], 0, 1, 2, 3) + __builtin_shufflevector(a.r[0], a.r[0], 4, 5, 6, 7);
  return (s[0] + s[2]) + (s[1] + s[3]);
#else
  return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
#endif
}

/// Σ aᵢ·bᵢ in eight partial sums. n is a multiple of 8.
THALWEG_INLINE
double dot(const double* a, const double* b, std::size_t n) {
  Pack<8> s(0.0);
  for (std::size_t i = 0; i < n; i += 8) s = fma(load<Pack<8>>(a + i), load<Pack<8>>(b + i), s);
  return sum_lanes(s);
}

THALWEG_INLINE
void copy(const double* from, double* to, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 8) store(to + i, load<Pack<8>>(from + i));
}

/// to += share·v, fused
THALWEG_INLINE
void add_scaled(double share, const double* v, double* to, std::size_t n) {
  const Pack<8> s(share);
  for (std::size_t i = 0; i < n; i += 8) store(to + i, fma(s, load<Pack<8>>(v + i), load<Pack<8>>(to + i)));
}

/// v *= factor
THALWEG_INLINE
void scale(double factor, double* v, std::size_t n) {
  const Pack<8> s(factor);
  for (std::size_t i = 0; i < n; i += 8) store(v + i, s * load<Pack<8>>(v + i));
}

/// to = a − b
THALWEG_INLINE
void subtract(const double* a, const double* b, double* to, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 8) store(to + i, load<Pack<8>>(a + i) - load<Pack<8>>(b + i));
}

/// to = a + b
THALWEG_INLINE
void add(const double* a, const double* b, double* to, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 8) store(to + i, load<Pack<8>>(a + i) + load<Pack<8>>(b + i));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
