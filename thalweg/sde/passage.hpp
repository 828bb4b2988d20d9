// First passage: when a path first leaves an interval, between its points as well.
#pragma once
#include "thalweg/core/exp_log.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/sde/sde_table.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Looks at  y = c·x  at the two ends of each step. A path that is inside at both may have been out in between: with
/// the diffusion s of y frozen over the step, y is a Brownian bridge from y₀ to y₁, which passes an end b by chance
///   exp(−2 (b − y₀)(b − y₁)/(s² h)).
/// With two ends, 0 and L after a shift, it leaves by chance  Σ_n e^{−2(nL + y₀)(nL + y₁)/(s²h)} −
/// Σ_{n≠0} e^{−2nL(nL + y₁ − y₀)/(s²h)}, the images of which |n| ≤ 3 are kept. A path that passes within a step does so
/// at  τ = h u/(1 + u),  u inverse Gaussian of mean (b − y₀)/|b − y₁| and shape (b − y₀)²/(s² h).
///
/// Random  purpose `passage`, step the number of the step's first increment: one uniform decides, one gives the side,
///         a normal and a uniform the time.
/// Source  A. N. Borodin & P. Salminen (2002), Handbook of Brownian Motion, 2nd ed.; time: of the bridge's hitting
///         density; inverse Gaussian draws: J. R. Michael, W. R. Schucany & R. W. Haas (1976), Am. Stat. 30(2), 88–90.
template <class Real>
class Passage {
 public:
  Passage(const SdeAdvance& request) : test_(*request.passage), seed_(request.seed), first_(request.first_particle) {
    time_ = load<Real>(request.passage_time);
    for (int lane = 0; lane < width_of<Real>; ++lane)
      set_lane(side_, lane, static_cast<double>(request.passage_side[lane]));
  }
  void store_to(const SdeAdvance& request) const {
    store(request.passage_time, time_);
    for (int lane = 0; lane < width_of<Real>; ++lane)
      request.passage_side[lane] = static_cast<std::int32_t>(lane_of(side_, lane));
  }

  Real value(View<const Real> x) const {
    Real y = test_.functional[0] * x[0];
    for (std::size_t i = 1; i < x.size(); ++i) y = fma(test_.functional[i], x[i], y);
    return y;
  }
  bool is_over() const { return all(time_ < Real(infinity)); }

  /// The step from (t, y0) to (t + h, y1); `variance` is s² h.
  void look(double t, double h, const Real& y0, const Real& y1, const Real& variance, std::uint64_t number) {
    const auto waiting = time_ == Real(infinity);
    const auto above = y1 >= Real(test_.upper), below = y1 <= Real(test_.lower);
    auto crossed = waiting && (above || below);
    const Real up = gap(test_.upper - y0, test_.upper - y1, variance);
    const Real down = gap(y0 - test_.lower, y1 - test_.lower, variance);
    if (test_.corrected == 0) {
      if (none(crossed)) return;
      record(crossed, above, Real(t + h));
      return;
    }
    Random<Real> random(seed_, Purpose::passage, first_, number);
    const auto near = waiting && max(up, down) > Real(1e-17);
    if (none(near) && none(crossed)) return;
    const Real u = random.uniform();
    const Real one_end = up + down, p = two_ended() ? min(leaves(y0, y1, variance), one_end) : one_end;
    crossed = crossed || (waiting && u < p);
    if (none(crossed)) return;
    // inside at both ends: the side by its share of the chance; which end comes first when y₁ is out is decided alike
    const Real v = random.uniform();
    const auto inside = !(above || below);
    const auto to_upper = (inside && v * one_end < up) || (above && !(v < down)) || (below && v < up);
    const Real distance = select(to_upper, test_.upper - y0, y0 - test_.lower);
    const Real beyond = abs(select(to_upper, test_.upper - y1, y1 - test_.lower));
    record(crossed, to_upper, t + h * bridge_time(distance, beyond, variance, random));
  }

 private:
  bool two_ended() const { return test_.upper < infinity && test_.lower > -infinity; }
  /// The chance to pass one end that is `a` away at the start and `b` at the end of the step; 1 when it is passed.
  static Real gap(const Real& a, const Real& b, const Real& variance) {
    const Real p = exp(-2.0 * a * b / variance);
    return select(a > Real(0.0) && b > Real(0.0), select(a == Real(infinity), Real(0.0), p), Real(1.0));
  }
  /// The chance that a bridge which is inside at both ends leaves (lower, upper).
  Real leaves(const Real& y0, const Real& y1, const Real& variance) const {
    const double L = test_.upper - test_.lower;
    const Real a = y0 - test_.lower, b = y1 - test_.lower, scale = -2.0 / variance;
    Real p(0.0);
    for (int n = 1; n <= 3; ++n) {
      const double nL = n * L;
      p += exp(scale * (nL - a) * (nL - b)) + exp(scale * ((nL - L) + a) * ((nL - L) + b));
      p -= exp(scale * nL * (nL + (a - b))) + exp(scale * nL * (nL - (a - b)));
    }
    return max(p, Real(0.0));
  }
  /// When, as a part of the step, the bridge first passes an end that is `a` away at its start and `b` at its end.
  static Real bridge_time(const Real& a, const Real& b, const Real& variance, Random<Real>& random) {
    const Real mean = a / max(b, 1e-12 * a), shape = a * a / variance;
    const Real z = random.normal(), w = mean * z * z, ratio = w / shape;
    // the smaller root of the quadratic, without cancellation
    const Real root = 2.0 * mean / ((2.0 + ratio) + sqrt(ratio * (ratio + 4.0)));
    const Real u = select(random.uniform() * (mean + root) <= mean, root, mean * mean / root);
    return select(u < Real(infinity), u / (1.0 + u), Real(1.0));
  }
  void record(const Mask<Real>& crossed, const Mask<Real>& to_upper, const Real& time) {
    time_ = select(crossed, time, time_);
    side_ = select(crossed, select(to_upper, Real(1.0), Real(-1.0)), side_);
  }

  const SdePassage& test_;
  std::uint64_t seed_, first_;
  Real time_, side_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
