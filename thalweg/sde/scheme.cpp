#include "thalweg/sde/scheme.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/advance.hpp"

namespace thalweg {
namespace {

constexpr SchemeFacts schemes[] = {Euler::facts, Milstein::facts, Sra1::facts,    Srid2::facts,
                                   Baoab::facts, Tamed::facts,    Implicit::facts};
constexpr double commuting_tolerance = 1e-9;

/// All derivatives (∂g_k) g_j at a point: [j][k][i].
std::vector<double> noise_brackets(const SdeModel& model, SdeWorkspace& workspace, double t, const double* x) {
  const auto d = static_cast<std::size_t>(model.dimension()), m = static_cast<std::size_t>(model.noise_dimension());
  const auto rows = static_cast<std::size_t>(model.diffusion_size());
  const bool diagonal = model.noise() == NoiseShape::diagonal;
  std::vector<double> g(rows), column(d), slope(rows), brackets(m * m * d, 0.0);
  workspace.diffusion(t, x, g.data());
  for (std::size_t j = 0; j < m; ++j) {
    for (std::size_t i = 0; i < d; ++i) column[i] = diagonal ? (i == j ? g[i] : 0) : g[i * m + j];
    workspace.diffusion_along(t, x, column.data(), slope.data());
    for (std::size_t k = 0; k < m; ++k)
      for (std::size_t i = 0; i < d; ++i)
        brackets[(j * m + k) * d + i] = diagonal ? (i == k ? slope[i] : 0) : slope[i * m + k];
  }
  return brackets;
}

}  // namespace

std::span<const SchemeFacts> sde_schemes() { return schemes; }

const SchemeFacts& facts_of(Scheme scheme) {
  const auto found = std::find_if(std::begin(schemes), std::end(schemes),
                                  [scheme](const SchemeFacts& facts) { return facts.scheme == scheme; });
  require(found != std::end(schemes), "there is no scheme of number {}", static_cast<int>(scheme));
  return *found;
}

const char* to_string(Scheme scheme) { return facts_of(scheme).card.name.data(); }

Scheme scheme_called(std::string_view name) {
  std::string names;
  for (const SchemeFacts& facts : schemes) {
    if (facts.card.name == name) return facts.scheme;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", facts.card.name);
  }
  fail("there is no scheme \"{}\"; the schemes are {}", name, names);
}

bool noise_commutes(const SdeModel& model, double t, std::span<const double> points) {
  if (model.has(additive_noise) || model.has(own_noise) || model.has(commuting_noise)) return true;
  const auto d = static_cast<std::size_t>(model.dimension()), m = static_cast<std::size_t>(model.noise_dimension());
  if (m == 1) return true;
  SdeWorkspace workspace = model.workspace(1);
  for (std::size_t first = 0; first + d <= points.size(); first += d) {
    const std::vector<double> b = noise_brackets(model, workspace, t, points.data() + first);
    double size = 0, worst = 0;
    for (const double v : b) size = std::max(size, std::fabs(v));
    for (std::size_t j = 0; j < m; ++j)
      for (std::size_t k = 0; k < j; ++k)
        for (std::size_t i = 0; i < d; ++i)
          worst = std::max(worst, std::fabs(b[(j * m + k) * d + i] - b[(k * m + j) * d + i]));
    if (!(worst <= commuting_tolerance * size)) return false;
  }
  return true;
}

std::string refusal(const SdeModel& model, Scheme scheme, double t, std::span<const double> points) {
  const SchemeFacts& facts = facts_of(scheme);
  if (!model.has(facts.needs) || (model.table().schemes & bit_of(scheme)) == 0)
    return fmt::format("scheme {} needs {}, and SDE {} is not known to have it; try --scheme euler", facts.card.name,
                       facts.card.needs, model.name());
  if (scheme == Scheme::milstein && !noise_commutes(model, t, points))
    return fmt::format(
        "scheme milstein needs noise that commutes, (∂g_k) g_j = (∂g_j) g_k, and that of SDE {} does not: the areas "
        "between its Brownian motions would be needed; try --scheme euler",
        model.name());
  return {};
}

void require_admitted(const SdeModel& model, Scheme scheme, double t, std::span<const double> points) {
  const std::string why = refusal(model, scheme, t, points);
  if (!why.empty()) throw Error(why);
}

Scheme best_scheme(const SdeModel& model) {
  for (const Scheme scheme : {Scheme::baoab, Scheme::sra1, Scheme::srid2})
    if (model.has(facts_of(scheme).needs) && (model.table().schemes & bit_of(scheme)) != 0) return scheme;
  return Scheme::euler;
}

Calculus require_calculus(const SdeModel& model, const std::optional<Calculus>& calculus) {
  if (calculus) return *calculus;
  if (model.has(additive_noise)) return Calculus::ito;  // all three are the same
  fail(
      "the noise of SDE {} depends on x, so it needs a calculus: --calculus ito (noise taken at the start of a step),\n"
      "stratonovich (in its middle) or isothermal (at its end); the same f and g are three different processes.",
      model.name());
}

}  // namespace thalweg
