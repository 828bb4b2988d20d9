#include "thalweg/fokker_planck/coefficients.hpp"

#include <fmt/ranges.h>

#include <cmath>
#include <span>

#include "thalweg/core/error.hpp"

namespace thalweg::fokker_planck {

void validate(const Coefficients& coefficients) {
  require(coefficients.dimension >= 1, "coefficients: dimension must be >= 1; found {}", coefficients.dimension);
  require(coefficients.dimension <= 3,
          "coefficients: a grid has at most 3 dimensions; found {}. Simulate paths instead (thalweg simulate): their "
          "cost does not grow with the power of the dimension",
          coefficients.dimension);
  require(static_cast<bool>(coefficients.evaluate), "coefficients: evaluate is empty");
}

void evaluate(const Coefficients& coefficients, double t, const std::vector<double>& x, CoefficientValues& values) {
  const auto d = static_cast<std::size_t>(coefficients.dimension), n = x.size() / d, m = coefficients.diffusion_size();
  values.drift.resize(n * d);
  values.diffusion.resize(n * m);
  if (n == 0) return;
  coefficients.evaluate(t, n, x.data(), values.drift.data(), values.diffusion.data());
  for (std::size_t i = 0; i < n; ++i) {
    const auto where = [&] {
      return fmt::format("x = ({:g}), t = {:g}", fmt::join(&x[i * d], &x[i * d] + d, ", "), t);
    };
    for (std::size_t k = 0; k < d; ++k)
      if (!std::isfinite(values.drift[i * d + k]))
        fail("drift[{}] is {} at {}: choose a grid on which the SDE is defined", k + 1, values.drift[i * d + k],
             where());
    for (std::size_t k = 0; k < m; ++k)
      if (!std::isfinite(values.diffusion[i * m + k]))
        fail("the diffusion tensor is {} at {}: choose a grid on which the SDE is defined", values.diffusion[i * m + k],
             where());
    for (std::size_t k = 0; k < d; ++k) {
      const double variance = values.diffusion[i * m + (coefficients.diagonal ? k : k * d + k)];
      if (variance < 0) fail("D[{0},{0}] = {1:g} < 0 at {2}: D = g gᵀ / 2 is never negative", k + 1, variance, where());
    }
  }
}

}  // namespace thalweg::fokker_planck
