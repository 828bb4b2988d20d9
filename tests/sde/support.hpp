// What tests of the SDE room share: SDEs of their own, brackets from standard errors, end points of many paths.
#pragma once
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "thalweg/core/trigonometric.hpp"
#include "thalweg/sde/sde_of.hpp"
#include "thalweg/sde/simulate.hpp"

namespace thalweg {

/// Brackets of 4.5 standard errors: a test of a right program fails once in 150 000 seeds, and the seeds are fixed.
inline constexpr double sigmas = 4.5;

inline void expect_near(const Estimate& found, double truth, const char* what) {
  EXPECT_NEAR(found.value, truth, sigmas * found.standard_error) << what;
}

/// The Kolmogorov–Smirnov distance of numbers from a distribution function.
inline double ks_distance(std::vector<double> values, const std::function<double(double)>& cdf) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double worst = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double p = cdf(values[k]);
    worst = std::max({worst, p - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - p});
  }
  return worst;
}
/// What that distance of n numbers exceeds with probability 10⁻⁴ (Kolmogorov's limit: 2 e^{−2c²}).
inline double ks_limit(std::size_t n) { return std::sqrt(std::log(2e4) / 2 / static_cast<double>(n)); }

/// dx = −sin 3x dt + dW
struct Sine {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | gradient_drift;
  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = -sin(3.0 * x[0]);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(1.0);
  }
};

/// dx = −a² x (1 − x²) dt + a (1 − x²) dW, which is tanh(a W + artanh x0).
struct Tanh {
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = own_noise | autonomous;
  double a = 1;
  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = -a * a * x[0] * (1.0 - x[0] * x[0]);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = a * (1.0 - x[0] * x[0]);
  }
};

/// Noise (x2, x1): diagonal, and it does not commute.
struct Crossed {
  static constexpr const char* name = "crossed";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = autonomous;
  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  template <class Real>
  void drift(const Real&, View<const Real>, View<Real> out) const {
    out[0] = out[1] = Real(0.0);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[1], out[1] = x[0];
  }
};

/// The end points of `paths` paths of a one-dimensional SDE from x0 over time 1, by scheme Z with increments from
/// Noise; a step spans `refine` increments.
template <class Z, class S, class Noise = detail::IncrementsOf<S, Pack<default_width>, Z>>
std::vector<double> end_points(const S& sde, double x0, std::int64_t steps, std::int64_t refine, std::int64_t paths,
                               std::uint64_t seed, Calculus calculus = Calculus::ito) {
  using Real = Pack<default_width>;
  Frame frame;
  std::vector<double> all;
  for (std::int64_t first = 0; first < paths; first += default_width) {
    double x[default_width], failed_x[default_width];
    std::int64_t failed[default_width];
    std::fill_n(x, default_width, x0);
    const SdeAdvance request{.scheme = 0,
                             .calculus = static_cast<std::int32_t>(calculus),
                             .seed = seed,
                             .first_particle = static_cast<std::uint64_t>(first),
                             .start = 0,
                             .step = 1.0 / static_cast<double>(steps),
                             .first_step = 0,
                             .steps = steps,
                             .first_increment = 0,
                             .refine = refine,
                             .x = x,
                             .passage = nullptr,
                             .passage_time = nullptr,
                             .passage_side = nullptr,
                             .failed_step = failed,
                             .failed_x = failed_x};
    advance_with<Z, S, Real, Noise>(sde, request, frame);
    all.insert(all.end(), x, x + default_width);
  }
  return all;
}

/// The slope of the log of a root-mean-square error over the log of the step, by least squares.
inline double slope_of(const std::vector<double>& steps, const std::vector<double>& errors) {
  const auto n = static_cast<double>(steps.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double a = std::log(steps[i]), b = std::log(errors[i]);
    x += a, y += b, xx += a * a, xy += a * b;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

}  // namespace thalweg
