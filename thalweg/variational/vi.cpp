#include "thalweg/variational/vi.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/optimize/newton.hpp"

namespace thalweg {
namespace {

std::unique_ptr<GaussianFamily> family_of(const ViSettings& settings, MultivariateNormal base) {
  const std::size_t d = base.dimension();
  if (settings.family == Family::mean_field) return mean_field_family(std::move(base));
  // in one dimension there is nothing but full rank
  if (settings.family == Family::full_rank || d == 1) return full_rank_family(std::move(base));
  const std::size_t rank = settings.rank > 0 ? settings.rank : std::min<std::size_t>(8, d - 1);
  return low_rank_family(std::move(base), rank, settings.start.seed);
}

/// N: enough for whitening where that can be afforded.
std::size_t fixed_draws(const ViSettings& settings, std::size_t d) {
  constexpr std::size_t affordable = 500;
  const auto whole = [](std::size_t n) { return (n + padding - 1) / padding * padding; };
  const std::size_t enough = whole(2 * (d + 1));
  std::size_t n = settings.fixed_draws;
  if (n == 0 && settings.family != Family::mean_field) n = std::max<std::size_t>(256, whole(4 * (d + 1)));
  if (n == 0) n = d <= affordable ? std::max<std::size_t>(64, enough) : 64;
  require(
      settings.family == Family::mean_field || n > d + 1,
      "fixed_draws must be > {} for family {} in {} dimensions; found {}: along directions that no draw reaches the "
      "ELBO of a fixed sample grows without end. Use {} draws, or family mean-field",
      d + 1, to_string(settings.family), d, n, enough);
  return n;
}

/// Runs an ascent of the fixed sample's ELBO to its end.
void drive(Strand& strand, Task& task, FixedSample& objective) {
  for (task.resume(); !task.done(); task.resume()) {
    GradientRequest& request = strand.request();
    if (request.direction) {
      objective.product(request.x, request.direction, request.gradient);
      continue;
    }
    request.log_p = objective.evaluate(request.x, request.gradient);
    if (request.evidence && !std::isfinite(request.log_p)) *request.evidence = objective.evidence();
  }
}

/// L-BFGS; then Newton, where there are products and the gradient says that there is something left: θ is measured so
/// that ½|g|² is about what is to be gained.
void ascend(FixedSample& objective, const ViSettings& settings, std::size_t size, Point& point, Ascent& ascent,
            const IterateObserver& watch) {
  Lbfgs method = settings.ascent;
  if (method.arrival.tolerance == 0) method.arrival.tolerance = settings.family == Family::low_rank ? 1e-9 : 1e-18;
  Strand strand;
  {
    Task task = lbfgs(strand, method, size, point, ascent, watch);
    drive(strand, task, objective);
  }
  const bool ended = ascent.ending == Ending::converged || ascent.ending == Ending::stalled;
  if (!settings.polish || !objective.has_products() || !ended ||
      ascent.gradient_norm * ascent.gradient_norm < 1e4 * method.arrival.tolerance)
    return;
  const Ascent first = ascent;
  const IterateObserver later = [&](const Iterate& i) {
    Iterate shifted = i;
    shifted.number += first.iterations;
    return i.number == 0 || watch(shifted);
  };
  Task task = newton(strand, Newton{.arrival = method.arrival, .probe = 0}, size, point, ascent, later);
  drive(strand, task, objective);
  ascent.iterations += first.iterations;
  ascent.gradients += first.gradients;
}

/// Halves all scales until every fixed draw has a finite log density.
void find_scale(FixedSample& objective, const GaussianFamily& family, Point& point, ViResult& out) {
  constexpr int most = 30;
  for (int k = 0; k <= most; ++k) {
    point.log_p = objective.evaluate(point.x, point.gradient);
    if (std::isfinite(point.log_p)) {
      if (k > 0)
        out.notes.push_back(
            fmt::format("the scales of the start were divided by {} before all {} draws had a finite log density",
                        std::exp2(k), out.fixed_draws));
      return;
    }
    family.widen(0.5, point.x);
  }
  fail("no scale at which all {} fixed draws have a finite log density, down to 2^-{} of that of the start\n  {}",
       out.fixed_draws, most, objective.evidence());
}

/// What the last 30 iterations have gained.
double gain_of_last(const std::vector<ElboAt>& trace) {
  constexpr std::size_t some = 30;
  if (trace.size() <= some) return infinity;
  return trace.back().elbo.value - trace[trace.size() - 1 - some].elbo.value;
}

void climb_fixed(Points& points, GaussianFamily& family, const ViSettings& settings, const ElboObserver& observer,
                 ViResult& out) {
  const std::size_t d = points.dimension(), size = family.parameters();
  out.fixed_draws = fixed_draws(settings, d);
  const FixedDraws draws = FixedDraws::make(out.fixed_draws, d, settings.start.seed);
  out.exact_moments = draws.matched == Matched::covariance;
  FixedSample objective(points, family, draws);
  Vectors places(2, size);
  Point point{places[0], places[1], 0};
  family.start(point.x);
  find_scale(objective, family, point, out);
  const bool patient = settings.family != Family::low_rank || settings.ascent.arrival.tolerance != 0;
  bool slow = false;
  const IterateObserver watch = [&](const Iterate& i) {
    out.trace.push_back({i.number, objective.elbo()});
    slow = !patient && gain_of_last(out.trace) < 1e-3;
    return !slow && (!observer || observer(out.trace.back()));
  };
  ascend(objective, settings, size, point, out.ascent, watch);
  if (slow) out.ascent.ending = Ending::converged;
  std::vector<double> ignored(size);
  out.objective = objective.evaluate(point.x, ignored.data());
  out.q = family.gaussian();
  if (out.ascent.ending == Ending::unbounded || out.ascent.ending == Ending::failed) {
    out.notes.push_back(fmt::format("the ELBO has no maximum here: {}", out.ascent.evidence));
    return;
  }
  if (out.ascent.ending == Ending::iterations)
    out.notes.push_back(fmt::format("the ELBO was still climbing after {} iterations; its gradient has the norm {:.2g}",
                                    out.ascent.iterations, out.ascent.gradient_norm));
  if (settings.family == Family::mean_field && settings.respond) {
    out.response = linear_response(points, out.q, draws, settings.response);
    out.products = out.response.products;
    if (!out.response.note.empty()) out.notes.push_back(out.response.note);
  }
}

void climb(Points& points, GaussianFamily& family, const ViSettings& settings, const ElboObserver& observer,
           ViResult& out) {
  std::vector<double> theta(family.parameters());
  family.start(theta.data());
  out.stochastic =
      climb_stochastic(points, family, settings.stochastic, std::move(theta), settings.start.seed, observer);
  out.trace = out.stochastic.trace;
  family.set(out.stochastic.theta.data());
  out.q = family.gaussian();
  if (!out.stochastic.stationary)
    out.notes.push_back(fmt::format("iterates are not stationary after {} iterations: the largest R-hat is {:.3g}",
                                    out.stochastic.iterations, out.stochastic.r_hat));
  if (out.stochastic.failed > 0)
    out.notes.push_back(fmt::format("{} draws without a finite log density were left out", out.stochastic.failed));
}

}  // namespace

ViResult variational_inference(const Model& model, const ViSettings& settings, const ElboObserver& observer) {
  require(settings.draws > 1, "draws must be > 1; found {}", settings.draws);
  Points points(model, settings.parts, settings.threads);
  require(points.dimension() > 0, "{} has no parameters: there is nothing to approximate", model.name());
  if (settings.estimator == Estimator::fixed_sample) fixed_draws(settings, points.dimension());
  const auto family = family_of(settings, start_of(find_paths(points, settings.start, settings.threads)));
  ViResult out;
  if (settings.estimator == Estimator::fixed_sample)
    climb_fixed(points, *family, settings, observer, out);
  else
    climb(points, *family, settings, observer, out);
  out.draws = draw_mixture(points, {out.q}, settings.draws, settings.start.seed);
  out.elbo = elbo_of(out.draws);
  out.gradients = points.gradients();
  out.products = points.products();
  return out;
}

}  // namespace thalweg
