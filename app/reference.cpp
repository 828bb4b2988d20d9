#include "app/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/interruption.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/annealing/path.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"
#include "thalweg/optimize/covering.hpp"

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

bool wants_fitted_reference(const SampleSettings& s, const LoadedModel& loaded) {
  if (!follows_path(s.method)) return false;
  switch (s.special.reference) {
    case Reference::laplace:
      return true;
    case Reference::automatic:
      return !walks_path(s.method) && !knows_prior_from_likelihood(loaded.model) && s.starts.empty();
    default:
      return false;
  }
}

void fit_reference(SampleSettings& s, const ModelCommand& command, const LoadedModel& loaded) {
  const int threads = static_cast<int>(command.threads);
  const bool asked = s.special.reference == Reference::laplace;
  const Census peaks = wide_census(loaded.model, 48, command.seed, threads, [] { return !interrupted(); });
  if (interrupted()) return;
  const auto maxima =
      std::count_if(peaks.ends.begin(), peaks.ends.end(), [](const End& end) { return end.kind == EndKind::maximum; });
  if (!asked && maxima < 2) return;  // warm-up fits a Gaussian to one mode
  if (maxima == 0)
    fail(
        "--reference laplace: {} has no maximum that its ascents find, at which a Gaussian could be fitted\n  see "
        "thalweg optimize {}",
        command.model, command.model);
  Model model = loaded.model;
  if (model.hessian_widths().empty()) model.add_hessian_differences("compiled without second derivatives");
  Points points(model, whole_density, threads);
  CoveringGaussian gaussian;
  try {
    gaussian = cover(points, peaks);
  } catch (const Error&) {
    if (asked) throw;
    return;
  }
  s.special.reference = Reference::laplace;
  s.starts = {std::move(gaussian.mean)};
  s.initial_metric = std::move(gaussian.covariance);
  command.say(
      fmt::format("reference: a Gaussian over {}, twice as wide as Laplace's, where log density is {:.6g} and "
                  "log evidence by Laplace {:.6g}",
                  gaussian.modes == 1 ? std::string("the peak") : fmt::format("{} modes", gaussian.modes),
                  gaussian.log_p, gaussian.log_evidence));
}

}  // namespace thalweg::app
