// Sequential Monte Carlo: a population walks from the prior to the posterior, and brings log Z with it.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>
#include <string>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/annealing/path_population.hpp"

namespace thalweg {

/// M particles, draws of π₀, at β₀ = 0 of a path π_β ∝ exp(base + β tilt), see AnnealingPath. A stage:
///   the next β leaves an effective share `ess` of the particles: (Σ w)² = ess·M·Σ w², w = exp((β' − β) tilt);
///   log Z += log mean w;
///   particles are resampled by w, systematically and in their order;
///   the metric σ² = √(Var x/Var ∇log π) is learned from them;
///   Hamiltonian trajectories that leave π_β' as it is move them, all the same number of steps at random, until the
///   correlation of every coordinate with its place before is small, or further moves hardly make it smaller.
/// The step size follows the acceptance from move to move, and is frozen with the metric when moves at β = 1 have come
/// to an end. What follows at β = 1 are the draws.
///
/// log Z₁/Z₀, Z₀ = 1 for a normalised reference; see error_of_families for its standard error.
///
/// Cost    a stage: one to 20 trajectories of about π/2 in the whitened space.
/// Errors  see PathHmc; a failure ends the run when tilts are −∞ everywhere or hardly a trajectory is accepted.
/// Random  see PathPopulation, PathHmc and PriorDraws.
/// Source  Del Moral, Doucet & Jasra (2006), J. R. Stat. Soc. B 68, 411–436; the choice of β: Jasra, Stephens, Doucet &
///         Tsagaris (2011), Scand. J. Stat. 38, 1–22; of the moves: Buchholz, Chopin & Jacob (2021), Bayesian Analysis
///         16, 745–771.
template <class Rules = AnnealingRules>
class SmcWalk {
 public:
  SmcWalk(const Model& model, const SampleSettings& s, int width, const Annealing& method)
      : population(model, s, width, method), method_(method) {}

  PathPopulation<Rules> population;
  AnnealingFacts facts;
  std::string failure;

  void start(EnsembleShard& shard) {
    population.start(shard);
    stage_ = 0, over_ = false;
  }
  /// A move; when the stage is over a new one begins before it. True: the particles are at β = 1 and have moved enough.
  bool step(EnsembleShard& shard, std::uint64_t number) {
    if (std::exchange(over_, false)) begin_stage(shard);
    if (!failure.empty()) return false;
    over_ = move(shard, number);
    if (over_) end_stage();
    return over_ && population.beta() == 1;
  }
  /// A move inside of a stage, and the step size that follows. True: they are enough.
  bool move(EnsembleShard& shard, std::uint64_t number) {
    const double before = population.sum_of_correlations();
    population.move(shard, number, true);
    const bool over = stage_is_over(before);
    population.adapt_step();
    return over;
  }
  bool stage_has_ended() const { return over_; }
  void archive(NumberArchive& n) {
    n(stage_, over_, facts);
    population.archive(n);
  }

 private:
  void begin_stage(EnsembleShard& shard) {
    const double delta = population.next_step_of_beta(shard);
    if (!(delta > 0)) {
      failure = population.beta() == 0
                    ? "the likelihood is zero at every draw of the reference: is the prior far from the data?"
                    : "the likelihood is zero at every particle";
      return;
    }
    if (population.beta() + delta == population.beta() || stage_ >= method_.most_stages) {
      failure = fmt::format(
          "the path from the reference is too long: {} stages have come to beta = {:.3g}\n  try a reference nearer to "
          "the density, such as --reference laplace",
          stage_, population.beta());
      return;
    }
    const double now = population.beta(), next = delta == 1 - now ? 1 : now + delta;
    population.advance(shard, next, true, static_cast<std::uint64_t>(++stage_));
    population.learn_shape(shard);
    population.begin_stage(shard.particles);
  }
  bool stage_is_over(double correlations_before) {
    const PathPopulation<Rules>& p = population;
    if (p.moves() >= method_.most_moves) return true;
    const bool ends = p.beta() == 0 || p.beta() == 1;  // step sizes of the ends are used for long
    const double off = p.acceptance() - p.target();
    if (!p.has_fixed_step() && (off < -0.25 || (ends && std::abs(off) > 0.1))) return false;
    if (p.largest_correlation() < method_.correlation * method_.correlation) return true;
    return p.moves() > 1 && p.sum_of_correlations() > method_.stalled * correlations_before;
  }
  void end_stage() {
    facts.gaussian = population.is_gaussian();
    if (population.beta() == 1 && population.acceptance() < 0.01)
      failure = "hardly a trajectory is accepted at any step size: is the gradient that of log p?";
    if (stage_ == 0) return;
    facts.beta.push_back(population.beta()), facts.ess.push_back(population.ess());
    facts.moves.push_back(population.moves()), facts.acceptance.push_back(population.acceptance());
  }

  Annealing method_;
  std::int64_t stage_ = 0;
  bool over_ = false;
};

inline constexpr Card smc_card{
    .name = "smc",
    .purpose = "sequential Monte Carlo: particles walk from the prior to the posterior; log Z with its standard error",
    .needs =
        "a log density with its gradient whose proper prior is known apart from its likelihood, or a Gaussian "
        "reference (--reference laplace)",
    .exact = "exact as particles become many; at beta = 1 its moves are exact",
    .cost = "trajectories of about pi/2 a stage and particle; 10 to 50 stages",
    .source = "Del Moral, Doucet & Jasra (2006), J. R. Stat. Soc. B 68, 411-436",
};

/// Draws of a proper prior by NUTS, or of the Gaussian that was given: from (seed, init, particle, 0).
inline EnsembleStarts draws_of_reference(const Model& model, const SampleSettings& s, const Execution& execution,
                                         Clock& clock, Observer& observer) {
  if (s.special.reference != Reference::laplace) return draw_prior(model, s, execution, clock, observer);
  const GaussianReference reference(s.starts.front(), s.initial_metric);
  EnsembleStarts starts;
  for (std::int64_t k = 0; k < s.chains; ++k) {
    Random<double> random(s.seed, Purpose::init, static_cast<std::uint64_t>(k), 0);
    reference.draw(random, starts.x.emplace_back(reference.dimension()).data());
  }
  return starts;
}

template <class Rules = AnnealingRules>
class SmcEnsemble final : public EnsembleMethod {
 public:
  SmcEnsemble(const Model& model, const SampleSettings& settings, int width, const Annealing& method = {})
      : model_(model), settings_(settings), walk_(model, settings, width, method) {}

  int vectors() const override { return PathPopulation<Rules>::vectors; }
  int scalars() const override { return PathPopulation<Rules>::scalars; }
  std::optional<EnsembleStarts> starts(const Execution& execution, Clock& clock, Observer& observer) override {
    return draws_of_reference(model_, settings_, execution, clock, observer);
  }
  void start(EnsembleShard& shard) override {
    walk_.start(shard);
    look();
  }
  void step(EnsembleShard& shard, std::uint64_t number) override {
    if (!facts_.warming) {
      walk_.population.move(shard, number, false);
      return look();
    }
    const bool arrived = walk_.step(shard, number);
    look();
    facts_.failure = walk_.failure;
    if (!arrived || !facts_.failure.empty()) return;
    facts_.warming = false;
    facts_.settled = true;
    facts_.annealing = walk_.facts;
    facts_.log_evidence = walk_.population.log_z();
    facts_.evidence_error = walk_.population.error();
    const AnnealingFacts& a = walk_.facts;
    facts_.notes = {fmt::format("{} stages from {}, beta {:.3g}; effective share {:.2f}; moves {}; acceptance {:.2f}",
                                a.beta.size(), a.gaussian ? "a Gaussian" : "the prior", fmt::join(a.beta, " "),
                                fmt::join(a.ess, " "), fmt::join(a.moves, " "), fmt::join(a.acceptance, " "))};
  }
  void archive(NumberArchive& n) override {
    walk_.archive(n);
    n(facts_.warming, facts_.settled, facts_.evidence_error);
    double has = facts_.log_evidence.has_value(), value = facts_.log_evidence.value_or(0);
    n(has, value);
    if (has != 0) facts_.log_evidence = value, facts_.annealing = walk_.facts;
    look();
  }

 private:
  void look() {
    facts_.step_size = walk_.population.epsilon();
    facts_.gradients = walk_.population.gradients();
    facts_.variances.clear();
    for (const double s : walk_.population.sigma()) facts_.variances.push_back(s * s);
  }
  const Model& model_;
  const SampleSettings& settings_;
  SmcWalk<Rules> walk_;
};

}  // namespace thalweg
