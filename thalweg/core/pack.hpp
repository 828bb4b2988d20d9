// A pack: the same number of W particles, held in native vector registers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>

// The functions of a unit that says THALWEG_FORWARD (tape.hpp) are others, of the same names.
#ifdef THALWEG_FORWARD
#define THALWEG_ISA_OF(set) set##_forward
#else
#define THALWEG_ISA_OF(set) set
#endif
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define THALWEG_ISA THALWEG_ISA_OF(v4)
#elif defined(__AVX2__) && defined(__FMA__)
#define THALWEG_ISA THALWEG_ISA_OF(v3)
#else
#define THALWEG_ISA THALWEG_ISA_OF(generic)
#endif

#define THALWEG_INLINE [[gnu::always_inline]] inline
/// `statement` for i = 0, …, count − 1 with i a constant, so that packs stay in registers: the compiler takes a struct
/// apart before it unrolls loops.
#define THALWEG_EACH_REGISTER(count, ...) \
  {                                       \
    {                                     \
      constexpr int i = 0;                \
      __VA_ARGS__;                        \
    }                                     \
    if constexpr ((count) > 1) {          \
      constexpr int i = 1;                \
      __VA_ARGS__;                        \
    }                                     \
    if constexpr ((count) > 2) {          \
      {                                   \
        constexpr int i = 2;              \
        __VA_ARGS__;                      \
      }                                   \
      {                                   \
        constexpr int i = 3;              \
        __VA_ARGS__;                      \
      }                                   \
    }                                     \
    if constexpr ((count) > 4)            \
      for (int i = 4; i < (count); ++i) { \
        __VA_ARGS__;                      \
      }                                   \
  }

namespace thalweg {
/// Everything that depends on the instruction set lives in an inline namespace named by it, so that objects built
/// for different sets never share a symbol.
inline namespace THALWEG_ISA {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
inline constexpr int native_lanes = 8;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int native_lanes = 4;
#else
inline constexpr int native_lanes = 2;
#endif
/// The width compiled in by default: two native registers.
inline constexpr int default_width = 2 * native_lanes;

/// One native register of n doubles, and the integers of the same shape. n = 1 is a plain double.
template <int n>
struct Register {
  typedef double reals __attribute__((vector_size(8 * n)));
  typedef std::int64_t integers __attribute__((vector_size(8 * n)));
};
template <>
struct Register<1> {
  using reals = double;
  using integers = std::int64_t;
};

/// W lanes of booleans: −1 (all bits) for true, 0 for false.
template <int W>
struct PackMask {
  static constexpr int lanes = W < native_lanes ? W : native_lanes, count = W / lanes;
  using Integers = typename Register<lanes>::integers;
  Integers r[count];

  PackMask() = default;
  // register by register: g++ moves whole structs through memory in pieces, which stalls
  THALWEG_INLINE PackMask(const PackMask& m){THALWEG_EACH_REGISTER(count, r[i] = m.r[i])} THALWEG_INLINE PackMask&
  operator=(const PackMask& m) {
    THALWEG_EACH_REGISTER(count, r[i] = m.r[i])
    return *this;
  }
  THALWEG_INLINE
  friend PackMask operator&&(const PackMask& a, const PackMask& b) {
    PackMask c;
    THALWEG_EACH_REGISTER(count, c.r[i] = a.r[i] & b.r[i])
    return c;
  }
  THALWEG_INLINE
  friend PackMask operator||(const PackMask& a, const PackMask& b) {
    PackMask c;
    THALWEG_EACH_REGISTER(count, c.r[i] = a.r[i] | b.r[i])
    return c;
  }
  THALWEG_INLINE
  friend PackMask operator!(const PackMask& a) {
    PackMask c;
    THALWEG_EACH_REGISTER(count, c.r[i] = ~a.r[i])
    return c;
  }
  THALWEG_INLINE
  bool operator[](int lane) const { return r[lane / lanes][lane % lanes] != 0; }
};

/// W doubles, one a particle: W / lanes native registers. A double converts to a pack that holds it W times.
template <int W>
struct Pack {
  static_assert(W >= 2 && (W & (W - 1)) == 0, "a pack holds 2, 4, 8, … particles; one particle is a double");
  static constexpr int width = W;
  static constexpr int lanes = W < native_lanes ? W : native_lanes, count = W / lanes;
  using Reals = typename Register<lanes>::reals;
  using Integers = typename Register<lanes>::integers;
  Reals r[count];

  Pack() = default;
  THALWEG_INLINE Pack(const Pack& x){THALWEG_EACH_REGISTER(count, r[i] = x.r[i])} THALWEG_INLINE Pack& operator=(
      const Pack& x) {
    THALWEG_EACH_REGISTER(count, r[i] = x.r[i])
    return *this;
  }
  THALWEG_INLINE
  Pack(double value) {
    for (int i = 0; i < count; ++i) r[i] = value - Reals{};  // x − 0 keeps the sign of zero
  }
  THALWEG_INLINE
  double operator[](int lane) const { return r[lane / lanes][lane % lanes]; }
  THALWEG_INLINE
  void set(int lane, double value) { r[lane / lanes][lane % lanes] = value; }

#define THALWEG_PACK_OPERATOR(op)                           \
  THALWEG_INLINE                                            \
  friend Pack operator op(const Pack& a, const Pack& b) {   \
    Pack c;                                                 \
    THALWEG_EACH_REGISTER(count, c.r[i] = a.r[i] op b.r[i]) \
    return c;                                               \
  }                                                         \
  THALWEG_INLINE                                            \
  friend Pack operator op(const Pack& a, double b) {        \
    Pack c;                                                 \
    THALWEG_EACH_REGISTER(count, c.r[i] = a.r[i] op b)      \
    return c;                                               \
  }                                                         \
  THALWEG_INLINE                                            \
  friend Pack operator op(double a, const Pack& b) {        \
    Pack c;                                                 \
    THALWEG_EACH_REGISTER(count, c.r[i] = a op b.r[i])      \
    return c;                                               \
  }                                                         \
  THALWEG_INLINE                                            \
  friend Pack& operator op##=(Pack& a, const Pack& b) {     \
    THALWEG_EACH_REGISTER(count, a.r[i] = a.r[i] op b.r[i]) \
    return a;                                               \
  }
  THALWEG_PACK_OPERATOR(+)
  THALWEG_PACK_OPERATOR(-)
  THALWEG_PACK_OPERATOR(*)
  THALWEG_PACK_OPERATOR(/)
#undef THALWEG_PACK_OPERATOR

#define THALWEG_PACK_COMPARISON(op)                              \
  THALWEG_INLINE                                                 \
  friend PackMask<W> operator op(const Pack& a, const Pack& b) { \
    PackMask<W> m;                                               \
    THALWEG_EACH_REGISTER(count, m.r[i] = a.r[i] op b.r[i])      \
    return m;                                                    \
  }
  THALWEG_PACK_COMPARISON(<)
  THALWEG_PACK_COMPARISON(<=)
  THALWEG_PACK_COMPARISON(>)
  THALWEG_PACK_COMPARISON(>=)
  THALWEG_PACK_COMPARISON(==)
  THALWEG_PACK_COMPARISON(!=)
#undef THALWEG_PACK_COMPARISON

  THALWEG_INLINE
  friend Pack operator-(const Pack& a) {
    Pack c;
    THALWEG_EACH_REGISTER(count, c.r[i] = -a.r[i])
    return c;
  }
  THALWEG_INLINE
  friend Pack operator+(const Pack& a) { return a; }
};

namespace detail {
template <class Real>
struct RealTraits;
template <>
struct RealTraits<double> {
  static constexpr int width = 1;
  using Mask = bool;
};
template <int W>
struct RealTraits<Pack<W>> {
  static constexpr int width = W;
  using Mask = PackMask<W>;
};
template <int W>
struct RealOf {
  using type = Pack<W>;
};
template <>
struct RealOf<1> {
  using type = double;
};
}  // namespace detail

/// The number of particles in a Real: 1 for double, W for Pack<W>.
template <class Real>
inline constexpr int width_of = detail::RealTraits<Real>::width;
/// The truth values that comparing two Reals gives: bool for double.
template <class Real>
using Mask = typename detail::RealTraits<Real>::Mask;
/// The Real that holds W particles: double for W = 1.
template <int W>
using RealOf = typename detail::RealOf<W>::type;

/// A register-level scalar: double or a native vector. Kernels of vector mathematics are templates over it.
namespace reg {
template <class R>
inline constexpr int lanes_of = sizeof(R) / 8;

template <class R>
using Integers = typename Register<lanes_of<R>>::integers;

template <class R>
THALWEG_INLINE Integers<R> bits(R x) {
  return __builtin_bit_cast(Integers<R>, x);
}
template <class R>
THALWEG_INLINE R from_bits(Integers<R> i) {
  return __builtin_bit_cast(R, i);
}
/// m ? a : b in each lane; m is what a comparison of two R gives (bool for double).
template <class R, class M>
THALWEG_INLINE R select(M m, R a, R b) {
  return m ? a : b;
}
/// a·b + c, rounded once.
template <class R>
THALWEG_INLINE R fma(R a, R b, R c) {
  if constexpr (lanes_of<R> == 1) {
    return __builtin_fma(a, b, c);
#if defined(__AVX512F__)
  } else if constexpr (lanes_of<R> == 8) {
    return __builtin_ia32_vfmaddpd512_mask(a, b, c, static_cast<unsigned char>(-1), 4);
#endif
#if defined(__FMA__)
  } else if constexpr (lanes_of<R> == 4) {
    return __builtin_ia32_vfmaddpd256(a, b, c);
  } else if constexpr (lanes_of<R> == 2) {
    return __builtin_ia32_vfmaddpd(a, b, c);
#endif
  } else {
    R d;
    for (int i = 0; i < lanes_of<R>; ++i) d[i] = __builtin_fma(a[i], b[i], c[i]);
    return d;
  }
}
template <class R>
THALWEG_INLINE R sqrt(R a) {
  if constexpr (lanes_of<R> == 1) {
    return __builtin_sqrt(a);
#if defined(__AVX512F__)
  } else if constexpr (lanes_of<R> == 8) {
#if defined(__clang__)
    return __builtin_ia32_sqrtpd512(a, 4);
#else
    return __builtin_ia32_sqrtpd512_mask(a, a, static_cast<unsigned char>(-1), 4);
#endif
#endif
#if defined(__AVX__)
  } else if constexpr (lanes_of<R> == 4) {
    return __builtin_ia32_sqrtpd256(a);
#endif
#if defined(__SSE2__)
  } else if constexpr (lanes_of<R> == 2) {
    return __builtin_ia32_sqrtpd(a);
#endif
  } else {
    R d;
    for (int i = 0; i < lanes_of<R>; ++i) d[i] = __builtin_sqrt(a[i]);
    return d;
  }
}
/// One bit a lane, lane 0 lowest.
template <class I>
THALWEG_INLINE std::uint64_t mask_bits(I m) {
#if defined(__AVX512DQ__)
  typedef long long Wide __attribute__((vector_size(64)));
  if constexpr (sizeof(I) == 64)
    return static_cast<unsigned char>(__builtin_ia32_cvtq2mask512(__builtin_bit_cast(Wide, m)));
#endif
#if defined(__AVX__)
  if constexpr (sizeof(I) == 32)
    return static_cast<unsigned>(__builtin_ia32_movmskpd256(__builtin_bit_cast(Register<4>::reals, m)));
#endif
  std::uint64_t b = 0;
  if constexpr (sizeof(I) == 8) {
    b = m != 0;
  } else {
    for (int i = 0; i < lanes_of<I>; ++i) b |= static_cast<std::uint64_t>(m[i] != 0) << i;
  }
  return b;
}
}  // namespace reg

// ---- whole-pack operations; the double overloads make one text serve both ----

/// A bit for each true lane, lane 0 lowest.
THALWEG_INLINE
std::uint64_t lane_bits(bool m) { return m; }
template <int W>
THALWEG_INLINE std::uint64_t lane_bits(const PackMask<W>& m) {
  std::uint64_t b = 0;
  THALWEG_EACH_REGISTER(PackMask<W>::count, b |= reg::mask_bits(m.r[i]) << (i * PackMask<W>::lanes))
  return b;
}
/// any, all, none: allowed only to skip work, never to change what a lane computes.
THALWEG_INLINE
bool any(bool m) { return m; }
THALWEG_INLINE
bool all(bool m) { return m; }
template <int W>
THALWEG_INLINE bool any(const PackMask<W>& m) {
  auto acc = m.r[0];
  for (int i = 1; i < PackMask<W>::count; ++i) acc |= m.r[i];
  return reg::mask_bits(acc) != 0;
}
template <int W>
THALWEG_INLINE bool all(const PackMask<W>& m) {
  return !any(!m);
}
template <class M>
THALWEG_INLINE bool none(const M& m) {
  return !any(m);
}

/// m ? a : b in each lane.
THALWEG_INLINE
double select(bool m, double a, double b) { return m ? a : b; }
template <int W>
THALWEG_INLINE Pack<W> select(const PackMask<W>& m, const Pack<W>& a, const Pack<W>& b) {
  Pack<W> c;
  THALWEG_EACH_REGISTER(Pack<W>::count, c.r[i] = m.r[i] ? a.r[i] : b.r[i])
  return c;
}
template <int W>
THALWEG_INLINE Pack<W> select(const PackMask<W>& m, const Pack<W>& a, double b) {
  return select(m, a, Pack<W>(b));
}
template <int W>
THALWEG_INLINE Pack<W> select(const PackMask<W>& m, double a, const Pack<W>& b) {
  return select(m, Pack<W>(a), b);
}

/// a·b + c rounded once; the only way a product and a sum are ever fused.
THALWEG_INLINE
double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
template <int W>
THALWEG_INLINE Pack<W> fma(const Pack<W>& a, const Pack<W>& b, const Pack<W>& c) {
  Pack<W> d;
  THALWEG_EACH_REGISTER(Pack<W>::count, d.r[i] = reg::fma(a.r[i], b.r[i], c.r[i]))
  return d;
}
template <int W>
THALWEG_INLINE Pack<W> fma(double a, const Pack<W>& b, const Pack<W>& c) {
  Pack<W> d;
  using Reals = typename Pack<W>::Reals;
  for (int i = 0; i < Pack<W>::count; ++i) d.r[i] = reg::fma(a - Reals{}, b.r[i], c.r[i]);
  return d;
}
template <int W>
THALWEG_INLINE Pack<W> fma(const Pack<W>& a, double b, const Pack<W>& c) {
  return fma(b, a, c);
}
template <int W>
THALWEG_INLINE Pack<W> fma(const Pack<W>& a, const Pack<W>& b, double c) {
  return fma(a, b, Pack<W>(c));
}

THALWEG_INLINE
double sqrt(double a) { return __builtin_sqrt(a); }
template <int W>
THALWEG_INLINE Pack<W> sqrt(const Pack<W>& a) {
  Pack<W> c;
  THALWEG_EACH_REGISTER(Pack<W>::count, c.r[i] = reg::sqrt(a.r[i]))
  return c;
}
THALWEG_INLINE
double abs(double a) { return __builtin_fabs(a); }
template <int W>
THALWEG_INLINE Pack<W> abs(const Pack<W>& a) {
  using P = Pack<W>;
  P c;
  for (int i = 0; i < P::count; ++i)
    c.r[i] = reg::from_bits<typename P::Reals>(reg::bits(a.r[i]) & std::int64_t{0x7fffffffffffffff});
  return c;
}
/// a < b ? a : b and a > b ? a : b: a NaN in either argument gives b.
template <class Real>
THALWEG_INLINE Real min(const Real& a, const Real& b) {
  return select(a < b, a, b);
}
template <class Real>
THALWEG_INLINE Real max(const Real& a, const Real& b) {
  return select(a > b, a, b);
}
template <class Real>
THALWEG_INLINE Mask<Real> is_finite(const Real& a) {
  return abs(a) < Real(infinity);
}
template <class Real>
THALWEG_INLINE Mask<Real> is_nan(const Real& a) {
  return a != a;
}

/// Lane `lane` of x.
THALWEG_INLINE
double lane_of(double x, int) { return x; }
template <int W>
THALWEG_INLINE double lane_of(const Pack<W>& x, int lane) {
  return x[lane];
}
THALWEG_INLINE
void set_lane(double& x, int, double value) { x = value; }
template <int W>
THALWEG_INLINE void set_lane(Pack<W>& x, int lane, double value) {
  x.set(lane, value);
}

/// W consecutive doubles in memory, 8-byte aligned at least. Whole registers are moved: pieces of them would stall the
/// next load.
template <class Real>
THALWEG_INLINE Real load(const double* from) {
  if constexpr (width_of<Real> == 1) {
    return *from;
  } else {
    typedef typename Real::Reals Unaligned __attribute__((aligned(8), may_alias));
    Real x;
    for (int i = 0; i < Real::count; ++i) x.r[i] = *reinterpret_cast<const Unaligned*>(from + i * Real::lanes);
    return x;
  }
}
THALWEG_INLINE
void store(double* to, double x) { *to = x; }
template <int W>
THALWEG_INLINE void store(double* to, const Pack<W>& x) {
  typedef typename Pack<W>::Reals Unaligned __attribute__((aligned(8), may_alias));
  for (int i = 0; i < Pack<W>::count; ++i) *reinterpret_cast<Unaligned*>(to + i * Pack<W>::lanes) = x.r[i];
}

/// The numbers of one particle, or of one pack of them: `size` Reals, `stride` apart.
template <class Real>
struct View {
  Real* data = nullptr;
  std::size_t length = 0;
  std::size_t stride = 1;
  THALWEG_INLINE
  Real& operator[](std::size_t i) const { return data[i * stride]; }
  THALWEG_INLINE
  std::size_t size() const { return length; }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
