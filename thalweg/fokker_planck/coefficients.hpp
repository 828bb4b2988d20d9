// What a Fokker–Planck equation needs of its SDE: the Itô drift and the diffusion tensor at points.
#pragma once
#include <cstddef>
#include <functional>
#include <vector>

namespace thalweg::fokker_planck {

/// The coefficients of  ∂p/∂t = −∇·F,  F = f p − ∇·(D p),  for  dx = f dt + g dW  read as Itô,  D = g gᵀ / 2.
/// The caller has turned a Stratonovich or isothermal SDE into its Itô drift: the grid knows one calculus only.
///
/// Shapes  x: [n][d]; drift: [n][d]; diffusion: [n][d] when `diagonal`, else [n][d][d], symmetric; log_density: [n].
/// Units   drift: x per time; diffusion: x² per time.
/// Errors  `evaluate` may throw; numbers that are not finite, or a negative diffusion, are errors where they are met.
/// Cost    called from one thread at a time, with up to a few thousand points a call: at the centres of cells, of
///         faces and, when not `diagonal`, of edges; afresh for every step when not `autonomous`.
struct Coefficients {
  int dimension = 0;
  bool autonomous = true;           ///< free of t
  bool diagonal = true;             ///< the noise of one coordinate is independent of that of the others
  bool constant_diffusion = false;  ///< D is free of x
  std::function<void(double t, std::size_t n, const double* x, double* drift, double* diffusion)> evaluate{};
  /// log of the stationary density up to a constant, only where detailed balance holds: f − ∇·D = D ∇log π. It is
  /// checked against drift and diffusion, and makes the law of the grid exact at the centres of cells. May be empty.
  std::function<void(std::size_t n, const double* x, double* log_density)> log_stationary{};

  std::size_t diffusion_size() const {
    const auto d = static_cast<std::size_t>(dimension);
    return diagonal ? d : d * d;
  }
};

/// Drift and diffusion at n points, checked.
struct CoefficientValues {
  std::vector<double> drift, diffusion;
};

/// Evaluates at the points x [n][d]; throws Error that names the point and the time of a number that is not finite, or
/// of a negative diffusion.
void evaluate(const Coefficients& coefficients, double t, const std::vector<double>& x, CoefficientValues& values);

/// Throws std::invalid_argument unless the struct is complete and 1 <= dimension <= 3.
void validate(const Coefficients& coefficients);

}  // namespace thalweg::fokker_planck
