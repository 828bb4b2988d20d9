// The schemes by name, and which of them an SDE admits.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "thalweg/sde/schemes/step.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

/// In the order in which a list should print them.
std::span<const SchemeFacts> sde_schemes();
const SchemeFacts& facts_of(Scheme scheme);
const char* to_string(Scheme scheme);
/// Throws Error with all names otherwise.
Scheme scheme_called(std::string_view name);

/// Why an SDE does not admit a scheme, in words; empty when it does. Noise that its text does not show to commute is
/// checked at `points` ([count][dimension], at time t) before Milstein's scheme is refused.
std::string refusal(const SdeModel& model, Scheme scheme, double t, std::span<const double> points);
/// Throws Error with the refusal, which offers Euler.
void require_admitted(const SdeModel& model, Scheme scheme, double t, std::span<const double> points);

/// The scheme of the highest order that the structure admits: baoab, sra1, srid2, else euler.
Scheme best_scheme(const SdeModel& model);

/// Whether (∂g_k) g_j = (∂g_j) g_k for all columns of g, to 10⁻⁹ of their size, at each of some points.
bool noise_commutes(const SdeModel& model, double t, std::span<const double> points);

/// For an SDE whose noise depends on x there must be a calculus: throws Error that explains the three without one.
Calculus require_calculus(const SdeModel& model, const std::optional<Calculus>& calculus);

}  // namespace thalweg
