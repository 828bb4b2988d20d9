// A particle in a double well: a stochastic differential equation as a C++ functor, how long it stays on its side, and
// what the step costs in accuracy.
#include <cmath>
#include <cstdio>

#include <thalweg/sde/sde_of.hpp>
#include <thalweg/sde/simulate.hpp>

/// dx = (x − x³) dt + √(2T) dW
struct Well {
  static constexpr auto noise = thalweg::NoiseShape::diagonal;
  static constexpr thalweg::Structure structure =
      thalweg::additive_noise | thalweg::own_noise | thalweg::autonomous | thalweg::gradient_drift;
  double temperature = 0.25;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, thalweg::View<const Real> x, thalweg::View<Real> out) const {
    out[0] = x[0] - x[0] * x[0] * x[0];
  }
  template <class Real>
  void diffusion(const Real&, thalweg::View<const Real>, thalweg::View<Real> out) const {
    out[0] = Real(std::sqrt(2 * temperature));
  }
};

int main() {
  const thalweg::SdeModel model = thalweg::sde_of(Well{});
  const thalweg::Simulation run =
      thalweg::simulate(model, {.end_time = 10,
                                .paths = 20'000,
                                .step = 1.0 / 32,
                                .initial = {-1},
                                .observe = {1, 5},
                                .passage = thalweg::PassageSettings{{1}, -thalweg::infinity, 0}});
  std::printf("scheme %s, step %g, %lld paths\n", thalweg::to_string(run.scheme), run.step,
              static_cast<long long>(run.paths));
  for (const thalweg::Observation& seen : run.observations) {
    const thalweg::Estimate& mean = seen.mean[0];
    std::printf("t = %-4g mean %8.4f ± %.4f, bias of the step %8.5f ± %.5f\n", seen.time, mean.value,
                mean.standard_error, mean.bias, mean.bias_error);
  }
  const thalweg::PassageReport& top = *run.passage;
  std::printf("over the barrier by t = 10: %.4f ± %.4f of the paths, after %.3f ± %.3f on average\n",
              top.probability.value, top.probability.standard_error, top.mean_time.value, top.mean_time.standard_error);
  for (const std::string& warning : run.warnings) std::printf("warning: %s\n", warning.c_str());
  return run.warnings.empty() ? 0 : 1;
}
