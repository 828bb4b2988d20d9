// The trajectory of one NUTS transition: its two ends, and the balanced subtrees that wait to be merged.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {

/// The decisions that make the transition leave the density invariant.
struct NutsRules {
  /// A stretch has turned back when its momentum sum points against the velocity at either end.
  static bool turned(double begin, double end) { return !(begin > 0 && end > 0); }
  /// Inside a subtree: the later half by its share of the weight.
  static bool takes_later(double u, double earlier, double later) { return u * (earlier + later) < later; }
  /// Between doublings: the new half with min(1, new/old).
  static bool takes_new(double u, double old_weight, double new_weight) { return u * old_weight < new_weight; }
  static void draw_momentum(double* p, std::size_t dimension, Random<double>& random) {
    for (std::size_t i = 0; i < dimension; ++i) p[i] = random.normal();
  }
};

/// A state on its way: place, whitened momentum, whitened gradient Lᵀ∇log p, and H there.
struct PhasePoint {
  double *x, *p, *w;
  double energy;
};
/// The first half of a leapfrog step: p += h/2·w, x += h·L p.
inline void set_off(const Metric& metric, double h, const PhasePoint& s, std::size_t size) {
  add_scaled(0.5 * h, s.w, s.p, size);
  metric.drift(h, s.p, s.x);
}
/// The second half, with what was evaluated at x: p += h/2·w.
inline void land(const Metric& metric, double h, const double* gradient, double log_p, PhasePoint& s,
                 std::size_t size) {
  metric.whiten(gradient, s.w);
  const Pack<8> half = 0.5 * h;
  Pack<8> square(0.0);
  for (std::size_t i = 0; i < size; i += 8) {
    const Pack<8> p = fma(half, load<Pack<8>>(s.w + i), load<Pack<8>>(s.p + i));
    square = fma(p, p, square);
    store(s.p + i, p);
  }
  s.energy = 0.5 * sum_lanes(square) - log_p;
}
inline void copy(const PhasePoint& from, PhasePoint& to, std::size_t size) {
  copy(from.x, to.x, size);
  copy(from.p, to.p, size);
  copy(from.w, to.w, size);
  to.energy = from.energy;
}

/// A stretch of 2^k consecutive states with the one chosen from it. A stretch of one state keeps its momentum in
/// `begin` alone.
struct Stretch {
  double *begin, *end, *momentum_sum;  ///< whitened momenta at its two ends in the order of growth, and Σp
  double *x, *gradient;                ///< of the state chosen
  double log_p, energy;                ///< of the state chosen
  double weight;                       ///< Σ exp(H₀ − H − shift)
  bool single;
};

/// Memory and bookkeeping of one chain's trajectory; see Nuts for the method. Whitened momenta make the U-turn test
/// p·Σp (Metric).
///
/// Cost    a step: 7 passes over d; a merge: one pass with six dot products (two for single states).
template <class Rules = NutsRules>
class Tree {
 public:
  explicit Tree(std::size_t dimension)
      : dimension_(dimension),
        size_(padded(dimension)),
        fixed_(12, dimension),
        moving_{fixed_[0], fixed_[1], fixed_[2], 0},
        other_{fixed_[3], fixed_[4], fixed_[5], 0},
        start_(fixed_[6]),
        whole_{fixed_[7], fixed_[8], fixed_[9], fixed_[10], fixed_[11], 0, 0, 0, true} {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  /// A trajectory of one state, with a fresh momentum.
  void start(const Metric& metric, double step_size, const Point& point, Random<double>& momentum) {
    metric_ = &metric;
    step_ = step_size;
    Rules::draw_momentum(start_, dimension_, momentum);
    copy(point.x, moving_.x, size_);
    copy(start_, moving_.p, size_);
    metric.whiten(point.gradient, moving_.w);
    copy(point.x, whole_.x, size_);
    copy(point.gradient, whole_.gradient, size_);
    copy(start_, whole_.begin, size_);
    start_energy_ = moving_.energy = 0.5 * dot(start_, start_, size_) - point.log_p;
    copy(moving_, other_, size_);
    whole_.log_p = point.log_p;
    whole_.energy = start_energy_;
    whole_.weight = 1;
    whole_.single = true;
    shift_ = acceptance_ = 0;
    steps_ = depth_ = 0;
    moved_ = false;
  }
  /// The next doubling goes forwards or backwards in time.
  void head(bool forwards) {
    if (forwards != (step_ > 0)) {
      step_ = -step_;
      std::swap(moving_, other_);
      if (!whole_.single) std::swap(whole_.begin, whole_.end);
    }
    top_ = 0;
  }
  /// The first half of a leapfrog step. The new place is at x(), its gradient goes to gradient().
  void drift() {
    set_off(*metric_, step_, moving_, size_);
    make_room();
  }
  const double* x() const { return moving_.x; }
  double* gradient() { return stretches_[top_].gradient; }

  /// The second half of the step. False when the energy has run away.
  bool arrive(double log_p, double divergence) {
    land(*metric_, step_, gradient(), log_p, moving_, size_);
    return settle(log_p, divergence);
  }
  /// Instead of a leapfrog step: goes on to `next`, that was reached from the moving end in another way.
  bool arrive_at(const PhasePoint& next, const double* gradient_there, double log_p, double divergence) {
    make_room();
    copy(next, moving_, size_);
    copy(gradient_there, gradient(), size_);
    return settle(log_p, divergence);
  }
  /// The end that grows, and the step that takes it on: < 0 when it grows backwards in time.
  const PhasePoint& moving() const { return moving_; }
  double step() const { return step_; }

  /// Merges the subtrees that state number `index` of this doubling completes. False when one has turned back.
  template <class Choice>
  bool merge(std::uint32_t index, Choice& choice) {
    for (; index & 1; index >>= 1) {
      Stretch &later = stretches_[--top_], &earlier = stretches_[top_ - 1];
      if (Rules::takes_later(choice.uniform(), earlier.weight, later.weight)) choose(earlier, later);
      earlier.weight += later.weight;
      if (turned(earlier, later)) return false;
    }
    return true;
  }
  /// Joins the finished doubling to the trajectory. False when the whole has turned back.
  template <class Choice>
  bool join(Choice& choice) {
    Stretch& fresh = stretches_[0];
    ++depth_;
    if (Rules::takes_new(choice.uniform(), whole_.weight, fresh.weight)) {
      choose(whole_, fresh);
      moved_ = true;
    }
    whole_.weight += fresh.weight;
    return !turned(whole_, fresh);
  }
  const Stretch& whole() const { return whole_; }
  /// The subtree that grew last: after `arrive`, the new state.
  const Stretch& latest() const { return stretches_[top_ - 1]; }
  /// Moves `point` to the state chosen.
  void take(Point& point) const {
    copy(whole_.x, point.x, size_);
    copy(whole_.gradient, point.gradient, size_);
    point.log_p = whole_.log_p;
  }
  std::uint32_t depth() const { return depth_; }
  std::uint32_t steps() const { return steps_; }
  bool moved() const { return moved_; }
  /// Mean of min(1, exp(H₀ − H)) over the steps.
  double acceptance_rate() const { return steps_ ? acceptance_ / steps_ : 0; }

 private:
  /// The moving end is the next state of this doubling.
  bool settle(double log_p, double divergence) {
    Stretch& s = stretches_[top_++];
    copy(moving_.p, s.begin, size_);
    copy(moving_.x, s.x, size_);
    s.single = true;
    s.log_p = log_p;
    s.energy = moving_.energy;
    ++steps_;
    const double gain = start_energy_ - s.energy;
    if (!(gain >= -divergence && gain < infinity)) return false;
    s.weight = weigh(gain);
    return true;
  }
  /// exp(gain − shift); the shift keeps every weight in range when a trajectory falls far below its start.
  double weigh(double gain) {
    constexpr double most = 500;
    if (gain > shift_ + most) {
      const double scale = exp(shift_ - gain);
      shift_ = gain;
      whole_.weight *= scale;
      for (std::size_t i = 0; i + 1 < top_; ++i) stretches_[i].weight *= scale;
    }
    const double weight = exp(gain - shift_);
    acceptance_ += gain >= 0 ? 1 : shift_ == 0 ? weight : exp(gain);
    return weight;
  }
  static void choose(Stretch& kept, Stretch& other) {
    std::swap(kept.x, other.x);
    std::swap(kept.gradient, other.gradient);
    kept.log_p = other.log_p;
    kept.energy = other.energy;
  }
  /// Extends `a` by the momenta of its neighbour `b`: the test on the union, and on each half with the nearest state
  /// of the other, which sees turns that span the seam.
  bool turned(Stretch& a, Stretch& b) const {
    if (a.single) {
      add(a.begin, b.begin, a.momentum_sum, size_);
      std::swap(a.end, b.begin);
      a.single = false;
      return Rules::turned(dot(a.begin, a.momentum_sum, size_), dot(a.end, a.momentum_sum, size_));
    }
    Pack<8> s[6] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    for (std::size_t i = 0; i < size_; i += 8) {
      const auto a0 = load<Pack<8>>(a.begin + i), a1 = load<Pack<8>>(a.end + i), as = load<Pack<8>>(a.momentum_sum + i);
      const auto b0 = load<Pack<8>>(b.begin + i), b1 = load<Pack<8>>(b.end + i), bs = load<Pack<8>>(b.momentum_sum + i);
      const auto all = as + bs, left = as + b0, right = a1 + bs;
      s[0] = fma(a0, all, s[0]);
      s[1] = fma(b1, all, s[1]);
      s[2] = fma(a0, left, s[2]);
      s[3] = fma(b0, left, s[3]);
      s[4] = fma(a1, right, s[4]);
      s[5] = fma(b1, right, s[5]);
      store(a.momentum_sum + i, all);
    }
    std::swap(a.end, b.end);
    return Rules::turned(sum_lanes(s[0]), sum_lanes(s[1])) || Rules::turned(sum_lanes(s[2]), sum_lanes(s[3])) ||
           Rules::turned(sum_lanes(s[4]), sum_lanes(s[5]));
  }
  void make_room() {
    if (top_ < stretches_.size()) return;
    Vectors& v = levels_.emplace_back(5, dimension_);
    stretches_.push_back({v[0], v[1], v[2], v[3], v[4], 0, 0, 0, true});
  }

  std::size_t dimension_, size_;
  Vectors fixed_;
  std::vector<Vectors> levels_;  ///< allocated when a depth is first reached
  std::vector<Stretch> stretches_;
  PhasePoint moving_, other_;
  double* start_;
  Stretch whole_;
  const Metric* metric_ = nullptr;
  double step_ = 0, start_energy_ = 0, shift_ = 0, acceptance_ = 0;
  std::size_t top_ = 0;
  std::uint32_t steps_ = 0, depth_ = 0;
  bool moved_ = false;
};

}  // namespace thalweg
