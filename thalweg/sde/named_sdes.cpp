#include "thalweg/sde/named_sdes.hpp"

#include <algorithm>
#include <string>

#include "thalweg/core/error.hpp"
#include "thalweg/density/wide_module.hpp"
#include "thalweg/sde/named/unit.hpp"

namespace thalweg {
namespace {

constexpr NamedSde registry[] = {
    {"brownian", "Brownian motion with a drift", "mu = 0, sigma = 1, x0 = 0, dimension = 1"},
    {"ou", "the Ornstein–Uhlenbeck process", "kappa = 1, theta = 0, sigma = 1, x0 = 0"},
    {"rotating-ou", "a plane Ornstein–Uhlenbeck process that turns", "a = 1, omega = 1, D = 1, x0 = 0, y0 = 0"},
    {"gbm", "geometric Brownian motion", "mu = 0.5, sigma = 1, x0 = 1"},
    {"cir", "the Cox–Ingersoll–Ross process, by full truncation", "kappa = 1, theta = 1, sigma = 1, x0 = 1"},
    {"double-well", "overdamped motion in x⁴/4 − x²/2", "T = 0.25, x0 = -1"},
    {"brownian-bridge", "Brownian motion that must be at b at time T", "T = 1, b = 0, sigma = 1, x0 = 0"},
    {"kinetic-double-well", "Langevin dynamics with inertia in a double well", "gamma = 1, T = 0.25, x0 = -1, v0 = 0"},
};

const NamedSde* look_up(std::string_view name) {
  const auto found =
      std::find_if(std::begin(registry), std::end(registry), [&](const NamedSde& sde) { return name == sde.name; });
  return found == std::end(registry) ? nullptr : found;
}

/// Whether a list like "mu = 0, sigma = 1" has the name.
bool has_parameter(std::string_view parameters, std::string_view name) {
  for (std::size_t at = 0; at < parameters.size();) {
    const std::size_t comma = std::min(parameters.find(", ", at), parameters.size());
    if (parameters.substr(at, parameters.find(" =", at) - at) == name) return true;
    at = comma + 2;
  }
  return false;
}

}  // namespace

std::span<const NamedSde> named_sdes() { return registry; }

bool is_named_sde(std::string_view name) { return look_up(name) != nullptr; }

SdeModel named_sde(std::string_view name, const DataMap& data) {
  const NamedSde* named = look_up(name);
  if (!named) {
    std::string names;
    for (const NamedSde& sde : registry) names += fmt::format("{}{}", names.empty() ? "" : ", ", sde.name);
    fail("there is no SDE \"{}\"; the named ones are {}", name, names);
  }
  for (const auto& [parameter, value] : data.values)
    if (!has_parameter(named->parameters, parameter))
      fail("{}: SDE {} has no parameter \"{}\"; it has {}", data.origin, name, parameter, named->parameters);
  static const WideModule module("thalweg-sdes-v4.so", named_sde_symbol);
  const auto list = module.symbol() ? reinterpret_cast<NamedSdeTables>(module.symbol()) : named_sde_tables;
  std::int32_t count = 0;
  const SdeTable* const* tables = list(&count);
  const auto found = std::find_if(tables, tables + count, [&](const SdeTable* t) { return name == t->name; });
  if (found == tables + count) fail("the compiled SDEs lack \"{}\": install thalweg again", name);
  return SdeModel::create(**found, data, module.handle());
}

}  // namespace thalweg
