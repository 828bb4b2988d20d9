#include "app/reference.hpp"

#include <fmt/format.h>

#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/annealing/path.hpp"

namespace thalweg::app {
namespace {

/// What is improper in the prior, or empty.
std::string improper_prior(const LoadedModel& loaded) {
  for (const auto& p : loaded.priors)
    if (p.properness == stan::Properness::improper)
      return fmt::format("the prior of {} is improper: {}", p.name, p.reason);
  const std::string flat = AnnealingPath::flat_coordinate(loaded.model, 0);
  return flat.empty() ? "" : fmt::format("the prior of {} is improper: it is flat", flat);
}

}  // namespace

std::string choose_reference(SampleSettings& s, const LoadedModel& loaded) {
  Reference& reference = s.special.reference;
  if (!follows_path(s.method) || reference == Reference::gaussian) return {};
  if (!knows_prior_from_likelihood(loaded.model)) return {};  // the method refuses what it cannot do
  const std::string reason = improper_prior(loaded);
  if (reason.empty()) return {};
  if (reference == Reference::prior)
    fail("log Z is undefined: {}\n  give it a proper prior, or take --reference gaussian", reason);
  reference = Reference::gaussian;
  return reason;
}

}  // namespace thalweg::app
