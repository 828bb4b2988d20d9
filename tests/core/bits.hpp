// The bits of every function, at every width, as one number a function: what the promise "the same bits at every
// width, instruction set and compiler" is tested with. Includes only lean headers, so that a unit for another
// instruction set shares nothing with the rest of the program.
#pragma once
#include "thalweg/core/incomplete_beta.hpp"
#include "thalweg/core/incomplete_gamma.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace bits {

inline constexpr int points = 20480;  ///< a function; a multiple of every width

/// SplitMix64. Source: G. L. Steele, D. Lea & C. H. Flood (2014), OOPSLA '14.
struct Words {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Mostly uniform on [low, high]; every 16th number has random bits: huge, tiny, infinite or NaN.
  double number(double low, double high) {
    const std::uint64_t w = next(), kind = next();
    if (kind % 16 == 0) return reg::from_word<double>(w);
    return low + (high - low) * (static_cast<double>(w >> 11) * 0x1p-53);
  }
};

/// FNV-1a over words; every NaN counts as the same.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(double x) { value = (value ^ (x == x ? reg::word(x) : 1)) * 0x100000001b3; }
};

template <class Real, class F>
std::uint64_t unary(F f, double low, double high) {
  Words words{1};
  Hash hash;
  for (int i = 0; i < points; i += width_of<Real>) {
    Real x;
    for (int lane = 0; lane < width_of<Real>; ++lane) set_lane(x, lane, words.number(low, high));
    const Real y = f(x);
    for (int lane = 0; lane < width_of<Real>; ++lane) hash.add(lane_of(y, lane));
  }
  return hash.value;
}
template <class Real, class F>
std::uint64_t binary(F f, double low, double high, double low2, double high2, int count = points) {
  Words words{2};
  Hash hash;
  for (int i = 0; i < count; i += width_of<Real>) {
    Real x, y;
    for (int lane = 0; lane < width_of<Real>; ++lane) {
      set_lane(x, lane, words.number(low, high));
      set_lane(y, lane, words.number(low2, high2));
    }
    const Real z = f(x, y);
    for (int lane = 0; lane < width_of<Real>; ++lane) hash.add(lane_of(z, lane));
  }
  return hash.value;
}
/// 64 particles' streams of uniforms, normals and exponentials, particle after particle.
template <class Real>
std::uint64_t streams() {
  constexpr int particles = 64, draws = 320;
  static double table[particles][draws];
  for (int first = 0; first < particles; first += width_of<Real>) {
    Random<Real> random(3, Purpose::test, static_cast<std::uint64_t>(first), 5);
    for (int k = 0; k < draws; ++k) {
      const Real x = k % 3 == 0 ? random.uniform() : k % 7 == 0 ? random.exponential() : random.normal();
      for (int lane = 0; lane < width_of<Real>; ++lane) table[first + lane][k] = lane_of(x, lane);
    }
  }
  Hash hash;
  for (const auto& row : table)
    for (const double x : row) hash.add(x);
  return hash.value;
}
/// log of the product of 20 numbers at a time.
template <class Real>
std::uint64_t products() {
  constexpr int particles = 64, rounds = 16, factors = 20;
  static double table[particles][rounds];
  for (int first = 0; first < particles; first += width_of<Real>)
    for (int k = 0; k < rounds; ++k) {
      LogProduct<Real> product;
      for (int j = 0; j < factors; ++j) {
        Real x;
        for (int lane = 0; lane < width_of<Real>; ++lane) {
          Words words{static_cast<std::uint64_t>(((first + lane) * rounds + k) * factors + j)};
          const double v = k % 4 == 0 ? words.number(1, 2) : 1 + static_cast<double>(words.next() >> 11) * 0x1p-53;
          set_lane(x, lane, v < 0 ? -v : v);
        }
        product *= x;
      }
      const Real y = product.log();
      for (int lane = 0; lane < width_of<Real>; ++lane) table[first + lane][k] = lane_of(y, lane);
    }
  Hash hash;
  for (const auto& row : table)
    for (const double x : row) hash.add(x);
  return hash.value;
}

/// Calls `see(name, hash)` for every function at the width of Real.
template <class Real, class See>
void each_function(See see) {
#define THALWEG_ONE(name, low, high) see(#name, unary<Real>([](const Real& x) { return name(x); }, low, high));
  THALWEG_ONE(exp, -760, 720)
  THALWEG_ONE(exp2, -1080, 1030)
  THALWEG_ONE(expm1, -50, 50)
  THALWEG_ONE(log, 0, 10)
  THALWEG_ONE(log1p, -1, 10)
  THALWEG_ONE(log2, 0, 10)
  THALWEG_ONE(log10, 0, 10)
  THALWEG_ONE(cbrt, -10, 10)
  THALWEG_ONE(sin, -100, 100)
  THALWEG_ONE(cos, -1e12, 1e12)
  THALWEG_ONE(tan, -100, 100)
  THALWEG_ONE(asin, -1, 1)
  THALWEG_ONE(acos, -1, 1)
  THALWEG_ONE(atan, -9, 9)
  THALWEG_ONE(tanh, -30, 30)
  THALWEG_ONE(sinh, -720, 720)
  THALWEG_ONE(cosh, -720, 720)
  THALWEG_ONE(asinh, -9, 9)
  THALWEG_ONE(acosh, 1, 9)
  THALWEG_ONE(atanh, -1, 1)
  THALWEG_ONE(floor, -9, 9)
  THALWEG_ONE(ceil, -9, 9)
  THALWEG_ONE(round, -9, 9)
  THALWEG_ONE(trunc, -9, 9)
  THALWEG_ONE(logistic, -50, 50)
  THALWEG_ONE(logit, 0, 1)
  THALWEG_ONE(log1p_exp, -50, 50)
  THALWEG_ONE(log_logistic, -50, 50)
  THALWEG_ONE(log1m_exp, -50, 0)
  THALWEG_ONE(log1m, -1, 1)
  THALWEG_ONE(erf, -6, 6)
  THALWEG_ONE(erfc, -6, 28)
  THALWEG_ONE(normal_cdf, -40, 9)
  THALWEG_ONE(log_normal_cdf, -50, 9)
  THALWEG_ONE(normal_quantile, 0, 1)
  THALWEG_ONE(lgamma, -10, 20)
  THALWEG_ONE(digamma, -10, 20)
  THALWEG_ONE(trigamma, -10, 20)
#undef THALWEG_ONE
#define THALWEG_TWO(name, low, high, low2, high2) \
  see(#name, binary<Real>([](const Real& x, const Real& y) { return name(x, y); }, low, high, low2, high2));
  THALWEG_TWO(pow, -10, 100, -20, 20)
  THALWEG_TWO(fmod, -10, 10, -3, 3)
  THALWEG_TWO(atan2, -3, 3, -3, 3)
  THALWEG_TWO(hypot, -3, 3, -3, 3)
  THALWEG_TWO(log_sum_exp, -9, 9, -9, 9)
  THALWEG_TWO(log_diff_exp, 0, 9, -9, 9)
  THALWEG_TWO(lbeta, 0, 20, 0, 20)
#undef THALWEG_TWO
  see("sincos_turns", unary<Real>(
                          [](const Real& x) {
                            const auto t = sincos_turns(x);
                            return select(t.sine < t.cosine, t.sine, t.cosine);
                          },
                          -2, 2));
  see("gamma_tails", binary<Real>(
                         [](const Real& a, const Real& x) {
                           const auto t = gamma_tails(a, x);
                           return select(t.log_lower < t.log_upper, t.lower_slope, t.log_upper);
                         },
                         0, 30, 0, 60, 1024));
  see("beta_tails", binary<Real>(
                        [](const Real& a, const Real& x) {
                          const auto t = beta_tails(a, Real(3.5), x, 1.0 - x);
                          return select(t.log_lower < t.log_upper, t.lower_slope_a, t.log_upper);
                        },
                        0, 30, 0, 1, 1024));
  see("Random", streams<Real>());
  see("LogProduct", products<Real>());
}

}  // namespace bits
}  // namespace THALWEG_ISA
}  // namespace thalweg
