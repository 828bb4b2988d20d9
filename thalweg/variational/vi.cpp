#include "thalweg/variational/vi.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/optimize/newton.hpp"
#include "thalweg/variational/natural_step.hpp"

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

constexpr std::size_t affordable = 500;  ///< dimensions, in which dense matrices are cheap

/// N: enough for whitening where that can be afforded.
std::size_t fixed_draws(const ViSettings& settings, std::size_t d) {
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

/// A family about a Gaussian with the ELBO of its fixed sample, and where in it the ascent is.
struct Stage {
  std::unique_ptr<GaussianFamily> family;
  FixedSample objective;
  Vectors places;
  Point point;

  Stage(Points& points, std::unique_ptr<GaussianFamily> of, const FixedDraws& draws)
      : family(std::move(of)),
        objective(points, *family, draws),
        places(2, family->parameters()),
        point{places[0], places[1], 0} {
    family->start(point.x);
  }
  std::size_t size() const { return family->parameters(); }
  double evaluate() { return point.log_p = objective.evaluate(point.x, point.gradient); }
};

/// Natural-gradient steps of a full-rank stage until they gain little, shortened where the ELBO falls. A start that is
/// wrong about long, narrow directions by orders of magnitude would leave L-BFGS in coordinates in which the ELBO is as
/// badly scaled. `watch` is asked after every step.
void approach(Points& points, const FixedDraws& draws, std::unique_ptr<Stage>& stage,
              const std::function<bool(const FixedSample&)>& watch) {
  constexpr int most = 50;
  constexpr double little = 1e-4, some = 0.1, least_rho = 1e-3;
  MultivariateNormal q = stage->family->gaussian();
  double rho = 1, last_gain = infinity;
  for (int k = 0; k < most && rho >= least_rho; ++k) {
    auto proposal =
        natural_step(q, draws.n, draws.stride, stage->objective.places(), stage->objective.gradients(), rho);
    auto next = proposal ? std::make_unique<Stage>(points, full_rank_family(*proposal), draws) : nullptr;
    const double gain = next ? next->evaluate() - stage->point.log_p : 0;
    if (!(gain > 0)) {
      rho *= 0.25;
      continue;
    }
    q = std::move(*proposal);
    stage = std::move(next);
    if (!watch(stage->objective) || gain < little || (gain < some && gain > 0.25 * last_gain)) return;
    last_gain = gain;
    rho = std::min(1.0, 4 * rho);
  }
}

/// Begins a smaller family anew from the full-rank Gaussian that `approach` finds from the same base, if that is
/// higher.
void recentre(Points& points, const ViSettings& settings, const FixedDraws& draws, MultivariateNormal base,
              std::unique_ptr<Stage>& stage) {
  auto full = std::make_unique<Stage>(points, full_rank_family(std::move(base)), draws);
  if (!std::isfinite(full->evaluate())) return;
  approach(points, draws, full, [](const FixedSample&) { return true; });
  auto next = std::make_unique<Stage>(points, family_of(settings, full->family->gaussian()), draws);
  if (next->evaluate() > stage->point.log_p) stage = std::move(next);
}

/// L-BFGS; then Newton, where there are products and the gradient says that there is something left: θ is measured so
/// that ½|g|² is about what is to be gained. Goes on from what `ascent` has counted so far, and from a point that the
/// caller has watched.
void ascend(Stage& stage, const ViSettings& settings, Ascent& ascent, const IterateObserver& watch) {
  Lbfgs method = settings.ascent;
  if (method.arrival.tolerance == 0) method.arrival.tolerance = settings.family == Family::low_rank ? 1e-9 : 1e-18;
  Ascent before = ascent;
  const IterateObserver later = [&](const Iterate& i) {
    Iterate shifted = i;
    shifted.number += before.iterations;
    return i.number == 0 || watch(shifted);
  };
  Strand strand;
  const auto run = [&](Task task) {
    drive(strand, task, stage.objective);
    ascent.iterations += before.iterations;
    ascent.gradients += before.gradients;
    before = ascent;
  };
  run(lbfgs(strand, method, stage.size(), stage.point, ascent, later));
  const bool ended = ascent.ending == Ending::converged || ascent.ending == Ending::stalled;
  if (settings.polish && stage.objective.has_products() && ended &&
      ascent.gradient_norm * ascent.gradient_norm >= 1e4 * method.arrival.tolerance)
    run(newton(strand, Newton{.arrival = method.arrival, .probe = 0}, stage.size(), stage.point, ascent, later));
}

/// Halves all scales until every fixed draw has a finite log density.
void find_scale(Stage& stage, ViResult& out) {
  constexpr int most = 30;
  for (int k = 0; k <= most; ++k) {
    if (std::isfinite(stage.evaluate())) {
      if (k > 0)
        out.notes.push_back(
            fmt::format("the scales of the start were divided by {} before all {} draws had a finite log density",
                        std::exp2(k), out.fixed_draws));
      return;
    }
    stage.family->widen(0.5, stage.point.x);
  }
  fail("no scale at which all {} fixed draws have a finite log density, down to 2^-{} of that of the start\n  {}",
       out.fixed_draws, most, stage.objective.evidence());
}

/// What the last 30 iterations have gained.
double gain_of_last(const std::vector<ElboAt>& trace) {
  constexpr std::size_t some = 30;
  if (trace.size() <= some) return infinity;
  return trace.back().elbo.value - trace[trace.size() - 1 - some].elbo.value;
}

void climb_fixed(Points& points, MultivariateNormal base, const ViSettings& settings, const ElboObserver& observer,
                 ViResult& out) {
  const std::size_t d = points.dimension();
  out.fixed_draws = fixed_draws(settings, d);
  const FixedDraws draws = FixedDraws::make(out.fixed_draws, d, settings.start.seed);
  out.exact_moments = draws.matched == Matched::covariance;
  auto stage = std::make_unique<Stage>(points, family_of(settings, base), draws);
  find_scale(*stage, out);
  const bool patient = settings.family != Family::low_rank || settings.ascent.arrival.tolerance != 0;
  bool slow = false, stopped = false;
  const auto watch = [&](std::int64_t number, const FixedSample& objective) {
    out.trace.push_back({number, objective.elbo()});
    slow = !patient && gain_of_last(out.trace) < 1e-3;
    stopped = !slow && observer && !observer(out.trace.back());
    return !slow && !stopped;
  };
  const bool full = settings.family == Family::full_rank;
  if (!full && out.exact_moments && d <= affordable) recentre(points, settings, draws, std::move(base), stage);
  if (watch(0, stage->objective) && full)
    approach(points, draws, stage, [&](const FixedSample& sample) { return watch(++out.ascent.iterations, sample); });
  out.ascent.ending = Ending::stopped;
  if (!stopped)
    ascend(*stage, settings, out.ascent, [&](const Iterate& i) { return watch(i.number, stage->objective); });
  if (slow) out.ascent.ending = Ending::converged;
  out.objective = stage->evaluate();
  out.q = stage->family->gaussian();
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
  MultivariateNormal base = start_of(find_paths(points, settings.start, settings.threads));
  ViResult out;
  if (settings.estimator == Estimator::fixed_sample)
    climb_fixed(points, std::move(base), settings, observer, out);
  else
    climb(points, *family_of(settings, std::move(base)), settings, observer, out);
  out.draws = draw_mixture(points, {out.q}, settings.draws, settings.start.seed);
  out.elbo = elbo_of(out.draws);
  out.gradients = points.gradients();
  out.products = points.products();
  return out;
}

}  // namespace thalweg
