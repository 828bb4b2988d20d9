// Increments of Brownian paths over steps, summed from those of a finer grid when the step spans several of them.
#pragma once
#include "thalweg/sde/frame.hpp"
#include "thalweg/sde/normal_stream.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Over one step from t to t + h, for each noise k.
template <class Real>
struct Increment {
  View<const Real> dW;    ///< W(t + h) − W(t)
  View<const Real> area;  ///< ∫ (W(s) − W(t)) ds over the step, Itô's I₁₀; empty unless asked for
};

namespace detail {
/// Stands for a stream that is not asked for.
struct NoStream {
  NoStream(std::uint64_t, Purpose, std::uint64_t, std::uint64_t) {}
};
}  // namespace detail

/// The increments of (seed, particle)'s path on the grid of spacing δ = step/refine, n = first, first + 1, …, in steps
/// of `refine` of them:
///   dW = √δ z,  area = ½ δ (dW + √(δ/3) ζ)    with independent standard normals z, ζ,
/// and over a step  dW = Σᵢ dWᵢ,  area = Σᵢ (areaᵢ + δ Σ_{j<i} dWⱼ): the same path at every step size.
///
/// Random  z of increment n and noise k is number n·m + k of the particle's stream `brownian`, ζ of `brownian_area`.
template <class Real, std::size_t fixed_m, bool with_area>
class Increments {
 public:
  THALWEG_INLINE
  Increments(Frame& frame, std::size_t m, std::uint64_t seed, std::uint64_t first_particle, std::int64_t first,
             double step, std::int64_t refine, Purpose area_purpose = Purpose::brownian_area)
      : m_(m),
        refine_(refine),
        spacing_(step / static_cast<double>(refine)),
        root_(sqrt(spacing_)),
        dW_(frame, m),
        area_(frame, with_area ? m : 1),
        z_(seed, Purpose::brownian, first_particle, static_cast<std::uint64_t>(first) * m),
        zeta_(seed, area_purpose, first_particle, static_cast<std::uint64_t>(first) * m) {}

  /// Over the next step.
  THALWEG_INLINE
  Increment<Real> next() {
    const std::size_t m = fixed_m > 0 ? fixed_m : m_;
    for (std::size_t k = 0; k < m; ++k) {
      dW_[k] = root_ * z_.next();
      if constexpr (with_area) area_[k] = area_of(dW_[k]);
    }
    for (std::int64_t i = 1; i < refine_; ++i) add(m);
    return {dW_.read(), with_area ? area_.read() : View<const Real>{}};
  }

 private:
  THALWEG_INLINE
  Real area_of(const Real& dW) { return 0.5 * spacing_ * (dW + root_ * 0.57735026918962576 * zeta_.next()); }
  void add(std::size_t m) {
    for (std::size_t k = 0; k < m; ++k) {
      const Real dW = root_ * z_.next();
      if constexpr (with_area) area_[k] += area_of(dW) + spacing_ * dW_[k];
      dW_[k] += dW;
    }
  }

  std::size_t m_;
  std::int64_t refine_;
  double spacing_, root_;
  Local<Real, fixed_m> dW_;
  Local<Real, fixed_m> area_;
  NormalStream<Real> z_;
  std::conditional_t<with_area, NormalStream<Real>, detail::NoStream> zeta_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
