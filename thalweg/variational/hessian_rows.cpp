#include "thalweg/variational/hessian_rows.hpp"

#include <algorithm>
#include <cmath>

namespace thalweg {

void HessianRows::product(std::size_t n, std::size_t stride, const double* x, const double* v, double* out) {
  if (points_.has_hessian_vector()) return points_.hessian_vector(n, stride, x, v, out);
  const std::size_t d = points_.dimension();
  places_.resize(2 * n * stride);
  gradients_.resize(2 * n * stride);
  log_p_.resize(2 * n);
  steps_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double *const at = x + i * stride, *const along = v + i * stride;
    double reach = 1, length = 0;
    for (std::size_t j = 0; j < d; ++j) {
      reach = std::max(reach, std::abs(at[j]));
      length = std::max(length, std::abs(along[j]));
    }
    steps_[i] = length > 0 ? 6e-6 * reach / length : 1;
    for (std::size_t j = 0; j < d; ++j) {
      places_[2 * i * stride + j] = at[j] + steps_[i] * along[j];
      places_[(2 * i + 1) * stride + j] = at[j] - steps_[i] * along[j];
    }
  }
  points_.evaluate(2 * n, stride, places_.data(), gradients_.data(), log_p_.data());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < d; ++j)
      out[i * stride + j] = (gradients_[2 * i * stride + j] - gradients_[(2 * i + 1) * stride + j]) / (2 * steps_[i]);
}

}  // namespace thalweg
