// The standard normals of Brownian paths: each a function of (seed, purpose, particle, number), made eight at a time.
#pragma once
#include <cstdint>

#include "thalweg/core/random.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace kernel {
/// Two standard normals from one word, by Box and Muller: 44 bits for the radius √(−2 log u), 20 for the angle.
///
/// u is an odd multiple of 2⁻⁴⁵: the largest normal is √(90 log 2) ≈ 7.90, which a true one passes with probability
/// 3·10⁻¹⁵. The angle is one of 2²⁰, evenly spread and shifted by half a space: for every smooth function that gives
/// the mean over the whole circle, but for terms of the 2²⁰th harmonic. Radii are within 2⁻⁴⁸ of the formula, sines
/// and cosines within 2⁻⁴⁸ of 1; every operation is rounded the same way in all widths.
template <class R>
THALWEG_INLINE void normals_of_word(Unsigned<R> w, R& first, R& second) {
  // 256 + (2⁻⁴⁴ units) − 256 + half a unit
  const R u = from_word<R>((w >> 20) | std::uint64_t{0x4070000000000000}) - (256 - 0x1p-45);
  const auto [m, k] = split(u);
  const R f = m - 1.0;
  // minimax on [√½ − 1, √2 − 1], relative error 2⁻⁴⁹
  const R q =
      polynomial(f, 0.06675087707301078, -0.1417628904634863, 0.14855637810974387, -0.13397778016893114,
                 0.13913735750525225, -0.15327436339183428, 0.1669555960822741, -0.1818806199290945, 0.1999877035892727,
                 -0.22221907526072485, 0.2500002894747116, -0.2857143667141089, 0.333333329755073, -0.39999999900226296,
                 0.5000000000203337, -0.6666666666712903, 0.9999999999999631, -1.9999999999999964);
  const R radius = sqrt(fma(k, all_of<R>(-0x1.62e42fefa39efp0), f * q));
  // bits 1 … 19: t in (−¼, ¼) of a turn, an odd multiple of 2⁻²¹; bit 0: the other half of the circle
  const R t = from_word<R>((w & std::uint64_t{0xffffe}) | std::uint64_t{0x41e0000000000001}) - (0x1p31 + 0.25);
  const R side = from_word<R>(word(radius) ^ (w << 63)), z = t * t;
  const R sine = polynomial(z, -0.6921569980870278, 3.817288654706715, -15.094499476133956, 42.05868966740769,
                            -76.70585968329186, 81.60524927551285, -41.34170224039802, 6.283185307179585);
  const R cosine = polynomial(z, -1.6452404700166336, 7.896559481022755, -26.42588906523635, 60.24463062189495,
                              -85.4568170359332, 64.93939402133584, -19.739208802174755, 0.9999999999999981);
  first = side * cosine;
  second = (side * t) * sine;
}
}  // namespace kernel

/// Normal number n = 0, 1, 2, … of each lane's particle, in order from any n on.
///
/// Key (seed, purpose, 0, 0), counter (particle, n / 8, 0, 0): four words of Threefry, two normals each.
/// Cost  an eighth of a Threefry block and half of a Box–Muller transform a normal; nothing is thrown away but at the
///       start, when n is not a multiple of 8.
template <class Real>
class NormalStream {
 public:
  static constexpr int width = width_of<Real>, at_once = 8;

  THALWEG_INLINE
  NormalStream(std::uint64_t seed, Purpose purpose, std::uint64_t first_particle, std::uint64_t n)
      : key_{seed, static_cast<std::uint64_t>(purpose)}, block_(n / at_once) {
    for (int lane = 0; lane < width; ++lane) {
      const std::uint64_t particle = first_particle + static_cast<std::uint64_t>(lane);
      if constexpr (width == 1)
        particles_[0] = particle;
      else
        particles_[lane / reg::lanes_of<R>][lane % reg::lanes_of<R>] = particle;
    }
    if (const int start = static_cast<int>(n % at_once); start > 0) {
      encrypt();
      used_ = start & ~1;
      if (start % 2 != 0) {
        transform();
        used_ = start;
      }
    }
  }
  THALWEG_INLINE
  const Real& next() {
    if (used_ % 2 == 0) transform();
    return pair_[used_++ % 2];
  }

 private:
  using R = typename detail::Registers<Real>::R;
  using U = reg::Unsigned<R>;
  static constexpr int count = detail::Registers<Real>::count;

  /// The pair of the next word. One word at a time: a step that waits for its own last one then runs beside the work of
  /// the next pair, and not behind that of eight normals.
  [[gnu::noinline]] void transform() {
    if (used_ == at_once) encrypt();
    for (int i = 0; i < count; ++i)
      kernel::normals_of_word<R>(words_[used_ / 2][i], detail::register_of(pair_[0], i),
                                 detail::register_of(pair_[1], i));
  }
  void encrypt() {
    const U key[4] = {U{} + key_[0], U{} + key_[1], U{}, U{}};
    for (int i = 0; i < count; ++i) {
      Threefry<U> block{{particles_[i], U{} + block_, U{}, U{}}};
      block.encrypt(key);
      for (int j = 0; j < 4; ++j) words_[j][i] = block.x[j];
    }
    ++block_;
    used_ = 0;
  }

  std::uint64_t key_[2];
  U particles_[count];
  std::uint64_t block_;
  int used_ = at_once;  ///< of the eight
  U words_[4][count];
  Real pair_[2];
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
