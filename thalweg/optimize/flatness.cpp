#include "thalweg/optimize/flatness.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {
namespace {

class Line {
 public:
  Line(Points& points, std::span<const double> x, double log_p, const std::vector<double>& direction)
      : points_(points), x_(x), log_p_(log_p), direction_(direction), at_(x.size()), gradient_(x.size()) {}

  const std::vector<double>& at(double s) {
    for (std::size_t i = 0; i < x_.size(); ++i) at_[i] = x_[i] + s * direction_[i];
    return at_;
  }
  /// Nats that are lost at x + s·u; without end where log p is not finite.
  double loss(double s) {
    double log_p = 0;
    points_.evaluate(1, x_.size(), at(s).data(), gradient_.data(), &log_p);
    return std::isfinite(log_p) ? log_p_ - log_p : infinity;
  }
  double most_loss(double sd) {
    double most = 0;
    for (const double s : {1.0, 10.0, 100.0, 1000.0}) most = std::fmax(most, loss(s * sd));
    return most;
  }

 private:
  Points& points_;
  std::span<const double> x_;
  double log_p_;
  const std::vector<double>& direction_;
  std::vector<double> at_, gradient_;
};

/// Coordinates that hardly take part left out: far away their small shares would count for more than the direction's
/// own.
std::vector<double> essence_of(const std::vector<double>& direction) {
  double largest = 0;
  for (const double v : direction) largest = std::fmax(largest, std::fabs(v));
  std::vector<double> essence = direction;
  for (double& v : essence)
    if (std::fabs(v) < 1e-3 * largest) v = 0;
  return essence;
}

/// Whether log p falls to one side only, at a distance at which a parabola of this width would have lost nothing.
bool is_one_sided(Points& points, std::span<const double> x, double log_p, double sd, double reach, double slack,
                  std::vector<double>& direction) {
  if (sd < 1000 * reach) return false;
  const std::vector<double> essence = essence_of(direction);
  Line line(points, x, log_p, essence);
  double up = 0, down = 0;
  for (const double s : {3 * reach, 10 * reach, 30 * reach}) {
    up = std::fmax(up, line.loss(s));
    down = std::fmax(down, line.loss(-s));
  }
  if (!(std::fmin(up, down) < 1e-6 + slack && std::fmax(up, down) > 1)) return false;
  direction = essence;
  if (down < up)
    for (double& v : direction) v = -v;
  return true;
}

/// Whether an ascent from `beside` ends as high as x and nearer to where it began.
bool leads_on(Points& points, std::span<const double> x, double log_p, const std::vector<double>& beside) {
  const std::size_t d = x.size();
  Vectors memory(2, d);
  Point point{memory[0], memory[1], 0};
  std::copy(beside.begin(), beside.end(), point.x);
  Strand strand;
  Ascent ascent;
  Task task = lbfgs(strand, {.arrival = {.max_iterations = 500, .watch = false}}, d, point, ascent);
  for (task.resume(); !task.done(); task.resume()) {
    GradientRequest& request = strand.request();
    points.evaluate(1, d, request.x, request.gradient, &request.log_p);
  }
  double back = 0, apart = 0;
  for (std::size_t i = 0; i < d; ++i) {
    back += (point.x[i] - x[i]) * (point.x[i] - x[i]);
    apart += (beside[i] - x[i]) * (beside[i] - x[i]);
  }
  return point.log_p >= log_p - 1e-8 * (1 + std::fabs(log_p)) && back > 0.25 * apart;
}

}  // namespace

Flatness flatness_along(Points& points, std::span<const double> x, double log_p, double smallest, double largest,
                        std::vector<double>& direction) {
  constexpr double nothing = 1e-3;
  const double slack = 1e-10 * (1 + std::fabs(log_p)), zero = 1e-9 * std::fabs(largest);
  double reach = 1;
  for (const double v : x) reach = std::fmax(reach, std::fabs(v));
  const double sd = std::fmin(1 / std::sqrt(std::fmax(smallest, 1e-300)), 1e6 * reach);
  Line line(points, x, log_p, direction);
  const auto clear = [](double loss) { return loss > 0.05 && loss < 5; };
  if (clear(line.loss(sd)) && clear(line.loss(-sd))) return Flatness::none;
  const bool up = line.most_loss(sd) < nothing + slack, down = line.most_loss(-sd) < nothing + slack;
  if (up && down) return Flatness::both_sides;
  if (up != down) {
    if (down)
      for (double& v : direction) v = -v;
    return Flatness::one_side;
  }
  if (is_one_sided(points, x, log_p, sd, reach, slack, direction)) return Flatness::one_side;
  if (std::fabs(smallest) > zero) return Flatness::none;
  for (double s = reach; s > 1e-6 * reach; s *= 0.5)
    if (line.loss(s) < 1) return leads_on(points, x, log_p, line.at(s)) ? Flatness::curved : Flatness::none;
  return Flatness::none;
}

}  // namespace thalweg
