// What mean-field variances leave out, given back: how the means answer when the target is tilted.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/multivariate_normal.hpp"
#include "thalweg/variational/fixed_sample.hpp"

namespace thalweg {

/// If log p becomes log p + tᵀx, the means of the optimum move by Σ t to first order, and for the exact posterior Σ is
/// its covariance. With M = ∂²f/∂m∂mᵀ after the scales have followed, V = diag(s²) and R = M + V⁻¹,
///
///   Σ = (I − V R)⁻¹ V,   M = f_mm − f_mω f_ωω⁻¹ f_ωm,  ω = log s.
///
/// The same solve gives the error that the fixed sample itself makes in the means: draw n moves m̂ by
/// (Σ (ψ_m − f_mω f_ωω⁻¹ ψ_ω)_n + s z_n)/N, ψ the draw's part of the gradient; the last term is what centring has taken
/// away. With whitened draws this is an upper bound.
///
/// Cost    up to `most_dense` dimensions: N·d Hessian–vector products, three matrices [d][d] and their factors. Above:
///         by conjugate gradients, N products an iteration, for the coordinates asked for.
/// Source  Giordano, Broderick & Jordan (2018), JMLR 19(51); Giordano, Ingram & Broderick (2024), JMLR 25(18).
struct LinearResponseSettings {
  std::size_t most_dense = 1000;
  std::vector<std::size_t> coordinates{};  ///< asked for above most_dense
  int most_iterations = 200;               ///< of conjugate gradients
  double tolerance = 1e-8;                 ///< of their residual, relative
};

struct LinearResponse {
  std::vector<double> sds;             ///< [d]; NaN where not computed
  std::vector<double> covariance;      ///< Σ, [d][d]; empty above most_dense
  std::vector<double> sampling_error;  ///< [d]: standard error of m̂ from the fixed sample; NaN where not computed
  std::string note;                    ///< why something is missing; empty when nothing is
  std::int64_t products = 0;
};

/// `q` is the optimum over mean-field Gaussians of the ELBO with these draws.
LinearResponse linear_response(Points& points, const MultivariateNormal& q, const FixedDraws& draws,
                               const LinearResponseSettings& settings = {});

}  // namespace thalweg
