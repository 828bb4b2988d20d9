// log Z of 2¹⁶ modes.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/dynamics/annealed_densities.hpp"
#include "tests/dynamics/run_in_memory.hpp"

namespace thalweg {
namespace {

// Eight seeds: within 3 standard errors of their spread (Student's t with 7 degrees of freedom: 2 false alarms in 100
// seeds, which are fixed), the spread as large as is said: χ² of 7 degrees of freedom beyond 1e-4 on either side.
TEST(ManyWell, log_z_of_smc_is_within_its_error) {
  double sum = 0, squares = 0, stated = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SampleSettings s{.chains = 8192, .draws = 8192, .seed = seed, .method = Method::smc};
    s.special.reference = Reference::laplace;
    s.starts = {std::vector<double>(32, 0)};
    s.initial_metric.assign(32, 4);
    const auto r = test::run(model_of(test::ManyWell{}), s, {.threads = 2});
    const double off = *r.outcome.log_evidence - test::ManyWell::log_evidence;
    EXPECT_LT(r.outcome.evidence_error, 0.15) << seed;
    sum += off, squares += off * off, stated += r.outcome.evidence_error * r.outcome.evidence_error / 8;
  }
  const double mean = sum / 8, variance = (squares - 8 * mean * mean) / 7;
  EXPECT_LT(std::abs(mean), 3 * std::sqrt(variance / 8));
  EXPECT_LT(std::sqrt(stated), 0.1);
  EXPECT_GT(7 * variance / stated, 0.26);
  EXPECT_LT(7 * variance / stated, 29.9);
}

}  // namespace
}  // namespace thalweg
