// One ascent by itself: the shortest way from a method to its end.
#pragma once
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/ascent.hpp"

namespace thalweg::test {

struct Climbed {
  Ascent ascent;
  std::vector<double> x, gradient, path;  ///< path: log p of every iterate
  double log_p = 0;
};

/// `method(strand, dimension, point, ascent, observer)` makes the task.
template <class Method>
Climbed climb(const Model& model, std::vector<double> start, Method method, Parts parts = whole_density) {
  const auto d = static_cast<std::size_t>(model.dimension());
  Vectors memory(2, d);
  Point point{memory[0], memory[1], 0};
  std::copy(start.begin(), start.end(), point.x);
  Climbed c;
  std::vector<Job> jobs(1);
  jobs[0].task = method(*jobs[0].strand, d, point, c.ascent, IterateObserver([&](const Iterate& iterate) {
    c.path.push_back(iterate.log_p);
    return true;
  }));
  run_jobs(model, parts, jobs, 1, true);
  c.x.assign(point.x, point.x + d);
  c.gradient.assign(point.gradient, point.gradient + d);
  c.log_p = point.log_p;
  return c;
}

}  // namespace thalweg::test
