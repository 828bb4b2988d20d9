#include "thalweg/trust/boundary.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/trust/group_mean.hpp"
#include "thalweg/trust/student.hpp"

namespace thalweg {
namespace {

constexpr int looks = 4, halvings = 45;

/// From draw `row` along the coordinate to one side: p > 0 at `inside`, 0 at `outside` or nowhere up to there.
struct Ray {
  std::size_t row;
  double sign, inside = 0, outside = 0;
  bool meets_wall = false;
};

/// Walks all rays of one coordinate at once.
class Surveyor {
 public:
  Surveyor(const EvaluateRows& evaluate, std::span<const double> x, std::size_t d)
      : evaluate_(evaluate), x_(x), d_(d) {}

  std::vector<Ray> survey(std::size_t j, double reach) {
    std::vector<Ray> rays;
    for (std::size_t row = 0; row * d_ < x_.size(); ++row)
      for (const double sign : {-1.0, 1.0}) rays.push_back({row, sign});
    for (int k = 1; k <= looks; ++k)
      probe(
          rays, j, [](const Ray& r) { return !r.meets_wall; }, [&](const Ray&) { return reach * k / looks; });
    for (int k = 0; k < halvings; ++k)
      probe(
          rays, j, [](const Ray& r) { return r.meets_wall; },
          [](const Ray& r) { return r.inside + 0.5 * (r.outside - r.inside); });
    return rays;
  }

 private:
  template <class Wanted, class Distance>
  void probe(std::vector<Ray>& rays, std::size_t j, const Wanted& wanted, const Distance& distance) {
    std::vector<Ray*> asked;
    std::vector<double> points;
    for (Ray& r : rays) {
      if (!wanted(r)) continue;
      asked.push_back(&r);
      points.insert(points.end(), x_.begin() + static_cast<std::ptrdiff_t>(r.row * d_),
                    x_.begin() + static_cast<std::ptrdiff_t>((r.row + 1) * d_));
      points[points.size() - d_ + j] += r.sign * distance(r);
    }
    std::vector<double> unused(points.size()), log_p(asked.size());
    if (!asked.empty()) evaluate_(asked.size(), points.data(), unused.data(), log_p.data());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      Ray& r = *asked[i];
      const double at = distance(r);
      if (log_p[i] > -infinity)
        r.inside = at;
      else
        r.outside = at, r.meets_wall = true;
    }
  }

  const EvaluateRows& evaluate_;
  std::span<const double> x_;
  std::size_t d_;
};

/// w and ∂ⱼw at each draw, in units of the standard deviation s.
struct Weights {
  std::vector<double> value, slope;
  bool any = false;
};

Weights weights_of(const std::vector<Ray>& rays, std::size_t n, double cap, double s) {
  Weights w{std::vector<double>(n, cap), std::vector<double>(n, 0)};
  for (const Ray& r : rays) {
    if (!r.meets_wall) continue;
    w.any = true;
    const double distance = r.inside / s;
    if (distance < w.value[r.row]) w.value[r.row] = distance, w.slope[r.row] = -r.sign;
  }
  return w;
}

}  // namespace

BoundaryIdentities boundary_identities(const EvaluateRows& evaluate, std::span<const double> x,
                                       std::span<const double> gradient, std::size_t dimension,
                                       std::span<const std::size_t> coordinates, const BoundarySettings& s) {
  const std::size_t d = dimension;
  require(d > 0 && x.size() % d == 0, "x must hold rows of {} numbers; found {} numbers", d, x.size());
  require(gradient.size() == x.size(), "gradient must be of the size of x, {}; found {}", x.size(), gradient.size());
  const std::size_t n = x.size() / d;
  require(s.copies > 0 && n % s.copies == 0 && n / s.copies >= 10,
          "copies must divide the {} draws into 10 groups or more; found {}", n, s.copies);
  std::vector<double> mean(d, 0), sd(d, 0);
  for (std::size_t i = 0; i < x.size(); ++i) mean[i % d] += x[i] / static_cast<double>(n);
  for (std::size_t i = 0; i < x.size(); ++i) sd[i % d] += (x[i] - mean[i % d]) * (x[i] - mean[i % d]);
  for (double& v : sd) v = std::sqrt(v / static_cast<double>(n - 1));

  BoundaryIdentities out;
  ScoreIdentities& found = out.identities;
  const bool pairs = d <= s.most_pairs;
  found.tested = coordinates.size() * (1 + (pairs ? d : 1));  // as if all had walls
  found.threshold = student_quantile(normal_quantile(1 - s.significance / (2 * static_cast<double>(found.tested))),
                                     static_cast<double>(n / s.copies - 1));
  Surveyor surveyor(evaluate, x, d);
  for (const std::size_t j : coordinates) {
    if (!(sd[j] > 0)) continue;
    const Weights w = weights_of(surveyor.survey(j, s.cap * sd[j]), n, s.cap, sd[j]);
    if (!w.any) continue;
    out.walls.push_back(j);
    const auto flux = [&](std::size_t r) { return w.value[r] * gradient[r * d + j] * sd[j] + w.slope[r]; };
    const auto take = [&](std::ptrdiff_t i, std::ptrdiff_t with, const GroupMean& m) {
      const ScoreIdentity t{i, with, m.mean, 0, m.standard_error};
      if (std::abs(t.z()) >= std::abs(found.worst.z())) found.worst = t;
      if (!(std::abs(t.z()) <= found.threshold)) found.failed.push_back(t);
    };
    const auto at = static_cast<std::ptrdiff_t>(j);
    take(at, -1, group_mean(n, s.copies, flux));
    for (std::size_t i = 0; i < d; ++i) {
      if ((!pairs && i != j) || !(sd[i] > 0)) continue;
      take(static_cast<std::ptrdiff_t>(i), at, group_mean(n, s.copies, [&](std::size_t r) {
             return (x[r * d + i] - mean[i]) / sd[i] * flux(r) + (i == j ? w.value[r] : 0);
           }));
    }
  }
  std::stable_sort(found.failed.begin(), found.failed.end(),
                   [](const ScoreIdentity& a, const ScoreIdentity& b) { return std::abs(a.z()) > std::abs(b.z()); });
  return out;
}

}  // namespace thalweg
