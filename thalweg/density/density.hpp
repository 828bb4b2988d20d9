// What a density has to offer, and what it may offer besides. Everything else plugs into these few concepts.
#pragma once
#include <concepts>
#include <cstdint>
#include <vector>

#include "thalweg/core/pack.hpp"
#include "thalweg/density/model_table.hpp"
#include "thalweg/density/subset.hpp"

namespace thalweg {

/// One named quantity of a draw, as a density declares it; RawVariable says in which order its values stand.
struct DeclaredVariable {
  const char* name;
  const char* type = "real";
  std::vector<std::int64_t> shape = {};  ///< empty for a scalar; the last index runs fastest
  Block block = Block::parameters;
  std::int64_t size() const {
    std::int64_t n = 1;
    for (const std::int64_t k : shape) n *= k;
    return n;
  }
};

inline namespace THALWEG_ISA {

/// A view that only reads what another may write.
template <class Real>
THALWEG_INLINE View<const Real> read_only(View<Real> x) {
  return {x.data, x.length, x.stride};
}

/// log p(x) up to a constant, with ∇log p(x), for one particle of type Real.
///
/// Shapes  x, gradient: [dimension()]; `gradient` is written whole, never added to.
/// Units   log p in nats.
/// Errors  nothing throws: −∞ means outside the support, NaN is a numerical failure.
template <class D, class Real>
concept Density = requires(const D& density, View<const Real> x, View<Real> gradient) {
  { density.dimension() } -> std::convertible_to<std::int64_t>;
  { density.log_density(x, gradient) } -> std::same_as<Real>;
};

// ---- refinements: each on its own, none required ----

/// log p(x) without the gradient.
template <class D, class Real>
concept ValueDensity = requires(const D& density, View<const Real> x) {
  { density.log_density(x) } -> std::same_as<Real>;
};

/// out = ∇²log p(x)·v.
template <class D, class Real>
concept HessianDensity = requires(const D& density, View<const Real> x, View<const Real> v, View<Real> out) {
  density.hessian_vector(x, v, out);
};

/// Knows its prior from its likelihood:  log_density = log_prior + log_likelihood (+ log_jacobian, when parameters are
/// constrained; see JacobianDensity). Each writes its own gradient whole. D::prior_words and D::likelihood_words, if it
/// has them, say what is in the parts.
template <class D, class Real>
concept SplitDensity = requires(const D& density, View<const Real> x, View<Real> gradient) {
  { density.log_prior(x, gradient) } -> std::same_as<Real>;
  { density.log_likelihood(x, gradient) } -> std::same_as<Real>;
};

/// The log Jacobian of the transforms from x to the parameters, apart from the prior.
template <class D, class Real>
concept JacobianDensity = requires(const D& density, View<const Real> x, View<Real> gradient) {
  { density.log_jacobian(x, gradient) } -> std::same_as<Real>;
};

/// Knows its likelihood as a sum over observations, and evaluates some of them:
///
///   log_density(x, gradient, subset) = whole + subset.scale · Σ_{i in subset.indices} termᵢ(x),
///
/// where `whole` is the prior, the Jacobian and all that is not counted among the n = observations() exchangeable
/// terms. All observations with scale 1 give log_density(x, gradient). The lanes of a pack share the subset; other
/// packs may have others.
///
/// Cost    that of the whole and of the observations that are asked for, not of all.
template <class D, class Real>
concept SubsetDensity = requires(const D& density, View<const Real> x, View<Real> gradient, const Subset& subset) {
  { density.observations() } -> std::convertible_to<std::int64_t>;
  { density.log_density(x, gradient, subset) } -> std::same_as<Real>;
};

/// Names and shapes of the quantities of a draw; without them a draw is one vector "x".
template <class D>
concept NamedDensity = requires(const D& density) {
  { density.variables() } -> std::same_as<std::vector<DeclaredVariable>>;
};

/// From a point x to the values of all variables, in their order; without it a draw is x itself.
template <class D>
concept ConstrainedDensity = NamedDensity<D> && requires(const D& density, View<const double> x, View<double> values) {
  density.constrain(x, values);
};

/// The inverse: named parameters to a point; what is absent keeps its place in x. Throws Error on values that do not
/// fit. Without it, parameters stand in x in the order of their declaration, unchanged.
template <class D>
concept InvertibleDensity = requires(const D& density, const RawDataMap& parameters, View<double> x) {
  density.unconstrain(parameters, x);
};

/// Needs memory of its own, one D::Scratch a workspace: log_density, constrain and unconstrain take it as a last
/// argument, and scratch.evidence(lane) says why that lane of the last evaluation failed (null: nothing to say).
template <class D, class Real>
concept ScratchDensity = requires(const D& density, View<const Real> x, View<Real> gradient,
                                  typename D::Scratch& scratch) {
  { density.dimension() } -> std::convertible_to<std::int64_t>;
  { density.log_density(x, gradient, scratch) } -> std::same_as<Real>;
  { scratch.evidence(0) } -> std::same_as<const char*>;
};

/// A ScratchDensity that is a SubsetDensity too; it is told which sum of parts is wanted.
template <class D, class Real>
concept ScratchSubsetDensity = ScratchDensity<D, Real> &&
    requires(const D& density, View<const Real> x, View<Real> gradient, const Subset& subset,
             typename D::Scratch& scratch) {
  { density.observations() } -> std::convertible_to<std::int64_t>;
  { density.log_density(x, gradient, subset, scratch, whole_density) } -> std::same_as<Real>;
};

/// Takes its data from named values. Throws Error on data that do not fit.
template <class D>
concept DataDensity = requires(D& density, const RawDataMap& data) {
  density.read(data);
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
