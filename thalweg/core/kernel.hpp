// The tools that kernels of vector mathematics are written with: constants, polynomials, exact sums and bits.
//
// A kernel is a template over a register R (a double, or a native vector of doubles), has no branch that changes a
// lane's value, and calls nothing but arithmetic, explicit fma, select and integer operations; so a lane has the same
// bits in every width, on every instruction set and with every compiler, given -ffp-contract=off. The sign and the
// payload of a NaN are not part of that promise.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace reg {

template <int n>
struct UnsignedRegister {
  typedef std::uint64_t type __attribute__((vector_size(8 * n)));
};
template <>
struct UnsignedRegister<1> {
  using type = std::uint64_t;
};
/// The unsigned integers of the shape of R: their right shift is logical, which every instruction set has.
template <class R>
using Unsigned = typename UnsignedRegister<lanes_of<R>>::type;

template <class R>
THALWEG_INLINE Unsigned<R> word(R x) {
  return __builtin_bit_cast(Unsigned<R>, x);
}
template <class R>
THALWEG_INLINE R from_word(Unsigned<R> i) {
  return __builtin_bit_cast(R, i);
}

/// The constant c in every lane.
template <class R>
THALWEG_INLINE R all_of(double c) {
  if constexpr (lanes_of<R> == 1)
    return c;
  else
    return c - R{};
}

inline constexpr std::uint64_t sign_bit = 0x8000000000000000u, exponent_bits = 0x7ff0000000000000u,
                               mantissa_bits = 0x000fffffffffffffu, one_bits = 0x3ff0000000000000u;

template <class R>
THALWEG_INLINE R abs(R x) {
  return from_word<R>(word(x) & ~sign_bit);
}
/// |magnitude| with the sign of `sign`.
template <class R>
THALWEG_INLINE R copy_sign(R magnitude, R sign) {
  return from_word<R>((word(magnitude) & ~sign_bit) | (word(sign) & sign_bit));
}
/// a < b ? a : b and a > b ? a : b: a NaN in either gives b.
template <class R>
THALWEG_INLINE R min(R a, R b) {
  return select(a < b, a, b);
}
template <class R>
THALWEG_INLINE R max(R a, R b) {
  return select(a > b, a, b);
}
/// True when some lane of a comparison's result is; only to skip work that no lane needs.
template <class M>
THALWEG_INLINE bool any(M m) {
  if constexpr (std::numeric_limits<M>::is_specialized)
    return m != 0;
  else
    return mask_bits(m) != 0;
}
/// True when every lane is.
template <class M>
THALWEG_INLINE bool all(M m) {
  if constexpr (std::numeric_limits<M>::is_specialized)
    return m != 0;
  else
    return mask_bits(m) == (std::uint64_t{1} << lanes_of<M>)-1;
}

/// c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ by Horner's rule: the highest power comes first.
template <class R, class... Cs>
THALWEG_INLINE R horner(R x, double first, Cs... rest) {
  R p = all_of<R>(first);
  ((p = fma(p, x, all_of<R>(rest))), ...);
  return p;
}
/// The same polynomial as two Horner chains in x² that run side by side: half the latency, one more operation.
template <class R, class... Cs>
THALWEG_INLINE R polynomial(R x, double first, double second, Cs... rest) {
  const R xx = x * x;
  R p = all_of<R>(first), q = all_of<R>(second);
  bool upper = true;
  ((upper ? (p = fma(p, xx, all_of<R>(rest))) : (q = fma(q, xx, all_of<R>(rest))), upper = !upper), ...);
  if constexpr (sizeof...(rest) % 2 == 0)
    return fma(p, x, q);
  else
    return fma(q, x, p);
}

/// 1.5·2⁵²: adding it rounds a number of magnitude below 2⁵¹ to an integer, which then sits in the low bits.
inline constexpr double rounder = 0x1.8p52;

/// 2ᵏ for an integer −1022 ≤ k ≤ 1023 held as k + rounder.
template <class R>
THALWEG_INLINE R power_of_two(R k_plus_rounder) {
  return from_word<R>((word(k_plus_rounder) + 1023) << 52);
}
/// y·2ᵏ for an integer |k| ≤ 2000 held as a double, rounded once.
template <class R>
THALWEG_INLINE R scale(R y, R k) {
  const R half = fma(k, all_of<R>(0.5), all_of<R>(rounder));
  const R rest = (k - (half - rounder)) + rounder;
  return y * power_of_two(half) * power_of_two(rest);
}

/// x = m·2ᵏ with √½ ≤ m < √2, for a positive normal x.
template <class R>
struct Split {
  R m, k;
};
template <class R>
THALWEG_INLINE Split<R> split(R x) {
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdu;
  const Unsigned<R> i = word(x) + (one_bits - root_half);
  const R k = from_word<R>((i >> 52) | std::uint64_t{0x4330000000000000}) - (0x1p52 + 1023);
  return {from_word<R>((i & mantissa_bits) + root_half), k};
}

/// An unevaluated sum hi + lo with |lo| at most about half an ulp of hi.
template <class R>
struct Sum {
  R hi, lo;
};
/// a + b exactly.
template <class R>
THALWEG_INLINE Sum<R> two_sum(R a, R b) {
  const R s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
/// a + b exactly when |a| ≥ |b| or a = 0.
template <class R>
THALWEG_INLINE Sum<R> fast_two_sum(R a, R b) {
  const R s = a + b;
  return {s, b - (s - a)};
}
/// a·b exactly (barring underflow).
template <class R>
THALWEG_INLINE Sum<R> two_product(R a, R b) {
  const R p = a * b;
  return {p, fma(a, b, -p)};
}

}  // namespace reg

namespace kernel {
// Declared one by one, so that inside kernels they hide the functions of packs with the same names.
using reg::abs, reg::all, reg::all_of, reg::any, reg::copy_sign, reg::fast_two_sum, reg::fma, reg::from_word,
    reg::horner, reg::lanes_of, reg::max, reg::min, reg::polynomial, reg::power_of_two, reg::scale, reg::select,
    reg::split, reg::sqrt, reg::Sum, reg::two_product, reg::two_sum, reg::Unsigned, reg::word;
using reg::exponent_bits, reg::mantissa_bits, reg::one_bits, reg::rounder, reg::sign_bit;
}  // namespace kernel

/// Makes functions of double and of packs from the kernel of the same name. They are not inlined: a unit that calls
/// exp a hundred times compiles it once.
#define THALWEG_UNARY(name)                                                  \
  [[gnu::noinline]] inline double name(double x) { return kernel::name(x); } \
  template <int W>                                                           \
  [[gnu::noinline]] Pack<W> name(const Pack<W>& x) {                         \
    Pack<W> y;                                                               \
    for (int i = 0; i < Pack<W>::count; ++i) y.r[i] = kernel::name(x.r[i]);  \
    return y;                                                                \
  }
#define THALWEG_BINARY(name)                                                              \
  [[gnu::noinline]] inline double name(double x, double y) { return kernel::name(x, y); } \
  template <int W>                                                                        \
  [[gnu::noinline]] Pack<W> name(const Pack<W>& x, const Pack<W>& y) {                    \
    Pack<W> z;                                                                            \
    for (int i = 0; i < Pack<W>::count; ++i) z.r[i] = kernel::name(x.r[i], y.r[i]);       \
    return z;                                                                             \
  }                                                                                       \
  template <int W>                                                                        \
  Pack<W> name(const Pack<W>& x, double y) {                                              \
    return name(x, Pack<W>(y));                                                           \
  }                                                                                       \
  template <int W>                                                                        \
  Pack<W> name(double x, const Pack<W>& y) {                                              \
    return name(Pack<W>(x), y);                                                           \
  }

}  // namespace THALWEG_ISA
}  // namespace thalweg
