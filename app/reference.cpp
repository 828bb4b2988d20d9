#include "app/reference.hpp"

#include <fmt/format.h>

#include "app/interruption.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/annealing/path.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg::app {
namespace {

/// What is improper in the prior, or empty.
std::string improper_prior(const LoadedModel& loaded) {
  std::string reasons;
  for (const auto& p : loaded.priors)
    if (p.properness == stan::Properness::improper)
      reasons += fmt::format("{}the prior of {} is improper: {}", reasons.empty() ? "" : "; ", p.name, p.reason);
  if (!reasons.empty()) return reasons;
  const std::string flat = AnnealingPath::flat_coordinate(loaded.model, 0);
  return flat.empty() ? "" : fmt::format("the prior of {} is improper: it is flat", flat);
}

}  // namespace

std::string choose_reference(SampleSettings& s, const LoadedModel& loaded) {
  Reference& reference = s.special.reference;
  if (!follows_path(s.method) || reference == Reference::gaussian || reference == Reference::laplace) return {};
  if (!knows_prior_from_likelihood(loaded.model))  // tempering refuses what it cannot do
    return walks_path(s.method) ? reason_against_prior(loaded.model) : "";
  const std::string reason = improper_prior(loaded);
  if (reason.empty() || walks_path(s.method)) return reason;
  if (reference == Reference::prior)
    fail("log Z is undefined: {}\n  give it a proper prior, or take --reference gaussian", reason);
  reference = Reference::gaussian;
  return reason;
}

std::string refusal(const std::string& undefined) {
  return fmt::format(
      "log Z is undefined: {}\n  nothing was sampled: give the parameters proper priors, or take --reference laplace: "
      "a "
      "Gaussian is fitted, draws are of the same posterior, and log Z is the integral of the density as it is "
      "written\n",
      undefined);
}

void fit_reference(SampleSettings& s, const ModelCommand& command, const LoadedModel& loaded) {
  const int threads = static_cast<int>(command.threads);
  const OptimizeResult peaks =
      optimize(loaded.model, {.starts = 16, .seed = command.seed, .threads = threads}, [] { return !interrupted(); });
  const End* const best = peaks.census.best();
  if (interrupted()) return;
  if (!best || best->kind != EndKind::maximum)
    fail(
        "--reference laplace: {} has no maximum that its ascents find, at which a Gaussian could be fitted\n  see "
        "thalweg optimize {}",
        command.model, command.model);
  Model model = loaded.model;
  if (model.hessian_widths().empty()) model.add_hessian_differences("compiled without second derivatives");
  Points points(model, whole_density, threads);
  const LaplaceResult gaussian = laplace(points, best->x, {.draws = 1, .seed = command.seed});
  s.starts = {gaussian.q.mean()};
  s.initial_metric = gaussian.q.covariance();
  for (double& v : s.initial_metric) v *= 4;  // twice as wide: what lies beside the peak must not go unseen
  command.say(fmt::format(
      "reference: a Gaussian twice as wide as Laplace's at the peak, where log density is {:.6g} and log evidence by "
      "Laplace {:.6g}",
      gaussian.log_p, gaussian.log_evidence));
}

}  // namespace thalweg::app
