#include "thalweg/trust/run_slopes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr int few_steps = 7, all_steps = 12;
constexpr double first_step = 0.1, smaller = 0x1p-10;
constexpr int rounds = 4;          ///< with steps from 0.1, 1e-4, 1e-7 and 1e-10 standard deviations
constexpr double most_change = 1;  ///< nats: a longer step does not see the shape of log p at the point
constexpr std::size_t most_coordinates = 200;

class Comparison {
 public:
  Comparison(const EvaluateRows& evaluate, std::span<const double> x, std::span<const double> gradient,
             std::span<const double> log_p, std::size_t d)
      : evaluate_(evaluate), x_(x), gradient_(gradient), log_p_(log_p), d_(d), sd_(d, 0) {
    const auto n = static_cast<double>(x.size() / d);
    std::vector<double> mean(d, 0);
    for (std::size_t i = 0; i < x.size(); ++i) mean[i % d] += x[i] / n;
    for (std::size_t i = 0; i < x.size(); ++i) sd_[i % d] += (x[i] - mean[i % d]) * (x[i] - mean[i % d]) / n;
    for (double& s : sd_) s = s > 0 ? std::sqrt(s) : 1;  // of draws that stand still nothing is known
  }

  /// A row and a unit vector in the space that the standard deviations scale.
  struct Line {
    std::size_t row;
    std::vector<double> v;
  };
  /// Steps first·2⁻ᵏ, k < steps.
  std::vector<SlopeCheck> compare(const std::vector<Line>& lines, double first, int steps) const {
    std::vector<double> points, unused;
    for (const Line& line : lines)
      for (int k = 0; k < steps; ++k)
        for (const double sign : {1.0, -1.0})
          for (std::size_t j = 0; j < d_; ++j)
            points.push_back(x_[line.row * d_ + j] + sign * std::ldexp(first, -k) * sd_[j] * line.v[j]);
    unused.resize(points.size());
    std::vector<double> log_p(points.size() / d_);
    evaluate_(log_p.size(), points.data(), unused.data(), log_p.data());
    std::vector<SlopeCheck> checks;
    for (std::size_t l = 0; l < lines.size(); ++l) {
      const auto along = [&](double t) {
        const int k = std::ilogb(first / std::abs(t));
        const double found =
            k < steps ? log_p[(l * static_cast<std::size_t>(steps) + static_cast<std::size_t>(k)) * 2 + (t < 0)]
                      : std::numeric_limits<double>::quiet_NaN();
        return std::abs(found - log_p_[lines[l].row]) <= most_change ? found : std::numeric_limits<double>::quiet_NaN();
      };
      double slope = 0, squares = 0;
      for (std::size_t j = 0; j < d_; ++j) {
        const double g = gradient_[lines[l].row * d_ + j] * sd_[j];
        slope += g * lines[l].v[j], squares += g * g;
      }
      checks.push_back(
          compare_slopes(slope, derivative_at_zero(along, first), std::sqrt(squares / static_cast<double>(d_))));
      checks.back().point = static_cast<std::int64_t>(lines[l].row);
    }
    return checks;
  }
  /// The same with all of Ridders' steps, and smaller ones for as long as they fail or say little: of several answers
  /// the one with the smallest error counts.
  std::vector<SlopeCheck> compare_carefully(const std::vector<Line>& lines) const {
    std::vector<SlopeCheck> best(lines.size());
    std::vector<std::size_t> open(lines.size());
    for (std::size_t l = 0; l < lines.size(); ++l) best[l].error = infinity, open[l] = l;
    double first = first_step;
    for (int round = 0; round < rounds && !open.empty(); ++round, first *= smaller) {
      std::vector<Line> left;
      for (const std::size_t l : open) left.push_back(lines[l]);
      const std::vector<SlopeCheck> checks = compare(left, first, all_steps);
      std::vector<std::size_t> still;
      for (std::size_t i = 0; i < open.size(); ++i) {
        if (!(checks[i].error >= best[open[i]].error) || round == 0) best[open[i]] = checks[i];
        if (checks[i].failed || !checks[i].conclusive) still.push_back(open[i]);
      }
      open = std::move(still);
    }
    return best;
  }

 private:
  const EvaluateRows& evaluate_;
  std::span<const double> x_, gradient_, log_p_;
  std::size_t d_;
  std::vector<double> sd_;
};

std::vector<double> random_direction(std::size_t d, std::uint64_t seed, std::uint64_t point) {
  Random<double> random(seed, Purpose::check, point, 2);
  std::vector<double> v(d);
  double squares = 0;
  for (double& c : v) c = random.normal(), squares += c * c;
  for (double& c : v) c /= std::sqrt(squares);
  return v;
}

double relative_difference(const SlopeCheck& c) {
  return std::abs(c.found - c.expected) / std::max(std::abs(c.expected), 1e-3);
}

}  // namespace

SlopesOfRun slopes_of_run(const EvaluateRows& evaluate, std::span<const double> x, std::span<const double> gradient,
                          std::span<const double> log_p, std::size_t dimension, std::size_t points,
                          std::uint64_t seed) {
  const std::size_t d = dimension, n = x.size() / d;
  const Comparison comparison(evaluate, x, gradient, log_p, d);
  std::vector<Comparison::Line> lines;
  for (std::size_t k = 0; k < std::min(points, n); ++k)
    lines.push_back({(2 * k + 1) * n / (2 * std::min(points, n)), random_direction(d, seed, k)});
  SlopesOfRun out;
  out.compared = lines.size();
  std::vector<Comparison::Line> doubtful;
  const std::vector<SlopeCheck> quick = comparison.compare(lines, first_step, few_steps);
  for (std::size_t k = 0; k < lines.size(); ++k)
    if (quick[k].failed || !quick[k].conclusive) doubtful.push_back(lines[k]);
  const auto worst_of = [](const std::vector<SlopeCheck>& checks) {
    const SlopeCheck* worst = nullptr;
    for (const SlopeCheck& c : checks)
      if (c.failed && (!worst || relative_difference(c) > relative_difference(*worst))) worst = &c;
    return worst;
  };
  const std::vector<SlopeCheck> careful = comparison.compare_carefully(doubtful);
  for (const SlopeCheck& c : careful) out.failed += c.failed, out.inconclusive += !c.failed && !c.conclusive;
  const SlopeCheck* const worst = worst_of(careful);
  if (!worst) return out;
  out.worst = *worst;
  std::vector<Comparison::Line> axes;
  for (std::size_t j = 0; j < std::min(d, most_coordinates); ++j) {
    axes.push_back({static_cast<std::size_t>(worst->point), std::vector<double>(d, 0)});
    axes.back().v[j] = 1;
  }
  const std::vector<SlopeCheck> by_coordinate = comparison.compare_carefully(axes);
  if (const SlopeCheck* const one = worst_of(by_coordinate))
    out.worst = *one, out.coordinate = one - by_coordinate.data();
  return out;
}

}  // namespace thalweg
