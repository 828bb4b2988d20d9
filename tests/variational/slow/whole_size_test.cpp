// Mean-field at the size of the restricted Boltzmann network, within memory linear in d·N.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/variational/targets.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {
namespace {

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

TEST(FixedSampleVi, works_on_79409_parameters) {
  const std::size_t d = 79409, n = 16;
  const double before = peak_megabytes();
  const ViResult r = variational_inference(
      model_of(test::SkewedChain{static_cast<std::int64_t>(d), 0.5}),
      {.fixed_draws = n, .start = {.paths = 1}, .response = {.coordinates = {40000}}, .draws = 16});
  EXPECT_EQ(r.ascent.ending, Ending::converged);
  EXPECT_GT(r.response.sds[40000], std::sqrt(r.q.variances()[40000]));
  // numbers of d: 6 N for draws, places and gradients, 2 an iterate of the start's ascent, pairs of L-BFGS on 2 d
  const double iterates = 2.0 * 100, pairs = 60, rows = 10.0 * n;
  EXPECT_LT(peak_megabytes() - before, (rows + iterates + pairs + 100) * static_cast<double>(d) * 8 / 1048576);
  RecordProperty("megabytes", static_cast<int>(peak_megabytes() - before));
}

}  // namespace
}  // namespace thalweg
