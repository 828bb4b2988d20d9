// The logarithm of a long product, for the price of one logarithm.
#pragma once
#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace kernel {
/// A product m·2ᵉ with ½ ≤ m < 1; or m alone, once it is 0, ∞ or NaN.
template <class R>
struct LongProduct {
  R m = all_of<R>(0.5);
  Unsigned<R> e = Unsigned<R>{} + 1;

  THALWEG_INLINE
  void multiply(R x) {
    const R q = m * x;  // at most x: never overflows
    const auto ordinary = (q >= 0x1p-1022) & (q < infinity);
    if (!all(ordinary)) [[unlikely]]
      return multiply_any(x);
    m = from_word<R>((word(q) & mantissa_bits) | half_bits);
    e += (word(q) >> 52) - 1022;
  }
  THALWEG_INLINE
  R log() const {
    const R k = from_word<R>(e + word(rounder)) - rounder;
    const auto argument = log_argument(m);
    return log_special(m, log_of_reduced(argument.f, argument.k + k));
  }

 private:
  static constexpr std::uint64_t half_bits = one_bits - (std::uint64_t{1} << 52);
  /// The same lanes' values for factors of any kind: tiny ones are scaled first, and what is 0, ∞ or NaN stays so.
  [[gnu::noinline]] void multiply_any(R x) {
    const auto tiny = (x > 0.0) & (x < 0x1p-900);
    const R q = m * select(tiny, x * 0x1p200, x);
    const auto ordinary = (q >= 0x1p-1022) & (q < infinity);
    const R shift = select(tiny, from_word<R>(Unsigned<R>{} + 200), R{});
    const R step = from_word<R>((word(q) >> 52) - 1022 - word(shift));
    m = select(ordinary, from_word<R>((word(q) & mantissa_bits) | half_bits),
               select(q < 0.0, all_of<R>(not_a_number), q));
    e += word(select(ordinary, step, R{}));
  }
};
}  // namespace kernel

/// log(x₁ x₂ … xₙ) = Σ log xᵢ of positive factors, without a logarithm for each: the product's exponent is taken off at
/// every factor with integer operations, so it neither over- nor underflows, subnormal factors included.
///
/// Cost    about 6 operations a factor, and one logarithm at the end. At most 2⁵⁰ factors.
/// Error   n·2⁻⁵³ absolute from n factors, then that of log.
/// Values  a factor 0 gives −∞, ∞ gives ∞, both or NaN or a negative factor give NaN.
template <class Real>
class LogProduct {
 public:
  THALWEG_INLINE
  LogProduct& operator*=(const Real& x) {
    if constexpr (width_of<Real> == 1)
      parts_[0].multiply(x);
    else
      for (int i = 0; i < count; ++i) parts_[i].multiply(x.r[i]);
    return *this;
  }
  Real log() const {
    Real y;
    if constexpr (width_of<Real> == 1)
      y = parts_[0].log();
    else
      for (int i = 0; i < count; ++i) y.r[i] = parts_[i].log();
    return y;
  }

 private:
  static constexpr int lanes = width_of<Real> < native_lanes ? width_of<Real> : native_lanes;
  static constexpr int count = width_of<Real> / lanes;
  kernel::LongProduct<typename Register<lanes>::reals> parts_[count];
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
