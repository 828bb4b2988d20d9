// Many draws of Gaussians at a time: one draw a row, so that whole batches go through matrix products.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "thalweg/core/random.hpp"
#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

/// n rows of d standard normals; the numbers from d to the stride are left alone.
///
/// Random  row i from (seed, purpose, first + i, step).
struct NormalRows {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::noise;
  std::uint64_t first = 0, step = 0;

  void fill(std::size_t n, std::size_t d, std::size_t stride, double* z) const;
};

/// x_i = m + Σ^½ z_i for n rows.
///
/// Cost    as n draws of q: n·d, 4·n·d·r or n·d², in matrix products.
void transform_rows(const MultivariateNormal& q, std::size_t n, std::size_t stride, const double* z, double* x);

/// log q(x_i) for n rows, normalised.
void log_density_rows(const MultivariateNormal& q, std::size_t n, std::size_t stride, const double* x, double* log_q);

/// log (1/K) Σ_k q_k(x_i): the density of draws that come from each of K Gaussians equally often.
///
/// Cost    K times log_density_rows; memory n·K.
void log_mixture_rows(std::span<const MultivariateNormal> components, std::size_t n, std::size_t stride,
                      const double* x, double* log_q);

}  // namespace thalweg
