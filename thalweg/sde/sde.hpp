// What a stochastic differential equation has to offer. Schemes, tables and simulations plug into this one concept.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "thalweg/density/density.hpp"

namespace thalweg {

/// How the noise term of  dx = f(x, t) dt + g(x, t) dW  is meant where g depends on x. There is no default: the same f
/// and g are three different processes.
///   ito         g is taken at the start of each step: the Itô drift is f
///   stratonovich  at the middle (the limit of smooth noise, ordinary chain rule): f + ½ Σ_k (∂g_k) g_k
///   isothermal  at the end (Hänggi–Klimontovich; with f = −½ ggᵀ∇V its stationary law is e^{−V}): f + ½ ∇·(ggᵀ)
/// The values are part of the format of a run: never renumber.
enum class Calculus : std::int32_t { ito = 0, stratonovich = 1, isothermal = 2 };

/// What `diffusion` writes: d numbers, one independent noise a coordinate; or a d × m matrix, row after row.
enum class NoiseShape : std::int32_t { diagonal = 0, matrix = 1 };

/// What is known of an SDE from its text: sums of bits. Schemes are admitted by it, so a bit that is set must be true.
using Structure = std::int32_t;
inline constexpr Structure no_structure = 0,
                           additive_noise = 1,  ///< g does not depend on x
    own_noise = 2,                              ///< diagonal, and g_i depends on x_i alone (and t)
    autonomous = 4,                             ///< neither f nor g depends on t
    kinetic = 8,                                ///< x = (positions, velocities): see KineticSde
    gradient_drift = 16,                        ///< f = −∇V and g is one number times the identity, free of x and t
    commuting_noise = 32;                       ///< (∂g_k) g_j = (∂g_j) g_k for all columns j, k

inline namespace THALWEG_ISA {

/// dx = f(x, t) dt + g(x, t) dW for one particle, or one a lane, of type Real: double, a pack, or a dual number of
/// these. All members are templates over Real, so exact derivatives of f and g come for nothing.
///
/// Shapes  x and the drift: [dimension()]. The diffusion: [dimension()] for diagonal noise (dimension() noises), else
///         [dimension()][noise_dimension()], row after row. Outputs are written whole, never added to.
/// Units   t, h in units of time; f in x per time; g in x per √time.
/// Errors  nothing throws: a number that does not exist is NaN, and that particle is a numerical failure.
///
/// S::noise says which diffusion it is, S::structure (a sum of Structure bits) what is known of f and g. `dimension()`
/// and `noise_dimension()` that are constant expressions let the state live in registers.
template <class S, class Real>
concept Sde = requires(const S& sde, const Real& t, View<const Real> x, View<Real> out) {
  { sde.dimension() } -> std::convertible_to<std::int64_t>;
  { sde.noise_dimension() } -> std::convertible_to<std::int64_t>;
  { S::noise } -> std::convertible_to<NoiseShape>;
  { S::structure } -> std::convertible_to<Structure>;
  sde.drift(t, x, out);
  sde.diffusion(t, x, out);
};

/// Needs memory of its own to be evaluated: `for_one_thread()` gives an object that only one thread will use.
template <class S>
concept ScratchSde = requires(const S& sde) {
  { sde.for_one_thread() } -> std::same_as<S>;
};

/// Draws its initial law, from a Random<Real>.
template <class S, class Real, class R>
concept InitialSde = requires(const S& sde, R& random, View<Real> out) {
  sde.initial(random, out);
};

/// Knows the log density of its initial law, in nats.
template <class S, class Real>
concept InitialDensitySde = requires(const S& sde, View<const Real> x) {
  { sde.log_initial(x) } -> std::same_as<Real>;
};

/// dq = v dt,  dv = (−∇V(q) − γ v) dt + σ dW  with x = (q, v), d even, γ = friction() and σ free of q and v. The drift
/// of the velocities at v = 0 is the force −∇V(q); the diffusion of positions is 0.
template <class S>
concept KineticSde = requires(const S& sde) {
  { sde.friction() } -> std::convertible_to<double>;
};

template <class S>
inline constexpr bool has_structure_of(Structure wanted) {
  return (S::structure & wanted) == wanted;
}

namespace detail {
/// d when S::dimension() is a constant expression, else 0: known at run time only.
template <class S>
consteval std::size_t fixed_dimension() {
  if constexpr (requires { typename std::integral_constant<std::int64_t, S::dimension()>; })
    return static_cast<std::size_t>(S::dimension());
  else
    return 0;
}
template <class S>
consteval std::size_t fixed_noise_dimension() {
  if constexpr (requires { typename std::integral_constant<std::int64_t, S::noise_dimension()>; })
    return static_cast<std::size_t>(S::noise_dimension());
  else
    return 0;
}
}  // namespace detail

}  // namespace THALWEG_ISA
}  // namespace thalweg
