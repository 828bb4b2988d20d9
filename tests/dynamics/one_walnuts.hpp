// One WALNUTS chain driven by hand, and the densities it is tried on.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/dynamics/one_chain.hpp"
#include "thalweg/dynamics/hamiltonian/walnuts.hpp"

namespace thalweg::test {

/// `density(x, gradient)` from a named test density.
template <class D>
auto by_hand(D density) {
  return [density](const double* x, double* g) {
    const auto d = static_cast<std::size_t>(density.dimension());
    return density.template log_density<double>(View<const double>{x, d}, View<double>{g, d});
  };
}

/// log p = −½ Σ (xᵢ/sᵢ)²
inline auto gaussian_of(std::vector<double> s) {
  return [s](const double* x, double* g) {
    double log_p = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      g[i] = -x[i] / (s[i] * s[i]);
      log_p += 0.5 * x[i] * g[i];
    }
    return log_p;
  };
}

template <class Rules = WalnutsRules>
struct OneWalnuts {
  Strand strand;
  WalnutsKernel<Rules> kernel;
  Vectors place;
  Point point;
  Metric metric;
  Tuning tuning;
  std::size_t dimension;

  OneWalnuts(Walnuts method, const std::vector<double>& scale, double step_size, int max_depth = 10)
      : kernel(scale.size(), method),
        place(2, scale.size()),
        point{place[0], place[1], 0},
        metric(Metric::diagonal(scale)),
        tuning{&metric, step_size, max_depth},
        dimension(scale.size()) {}
  OneWalnuts(const OneWalnuts&) = delete;

  template <class Density>
  void move_to(const std::vector<double>& x, Density density) {
    std::copy(x.begin(), x.end(), point.x);
    point.log_p = density(point.x, point.gradient);
  }
  /// Without `take`. Returns the number of gradients.
  template <class Density>
  int transition(Density density, std::uint64_t chain, std::uint64_t step) {
    return drive(strand, kernel.transition(strand, tuning, point, {7, chain, step}), density);
  }
};

/// Planted errors.
/// A refined step counts whether or not it can be undone.
struct NeverLooksBack : WalnutsRules {
  static constexpr bool looks_back = false;
};
/// The tolerance is for the distance from the energy at the start of the step: from its end it is another.
struct ErrorFromStart : WalnutsRules {
  static bool keeps(const PathEnergy& e, double tolerance) {
    return std::max(e.high - e.start, e.start - e.low) <= tolerance;
  }
};
/// The energy between the two ends of a step is not looked at.
struct EndsOnly : WalnutsRules {
  static bool keeps(const PathEnergy& e, double tolerance) {
    return !e.complete || std::fabs(e.last - e.start) <= tolerance;
  }
};
/// The momentum of the first transition is kept.
struct KeptMomentum : WalnutsRules {
  static void draw_momentum(double* p, std::size_t dimension, Random<double>& random) {
    if (p[0] == 0) WalnutsRules::draw_momentum(p, dimension, random);
  }
};

}  // namespace thalweg::test
