// The loop over steps of one pack: everything inlined, so that a host makes one call a pack and observation interval.
#pragma once
#include <algorithm>

#include "thalweg/sde/passage.hpp"
#include "thalweg/sde/schemes/baoab.hpp"
#include "thalweg/sde/schemes/euler.hpp"
#include "thalweg/sde/schemes/implicit.hpp"
#include "thalweg/sde/schemes/milstein.hpp"
#include "thalweg/sde/schemes/sra1.hpp"
#include "thalweg/sde/schemes/srid2.hpp"
#include "thalweg/sde/schemes/tamed.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace detail {
template <class S, class Real, class Z>
using IncrementsOf = Increments<Real, Ito<S, Real>::fixed_m, Z::facts.area>;

/// s² h of y = c·x for the diffusion at the start of a step: how far noise alone spreads y.
template <class S, class Real>
Real spread_of(const Ito<S, Real>& sde, const double* functional, const Real& t, double h, View<const Real> x) {
  typename Ito<S, Real>::Diffusion g(sde.frame, sde.g_size());
  sde.diffusion(t, x, g.view());
  Real sum(0.0);
  for (std::size_t k = 0; k < sde.m(); ++k) {
    Real row(0.0);
    if constexpr (Ito<S, Real>::diagonal)
      row = functional[k] * g[k];
    else
      for (std::size_t i = 0; i < sde.d(); ++i) row = fma(functional[i], g[i * sde.m() + k], row);
    sum = fma(row, row, sum);
  }
  return h * sum;
}

template <class Real>
Mask<Real> all_finite(View<const Real> x) {
  auto sound = is_finite(x[0]);
  for (std::size_t i = 1; i < x.size(); ++i) sound = sound && is_finite(x[i]);
  return sound;
}

template <class Real>
void load_state(const double* from, View<Real> x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = load<Real>(from + i * width_of<Real>);
}
/// All steps with a scheme Z and a source of increments.
template <class Z, class Noise, class S, class Real>
THALWEG_INLINE void run_steps(const Ito<S, Real>& sde, const SdeAdvance& request, View<Real> x) {
  Noise noise(sde.frame, sde.m(), request.seed, request.first_particle, request.first_increment, request.step,
              request.refine);
  typename Ito<S, Real>::Coordinates y(sde.frame, sde.d());  // seen by nothing else: it can stay in registers
  for (std::size_t i = 0; i < sde.d(); ++i) y[i] = x[i];
  const double h = request.step, root_h = sqrt(h);
  const std::int64_t end = request.first_step + request.steps;
  for (std::int64_t n = request.first_step; n < end; ++n)
    Z::advance(sde, Step<Real>{Real(request.start + static_cast<double>(n) * h), h, root_h, noise.next()}, y.view());
  for (std::size_t i = 0; i < sde.d(); ++i) x[i] = y[i];
}

/// What is looked at after a step besides going on.
template <class Real>
struct Watch {
  Passage<Real>* passage;  ///< null: levels are not
  std::uint64_t seen;      ///< lanes of which it is known that they are not finite
  bool failures;
};

/// The same steps under watch.
template <class Z, class Noise, class S, class Real>
void run_watched(const Ito<S, Real>& sde, const SdeAdvance& request, Watch<Real> watch, View<Real> x) {
  constexpr auto width = static_cast<std::size_t>(width_of<Real>);
  Noise noise(sde.frame, sde.m(), request.seed, request.first_particle, request.first_increment, request.step,
              request.refine);
  typename Ito<S, Real>::Coordinates before(sde.frame, sde.d());
  const double h = request.step, root_h = sqrt(h);
  std::int64_t increment = request.first_increment;
  const std::int64_t end = request.first_step + request.steps;
  for (std::int64_t n = request.first_step; n < end; ++n, increment += request.refine) {
    const double t = request.start + static_cast<double>(n) * h;
    for (std::size_t i = 0; i < sde.d(); ++i) before[i] = x[i];
    Z::advance(sde, Step<Real>{Real(t), h, root_h, noise.next()}, x);
    if (watch.passage && !watch.passage->is_over()) {
      const Real variance = spread_of(sde, request.passage->functional, Real(t), h, before.read());
      watch.passage->look(t, h, watch.passage->value(before.read()), watch.passage->value(read_only(x)), variance,
                          static_cast<std::uint64_t>(increment));
    }
    if (!watch.failures) continue;
    const std::uint64_t lost = lane_bits(!all_finite(read_only(x))) & ~watch.seen;
    for (std::size_t lane = 0; lane < width; ++lane)
      if (lost >> lane & 1) {
        request.failed_step[lane] = n;
        for (std::size_t i = 0; i < sde.d(); ++i)
          request.failed_x[i * width + lane] = lane_of(before[i], static_cast<int>(lane));
      }
    watch.seen |= lost;
  }
}
}  // namespace detail

/// Runs a request with scheme Z, drawing increments from Noise. A state that is not finite any more is found at the
/// end; the steps are then made again to see after which of them it was: their noise is the same.
template <class Z, class S, class Real, class Noise = detail::IncrementsOf<S, Real, Z>>
void advance_with(const S& s, const SdeAdvance& request, Frame& frame) {
  const Ito<S, Real> sde(s, static_cast<Calculus>(request.calculus), frame);
  typename Ito<S, Real>::Coordinates x(frame, sde.d());
  detail::load_state(request.x, x.view());
  const auto sound_before = detail::all_finite(x.read());
  if (request.passage) {
    Passage<Real> passage(request);
    detail::run_watched<Z, Noise>(sde, request, {&passage, 0, false}, x.view());
    passage.store_to(request);
  } else {
    detail::run_steps<Z, Noise>(sde, request, x.view());
  }
  const auto sound = detail::all_finite(x.read());
  for (int lane = 0; lane < width_of<Real>; ++lane) request.failed_step[lane] = -1;
  if (any(sound_before && !sound)) {
    typename Ito<S, Real>::Coordinates again(frame, sde.d());
    detail::load_state(request.x, again.view());
    detail::run_watched<Z, Noise>(sde, request, {nullptr, ~lane_bits(sound_before), true}, again.view());
  }
  for (std::size_t i = 0; i < sde.d(); ++i)
    store(request.x + i * width_of<Real>, select(sound, x[i], Real(not_a_number)));
}

/// Calls `use` with an object of the scheme's type; false when S's structure does not admit it.
template <class S, class Use>
bool with_scheme(std::int32_t scheme, const Use& use) {
  const auto use_if = [&]<class Z>(const Z& z) {
    if constexpr (has_structure_of<S>(Z::facts.needs)) {
      use(z);
      return true;
    }
    return false;
  };
  switch (static_cast<Scheme>(scheme)) {
    case Scheme::euler:
      return use_if(Euler{});
    case Scheme::milstein:
      return use_if(Milstein{});
    case Scheme::sra1:
      return use_if(Sra1{});
    case Scheme::srid2:
      return use_if(Srid2{});
    case Scheme::baoab:
      return use_if(Baoab{});
    case Scheme::tamed:
      return use_if(Tamed{});
    case Scheme::implicit:
      return use_if(Implicit{});
  }
  return false;
}

/// Runs a request with the scheme that it names; one that S's structure does not admit leaves NaN.
template <class S, class Real>
void advance(const S& s, const SdeAdvance& request, Frame& frame) {
  const bool admitted =
      with_scheme<S>(request.scheme, [&]<class Z>(const Z&) { advance_with<Z, S, Real>(s, request, frame); });
  if (admitted) return;
  std::fill_n(request.x, static_cast<std::size_t>(s.dimension()) * width_of<Real>, not_a_number);
  std::fill_n(request.failed_step, width_of<Real>, std::int64_t{0});
}

/// One step of one particle with given increments.
template <class S>
void step_once(const S& s, const SdeStep& request, Frame& frame) {
  const Ito<S, double> sde(s, static_cast<Calculus>(request.calculus), frame);
  const Step<double> step{
      request.t, request.step, sqrt(request.step), {{request.dW, sde.m()}, {request.area, sde.m()}}};
  const View<double> x{request.x, sde.d()};
  const bool admitted = with_scheme<S>(request.scheme, [&]<class Z>(const Z&) { Z::advance(sde, step, x); });
  if (!admitted) std::fill_n(request.x, sde.d(), not_a_number);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
