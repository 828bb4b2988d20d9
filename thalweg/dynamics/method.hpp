// The methods that move chains, by name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/annealing/reference.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg {

/// The values are part of the format of a run: never renumber.
enum class Method : std::int32_t {
  nuts = 0,
  hmc = 1,
  mala = 2,
  ula = 3,
  baoab = 4,
  obabo = 5,
  ghmc = 6,
  walnuts = 7,
  mclmc = 8,
  mams = 9,
  laps = 10,
  chees = 11,
  meads = 12,
  smc = 13,
  ais = 14,
  tempering = 15,
  sgld = 16,
  sghmc = 17
};

/// What the driver and the command line must know of a method.
struct MethodTraits {
  Method method;
  Card card;
  double target;                  ///< of the statistic that the step size is adapted to
  double exponent;                ///< 1 − that statistic grows like (step size)^exponent
  bool adjusted;                  ///< a Metropolis test, or weights, make it exact
  bool fresh_momentum;            ///< drawn at every transition and of any length: the energy then says how it mixes
  bool own_temperature;           ///< takes T itself, 0 included; the others sample p^{1/T} as any other density
  std::int64_t thin;              ///< transitions a stored draw that suit it
  bool lockstep = false;          ///< moves all particles at once: an ensemble (ensemble/driver.hpp)
  std::int64_t chains = 32;       ///< that suit it
  std::int64_t least_chains = 1;  ///< that it needs
  bool minibatches = false;       ///< takes gradients of some of the observations
  double length_share = 0;        ///< c of Warmup::length_share, of a method whose length warm-up learns
  double energy_power = 0;        ///< of Warmup::energy_power, of a method whose step size E[W²] sets
};
std::span<const MethodTraits> sampling_methods();
const MethodTraits& traits_of(Method method);
const char* to_string(Method method);
/// Whether a method comes to the density from a reference, along a path: the evidence is then known.
constexpr bool follows_path(Method method) {
  return method == Method::tempering || method == Method::smc || method == Method::ais;
}
/// Whether it walks that path once, with many particles: it begins at draws of the reference.
constexpr bool walks_path(Method method) { return method == Method::smc || method == Method::ais; }
/// Nothing when no method has that name.
std::optional<Method> method_called(std::string_view name);

/// Rungs of a ladder of temperatures, at most.
inline constexpr std::int64_t most_rungs = 128;

/// What is said of a method beside its step size. Absent: the method's own default.
struct MethodSettings {
  std::optional<double> length;     ///< of trajectories: hmc, mams; over which a direction is forgotten: mclmc
  bool jitter = true;               ///< of that length
  std::optional<double> friction;   ///< baoab, obabo, ghmc, sghmc
  std::optional<double> tolerance;  ///< of the energy error: unadjusted methods, walnuts; of the variances: sgld, sghmc
  double temperature = 1;
  std::optional<std::int64_t> minibatch;       ///< observations a step: sgld, sghmc
  std::optional<double> step_decay;            ///< steps b of h (1 + t/b)^−0.55: sgld, sghmc; absent: h stays
  std::optional<std::int64_t> rungs;           ///< tempering: inverse temperatures of the ladder; absent: chosen
  Reference reference = Reference::automatic;  ///< tempering: where the path to the density begins
};

/// A kernel for one chain; NUTS is made by the driver, as are the methods that are ensembles. Throws
/// std::invalid_argument on settings or a dimension out of range.
std::unique_ptr<Kernel> make_kernel(Method method, const MethodSettings& settings, std::size_t dimension);

}  // namespace thalweg
