// Random numbers that are a function of (seed, purpose, particle, step, index), and of nothing else.
#pragma once
#include <cstdint>

#include "thalweg/core/exp_log.hpp"
#include "thalweg/core/trigonometric.hpp"

namespace thalweg {

/// What a stream of numbers is for. The values are part of the format of a run: never renumber.
enum class Purpose : std::uint64_t {
  init = 0,
  momentum = 1,
  tree = 2,
  noise = 3,
  acceptance = 4,
  generated_quantities = 5,
  transformed_data = 6,
  step_size = 7,
  resampling = 8,
  permutation = 9,
  minibatch = 10,
  check = 11,
  test = 12,
  variational = 16,    ///< the draws inside of objectives and searches of approximations
  approximation = 17,  ///< draws of an approximation that is finished
  brownian = 18,       ///< increments of Brownian paths
  brownian_area = 19,  ///< what their time integrals need besides
  brownian_tree = 20,  ///< Brownian paths at any time
  passage = 21,        ///< whether and when a path crossed a level between two of its points
};

inline namespace THALWEG_ISA {

namespace detail {
/// A Real as `count` registers of type R.
template <class Real>
struct Registers {
  using R = double;
  static constexpr int count = 1;
};
template <int W>
struct Registers<Pack<W>> {
  using R = typename Pack<W>::Reals;
  static constexpr int count = Pack<W>::count;
};
THALWEG_INLINE
double& register_of(double& x, int) { return x; }
template <int W>
THALWEG_INLINE typename Pack<W>::Reals& register_of(Pack<W>& x, int i) {
  return x.r[i];
}
}  // namespace detail

/// Threefry 4×64 with 20 rounds: four words from a key and a counter of four words each.
/// Cost    80 additions, 40 rotations and 40 exclusive ors.
/// Source  J. K. Salmon, M. A. Moraes, R. O. Dror & D. E. Shaw (2011), SC '11, doi:10.1145/2063384.2063405.
template <class U>
struct Threefry {
  U x[4];

  /// x becomes the words of counter x.
  THALWEG_INLINE
  void encrypt(const U (&key)[4]) {
    const U schedule[5] = {key[0], key[1], key[2], key[3],
                           key[0] ^ key[1] ^ key[2] ^ key[3] ^ std::uint64_t{0x1bd11bdaa9fc1a22}};
    inject<0>(schedule);
    mix<14, 16, 52, 57, 23, 40, 5, 37>();
    inject<1>(schedule);
    mix<25, 33, 46, 12, 58, 22, 32, 32>();
    inject<2>(schedule);
    mix<14, 16, 52, 57, 23, 40, 5, 37>();
    inject<3>(schedule);
    mix<25, 33, 46, 12, 58, 22, 32, 32>();
    inject<4>(schedule);
    mix<14, 16, 52, 57, 23, 40, 5, 37>();
    inject<5>(schedule);
  }

 private:
  template <int s>
  THALWEG_INLINE void inject(const U (&schedule)[5]) {
    for (int i = 0; i < 4; ++i) x[i] += schedule[(s + i) % 5];
    x[3] += std::uint64_t{s};
  }
  template <int n>
  THALWEG_INLINE static void turn(U& sum, U& word) {
    sum += word;
    word = ((word << n) | (word >> (64 - n))) ^ sum;
  }
  /// Four rounds.
  template <int a0, int a1, int b0, int b1, int c0, int c1, int d0, int d1>
  THALWEG_INLINE void mix() {
    turn<a0>(x[0], x[1]), turn<a1>(x[2], x[3]);
    turn<b0>(x[0], x[3]), turn<b1>(x[2], x[1]);
    turn<c0>(x[0], x[1]), turn<c1>(x[2], x[3]);
    turn<d0>(x[0], x[3]), turn<d1>(x[2], x[1]);
  }
};

namespace kernel {
/// A word to an odd multiple of 2⁻⁵³: 53 binary places, never 0 and never 1, mean exactly ½.
template <class R>
THALWEG_INLINE R unit_interval(Unsigned<R> word) {
  return from_word<R>((word >> 12) | one_bits) - (1 - 0x1p-53);
}
}  // namespace kernel

/// Two independent standard normals from two uniforms: √(−2 log u) times cos 2πv and sin 2πv.
/// Source: G. E. P. Box & M. E. Muller (1958), Ann. Math. Stat. 29(2), 610–611. The largest is √(2·53·log 2) ≈ 8.57.
template <class Real>
[[gnu::noinline]] void box_muller(Real u, Real v, Real& first, Real& second) {
  using Parts = detail::Registers<Real>;
  for (int i = 0; i < Parts::count; ++i) {
    const auto ui = detail::register_of(u, i);
    const auto radius = kernel::sqrt(-2.0 * kernel::log(ui));
    const auto t = kernel::sine_cosine(kernel::reduce_turns(detail::register_of(v, i)));
    detail::register_of(first, i) = radius * t.cosine;
    detail::register_of(second, i) = radius * t.sine;
  }
}

/// The stream of one particle (Real = double) or of one particle a lane, for one purpose at one step.
///
/// Key (seed, purpose, 0, 0), counter (particle, step, index, 0): index 0, 1, 2, … gives four words each, handed out
/// in order. `uniform` takes one word; `normal` takes two at every other call and keeps the second number of the
/// pair. Lane i of a pack holds exactly what Random<double> of its particle gives for the same calls.
///
/// Make it afresh for every (purpose, particle, step): two objects of the same five numbers repeat each other.
template <class Real>
class Random {
 public:
  static constexpr int width = width_of<Real>;

  /// Lane i is particle first_particle + i.
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t first_particle, std::uint64_t step)
      : key_{seed, static_cast<std::uint64_t>(purpose)}, step_(step) {
    for (int lane = 0; lane < width; ++lane) set_particle(lane, first_particle + static_cast<std::uint64_t>(lane));
  }
  /// Lane i is particle particles[i]; `particles` has one number a lane.
  static Random of_particles(std::uint64_t seed, Purpose purpose, const std::uint64_t* particles, std::uint64_t step) {
    Random random(seed, purpose, 0, step);
    for (int lane = 0; lane < width; ++lane) random.set_particle(lane, particles[lane]);
    return random;
  }

  /// Uniform on the open interval (0, 1): an odd multiple of 2⁻⁵³.
  Real uniform() {
    const auto& w = next();
    Real u;
    for (int i = 0; i < count; ++i) detail::register_of(u, i) = kernel::unit_interval<R>(w.r[i]);
    return u;
  }
  /// Standard normal.
  Real normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    Real first;
    const Real u = uniform(), v = uniform();
    box_muller(u, v, first, spare_);
    has_spare_ = true;
    return first;
  }
  /// Exponential with mean 1.
  Real exponential() { return -log(uniform()); }

  /// 64 random bits.
  std::uint64_t word() requires(width == 1) { return next().r[0]; }
  /// Uniform among 0, 1, …, n − 1 without bias, for n ≥ 1; takes one word, seldom more.
  /// Source: D. Lemire (2019), ACM Trans. Model. Comput. Simul. 29(1), 3.
  std::uint64_t below(std::uint64_t n) requires(width == 1) {
    __extension__ typedef unsigned __int128 Wide;
    Wide product = Wide{word()} * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t unfair = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < unfair) product = Wide{word()} * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

 private:
  using R = typename detail::Registers<Real>::R;
  using U = reg::Unsigned<R>;
  static constexpr int count = detail::Registers<Real>::count;
  struct Words {
    U r[count];
  };

  void set_particle(int lane, std::uint64_t particle) {
    if constexpr (width == 1)
      particles_.r[0] = particle;
    else
      particles_.r[lane / reg::lanes_of<R>][lane % reg::lanes_of<R>] = particle;
  }
  const Words& next() {
    if (used_ == 4) refill();
    return words_[used_++];
  }
  [[gnu::noinline]] void refill() {
    const U key[4] = {U{} + key_[0], U{} + key_[1], U{}, U{}};
    for (int i = 0; i < count; ++i) {
      Threefry<U> block{{particles_.r[i], U{} + step_, U{} + index_, U{}}};
      block.encrypt(key);
      for (int j = 0; j < 4; ++j) words_[j].r[i] = block.x[j];
    }
    ++index_;
    used_ = 0;
  }

  std::uint64_t key_[2];
  Words particles_;
  std::uint64_t step_, index_ = 0;
  int used_ = 4;
  bool has_spare_ = false;
  Words words_[4];
  Real spare_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
