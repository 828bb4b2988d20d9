// The no-U-turn sampler: Hamiltonian trajectories that grow until they turn back.
#pragma once
#include <algorithm>
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/hamiltonian/step_search.hpp"
#include "thalweg/dynamics/hamiltonian/tree.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg {

/// Multinomial NUTS. From (x, p), p ~ N(0, M), the leapfrog trajectory of
///   H(x, p) = −log p(x) + p·M⁻¹p/2
/// is doubled, forwards or backwards in time at random, until the whole or any of its balanced subtrees turns back,
/// or `max_depth` doublings; the next point is drawn from the trajectory with weights exp(−H): multinomially inside
/// each new subtree, with a bias towards the newer half (min(1, new/old)) between doublings.
///
/// Shapes  x, gradient: [d], padded.
/// Units   step_size is a time in the whitened space of the metric: dimensionless.
/// Cost    one gradient per leapfrog step, 2^depth − 1 steps or fewer; nothing is allocated.
/// Errors  a step whose energy is more than `divergence` above the start, or not a number, ends the trajectory: its
///         subtree is dropped and `diverging` is set. log p = −∞ and NaN are such steps.
/// Random  momenta from (seed, momentum, chain, transition), directions and choices from (seed, tree, chain,
///         transition): the same bits on any thread, in any lane.
/// Source  Hoffman & Gelman (2014), JMLR 15, 1593–1623; Betancourt (2017), arXiv 1701.02434, appendix A (multinomial
///         weights, generalised criterion). The checks across neighbouring subtrees are those of Stan since 2.21.
struct Nuts {
  int max_depth = 10;
  double divergence = 1000;  ///< nats
};

inline constexpr Card nuts_card{
    .name = "nuts",
    .purpose = "Hamiltonian trajectories that stop where they turn back; the default for smooth posteriors",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "2^depth - 1 gradients a draw, depth <= max_depth",
    .source = "Hoffman & Gelman (2014), JMLR 15, 1593-1623; Betancourt (2017), arXiv:1701.02434",
};

/// One transition of the chain whose place is `point`; at its end `info` is complete and `tree.take(point)` makes the
/// move. What it refers to must outlive the task.
template <class Rules>
Task nuts_transition(Strand& strand, Nuts method, const Metric& metric, double step_size, Tree<Rules>& tree,
                     const Point& point, Random<double> momentum, Random<double> choice, TransitionInfo& info) {
  bool going = true, diverging = false;
  tree.start(metric, step_size, point, momentum);
  while (going && tree.depth() < static_cast<std::uint32_t>(method.max_depth)) {
    tree.head(choice.uniform() < 0.5);
    const std::uint32_t states = 1u << tree.depth();
    for (std::uint32_t n = 0; going && n < states; ++n) {
      tree.drift();
      const double log_p = co_await strand.gradient(tree.x(), tree.gradient());
      diverging = !tree.arrive(log_p, method.divergence);
      going = !diverging && tree.merge(n, choice);
    }
    going = going && tree.join(choice);
  }
  info = {.acceptance_rate = tree.acceptance_rate(),
          .steering = tree.acceptance_rate(),
          .energy = tree.whole().energy,
          .tree_depth = static_cast<std::int32_t>(tree.depth()),
          .n_steps = static_cast<std::int32_t>(tree.steps()),
          .diverging = diverging,
          .moved = tree.moved()};
}

template <class Rules = NutsRules>
class NutsKernel : public Kernel {
 public:
  NutsKernel(std::size_t dimension, Nuts method) : method_(method), tree_(dimension) {}
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    const Nuts method{.max_depth = std::min(method_.max_depth, tuning.max_depth), .divergence = method_.divergence};
    return nuts_transition(strand, method, *tuning.metric, tuning.step_size, tree_, point,
                           streams.of(Purpose::momentum), streams.of(Purpose::tree), info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_step_size(strand, StepSearch{}, *tuning.metric, tree_, point, streams.of(Purpose::step_size), log_step);
  }
  Point place() override { return {tree_.whole().x, tree_.whole().gradient, tree_.whole().log_p}; }
  void take(Point& point) override { tree_.take(point); }

 private:
  Nuts method_;
  Tree<Rules> tree_;
};

}  // namespace thalweg
