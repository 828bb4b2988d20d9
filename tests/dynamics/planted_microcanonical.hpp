// Planted errors: each is microcanonical dynamics with one decision gone wrong, and is failed by the test that its name
// is in.
#pragma once
#include "thalweg/dynamics/microcanonical/isokinetic.hpp"

namespace thalweg::planted {

/// The kinetic energy is left out of W: the Metropolis test is that of an isotropic proposal.
struct NoKineticChange : MicrocanonicalRules {
  static double kinetic(double) { return 0; }
};

/// Directions keep the length that the normals give them.
struct UnnormalisedDirection : MicrocanonicalRules {
  static double to_unit(double) { return 1; }
};

/// Every transition sets out in the direction of the first.
struct StaleDirection : MicrocanonicalRules {
  static void draw_direction(const Streams& streams, Purpose purpose, std::uint64_t first, double* u,
                             std::size_t dimension) {
    MicrocanonicalRules::draw_direction({streams.seed, 0, 0}, purpose, first, u, dimension);
  }
};

/// A trajectory ends where it begins to go downhill: its length depends on the place it comes from.
struct EndsOnTheSlope : MicrocanonicalRules {
  static bool goes_on(std::int32_t n, std::int32_t steps, const double* u, const double* w, std::size_t size) {
    return n < steps && (n == 0 || dot(u, w, size) > 0);
  }
};

/// u is never refreshed.
struct NoRefresh : MicrocanonicalRules {
  static double noise(double, double, std::size_t) { return 0; }
};

/// Each half refresh is a whole one.
struct WholeRefreshes : MicrocanonicalRules {
  static double noise(double time, double length, std::size_t dimension) {
    return MicrocanonicalRules::noise(2 * time, length, dimension);
  }
};

}  // namespace thalweg::planted
