// One time step of a scheme that needs a choice of steps.
#pragma once
#include <memory>
#include <vector>

#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/fokker_planck/line_step.hpp"

namespace thalweg::fokker_planck {

/// m(t) → m(t + dt). Coefficients that change in time are those of the middle of the step, which keeps second order.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// `budget`: the share of the mass that may be clipped.
  virtual StepAudit step(double t, double dt, double budget, std::vector<double>& masses) = 0;
  virtual int order() const = 0;
  /// Whether another dt costs a factorisation: then steps are halved and doubled only.
  virtual bool prefers_powers() const { return false; }
};

/// Strang's splitting of the axes, half steps outside, the last axis in the middle; in one dimension the scheme itself.
/// Positive, and of second order with TR-BDF2. Cross diffusion can't be split: std::invalid_argument.
std::unique_ptr<Stepper> line_stepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme,
                                      Team& team);

/// All directions at once, with a sparse factorisation for each length of step.
std::unique_ptr<Stepper> sparse_stepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme,
                                        Team& team);

}  // namespace thalweg::fokker_planck
