// A step of variational inference along the natural gradient: exact where log p is quadratic, however badly scaled.
#pragma once
#include <cstddef>
#include <optional>

#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

/// From q = N(m, Σ) the Gaussian
///
///   Σ'⁻¹ = (1 − ρ) Σ⁻¹ − ρ E_q[∇²log p],   m' = m + ρ Σ' E_q[∇log p],
///
/// the maximum of the ELBO when ρ = 1 and log p is quadratic. Expectations are means over draws x_n of q that have its
/// mean and covariance exactly, with g_n = ∇log p(x_n). With Σ = L Lᵀ, w = L⁻¹(x − m) and B = Lᵀ (1/N) Σ g_n w_nᵀ,
/// E[∇²log p] is taken from the lower triangle of B alone, which is the gradient of a fixed sample's ELBO by L: small
/// enough steps climb just that ELBO, and they end where it is highest. No eigenvalue of −B counts as less than 0.01:
/// no standard deviation grows more than tenfold in a step.
///
/// Shapes  x, g: n rows of `stride` numbers.
/// Cost    2·n·d² and 2·d³; memory n·d.
/// Errors  nothing where gradients or Σ' are not finite.
/// Source  Khan & Lin (2017), AISTATS, arXiv 1703.04265; Opper & Archambeau (2009), Neural Comput. 21, 786–792.
std::optional<MultivariateNormal> natural_step(const MultivariateNormal& q, std::size_t n, std::size_t stride,
                                               const double* x, const double* g, double rho);

}  // namespace thalweg
