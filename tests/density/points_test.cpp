#include "thalweg/density/points.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

std::vector<double> some_points(std::size_t n, std::size_t stride) {
  std::vector<double> x(n * stride);
  for (std::size_t i = 0; i < x.size(); ++i) {
    Random<double> random(1, Purpose::test, i, 0);
    x[i] = random.normal();
  }
  return x;
}

TEST(Points, have_the_bits_of_one_at_a_time_for_any_number_and_threads) {
  const Model model = test_density("rosenbrock:6");
  Workspace one = model.workspace(1);
  constexpr std::size_t stride = 9;
  for (const int threads : {1, 3}) {
    Points points(model, whole_density, threads);
    for (const std::size_t n : {1u, 2u, 16u, 17u, 100u}) {
      const std::vector<double> x = some_points(n, stride);
      std::vector<double> g(n * stride, 7.0), log_p(n), own(6);
      points.evaluate(n, stride, x.data(), g.data(), log_p.data());
      for (std::size_t i = 0; i < n; ++i) {
        double expected = 0;
        one.evaluate(x.data() + i * stride, own.data(), &expected);
        EXPECT_EQ(log_p[i], expected);
        for (std::size_t j = 0; j < 6; ++j) EXPECT_EQ(g[i * stride + j], own[j]);
        for (std::size_t j = 6; j < stride; ++j) EXPECT_EQ(g[i * stride + j], 7.0) << "wrote beyond a row";
      }
    }
    EXPECT_EQ(points.gradients(), 136);
  }
}

/// p + 2: the value at a point shifted by one, for a coroutine that asks twice.
Task two_looks(Strand& strand, const double* x, double* gradient, double& sum) {
  std::vector<double> moved(x, x + 6);
  sum = co_await strand.gradient(x, gradient);
  for (double& v : moved) v += 1;
  sum += co_await strand.gradient(moved.data(), gradient);
}

TEST(Points, jobs_get_their_own_answers_for_any_number_and_threads) {
  const Model model = test_density("rosenbrock:6");
  Workspace one = model.workspace(1);
  for (const int threads : {1, 2, 5})
    for (const std::size_t n : {1u, 3u, 40u}) {
      const std::vector<double> x = some_points(n, 6);
      std::vector<double> sums(n), g(n * 6);
      std::vector<Job> jobs(n);
      for (std::size_t i = 0; i < n; ++i)
        jobs[i].task = two_looks(*jobs[i].strand, x.data() + i * 6, g.data() + i * 6, sums[i]);
      EXPECT_TRUE(run_jobs(model, whole_density, jobs, threads, false));
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> at(x.begin() + static_cast<std::ptrdiff_t>(6 * i),
                               x.begin() + static_cast<std::ptrdiff_t>(6 * i + 6)),
            own(6);
        double first = 0, second = 0;
        one.evaluate(at.data(), own.data(), &first);
        for (double& v : at) v += 1;
        one.evaluate(at.data(), own.data(), &second);
        EXPECT_EQ(sums[i], first + second);
        for (std::size_t j = 0; j < 6; ++j) EXPECT_EQ(g[i * 6 + j], own[j]);
      }
    }
}

Task throws_after_a_look(Strand& strand, const double* x, double* gradient) {
  co_await strand.gradient(x, gradient);
  fail("a job's own complaint");
}

TEST(Points, what_a_job_throws_comes_out) {
  const Model model = test_density("gaussian:2");
  const double x[2] = {0, 0};
  double g[8] = {};
  std::vector<Job> jobs(1);
  jobs[0].task = throws_after_a_look(*jobs[0].strand, x, g);
  EXPECT_THROW(run_jobs(model, whole_density, jobs, 2, false), Error);
}

TEST(Points, stop_when_they_are_told_to) {
  const Model model = test_density("gaussian:6");
  const std::vector<double> x(6, 1.0);
  std::vector<double> g(6);
  double sum = 0;
  std::vector<Job> jobs(1);
  jobs[0].task = two_looks(*jobs[0].strand, x.data(), g.data(), sum);
  int asked = 0;
  EXPECT_FALSE(run_jobs(model, whole_density, jobs, 1, false, [&] { return ++asked < 2; }));
}

TEST(Points, say_why_a_point_fails) {
  const Model model = test_density("gaussian:2");
  Points points(model, whole_density);
  const double x[2] = {std::nan(""), 0};
  EXPECT_EQ(points.evidence(x), "the log density is not a number");
}

}  // namespace
}  // namespace thalweg
