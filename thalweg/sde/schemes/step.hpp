// What a step of any scheme is given.
#pragma once
#include "thalweg/core/card.hpp"
#include "thalweg/sde/increments.hpp"
#include "thalweg/sde/ito.hpp"
#include "thalweg/sde/sde_table.hpp"

namespace thalweg {

/// What a scheme says of itself besides its card.
struct SchemeFacts {
  Scheme scheme;
  Card card;
  double strong_order, weak_order;
  Structure needs;  ///< bits of which the SDE must have all; admission.hpp says what else
  bool area;        ///< takes the time integrals of the Brownian increments too
};

inline namespace THALWEG_ISA {

/// A step from `t` to `t + h`.
template <class Real>
struct Step {
  Real t;
  double h, root_h;  ///< √h
  Increment<Real> noise;
};

/// A scheme is a type with `facts` and `step`, which moves x over one step. It owns no loop, and draws nothing.
template <class Z, class S, class Real>
concept SchemeFor = requires(const Ito<S, Real>& sde, const Step<Real>& step, View<Real> x) {
  { Z::facts } -> std::convertible_to<SchemeFacts>;
  Z::advance(sde, step, x);
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
