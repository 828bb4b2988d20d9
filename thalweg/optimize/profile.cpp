#include "thalweg/optimize/profile.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {
namespace {

/// L-BFGS in which coordinate j stays where it is: its part of the gradient is hidden.
Ending climb_with_fixed(Points& points, std::size_t j, Point& point, std::int64_t most) {
  const std::size_t d = points.dimension();
  Strand strand;
  Ascent ascent;
  Task task = lbfgs(strand, {.arrival = {.max_iterations = most, .tolerance = 1e-9, .watch = false}}, d, point, ascent);
  for (task.resume(); !task.done(); task.resume()) {
    GradientRequest& request = strand.request();
    points.evaluate(1, d, request.x, request.gradient, &request.log_p);
    request.gradient[j] = 0;
  }
  return ascent.ending;
}

/// Whether log p is noise here: that of coordinates that differ in their last bits differs by more than `nats`.
bool is_lost_in_rounding(Points& points, const Point& point, double nats) {
  const std::size_t d = points.dimension();
  std::vector<double> x(d), gradient(d);
  for (std::uint64_t k = 0; k < 4; ++k) {
    Random<double> random(0, Purpose::check, k, 1);
    for (std::size_t i = 0; i < d; ++i) x[i] = point.x[i] * (1 + 0x1p-50 * random.normal());
    double log_p = 0;
    points.evaluate(1, d, x.data(), gradient.data(), &log_p);
    if (!(std::fabs(log_p - point.log_p) < nats)) return true;
  }
  return false;
}

}  // namespace

Profile profile_along(Points& points, const std::vector<double>& start, std::size_t j, double towards) {
  constexpr int most = 24;
  const std::size_t d = points.dimension();
  Vectors places(2, d);
  Point point{places[0], places[1], 0};
  std::copy(start.begin(), start.end(), point.x);
  Profile profile;
  const double step = std::copysign(std::clamp(std::fabs(towards) / 4, 1.0, 1e6), towards);
  if (climb_with_fixed(points, j, point, 300) == Ending::failed) return profile;
  double before = point.log_p, first_gain = 0, gain = 0;
  for (int k = 0; k < most; ++k) {
    const double offset = step * std::ldexp(1.0, k);
    point.x[j] = start[j] + offset;
    const Ending ending = climb_with_fixed(points, j, point, 300);
    if (ending == Ending::unbounded) {
      profile.rises = Rise::without_bound;
      return profile;
    }
    const double fall = before - point.log_p;
    const bool lost = ending == Ending::failed || !std::isfinite(point.log_p) ||
                      (fall > 0 && is_lost_in_rounding(points, point, 0.1 * fall + 0.1));
    if (lost) {  // as far as numbers reach, unless an edge came before long
      if (k > 3) profile.rises = gain > 0.1 ? Rise::without_bound : Rise::to_a_limit;
      return profile;
    }
    profile.offsets.push_back(offset);
    profile.log_p.push_back(point.log_p);
    gain = point.log_p - before;
    if (k == 0) first_gain = gain;
    if (gain < -1e-9 * (1 + std::fabs(before))) return profile;
    before = point.log_p;
  }
  profile.rises = gain > std::fmax(1e-3, 1e-3 * first_gain) ? Rise::without_bound : Rise::to_a_limit;
  return profile;
}

}  // namespace thalweg
