// The score identities of a density that ends in a wall: weighted, so that they hold there too.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "thalweg/trust/score_identities.hpp"

namespace thalweg {

/// log p and its gradient at n points: rows of d numbers; log p may be −∞, and the gradient is then not looked at.
using EvaluateRows = std::function<void(std::size_t n, const double* x, double* gradient, double* log_p)>;

struct BoundarySettings {
  double significance = 1e-3;  ///< of all identities together
  std::size_t copies = 1;      ///< as in ScoreIdentitySettings
  std::size_t most_pairs = 100;
  double cap = 1;  ///< of the weight, in standard deviations: walls farther away than that from a draw do not count
};

struct BoundaryIdentities {
  std::vector<std::size_t> walls;  ///< coordinates along which some draw has a wall within the cap
  ScoreIdentities identities;      ///< those with a derivative along a coordinate in `walls`
};

/// Where p is cut off at a place at which it is not 0, E[∂ⱼ log p] is the flux of p through the wall and not 0, and a
/// right sampler fails the plain identities. With the weight w(x) = min(distance to the wall along coordinate j, up or
/// down; cap·sⱼ), which is 0 at every wall, integration by parts along the line leaves nothing over:
///
///   E[w ∂ⱼ log p + ∂ⱼ w] = 0,   E[(xᵢ − mᵢ)(w ∂ⱼ log p + ∂ⱼ w)] = −δᵢⱼ E[w].
///
/// Tested for those of `coordinates` that have walls: places where log p is not finite, looked for on each draw's line
/// at four distances up to the cap, then found by bisection. A gap thinner than a quarter of the cap may be overlooked.
///
/// Shapes  x, gradient: [n][d], draws with a finite log p.
/// Cost    up to 8 evaluations a draw and coordinate, and 45 a wall and draw.
/// Errors  std::invalid_argument on sizes that do not fit.
BoundaryIdentities boundary_identities(const EvaluateRows& evaluate, std::span<const double> x,
                                       std::span<const double> gradient, std::size_t dimension,
                                       std::span<const std::size_t> coordinates, const BoundarySettings& settings = {});

}  // namespace thalweg
