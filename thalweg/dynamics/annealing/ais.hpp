// Annealed importance sampling: particles go a planned way from the prior to the posterior, each with its weight.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dynamics/annealing/smc.hpp"

namespace thalweg {

/// A pilot, which is SMC with the same particles, says how far apart temperatures may be, and which step size and
/// metric suit each. Its stages are cut into r equal steps of β, r the least number at which log weights should have
/// variance `variance` if moves forgot everything: r = Σ (1/ess − 1)/variance. Then, with nothing adapted any more,
/// every particle goes from its draw of the reference, moved twice there, through
///   w ← w + (β_k − β_{k−1}) tilt(x),   x moved once by a Hamiltonian trajectory that leaves π_{β_k} as it is,
/// and log Ẑ = log mean exp(w): E Ẑ = Z₁/Z₀, so that E log Ẑ and E w are bounds from below. At β = 1 particles are
/// resampled by their weights, and move on until they have moved enough; what follows are draws.
///
/// Cost    the pilot, and a trajectory a step of β.
/// Errors  those of SmcWalk.
/// Random  as SmcWalk; moves go on counting.
/// Source  Neal (2001), Statistics and Computing 11, 125–139.
struct Ais {
  double variance = 1;
  std::int64_t most_steps = 20000;  ///< of β
};

inline constexpr Card ais_card{
    .name = "ais",
    .purpose = "annealed importance sampling: weighted particles from the prior to the posterior; log Z from below",
    .needs = smc_card.needs,
    .exact = "weights make it unbiased for Z; draws are exact as particles become many",
    .cost = "that of smc, and a trajectory for each of some hundred temperatures",
    .source = "Neal (2001), Statistics and Computing 11, 125-139",
};

template <class Rules = AnnealingRules>
class AisEnsemble final : public EnsembleMethod {
 public:
  AisEnsemble(const Model& model, const SampleSettings& settings, int width, const Annealing& annealing = {},
              Ais method = {})
      : model_(model), settings_(settings), method_(method), walk_(model, settings, width, annealing) {}

  int vectors() const override { return origin; }
  int scalars() const override { return PathPopulation<Rules>::scalars; }
  std::optional<EnsembleStarts> starts(const Execution& execution, Clock& clock, Observer& observer) override {
    return draws_of_reference(model_, settings_, execution, clock, observer);
  }
  void start(EnsembleShard& shard) override {
    copy(shard.particles, 0, origin);
    walk_.start(shard);
    look();
  }
  void step(EnsembleShard& shard, std::uint64_t number) override {
    switch (stage_) {
      case pilot:
        step_pilot(shard, number);
        break;
      case annealing:
        step_annealing(shard, number);
        break;
      case settling:
        if (!walk_.move(shard, number)) break;
        stage_ = sampling;
        facts_.warming = false;
        facts_.settled = true;
        break;
      case sampling:
        walk_.population.move(shard, number, false);
        break;
    }
    facts_.failure = walk_.failure;
    look();
  }
  void archive(NumberArchive& n) override {
    walk_.archive(n);
    n(stage_, at_, plan_, facts_.warming, facts_.settled, facts_.evidence_error);
    double has = facts_.log_evidence.has_value(), value = facts_.log_evidence.value_or(0);
    n(has, value);
    if (has != 0) facts_.log_evidence = value, facts_.annealing = plan_;
    look();
  }

 private:
  enum Stage { pilot, annealing, settling, sampling };
  static constexpr int origin = PathPopulation<Rules>::vectors + 1;  ///< the vector of a particle's draw

  static void copy(Particles& p, int from, int to) {
    for (std::size_t pack = 0; pack < p.packs(); ++pack)
      std::copy_n(p.vector(from, pack), p.dimension() * Particles::lanes, p.vector(to, pack));
  }
  void step_pilot(EnsembleShard& shard, std::uint64_t number) {
    PathPopulation<Rules>& population = walk_.population;
    const bool arrived = walk_.step(shard, number);
    if (walk_.stage_has_ended()) {
      plan_.beta.push_back(population.beta());
      plan_.ess.push_back(population.beta() == 0 ? 1 : population.ess());
      plan_.step_sizes.push_back(population.epsilon());
      const std::vector<double> sigma = population.metric().numbers();
      plan_.metrics.insert(plan_.metrics.end(), sigma.begin(), sigma.end());
    }
    if (!arrived || !walk_.failure.empty()) return;
    refine();
    copy(shard.particles, origin, 0);
    walk_.start(shard);
    at_ = 0;
    stage_ = annealing;
  }
  /// From the stages of the pilot, β = 0 first, to steps of β: [0, 0] and then the cut ones.
  void refine() {
    double variance = 0;
    for (const double e : plan_.ess) variance += 1 / e - 1;
    const auto stages = static_cast<double>(plan_.beta.size());
    const auto cuts = static_cast<std::size_t>(
        std::ceil(std::clamp(variance / method_.variance, 1.0, static_cast<double>(method_.most_steps) / stages)));
    const std::size_t d = plan_.metrics.size() / plan_.beta.size();
    AnnealingFacts fine;
    fine.gaussian = walk_.population.is_gaussian();
    const auto add = [&](double beta, std::size_t k) {
      fine.beta.push_back(beta), fine.step_sizes.push_back(plan_.step_sizes[k]);
      fine.metrics.insert(fine.metrics.end(), &plan_.metrics[k * d], &plan_.metrics[k * d] + d);
    };
    add(0, 0), add(0, 0);
    for (std::size_t k = 1; k < plan_.beta.size(); ++k)
      for (std::size_t i = 1; i <= cuts; ++i)
        add(i == cuts ? plan_.beta[k]
                      : plan_.beta[k - 1] +
                            (plan_.beta[k] - plan_.beta[k - 1]) * static_cast<double>(i) / static_cast<double>(cuts),
            k);
    plan_ = std::move(fine);
  }
  void step_annealing(EnsembleShard& shard, std::uint64_t number) {
    PathPopulation<Rules>& population = walk_.population;
    const std::size_t d = shard.particles.dimension(), k = static_cast<std::size_t>(at_);
    if (plan_.beta[k] > population.beta()) {
      population.advance(shard, plan_.beta[k], false, 0);
      plan_.ess.push_back(population.ess());
    }
    population.set_stage(plan_.step_sizes[k], {&plan_.metrics[k * d], d});
    population.move(shard, number, false);
    if (static_cast<std::size_t>(++at_) < plan_.beta.size()) return;
    plan_.lower_bound = population.mean_log_weight();
    facts_.log_evidence = population.log_z();
    facts_.evidence_error = population.error();
    facts_.annealing = plan_;
    facts_.notes = {fmt::format(
        "{} temperatures from {}; weights leave {:.0f} % of the particles effective; log Z >= {:.4f} by the mean of "
        "their logarithms",
        plan_.beta.size(), plan_.gaussian ? "a Gaussian" : "the prior", 100 * population.ess(), plan_.lower_bound)};
    population.resample(shard, resampling_at_the_end);
    population.learn_shape(shard);
    population.begin_stage(shard.particles);
    stage_ = settling;
  }
  void look() {
    facts_.step_size = walk_.population.epsilon();
    facts_.gradients = walk_.population.gradients();
    facts_.variances = walk_.population.metric().variances();
  }

  static constexpr std::uint64_t resampling_at_the_end = std::uint64_t{1} << 32;  ///< beyond the pilot's stages
  const Model& model_;
  const SampleSettings& settings_;
  Ais method_;
  SmcWalk<Rules> walk_;

  // carried, the same on all shards
  Stage stage_ = pilot;
  std::int64_t at_ = 0;
  AnnealingFacts plan_;
};

/// The way back: particles at draws of the density go the plan of a run of ais (SampleOutcome::annealing) from its end
/// to the reference, and log Ẑ = −log mean exp(w), w = −Σ (β_k − β_{k−1}) tilt: a bound of log Z from above, in
/// expectation, when the draws are exact and independent. Between ais and this log Z lies.
///
/// Shapes  draws: [n][d], unconstrained.
/// Units   settings: those of the run; its seed should be another one.
/// Cost    a trajectory a temperature and draw.
/// Errors  throws std::invalid_argument without a plan, or on draws that do not fit.
/// Source  Grosse, Ancha & Roy (2016), NeurIPS 29, arXiv 1606.02275.
struct ReverseAis {
  double log_evidence = 0, evidence_error = 0;
  double upper_bound = 0;  ///< the mean of −w
  double ess = 0;          ///< share of the draws
};
ReverseAis reverse_ais(const Model& model, const SampleSettings& settings, const AnnealingFacts& plan,
                       std::span<const double> draws, const Execution& execution = {});

}  // namespace thalweg
