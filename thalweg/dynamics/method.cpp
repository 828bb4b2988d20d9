#include "thalweg/dynamics/method.hpp"

#include <algorithm>
#include <iterator>

#include "thalweg/dynamics/annealing/ais.hpp"
#include "thalweg/dynamics/annealing/smc.hpp"
#include "thalweg/dynamics/annealing/tempering.hpp"
#include "thalweg/dynamics/ensemble/chees.hpp"
#include "thalweg/dynamics/ensemble/laps.hpp"
#include "thalweg/dynamics/ensemble/meads.hpp"
#include "thalweg/dynamics/ensemble/sghmc.hpp"
#include "thalweg/dynamics/ensemble/sgld.hpp"
#include "thalweg/dynamics/hamiltonian/hmc.hpp"
#include "thalweg/dynamics/hamiltonian/nuts.hpp"
#include "thalweg/dynamics/hamiltonian/walnuts.hpp"
#include "thalweg/dynamics/langevin/baoab.hpp"
#include "thalweg/dynamics/langevin/ghmc.hpp"
#include "thalweg/dynamics/langevin/mala.hpp"
#include "thalweg/dynamics/microcanonical/mams.hpp"
#include "thalweg/dynamics/microcanonical/mclmc.hpp"

namespace thalweg {
namespace {

constexpr MethodTraits methods[] = {
    {Method::nuts, nuts_card, 0.8, 2.3, true, true, false, 1},
    {Method::walnuts, walnuts_card, 0.8, 2.7, true, true, false, 1},
    {Method::hmc, hmc_card, 0.8, 2.3, true, true, false, 1},
    {Method::ghmc, ghmc_card, 0.95, 2.3, true, false, false, 8},
    {Method::mclmc, mclmc_card, steering_target, 2.7, false, false, false, 8, false, 32, 1, false, 0.45, 6},
    {Method::mams, mams_card, 0.9, 2.3, true, false, false, 1, false, 32, 1, false, 0.25},
    {Method::mala, mala_card, 0.574, 1.5, true, false, false, 16},
    {Method::ula, ula_card, steering_target, 1.35, false, false, true, 16},
    {Method::baoab, baoab_card, steering_target, 2.7, false, false, true, 8},
    {Method::obabo, obabo_card, steering_target, 2.7, false, false, true, 8},
    {Method::sgld, sgld_card, 0.5, 1, false, false, true, 256, true, 128, 1, true},
    {Method::sghmc, sghmc_card, 0.5, 1, false, false, true, 64, true, 128, 1, true},
    {Method::laps, laps_card, 0.7, 2.3, true, false, false, 1, true, 512, 64},
    {Method::chees, chees_card, 0.651, 2.3, true, true, false, 1, true, 128, 32},
    {Method::meads, meads_card, 0.95, 2.3, true, false, false, 1, true, 256, 128},
    {Method::tempering, tempering_card, 0.8, 2.3, true, false, false, 1, true, 64, 8},
    {Method::smc, smc_card, 0.8, 2.3, true, false, false, 1, true, 1024, 64},
    {Method::ais, ais_card, 0.8, 2.3, true, false, false, 1, true, 1024, 64},
};

}  // namespace

std::span<const MethodTraits> sampling_methods() { return methods; }

const MethodTraits& traits_of(Method method) {
  return *std::find_if(std::begin(methods), std::end(methods),
                       [&](const MethodTraits& t) { return t.method == method; });
}

const char* to_string(Method method) { return traits_of(method).card.name.data(); }

std::optional<Method> method_called(std::string_view name) {
  for (const MethodTraits& t : methods)
    if (t.card.name == name) return t.method;
  return std::nullopt;
}

std::unique_ptr<Kernel> make_kernel(Method method, const MethodSettings& s, std::size_t d) {
  switch (method) {
    default:
      break;
    case Method::hmc:
      return std::make_unique<HmcKernel<>>(d, Hmc{.length = s.length.value_or(Hmc{}.length), .jitter = s.jitter});
    case Method::walnuts:
      return std::make_unique<WalnutsKernel<>>(d, Walnuts{.tolerance = s.tolerance.value_or(Walnuts{}.tolerance)});
    case Method::ghmc:
      return std::make_unique<GhmcKernel<>>(d, Ghmc{.friction = s.friction.value_or(Ghmc{}.friction)});
    case Method::mclmc:
      return std::make_unique<MclmcKernel<>>(
          d, Mclmc{.length = s.length.value_or(0), .tolerance = s.tolerance.value_or(Mclmc{}.tolerance)});
    case Method::mams:
      return std::make_unique<MamsKernel<>>(d, Mams{.length = s.length.value_or(0)});
    case Method::mala:
    case Method::ula: {
      const bool adjusted = method == Method::mala;
      return std::make_unique<LangevinKernel<>>(d, Langevin{.adjusted = adjusted,
                                                            .temperature = adjusted ? 1 : s.temperature,
                                                            .tolerance = s.tolerance.value_or(Langevin{}.tolerance)});
    }
    case Method::baoab:
    case Method::obabo:
      return std::make_unique<UnderdampedKernel>(
          d, Underdamped{.splitting = method == Method::baoab ? Splitting::baoab : Splitting::obabo,
                         .friction = s.friction.value_or(Underdamped{}.friction),
                         .temperature = s.temperature,
                         .tolerance = s.tolerance.value_or(Underdamped{}.tolerance)});
  }
  return nullptr;
}

}  // namespace thalweg
