// A kernel driven by hand, without warm-up.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/dynamics/one_chain.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg::test {

/// One chain of a kernel on a model with the unit metric.
class OneKernel {
 public:
  OneKernel(const Model& model, Kernel& kernel, std::vector<double> start, std::uint64_t chain = 0)
      : kernel_(kernel),
        workspace_(model.workspace(1)),
        dimension_(start.size()),
        place_(2, start.size()),
        metric_(Metric::diagonal(std::vector<double>(start.size(), 1))),
        chain_(chain) {
    point = {place_[0], place_[1], 0};
    std::copy(start.begin(), start.end(), point.x);
    workspace_.evaluate(point.x, point.gradient, &point.log_p);
  }
  /// `visit(point)` after each of `n` transitions.
  template <class Visit>
  void run(double step_size, std::int64_t n, Visit visit) {
    const Tuning tuning{&metric_, step_size, 10};
    for (std::int64_t k = 0; k < n; ++k) {
      drive(strand_, kernel_.transition(strand_, tuning, point, {9, chain_, static_cast<std::uint64_t>(step_++)}),
            [&](const double* x, double* gradient) {
              double log_p = 0;
              workspace_.evaluate(x, gradient, &log_p);
              return log_p;
            });
      kernel_.take(point);
      visit(point);
    }
  }
  Point point;

 private:
  Kernel& kernel_;
  Workspace workspace_;
  std::size_t dimension_;
  Vectors place_;
  Metric metric_;
  Strand strand_;
  std::uint64_t chain_;
  std::int64_t step_ = 0;
};

/// Mean of f over `n` transitions after `burn`, with a standard error from `batches` batches.
struct Estimate {
  double mean = 0, error = 0;
  double z(double expected) const { return (mean - expected) / error; }
};
template <class F>
Estimate mean_of(OneKernel& chain, double step_size, std::int64_t burn, std::int64_t n, F f, int batches = 50) {
  chain.run(step_size, burn, [](const Point&) {});
  double sum = 0, squares = 0;
  for (int b = 0; b < batches; ++b) {
    double batch = 0;
    chain.run(step_size, n / batches, [&](const Point& p) { batch += f(p.x); });
    batch /= static_cast<double>(n / batches);
    sum += batch;
    squares += batch * batch;
  }
  const double mean = sum / batches;
  return {mean, std::sqrt((squares / batches - mean * mean) / (batches - 1))};
}

}  // namespace thalweg::test
