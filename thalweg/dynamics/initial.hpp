// Before the first transition: a place with a finite log density, and a step size of the right order.
#pragma once
#include <cmath>
#include <map>
#include <string>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"
#include "thalweg/dynamics/hamiltonian/tree.hpp"

namespace thalweg {

/// Uniform on [−radius, radius]^d in the unconstrained space, again and again until log p and its gradient are finite.
///
/// Random  try k of round r from (seed, init, particle, r·tries + k).
/// Errors  throws Error after `tries`, with the reason found most often.
struct UniformStart {
  double radius = 2;
  int tries = 100;
};

inline bool all_finite(const double* v, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    if (!std::isfinite(v[i])) return false;
  return true;
}

/// `round` counts the starts that this particle was given before. With `required` false a vain search leaves `point`
/// as it is, and says why in `reason`.
inline Task find_start(Strand& strand, UniformStart method, std::size_t dimension, std::uint64_t seed,
                       std::uint64_t particle, std::uint64_t round, bool required, Point& point,
                       std::string* reason = nullptr) {
  Vectors trial(2, dimension);
  double *const x = trial[0], *const gradient = trial[1];
  std::map<std::string, int> reasons;
  for (int k = 0; k < method.tries; ++k) {
    const auto step = round * static_cast<std::uint64_t>(method.tries) + static_cast<std::uint64_t>(k);
    Random<double> random(seed, Purpose::init, particle, step);
    for (std::size_t i = 0; i < dimension; ++i) x[i] = method.radius * (2 * random.uniform() - 1);
    std::string evidence;
    const double log_p = co_await strand.gradient(x, gradient, &evidence);
    if (std::isfinite(log_p) && all_finite(gradient, dimension)) {
      copy(x, point.x, padded(dimension));
      copy(gradient, point.gradient, padded(dimension));
      point.log_p = log_p;
      co_return;
    }
    if (evidence.empty()) evidence = "no reason given";
    ++reasons[std::isfinite(log_p) ? "the gradient is not finite: " + evidence : evidence];
  }
  if (!required && !reason) co_return;
  auto worst = reasons.begin();
  for (auto i = reasons.begin(); i != reasons.end(); ++i)
    if (i->second > worst->second) worst = i;
  if (!required) {
    *reason = worst->first;
    co_return;
  }
  fail(
      "no initial point with a finite log density and gradient in {} tries, uniform on [-{}, {}] in the unconstrained "
      "space\n  found most often, {} times: {}\n  try a smaller --init radius, initial values from a file (--init "
      "FILE), or tighter priors and constraints",
      method.tries, method.radius, method.radius, worst->second, worst->first);
}

/// The start that the user gave. Throws Error when log p or its gradient is not finite there.
inline Task check_start(Strand& strand, std::size_t dimension, std::size_t chain, Point& point) {
  std::string evidence;
  point.log_p = co_await strand.gradient(point.x, point.gradient, &evidence);
  if (std::isfinite(point.log_p) && all_finite(point.gradient, dimension)) co_return;
  fail("the initial point given for chain {} has {}: log density {}\n  {}", chain + 1,
       std::isfinite(point.log_p) ? "no finite gradient" : "no finite log density", point.log_p,
       evidence.empty() ? "try other values, or let the chain start at random (--init R)" : evidence);
}

}  // namespace thalweg
