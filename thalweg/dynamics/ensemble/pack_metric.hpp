// The metric's products for a pack of particles.
#pragma once
#include <cstddef>

#include "thalweg/core/pack.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// x += h·L p; see Metric.
///
/// Shapes  p, x: [d][lanes].
/// Cost    diagonal: d; dense: d²/2 for each particle.
template <class Real>
void drift_pack(const Metric& metric, double h, const double* p, double* x) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  const std::size_t d = metric.dimension();
  const bool dense = metric.kind() == MetricKind::dense;
  for (std::size_t i = 0; i < d; ++i) {
    const double* const row = metric.row(dense ? i : 0);
    Real sum = row[dense ? 0 : i] * load<Real>(p + (dense ? 0 : i) * lanes);
    if (dense)
      for (std::size_t j = 1; j <= i; ++j) sum = fma(row[j], load<Real>(p + j * lanes), sum);
    store(x + i * lanes, fma(h, sum, load<Real>(x + i * lanes)));
  }
}

/// p += h·Lᵀ g, alike.
template <class Real>
void kick_pack(const Metric& metric, double h, const double* g, double* p) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  const std::size_t d = metric.dimension();
  const bool dense = metric.kind() == MetricKind::dense;
  for (std::size_t j = 0; j < d; ++j) {
    const double* const column = dense ? metric.column(j) : metric.row();
    Real sum = column[j] * load<Real>(g + j * lanes);
    for (std::size_t i = j + 1; dense && i < d; ++i) sum = fma(column[i], load<Real>(g + i * lanes), sum);
    store(p + j * lanes, fma(h, sum, load<Real>(p + j * lanes)));
  }
}

/// w = Lᵀ g
template <class Real>
void whiten_pack(const Metric& metric, const double* g, double* w) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  const std::size_t d = metric.dimension();
  if (metric.kind() != MetricKind::dense) {
    for (std::size_t i = 0; i < d; ++i) store(w + i * lanes, metric.row()[i] * load<Real>(g + i * lanes));
    return;
  }
  for (std::size_t j = 0; j < d; ++j) {
    const double* const column = metric.column(j);
    Real sum = column[j] * load<Real>(g + j * lanes);
    for (std::size_t i = j + 1; i < d; ++i) sum = fma(column[i], load<Real>(g + i * lanes), sum);
    store(w + j * lanes, sum);
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
