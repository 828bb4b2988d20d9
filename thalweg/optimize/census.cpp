#include "thalweg/optimize/census.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "thalweg/core/math.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/hessian.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/optimize/copies.hpp"
#include "thalweg/optimize/newton.hpp"
#include "thalweg/optimize/profile.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double log_two_pi = 1.8378770664093453;

Vector as_vector(std::span<const double> v) { return Eigen::Map<const Vector>(v.data(), std::ssize(v)); }

/// What is known of the curvature at an end.
struct Curvature {
  std::optional<Matrix> negative;  ///< −∇²log p; absent above the limit
  Vector values;                   ///< ascending; two numbers when only the extremes are known
  std::vector<double> flattest;
};

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

  End look_at(const Arrived& arrived, Curvature& curvature) {
    End end{.x = arrived.x, .log_p = arrived.log_p};
    std::vector<double> gradient = arrived.gradient;
    if (arrived.ending == Ending::unbounded) return unbounded(std::move(end), arrived);
    if (arrived.ending != Ending::converged) {
      if (const auto away = runs_away(arrived)) return std::move(*away);
    }
    polish(end, gradient);
    end.gradient_norm = as_vector(gradient).norm();
    curvature = curvature_at(end.x);
    describe(curvature, gradient, end);
    classify(curvature, arrived, end);
    return end;
  }

  void polish(End& end, std::vector<double>& gradient) {
    const std::size_t d = end.x.size();
    Vectors place(2, d);
    Point point{place[0], place[1], end.log_p};
    std::copy(end.x.begin(), end.x.end(), point.x);
    Ascent ascent;
    std::vector<Job> jobs(1);
    const Newton method{.arrival = {.max_iterations = 100, .tolerance = 1e-20}, .probe = 0};
    jobs[0].task = newton(*jobs[0].strand, method, d, point, ascent);
    run_jobs(model_, parts_, jobs, 1, true);
    gradients_ += ascent.gradients;
    products_ += ascent.products;
    if (!(point.log_p >= end.log_p - 1e-9 * (1 + std::fabs(end.log_p)))) return;
    end.log_p = point.log_p;
    end.x.assign(point.x, point.x + d);
    gradient.assign(point.gradient, point.gradient + d);
  }

  Curvature curvature_at(const std::vector<double>& x) {
    const std::size_t d = x.size();
    Curvature c;
    if (d <= settings_.whole_hessian) {
      const Hessian h = hessian(points_, x, {.largest_dimension = settings_.whole_hessian});
      c.negative = -Eigen::Map<const Matrix>(h.matrix.data(), std::ssize(x), std::ssize(x));
      if (!c.negative->allFinite()) return c;
      const Eigen::SelfAdjointEigenSolver<Matrix> solver(*c.negative);
      c.values = solver.eigenvalues();
      const Vector v = solver.eigenvectors().col(0);
      c.flattest.assign(v.data(), v.data() + v.size());
      return c;
    }
    Lanczos lanczos(d, settings_.lanczos_steps, 0);
    std::vector<double> product(padded(d), 0.0);
    while (lanczos.wants()) {
      points_.hessian_vector(1, d, x.data(), lanczos.direction(), product.data());
      lanczos.tell(product.data());
    }
    const Lanczos::Pair up = lanczos.largest(), down = lanczos.smallest();
    c.values = Vector(2);
    c.values << -up.value, -down.value;
    c.flattest = up.vector;
    return c;
  }

  static void describe(const Curvature& c, const std::vector<double>& gradient, End& end) {
    end.whole_hessian = c.negative.has_value();
    end.decrement = end.log_evidence = nan;
    if (c.values.size() == 0) {
      end.smallest = end.largest = end.condition = nan;
      return;
    }
    end.smallest = c.values[0];
    end.largest = c.values[c.values.size() - 1];
    end.condition = end.largest / end.smallest;
    end.direction = c.flattest;
    if (!c.negative || !(end.smallest > 0)) return;
    const Eigen::LLT<Matrix> llt(*c.negative);
    if (llt.info() != Eigen::Success) return;
    const Vector g = as_vector(gradient);
    end.decrement = 0.5 * g.dot(llt.solve(g));
    const double half_log_det = Matrix(llt.matrixL()).diagonal().array().log().sum();
    end.log_evidence = end.log_p + 0.5 * static_cast<double>(end.x.size()) * log_two_pi - half_log_det;
  }

  /// log p at x + s·u; −∞ where it is not finite.
  double along(const End& end, double s) {
    std::vector<double> x = end.x, gradient(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += s * end.direction[i];
    double log_p = 0;
    points_.evaluate(1, x.size(), x.data(), gradient.data(), &log_p);
    return std::isfinite(log_p) ? log_p : -infinity;
  }

  /// Nats lost when going as far as one standard deviation along the flattest direction, at the most a million units:
  /// ½ to both sides at a maximum that is well described; nothing on a ridge; nothing to one side only where log p
  /// rises for ever.
  void classify(const Curvature& c, const Arrived& arrived, End& end) {
    if (c.values.size() == 0) return;
    const double rounding = 1e-9 * std::fmax(std::fabs(end.largest), 1e-300);
    const bool stationary = arrived.ending == Ending::converged || end.decrement < 1e-8;
    if (end.smallest < -rounding) {
      end.kind = stationary ? EndKind::saddle : EndKind::unfinished;
      name(end);
      return;
    }
    double reach = 1;
    for (const double v : end.x) reach = std::fmax(reach, std::fabs(v));
    const double sd = end.smallest > 0 ? 1 / std::sqrt(end.smallest) : infinity;
    if (sd < 30 * reach) {
      end.kind = stationary ? EndKind::maximum : EndKind::unfinished;
      return;
    }
    const double slack = 1e-10 * (1 + std::fabs(end.log_p)), far = std::fmin(sd, 1e6 * reach);
    double up = 0, down = 0;  // what is lost at most within `far`
    for (double s = far; s > 1e-5 * far; s *= 0.1) {
      up = std::fmax(up, end.log_p - along(end, s));
      down = std::fmax(down, end.log_p - along(end, -s));
    }
    const bool flat_up = up < 1e-3 + slack, flat_down = down < 1e-3 + slack;
    if (flat_up != flat_down) {
      end.kind = EndKind::infinity;
      if (flat_down)
        for (double& v : end.direction) v = -v;
    } else if (flat_up) {
      end.kind = EndKind::ridge;
    } else {
      end.kind = stationary ? EndKind::maximum : EndKind::unfinished;
      return;
    }
    end.log_evidence = nan;
    name(end);
  }

  End unbounded(End end, const Arrived& arrived) {
    end.kind = EndKind::unbounded;
    end.smallest = end.largest = end.condition = end.decrement = end.log_evidence = nan;
    end.gradient_norm = as_vector(arrived.gradient).norm();
    end.direction.assign(end.x.size(), 0.0);
    if (!arrived.halfway.empty())
      for (std::size_t i = 0; i < end.x.size(); ++i) end.direction[i] = end.x[i] - arrived.halfway[i];
    const double length = as_vector(end.direction).norm();
    for (double& v : end.direction) v /= length > 0 ? length : 1;
    name(end);
    return end;
  }

  /// An ascent that has not arrived: does log p rise along the coordinate that has moved most, without end?
  std::optional<End> runs_away(const Arrived& arrived) {
    if (arrived.halfway.empty()) return {};
    std::size_t j = 0;
    double most = 0;
    for (std::size_t i = 0; i < arrived.x.size(); ++i) {
      const double moved = std::fabs(arrived.x[i] - arrived.halfway[i]);
      if (moved > most) most = moved, j = i;
    }
    if (!(most > 0.5)) return {};
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
      return other.ending != Ending::converged && !other.halfway.empty() && moves_most(other) == strongest(end);
    }
    if (other.log_p < end.log_p - 0.05 - slack) return false;
    const Vector apart = as_vector(other.x) - as_vector(end.x);
    if (c.negative && c.values.size() > 0 && c.values[0] > -1e-9 * c.values[c.values.size() - 1])
      return apart.dot(*c.negative * apart) < 1e-3;
    return apart.norm() < 1e-3 * (1 + as_vector(end.x).norm());
  }
  static std::size_t strongest(const End& end) {
    std::size_t j = 0;
    for (std::size_t i = 0; i < end.direction.size(); ++i)
      if (std::fabs(end.direction[i]) > std::fabs(end.direction[j])) j = i;
    return j;
  }
  static std::size_t moves_most(const Arrived& a) {
    std::size_t j = 0;
    for (std::size_t i = 0; i < a.x.size(); ++i)
      if (std::fabs(a.x[i] - a.halfway[i]) > std::fabs(a.x[j] - a.halfway[j])) j = i;
    return j;
  }

  /// Newton's method may lead two ends to one place.
  static void merge(std::vector<End>& ends, End end, const Curvature& c) {
    for (End& known : ends) {
      if (known.kind != end.kind || std::fabs(known.log_p - end.log_p) > 1e-8 * (1 + std::fabs(end.log_p))) continue;
      const Vector apart = as_vector(known.x) - as_vector(end.x);
      const bool one = c.negative && c.values.size() > 0 && c.values[0] > 0
                           ? apart.dot(*c.negative * apart) < 1e-6
                           : apart.norm() < 1e-6 * (1 + as_vector(end.x).norm());
      if (!one) continue;
      known.climbs.insert(known.climbs.end(), end.climbs.begin(), end.climbs.end());
      return;
    }
    ends.push_back(std::move(end));
  }

  static void weigh(std::vector<End>& ends) {
    std::stable_sort(ends.begin(), ends.end(), [](const End& a, const End& b) {
      const bool first = a.kind == EndKind::unbounded, second = b.kind == EndKind::unbounded;
      return first != second ? first : a.log_p > b.log_p;
    });
    double most = -infinity, sum = 0;
    for (const End& e : ends)
      if (e.kind == EndKind::maximum && e.log_evidence > most) most = e.log_evidence;
    for (const End& e : ends)
      if (e.kind == EndKind::maximum && !std::isnan(e.log_evidence)) sum += std::exp(e.log_evidence - most);
    for (End& e : ends)
      e.weight = e.kind == EndKind::maximum && !std::isnan(e.log_evidence) ? std::exp(e.log_evidence - most) / sum : 0;
  }

  void name(End& end) {
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
