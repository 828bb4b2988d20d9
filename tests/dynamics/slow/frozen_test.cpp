// A thousand ensembles of LAPS, none of which may stand still or return what is no number without a word.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/dynamics/run_in_memory.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

class Frozen : public testing::TestWithParam<const char*> {};

// A hundred seeds a density. Over the last tenth of the draws, 4 of 40 trajectories, an acceptance of 0.7 leaves a
// chain in its place with probability 0.008 or so: a fifth of 256 chains at once never. A frozen ensemble has an
// acceptance near 0. Single chains may stay, as in the neck of a funnel: the certificate of a run names them.
TEST_P(Frozen, no_ensemble_stands_still) {
  const Model model = test_density(GetParam());
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto r =
        test::run(model, {.chains = 256, .draws = 256 * 40, .seed = seed, .method = Method::laps}, {.threads = 2});
    int still = 0, lost = 0;
    double acceptance = 0;
    for (const auto& [key, rows] : r.sink.tracks) {
      bool moved = false;
      for (std::size_t k = rows.size() - 4; k < rows.size(); ++k) {
        moved |= rows[k][statistic_count] != rows[k - 1][statistic_count];
        acceptance += rows[k][1] / (256.0 * 4);
        for (const double v : rows[k]) lost += !std::isfinite(v);
      }
      still += !moved;
    }
    EXPECT_LT(still, 256 / 5) << seed;
    EXPECT_GT(acceptance, 0.2) << seed;
    EXPECT_EQ(lost, 0) << seed;
  }
}
INSTANTIATE_TEST_SUITE_P(Ten, Frozen,
                         testing::Values("gaussian:100", "ill-conditioned-gaussian:100", "correlated-gaussian:50",
                                         "banana", "funnel:10", "rosenbrock:36", "mixture:10", "ring", "eight-schools",
                                         "eight-schools-centered"),
                         [](const auto& c) {
                           std::string name = c.param;
                           for (char& letter : name)
                             if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
                           return name;
                         });

}  // namespace
}  // namespace thalweg
