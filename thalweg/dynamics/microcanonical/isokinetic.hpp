// Isokinetic dynamics: motion at constant speed whose direction follows the gradient, split into kicks and drifts.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/normals.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg {

/// How a step of length ε is split: kicks b₀ … b_n and drifts a₁ … a_n of the same ε, palindromes both, in the order
/// b₀ a₁ b₁ … a_n b_n. One gradient a drift; that of the last drift serves the next step.
///
/// Source  verlet: order 2, 1 gradient. mn2: order 2, 2 gradients, least error: McLachlan (1995), SIAM J. Sci. Comput.
///         16, 151–168. mn4: order 4, 5 gradients, least error: Omelyan, Mryglod & Folk (2003), Comput. Phys. Commun.
///         151, 272–314.
enum class IsokineticSplitting : std::int32_t { verlet = 0, mn2 = 1, mn4 = 2 };

struct SplittingCoefficients {
  std::span<const double> kicks, drifts;
};
inline SplittingCoefficients coefficients(IsokineticSplitting splitting) {
  static constexpr double verlet_kicks[] = {0.5, 0.5}, verlet_drifts[] = {1};
  static constexpr double b = 0.1931833275037836;
  static constexpr double mn2_kicks[] = {b, 1 - 2 * b, b}, mn2_drifts[] = {0.5, 0.5};
  static constexpr double b1 = 0.08398315262876693, b2 = 0.6822365335719091, b3 = 0.5 - b1 - b2;
  static constexpr double a1 = 0.2539785108410595, a2 = -0.03230286765269967, a3 = 1 - 2 * (a1 + a2);
  static constexpr double mn4_kicks[] = {b1, b2, b3, b3, b2, b1}, mn4_drifts[] = {a1, a2, a3, a2, a1};
  switch (splitting) {
    case IsokineticSplitting::verlet:
      return {verlet_kicks, verlet_drifts};
    case IsokineticSplitting::mn2:
      return {mn2_kicks, mn2_drifts};
    case IsokineticSplitting::mn4:
      break;
  }
  return {mn4_kicks, mn4_drifts};
}

/// The decisions that make the dynamics right.
struct MicrocanonicalRules {
  /// What a kick adds to the kinetic energy.
  static double kinetic(double change) { return change; }
  /// The factor that brings a vector of this square to the unit sphere.
  static double to_unit(double square) { return 1 / sqrt(square); }
  /// ν of a partial refresh of u by u + ν z: the memory of u falls as exp(−time/length), down to e⁻⁵⁰.
  static double noise(double time, double length, std::size_t dimension) {
    return sqrt(expm1(std::min(2 * time / length, 100.0)) / static_cast<double>(dimension));
  }
  /// d normals from index `first` of the stream on: a direction once they are brought to unit length.
  static void draw_direction(const Streams& streams, Purpose purpose, std::uint64_t first, double* u,
                             std::size_t dimension) {
    fill_normals(streams.seed, purpose, streams.chain, streams.step, u, dimension, first);
  }
  /// Whether a trajectory meant to have `steps` steps goes on after n of them, at x with direction u and gradient w.
  static bool goes_on(std::int32_t n, std::int32_t steps, const double* /*u*/, const double* /*w*/,
                      std::size_t /*size*/) {
    return n < steps;
  }
};

/// Indexes of a stream that d normals take.
constexpr std::uint64_t indexes_of_normals(std::size_t dimension) { return (dimension + 3) / 4; }

/// The kick where u points against e = w/steepness, δ > 0. All of its formula cancels there; so 1 + c = |û + ê|²/2,
/// and u is brought to length 1 in the end. Returns (1 + c) + (1 − c)ζ²; 0 when that is below what rounding leaves of
/// it.
template <class Rules>
double kick_against(double delta, double steepness, double length, const double* w, double* u, std::size_t size) {
  const double zeta = exp(-delta), rest = -expm1(-delta);
  Pack<8> square(0.0);
  for (std::size_t i = 0; i < size; i += 8) {
    const auto s = load<Pack<8>>(w + i) / steepness + load<Pack<8>>(u + i) / length;
    square = fma(s, s, square);
  }
  const double q = 0.5 * sum_lanes(square), norm = q + (2 - q) * zeta * zeta;
  if (norm < 0x1p-104) return 0;
  const Pack<8> across = 2 * zeta / norm, along = (q * rest * rest - 2 * zeta * zeta) / norm;
  square = 0.0;
  for (std::size_t i = 0; i < size; i += 8) {
    const auto e = load<Pack<8>>(w + i) / steepness;
    const auto v = fma(across, e + load<Pack<8>>(u + i) / length, along * e);
    square = fma(v, v, square);
    store(u + i, v);
  }
  scale(Rules::to_unit(sum_lanes(square)), u, size);
  return norm;
}

/// Follows  du/dt = (I − u uᵀ) w/(d − 1)  at constant w for `time` of either sign, and returns the change of the
/// kinetic energy. With e = w/|w|, c = e·u, δ = time |w|/(d − 1) and ζ = exp(−δ):
///   u(t) ∝ (1 − ζ)(2ζ + (1 + c)(1 − ζ)) e + 2ζ u,    |…| = (1 + c) + (1 − c)ζ²,
///   ΔK = (d − 1) log(cosh δ + c sinh δ) = (d − 1)(δ − log 2 + log((1 + c) + (1 − c)ζ²)),
/// which overflows for no δ.
///
/// Shapes  w, u: [d], padded; |u| = 1 before and after, whatever rounding did to it.
/// Units   K in nats.
/// Cost    two passes over d; four where u points against w.
/// Errors  not a finite number when w is not finite or |w|² overflows, and where the outcome would be decided by
///         rounding: δ > 36 and u opposite to e to the last bits. u is then what it was.
/// Source  Steeg & Galstyan (2021), NeurIPS 34; Robnik, De Luca, Silverstein & Seljak (2023), JMLR 24(311), appendix.
template <class Rules = MicrocanonicalRules>
double isokinetic_kick(double time, const double* w, double* u, std::size_t dimension) {
  const std::size_t size = padded(dimension);
  Pack<8> sums[3] = {0.0, 0.0, 0.0};
  for (std::size_t i = 0; i < size; i += 8) {
    const auto wi = load<Pack<8>>(w + i), ui = load<Pack<8>>(u + i);
    sums[0] = fma(wi, wi, sums[0]);
    sums[1] = fma(wi, ui, sums[1]);
    sums[2] = fma(ui, ui, sums[2]);
  }
  const double n = static_cast<double>(dimension) - 1, to_unit = Rules::to_unit(sum_lanes(sums[2]));
  double steepness = sqrt(sum_lanes(sums[0]));
  const double delta = abs(time) * steepness / n;
  if (!(delta > 0 && delta < infinity)) return delta;
  if (time < 0) steepness = -steepness;
  const double c = sum_lanes(sums[1]) / steepness * to_unit;
  if (c < -0.5) {
    const double norm = kick_against<Rules>(delta, steepness, 1 / to_unit, w, u, size);
    return norm > 0 ? Rules::kinetic(n * (delta - ln2 + log(norm))) : infinity;
  }
  const double zeta = exp(-delta), rest = -expm1(-delta), norm = (1 + c) + (1 - c) * zeta * zeta;
  const Pack<8> along = rest * (2 * zeta + (1 + c) * rest) / norm / steepness, kept = 2 * zeta / norm * to_unit;
  for (std::size_t i = 0; i < size; i += 8) store(u + i, fma(along, load<Pack<8>>(w + i), kept * load<Pack<8>>(u + i)));
  return Rules::kinetic(n * (delta - ln2 + log(norm)));
}

/// One chain's motion (x, u) in the whitened space of the metric, |u| = 1:
///   dx/dt = L u,    du/dt = (I − u uᵀ) w/(d − 1),    w = Lᵀ ∇log p(x),
/// whose exact flow conserves  K − log p(x),  dK/dt = u·w, and leaves the density p(x), with u uniform on the sphere,
/// invariant. A step is a splitting's kicks and drifts; its map is reversible (u → −u) and multiplies volumes by
/// exp(−ΔK), so that
///   W = ΔK − Δ log p
/// is both the energy error and minus the logarithm of the Metropolis ratio.
///
/// Shapes  x, u, gradient: [d], padded; d ≥ 2.
/// Units   step size, length and time: lengths in the whitened space. W in nats.
/// Cost    a step: as many gradients as the splitting has drifts, each with about 5 passes over d.
template <class Rules = MicrocanonicalRules>
class Isokinetic {
 public:
  /// Throws std::invalid_argument when d < 2.
  Isokinetic(std::size_t dimension, IsokineticSplitting splitting)
      : dimension_(dimension),
        size_(padded(dimension)),
        split_(coefficients(splitting)),
        vectors_(5, dimension),
        x_(vectors_[0]),
        u_(vectors_[1]),
        gradient_(vectors_[2]),
        w_(vectors_[3]),
        z_(vectors_[4]) {
    require(dimension >= 2,
            "dimension must be >= 2 for microcanonical dynamics: a direction on a line cannot turn; found {}\n  try "
            "method nuts, or give the model a second parameter",
            dimension);
  }
  Isokinetic(const Isokinetic&) = delete;
  Isokinetic& operator=(const Isokinetic&) = delete;

  /// At `point`; u is for the caller to set.
  void start(const Metric& metric, double step_size, const Point& point) {
    metric_ = &metric;
    step_ = step_size;
    copy(point.x, x_, size_);
    copy(point.gradient, gradient_, size_);
    metric.whiten(gradient_, w_);
    log_p_ = point.log_p;
    measure();
  }
  /// u uniform on the sphere.
  void draw_direction(const Streams& streams, Purpose purpose, std::uint64_t first = 0) {
    Rules::draw_direction(streams, purpose, first, u_, dimension_);
    scale(Rules::to_unit(dot(u_, u_, size_)), u_, size_);
  }
  /// u ← (u + ν z)/|u + ν z|,  ν² = (exp(2 time/length) − 1)/d,  z standard normal from index `first` of the stream
  /// `noise` on.
  void refresh(double time, double length, const Streams& streams, std::uint64_t first) {
    fill_normals(streams.seed, Purpose::noise, streams.chain, streams.step, z_, dimension_, first);
    add_scaled(Rules::noise(time, length, dimension_), z_, u_, size_);
    scale(Rules::to_unit(dot(u_, u_, size_)), u_, size_);
  }
  /// W is counted from here.
  void measure() {
    kinetic_ = 0;
    start_log_p_ = log_p_;
  }
  std::size_t stages() const { return split_.drifts.size(); }
  /// Up to the drift of this stage. The new place is at x(), its gradient goes to gradient().
  void depart(std::size_t stage) {
    if (stage == 0) kick(split_.kicks[0]);
    metric_->drift(split_.drifts[stage] * step_, u_, x_);
  }
  /// The kick behind it. False when the motion cannot go on: log p, the gradient or W is not finite.
  bool arrive(std::size_t stage, double log_p) {
    metric_->whiten(gradient_, w_);
    log_p_ = log_p;
    kick(split_.kicks[stage + 1]);
    return std::isfinite(energy_error());
  }
  /// W.
  double energy_error() const { return kinetic_ - (log_p_ - start_log_p_); }
  bool goes_on(std::int32_t n, std::int32_t steps) const { return Rules::goes_on(n, steps, u_, w_, size_); }

  const double* x() const { return x_; }
  double* u() { return u_; }
  double* gradient() { return gradient_; }
  Point place() const { return {x_, gradient_, log_p_}; }
  /// Moves `point` to the place.
  void take(Point& point) const {
    copy(x_, point.x, size_);
    copy(gradient_, point.gradient, size_);
    point.log_p = log_p_;
  }
  std::size_t dimension() const { return dimension_; }

 private:
  void kick(double share) { kinetic_ += isokinetic_kick<Rules>(share * step_, w_, u_, dimension_); }

  std::size_t dimension_, size_;
  SplittingCoefficients split_;
  Vectors vectors_;
  double *x_, *u_, *gradient_, *w_, *z_;
  const Metric* metric_ = nullptr;
  double step_ = 0, log_p_ = 0, start_log_p_ = 0, kinetic_ = 0;
};

/// Doubles or halves the step size until the steering of one step from `point`, in a direction drawn anew each time,
/// crosses `target`. `steering(W)` falls from 1 to 0 as steps grow; a step that fails counts as 0.
///
/// Random  directions from (seed, step_size, chain, step).
template <class Rules, class Steering>
Task find_isokinetic_step(Strand& strand, const Metric& metric, Isokinetic<Rules>& motion, const Point& point,
                          Streams streams, double target, Steering steering, double& log_step) {
  constexpr int most = 50;
  int way = 0;
  for (int k = 0; k < most; ++k) {
    motion.start(metric, exp(log_step), point);
    motion.draw_direction(streams, Purpose::step_size,
                          static_cast<std::uint64_t>(k) * indexes_of_normals(motion.dimension()));
    bool sound = true;
    for (std::size_t stage = 0; sound && stage < motion.stages(); ++stage) {
      motion.depart(stage);
      const double log_p = co_await strand.gradient(motion.x(), motion.gradient());
      sound = motion.arrive(stage, log_p);
    }
    const bool larger = sound && steering(motion.energy_error()) > target;
    if (way == 0) way = larger ? 1 : -1;
    if (larger != (way > 0)) break;
    log_step += way * ln2;
  }
}

}  // namespace thalweg
