// One chain driven by hand: the test plays the density.
#pragma once
#include <cstddef>
#include <utility>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/dynamics/hamiltonian/nuts.hpp"

namespace thalweg::test {

/// Runs a task to its end; `density(x, gradient)` returns log p. Returns the number of gradients.
template <class Density>
int drive(Strand& strand, Task task, Density density) {
  int gradients = 0;
  for (task.resume(); !task.done(); task.resume()) {
    GradientRequest& r = strand.request();
    r.log_p = density(r.x, r.gradient);
    ++gradients;
  }
  return gradients;
}

/// A chain at a place, with all it needs for transitions.
template <class Rules = NutsRules>
struct OneChain {
  Strand strand;
  Tree<Rules> tree;
  Vectors place;
  Point point;
  Metric metric;
  TransitionInfo info;
  std::size_t dimension;

  explicit OneChain(const std::vector<double>& scale)
      : tree(scale.size()),
        place(2, scale.size()),
        point{place[0], place[1], 0},
        metric(Metric::diagonal(scale)),
        dimension(scale.size()) {}

  template <class Density>
  void move_to(const std::vector<double>& x, Density density) {
    std::copy(x.begin(), x.end(), point.x);
    point.log_p = density(point.x, point.gradient);
  }
  template <class Density>
  int transition(Density density, double step_size, int max_depth, std::uint64_t particle, std::uint64_t step) {
    const int n = drive(strand,
                        nuts_transition(strand, Nuts{.max_depth = max_depth}, metric, step_size, tree, point,
                                        Random<double>(7, Purpose::momentum, particle, step),
                                        Random<double>(7, Purpose::tree, particle, step), info),
                        density);
    tree.take(point);
    return n;
  }
};

}  // namespace thalweg::test
