// Which ensembles there are.
#include "thalweg/dynamics/annealing/ais.hpp"
#include "thalweg/dynamics/annealing/smc.hpp"
#include "thalweg/dynamics/annealing/tempering.hpp"
#include "thalweg/dynamics/ensemble/chees.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/laps.hpp"
#include "thalweg/dynamics/ensemble/meads.hpp"
#include "thalweg/dynamics/ensemble/sghmc.hpp"
#include "thalweg/dynamics/ensemble/sgld.hpp"

namespace thalweg {

EnsembleMaker ensemble_maker(const Model& model, const SampleSettings& settings, const Execution& execution) {
  const int width = execution.width;
  switch (settings.method) {
    case Method::laps:
      return [&model, &settings, width] { return std::make_unique<LapsEnsemble<>>(model, settings, width); };
    case Method::smc:
      return [&model, &settings, width] { return std::make_unique<SmcEnsemble<>>(model, settings, width); };
    case Method::ais:
      return [&model, &settings, width] { return std::make_unique<AisEnsemble<>>(model, settings, width); };
    case Method::chees:
      return [&model, &settings, width] { return std::make_unique<CheesEnsemble<>>(model, settings, width); };
    case Method::meads:
      return [&model, &settings, width] { return std::make_unique<MeadsEnsemble<>>(model, settings, width); };
    case Method::sgld:
      return [&model, &settings, width] { return std::make_unique<SgldEnsemble<>>(model, settings, width); };
    case Method::sghmc:
      return [&model, &settings, width] { return std::make_unique<SghmcEnsemble<>>(model, settings, width); };
    case Method::tempering:
      return [&model, &settings, width] { return std::make_unique<TemperingEnsemble<>>(model, settings, width); };
    default:
      break;
  }
  fail("{} is no method that moves all particles at once", to_string(settings.method));
}

}  // namespace thalweg
