// The no-U-turn sampler with steps that are refined where the density is steep.
#pragma once
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/hamiltonian/macro_step.hpp"
#include "thalweg/dynamics/hamiltonian/step_search.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg {

/// NUTS (see Nuts) whose states are macro steps of one length h apart: each is made of as few leapfrog steps as keep
/// the energy within `tolerance` along it (MacroStep). A macro step that can't be undone in the same way ends the
/// trajectory, and so does one that no refinement makes good enough: the doubling that it is in is dropped. With an
/// infinite tolerance this is NUTS, bit for bit.
///
/// Units   step_size is h, a time in the whitened space of the metric: dimensionless. Tolerance in nats.
/// Cost    a gradient a micro step; a state of 2^k micro steps has cost at most 3·2^k − 2 gradients, with the attempts
///         that failed and the look back. Nothing is allocated.
/// Errors  `diverging`: a macro step not within the tolerance (log p = −∞ and NaN are not) with 2^halvings micro steps,
///         or an energy more than `divergence` above the start.
/// Steers  steering is the mean over macro steps of exp(−|ΔH|), ΔH the error of one leapfrog step over the whole of h:
///         1 for small h, 0 for large; 0.8 is the target. acceptance_rate is the mean of min(1, exp(H₀ − H)) over the
///         states, n_steps counts gradients.
/// Random  momenta from (seed, momentum, chain, transition), directions and choices from (seed, tree, chain,
///         transition).
/// Source  Bou-Rabee, Carpenter, Kleppe & Liu (2025), arXiv 2506.18746, with the deterministic choice of k. Of the two
///         errors in use by its authors, max H − min H along the path and |ΔH| of its ends, this is the first: both are
///         the same from either end, as exactness demands; this one lets a bad attempt end early.
struct Walnuts {
  int halvings = 8;
  double tolerance = 0.5;    ///< nats
  double divergence = 1000;  ///< nats
};

inline constexpr Card walnuts_card{
    .name = "walnuts",
    .purpose = "NUTS with steps refined where the density is steep: funnels, hierarchical models",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: draws converge to the posterior as the chain grows, at every step size",
    .cost = "2^depth - 1 macro steps a draw, depth <= max_depth; 1 gradient each, up to 766 where refined",
    .source = "Bou-Rabee, Carpenter, Kleppe & Liu (2025), arXiv:2506.18746",
};

/// One transition of the chain whose place is `point`; at its end `info` is complete and `tree.take(point)` makes the
/// move. What it refers to must outlive the task.
template <class Rules>
Task walnuts_transition(Strand& strand, Walnuts method, const Tuning& tuning, Tree<Rules>& tree,
                        MacroStep<Rules>& macro, const Point& point, Streams streams, TransitionInfo& info) {
  Random<double> momentum = streams.of(Purpose::momentum), choice = streams.of(Purpose::tree);
  info = {};
  double smooth = 0;
  std::int32_t macro_steps = 0;
  bool going = true;
  tree.start(*tuning.metric, tuning.step_size, point, momentum);
  while (going && tree.depth() < static_cast<std::uint32_t>(tuning.max_depth)) {
    tree.head(choice.uniform() < 0.5);
    const std::uint32_t states = 1u << tree.depth();
    for (std::uint32_t n = 0; going && n < states; ++n) {
      macro.begin(*tuning.metric, tree.step(), method.halvings, method.tolerance, tree.moving());
      while (macro.state() == MacroStep<Rules>::State::under_way) {
        macro.drift();
        macro.arrive(co_await strand.gradient(macro.x(), macro.gradient()));
        ++info.n_steps;
      }
      ++macro_steps;
      smooth += macro.smoothness();
      info.diverging = macro.state() == MacroStep<Rules>::State::rough;
      going = macro.state() == MacroStep<Rules>::State::valid;
      if (!going) break;
      const auto& end = macro.end();
      going = tree.arrive_at(end.at, end.gradient, end.log_p, method.divergence);
      info.diverging = !going;
      going = going && tree.merge(n, choice);
    }
    going = going && tree.join(choice);
  }
  info.acceptance_rate = tree.acceptance_rate();
  info.steering = macro_steps > 0 ? smooth / macro_steps : 0;
  info.energy = tree.whole().energy;
  info.tree_depth = static_cast<std::int32_t>(tree.depth());
  info.moved = tree.moved();
}

template <class Rules = WalnutsRules>
class WalnutsKernel : public Kernel {
 public:
  WalnutsKernel(std::size_t dimension, Walnuts method) : method_(method), tree_(dimension), macro_(dimension) {
    require(method.halvings >= 0 && method.halvings <= 16, "halvings of a macro step must be 0 to 16; found {}",
            method.halvings);
    require(method.tolerance > 0, "the energy tolerance of a macro step must be > 0; found {}", method.tolerance);
  }
  Task transition(Strand& strand, const Tuning& tuning, const Point& point, Streams streams) override {
    return walnuts_transition<Rules>(strand, method_, tuning, tree_, macro_, point, streams, info_);
  }
  Task find_step(Strand& strand, const Tuning& tuning, const Point& point, Streams streams, double& log_step) override {
    return find_step_size(strand, StepSearch{}, *tuning.metric, tree_, point, streams.of(Purpose::step_size), log_step);
  }
  Point place() override { return {tree_.whole().x, tree_.whole().gradient, tree_.whole().log_p}; }
  void take(Point& point) override { tree_.take(point); }

 private:
  Walnuts method_;
  Tree<Rules> tree_;
  MacroStep<Rules> macro_;
};

}  // namespace thalweg
