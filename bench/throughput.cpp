// The claim: MALA and ULA on a Gaussian in 100 dimensions make steps at half the rate or more at which their normal
// numbers alone can be drawn. Prints both ratios: seconds for the numbers of the steps over seconds for the steps.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "thalweg/core/normals.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t chains = 32, steps = 40000;
constexpr std::size_t dimension = 100;

template <class F>
double seconds(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double kept = 0;  // keeps the numbers from being optimised away

double of_normals() {
  return seconds([] {
    std::vector<double> z(dimension);
    for (std::int64_t chain = 0; chain < chains; ++chain)
      for (std::int64_t step = 0; step < steps; ++step) {
        fill_normals(1, Purpose::noise, std::uint64_t(chain), std::uint64_t(step), z.data(), dimension);
        kept += z[0];
      }
  });
}

double of_steps(Method method) {
  const Model model = test_density("gaussian:100");
  SampleSettings s{.chains = chains, .draws = chains, .thin = steps, .warmup = 1, .seed = 1, .method = method};
  s.step_size = method == Method::ula ? 0.01 : 0.05;
  s.metric = MetricKind::unit;
  return seconds([&] { kept += sample(model, s).values(0, 7)[0]; });
}

}  // namespace
}  // namespace thalweg

int main() {
  using namespace thalweg;
  for (const Method method : {Method::ula, Method::mala}) {
    std::vector<double> ratios;
    for (int round = 0; round < 7; ++round) ratios.push_back(of_normals() / of_steps(method));
    std::sort(ratios.begin(), ratios.end());
    fmt::print("{:5} normals alone / steps: {:.2f} ({:.2f} to {:.2f})  {}\n", to_string(method), ratios[3], ratios[0],
               ratios[6], ratios[3] >= 0.5 ? "at least half" : "LESS THAN HALF");
  }
  return kept == 0.5;
}
