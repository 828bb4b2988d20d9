// A Brownian path at any time, in any order: a binary tree of which each node is a function of its own counter.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/sde/normal_stream.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// m Brownian motions on [start, start + length] and their time integrals, at the times start + k·length/2^40.
///
/// Over an interval of length h, w is the increment and H = (1/h) ∫ (W(r) − W(s) − (r − s)/h w) dr, independent of it,
/// N(0, h/12). Given both, the halves are, with independent standard normals z₁ and z₂,
///   D = 3H + ½√h z₁ = w₁ − w₂,   S = 2H − ½D = H₁ + H₂,   H₁ − H₂ = √(h/12) z₂,
/// exactly; ∫ (W(r) − W(s)) dr over the interval is h (w/2 + H).
///
/// Random  purpose `brownian_tree`, counter (particle, node, noise, 0); the root is node 1, the halves of node n are
///         2n and 2n + 1. A rejected step leaves no trace: whatever is asked, and in whatever order, it is one path.
/// Cost    of a time: a Threefry block a level and noise, at most 40 levels; few for times with few binary places.
/// Source  J. Foster, T. Lyons & H. Oberhauser (2020), SIAM J. Numer. Anal. 58(3), 1393–1421.
class BrownianTree {
 public:
  /// Times are k/2^levels of the length.
  static constexpr int levels = 40;
  static constexpr std::int64_t ticks = std::int64_t{1} << levels;

  BrownianTree(std::uint64_t seed, std::uint64_t particle, std::size_t noises, double start, double length)
      : seed_(seed), particle_(particle), noises_(noises), start_(start), length_(length) {}

  double start() const { return start_; }
  double length() const { return length_; }
  double time(std::int64_t tick) const { return start_ + length_ * (static_cast<double>(tick) * 0x1p-40); }

  /// W(b) − W(a) and ∫ (W(r) − W(a)) dr over [a, b] of each noise, a < b in ticks.
  void between(std::int64_t a, std::int64_t b, double* dW, double* area) const {
    for (std::size_t k = 0; k < noises_; ++k) {
      const Point p = at(a, k), q = at(b, k);
      dW[k] = q.w - p.w;
      area[k] = (q.integral - p.integral) - p.w * (time(b) - time(a));
    }
  }

 private:
  /// W and its integral from the start.
  struct Point {
    double w, integral;
  };
  struct Pair {
    double first, second;
  };
  Pair normals(std::uint64_t node, std::uint64_t noise) const {
    const std::uint64_t key[4] = {seed_, static_cast<std::uint64_t>(Purpose::brownian_tree), 0, 0};
    Threefry<std::uint64_t> words{{particle_, node, noise, 0}};
    words.encrypt(key);
    Pair z;
    kernel::normals_of_word<double>(words.x[0], z.first, z.second);
    return z;
  }
  Point at(std::int64_t tick, std::uint64_t noise) const {
    if (tick <= 0) return {0, 0};
    const Pair root = normals(0, noise);
    double h = length_, w = sqrt(h) * root.first, H = sqrt(h / 12) * root.second;
    Point begin{0, 0};
    std::int64_t from = 0, span = ticks;
    std::uint64_t node = 1;
    while (tick > from && tick < from + span) {
      const Pair z = normals(node, noise);
      const double D = 3 * H + 0.5 * sqrt(h) * z.first, S = 2 * H - 0.5 * D, difference = sqrt(h / 12) * z.second;
      const double w1 = 0.5 * (w + D), H1 = 0.5 * (S + difference);
      span /= 2, h /= 2;
      if (tick < from + span) {
        w = w1, H = H1, node = 2 * node;
      } else {
        begin.integral += h * (begin.w + (0.5 * w1 + H1));
        begin.w += w1;
        w = w - w1, H = S - H1, from += span, node = 2 * node + 1;
      }
    }
    if (tick == from) return begin;
    return {begin.w + w, begin.integral + h * (begin.w + (0.5 * w + H))};
  }

  std::uint64_t seed_, particle_;
  std::size_t noises_;
  double start_, length_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
