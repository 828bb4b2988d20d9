// Optimization is frozen dynamics: the same lines at temperature 0.
#include <gtest/gtest.h>

#include <vector>

#include "tests/dynamics/one_kernel.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/langevin/mala.hpp"
#include "thalweg/optimize/gradient_descent.hpp"

namespace thalweg {
namespace {

using test::OneKernel;

TEST(Temperature, ula_at_0_is_gradient_descent_to_the_last_bit) {
  const Model model = test_density("eight-schools");
  const std::vector<double> start{0.3, -1, 0.2, 0.9, -0.4, 1.1, -0.7, 0.1, 2, -0.6};
  LangevinKernel<> kernel(10, {.adjusted = false, .temperature = 0});
  OneKernel chain(model, kernel, start);
  std::vector<std::vector<double>> sampled{start}, climbed;
  chain.run(0.05, 100, [&](const Point& p) { sampled.emplace_back(p.x, p.x + 10); });

  Strand strand;
  Vectors places(2, 10);
  Point point{places[0], places[1], 0};
  std::copy(start.begin(), start.end(), point.x);
  Ascent ascent;
  Workspace workspace = model.workspace(1);
  test::drive(
      strand,
      gradient_descent(strand, {.arrival = {.max_iterations = 100, .tolerance = 0}, .schedule = {.first = 0.05}}, 10,
                       point, ascent,
                       [&](const Iterate& at) {
                         climbed.emplace_back(at.x, at.x + 10);
                         return true;
                       }),
      [&](const double* x, double* gradient) {
        double log_p = 0;
        workspace.evaluate(x, gradient, &log_p);
        return log_p;
      });
  EXPECT_EQ(sampled, climbed);
}

}  // namespace
}  // namespace thalweg
