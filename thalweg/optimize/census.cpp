#include "thalweg/optimize/census.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "thalweg/core/math.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/optimize/copies.hpp"
#include "thalweg/optimize/curvature.hpp"
#include "thalweg/optimize/flatness.hpp"
#include "thalweg/optimize/newton.hpp"
#include "thalweg/optimize/profile.hpp"

namespace thalweg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double log_two_pi = 1.8378770664093453;

double norm(std::span<const double> v) {
  double squares = 0;
  for (const double x : v) squares += x * x;
  return std::sqrt(squares);
}
std::vector<double> difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] - b[i];
  return out;
}
/// The coordinate of the largest element.
std::size_t strongest(std::span<const double> v) {
  std::size_t j = 0;
  for (std::size_t i = 0; i < v.size(); ++i)
    if (std::fabs(v[i]) > std::fabs(v[j])) j = i;
  return j;
}

class Taker {
 public:
  Taker(const Model& model, Parts parts, const CensusSettings& settings, int threads)
      : model_(with_products(model)), parts_(parts), settings_(settings), points_(model_, parts, threads) {}

  Census take(std::span<const Arrived> arrived, const std::function<bool()>& keep_going) {
    std::vector<std::size_t> order(arrived.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return arrived[a].log_p > arrived[b].log_p; });
    Census census;
    std::vector<bool> taken(arrived.size(), false);
    for (const std::size_t i : order) {
      if (taken[i] || census.ends.size() >= settings_.most_ends || (keep_going && !keep_going())) continue;
      Curvature curvature;
      End end = look_at(arrived[i], curvature);
      for (const std::size_t k : order)
        if (!taken[k] && (k == i || same(end, curvature, arrived[i], arrived[k]))) {
          taken[k] = true;
          end.climbs.push_back(arrived[k].climb);
        }
      merge(census.ends, std::move(end), curvature);
    }
    doubt_low_rises(census.ends, arrived);
    sort(census.ends);
    mark_copies(model_, census.ends);
    weigh(census.ends);
    census.gradients = points_.gradients() + gradients_;
    census.products = points_.products() + products_;
    return census;
  }

 private:
  static Model with_products(Model model) {
    if (model.hessian_widths().empty()) model.add_hessian_differences("compiled without second derivatives");
    return model;
  }

  /// What rises steeply far below a maximum, as an unstable recursion does, is no rise without bound unless its profile
  /// gets above that maximum.
  void doubt_low_rises(std::vector<End>& ends, std::span<const Arrived> arrived) {
    double highest = -infinity;
    for (const End& end : ends)
      if (end.kind == EndKind::maximum) highest = std::max(highest, end.log_p);
    for (End& end : ends) {
      if (end.kind != EndKind::unbounded || end.log_p > highest) continue;
      const auto at =
          std::find_if(arrived.begin(), arrived.end(), [&](const Arrived& a) { return a.climb == end.climbs.front(); });
      double reached = -infinity;
      if (!at->halfway.empty()) {
        const std::size_t j = strongest(end.direction);
        for (const double v : profile_along(points_, at->halfway, j, end.direction[j]).log_p)
          reached = std::max(reached, v);
      }
      if (!(reached > highest)) end.kind = EndKind::unfinished;
    }
  }

  End look_at(const Arrived& arrived, Curvature& curvature) {
    End end{.x = arrived.x, .log_p = arrived.log_p};
    std::vector<double> gradient = arrived.gradient;
    if (arrived.ending == Ending::unbounded) return unbounded(std::move(end), arrived);
    if (arrived.ending != Ending::converged) {
      if (const auto away = runs_away(arrived)) return std::move(*away);
      if (!settings_.patient) {
        end.smallest = end.largest = end.condition = end.decrement = end.log_evidence = nan;
        end.gradient_norm = norm(gradient);
        return end;
      }
    }
    polish(end, gradient, arrived.ending == Ending::converged);
    end.gradient_norm = norm(gradient);
    curvature = curvature_at(points_, end.x, settings_.fixed, settings_.whole_hessian, settings_.lanczos_steps);
    describe(curvature, gradient, end);
    classify(curvature, gradient, arrived, end);
    return end;
  }

  /// Newton's method: quadratic where it has a maximum to go to. An ascent that has converged needs two or three steps;
  /// with more it would follow a separable regression for ever. Where these gain something, the ascent had slowed down
  /// at a saddle, and Newton's method goes on.
  void polish(End& end, std::vector<double>& gradient, bool converged) {
    const double before = end.log_p;
    if (converged) newton_steps(end, gradient, 5);
    if (!settings_.patient) return;
    if (!converged || end.log_p - before > 1e-6 * (1 + std::fabs(before))) newton_steps(end, gradient, 300);
  }
  void newton_steps(End& end, std::vector<double>& gradient, std::int64_t most) {
    const std::size_t d = end.x.size();
    Vectors place(2, d);
    Point point{place[0], place[1], end.log_p};
    std::copy(end.x.begin(), end.x.end(), point.x);
    Ascent ascent;
    std::vector<Job> jobs(1);
    const Newton method{.arrival = {.max_iterations = most, .tolerance = 1e-20, .watch = false}, .probe = 0};
    jobs[0].task = newton(*jobs[0].strand, method, d, point, ascent);
    run_jobs(model_, parts_, jobs, 1, true);
    gradients_ += ascent.gradients;
    products_ += ascent.products;
    if (!(point.log_p >= end.log_p - 1e-9 * (1 + std::fabs(end.log_p)))) return;
    end.log_p = point.log_p;
    end.x.assign(point.x, point.x + d);
    gradient.assign(point.gradient, point.gradient + d);
  }

  static void describe(const Curvature& c, const std::vector<double>& gradient, End& end) {
    end.whole_hessian = !c.matrix.empty();
    end.smallest = end.largest = end.condition = end.decrement = end.log_evidence = nan;
    if (!c.known()) return;
    end.smallest = c.smallest();
    end.largest = c.largest();
    end.condition = end.largest / end.smallest;
    end.direction = c.flattest;
    const auto [decrement, log_determinant] = c.newton(gradient);
    end.decrement = decrement;
    end.log_evidence = end.log_p + 0.5 * (static_cast<double>(c.free.size()) * log_two_pi - log_determinant);
  }

  /// Where all curvatures are as good as 0, any direction may be the flattest: the gradient still says which way is up.
  bool points_to_infinity(const std::vector<double>& gradient, End& end) {
    double reach = 1;
    for (const double v : end.x) reach = std::max(reach, std::fabs(v));
    const double length = norm(gradient);
    if (!(length > 0) || end.smallest * 1e6 * reach * reach > 1) return false;
    std::vector<double> way = gradient;
    for (double& v : way) v /= length;
    if (flatness_along(points_, end.x, end.log_p, end.smallest, end.largest, way) != Flatness::one_side) return false;
    end.kind = EndKind::infinity;
    end.direction = std::move(way);
    return true;
  }

  void classify(const Curvature& c, const std::vector<double>& gradient, const Arrived& arrived, End& end) {
    if (!c.known()) {  // numbers end before the Hessian does: the way that the ascent took may say enough
      if (arrived.ending != Ending::converged || arrived.halfway.empty()) return;
      std::vector<double> way = difference(arrived.x, arrived.halfway);
      const double length = norm(way);
      for (double& v : way) v /= length > 0 ? length : 1;
      if (flatness_along(points_, end.x, end.log_p, 0, 0, way) != Flatness::one_side) return;
      end.kind = EndKind::infinity;
      end.direction = std::move(way);
      name(end);
      return;
    }
    const bool stationary = std::isnan(end.decrement) ? arrived.ending == Ending::converged : end.decrement < 1e-8;
    if (end.smallest < -1e-9 * std::fabs(end.largest)) {
      end.kind = stationary ? EndKind::saddle : EndKind::unfinished;
      name(end);
      return;
    }
    if (!stationary) return;
    switch (flatness_along(points_, end.x, end.log_p, end.smallest, end.largest, end.direction)) {
      case Flatness::none:
        if (points_to_infinity(gradient, end)) break;
        end.kind = EndKind::maximum;
        if (end.condition > 1e10) name(end);
        return;
      case Flatness::one_side:
        end.kind = EndKind::infinity;
        break;
      case Flatness::both_sides:
      case Flatness::curved:
        end.kind = EndKind::ridge;
        break;
    }
    end.log_evidence = nan;
    name(end);
  }

  End unbounded(End end, const Arrived& arrived) {
    end.kind = EndKind::unbounded;
    end.smallest = end.largest = end.condition = end.decrement = end.log_evidence = nan;
    end.gradient_norm = norm(arrived.gradient);
    end.direction.assign(end.x.size(), 0.0);
    if (!arrived.halfway.empty())
      end.direction = difference(end.x, arrived.halfway);
    else if (!arrived.direction.empty())
      end.direction = arrived.direction;
    const double length = norm(end.direction);
    for (double& v : end.direction) v /= length > 0 ? length : 1;
    name(end);
    return end;
  }

  /// An ascent that has not arrived: does log p rise along the coordinate that has moved most, without end?
  std::optional<End> runs_away(const Arrived& arrived) {
    if (arrived.halfway.empty()) return {};
    const std::size_t j = strongest(difference(arrived.x, arrived.halfway));
    if (!(std::fabs(arrived.x[j] - arrived.halfway[j]) > 0.5)) return {};
    const Profile profile = profile_along(points_, arrived.halfway, j, arrived.x[j] - arrived.halfway[j]);
    if (profile.rises == Rise::ends) return {};
    End end{.x = arrived.x, .log_p = arrived.log_p};
    end = unbounded(std::move(end), arrived);
    if (profile.rises == Rise::to_a_limit) end.kind = EndKind::infinity;
    std::fill(end.direction.begin(), end.direction.end(), 0.0);
    end.direction[j] = arrived.x[j] > arrived.halfway[j] ? 1 : -1;
    name(end);
    return end;
  }

  bool same(const End& end, const Curvature& c, const Arrived& best, const Arrived& other) {
    const double slack = 1e-6 * (1 + std::fabs(end.log_p));
    if (end.kind == EndKind::unbounded || (end.kind == EndKind::infinity && best.ending != Ending::converged)) {
      // the same way out: the coordinate that moves most is the same
      if (other.ending == Ending::converged) return false;
      if (other.halfway.empty())
        return other.direction.size() > 0 && strongest(other.direction) == strongest(end.direction);
      return strongest(difference(other.x, other.halfway)) == strongest(end.direction);
    }
    if (end.kind == EndKind::ridge && std::fabs(other.log_p - end.log_p) < slack)  // it may bend
      return other.ending == Ending::converged;
    if (end.kind == EndKind::infinity)  // on the way to one limit, some farther than others
      return other.ending == Ending::converged && std::fabs(other.log_p - end.log_p) < slack;
    if (other.log_p < end.log_p - 0.05 - slack) return false;
    const std::vector<double> apart = difference(other.x, end.x);
    if (!c.matrix.empty() && c.smallest() > -1e-9 * c.largest()) return c.square(apart) < 1e-3;
    return norm(apart) < 1e-3 * (1 + norm(end.x));
  }

  /// Newton's method may lead two ends to one place.
  static void merge(std::vector<End>& ends, End end, const Curvature& c) {
    for (End& known : ends) {
      if (known.kind != end.kind || std::fabs(known.log_p - end.log_p) > 1e-8 * (1 + std::fabs(end.log_p))) continue;
      const std::vector<double> apart = difference(known.x, end.x);
      const bool one =
          !c.matrix.empty() && c.smallest() > 0 ? c.square(apart) < 1e-6 : norm(apart) < 1e-6 * (1 + norm(end.x));
      if (!one) continue;
      known.climbs.insert(known.climbs.end(), end.climbs.begin(), end.climbs.end());
      return;
    }
    ends.push_back(std::move(end));
  }

  static void sort(std::vector<End>& ends) {
    std::stable_sort(ends.begin(), ends.end(), [](const End& a, const End& b) {
      const bool first = a.kind == EndKind::unbounded, second = b.kind == EndKind::unbounded;
      return first != second ? first : a.log_p > b.log_p;
    });
  }

  static void weigh(std::vector<End>& ends) {
    double most = -infinity, sum = 0;
    for (const End& e : ends)
      if (e.kind == EndKind::maximum && e.log_evidence > most) most = e.log_evidence;
    for (const End& e : ends)
      if (e.kind == EndKind::maximum && !std::isnan(e.log_evidence)) sum += std::exp(e.log_evidence - most);
    for (End& e : ends)
      e.weight = e.kind == EndKind::maximum && !std::isnan(e.log_evidence) ? std::exp(e.log_evidence - most) / sum : 0;
  }

  void name(End& end) {
    const bool one_way = end.kind == EndKind::infinity || end.kind == EndKind::unbounded;
    const auto largest = std::max_element(end.direction.begin(), end.direction.end(),
                                          [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    if (!one_way && largest != end.direction.end() && *largest < 0)
      for (double& v : end.direction) v = -v;
    if (names_.empty()) names_ = coordinate_names(model_);
    end.words = direction_in_words(end.direction, names_);
  }

  Model model_;
  Parts parts_;
  CensusSettings settings_;
  Points points_;
  std::vector<std::string> names_;
  std::int64_t gradients_ = 0, products_ = 0;
};

}  // namespace

const char* to_string(EndKind kind) {
  switch (kind) {
    case EndKind::maximum:
      return "maximum";
    case EndKind::ridge:
      return "ridge";
    case EndKind::infinity:
      return "at infinity";
    case EndKind::unbounded:
      return "unbounded";
    case EndKind::saddle:
      return "saddle";
    case EndKind::unfinished:
      return "unfinished";
  }
  return "";
}

std::size_t Census::modes() const {
  return static_cast<std::size_t>(std::count_if(
      ends.begin(), ends.end(), [](const End& e) { return e.kind == EndKind::maximum && e.copy_of < 0; }));
}

std::string direction_in_words(std::span<const double> direction, std::span<const std::string> names) {
  std::vector<std::size_t> order(direction.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first = order.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, order.size()));
  std::partial_sort(order.begin(), first, order.end(),
                    [&](std::size_t a, std::size_t b) { return std::fabs(direction[a]) > std::fabs(direction[b]); });
  std::string text;
  double explained = 0;
  for (auto i = order.begin(); i != first && explained < 0.99; ++i) {
    const double v = direction[*i];
    explained += v * v;
    if (text.empty())
      text = fmt::format("{}{:.2f} {}", v < 0 ? "-" : "", std::fabs(v), names[*i]);
    else
      text += fmt::format(" {} {:.2f} {}", v < 0 ? "-" : "+", std::fabs(v), names[*i]);
  }
  return explained < 0.99 ? text + " …" : text;
}

Census take_census(const Model& model, Parts parts, std::span<const Arrived> arrived, const CensusSettings& settings,
                   int threads, const std::function<bool()>& keep_going) {
  Census census = Taker(model, parts, settings, threads).take(arrived, keep_going);
  census.climbs = arrived.size();
  return census;
}

}  // namespace thalweg
