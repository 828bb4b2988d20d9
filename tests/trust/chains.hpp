// Chains with known properties, for the tests of trust.
#pragma once
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "thalweg/trust/column.hpp"

namespace thalweg {

/// [chains][draws] of a stationary AR(1) process with unit variance; its integrated time is (1 + rho)/(1 − rho).
inline std::vector<double> autoregressive(std::int64_t chains, std::int64_t draws, double rho, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> x(chains * draws);
  for (std::int64_t c = 0; c < chains; ++c) {
    double state = normal(engine);
    for (std::int64_t i = 0; i < draws; ++i) {
      x[c * draws + i] = state;
      state = rho * state + std::sqrt(1 - rho * rho) * normal(engine);
    }
  }
  return x;
}

inline std::vector<double> independent(std::int64_t chains, std::int64_t draws, std::uint64_t seed) {
  return autoregressive(chains, draws, 0, seed);
}

}  // namespace thalweg
