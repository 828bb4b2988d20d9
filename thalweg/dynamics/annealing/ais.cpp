#include "thalweg/dynamics/annealing/ais.hpp"

#include "thalweg/core/error.hpp"

namespace thalweg {

ReverseAis reverse_ais(const Model& model, const SampleSettings& settings, const AnnealingFacts& plan,
                       std::span<const double> draws, const Execution& execution) {
  const auto d = static_cast<std::size_t>(model.dimension());
  require(!plan.step_sizes.empty() && plan.metrics.size() == d * plan.beta.size(),
          "the way back needs the plan of a run of ais on this density; found {} step sizes and {} numbers of metrics",
          plan.step_sizes.size(), plan.metrics.size());
  require(!draws.empty() && draws.size() % d == 0, "draws must be points of {} coordinates; found {} numbers", d,
          draws.size());
  SampleSettings s = settings;
  s.chains = static_cast<std::int64_t>(draws.size() / d);
  ReverseAis found;
  const auto blocks = static_cast<int>((s.chains + block_particles - 1) / block_particles);
  run_shards(s.chains, std::min(execution.threads, blocks), [&](Collective& all) {
    PathPopulation<> population(model, s, execution.width, {});
    Particles particles(all.shard(), d, 1 + PathPopulation<>::vectors, particle_scalars + PathPopulation<>::scalars);
    for (std::size_t i = 0; i < particles.count(); ++i)
      particles.write(0, i, &draws[(static_cast<std::size_t>(particles.shard().first) + i) * d]);
    particles.fill_last_pack();
    EnsembleShard shard{particles, all};
    population.start(shard);
    population.set_beta(1);
    for (std::size_t k = plan.beta.size(); k-- > 0 && plan.beta[k] > 0;) {
      population.set_stage(plan.step_sizes[k], {&plan.metrics[k * d], d});
      population.move(shard, plan.beta.size() - k, false);
      population.advance(shard, k == 0 ? 0 : plan.beta[k - 1], false, 0);
    }
    if (all.shard().rank != 0) return;
    found = {-population.log_z(), population.error(), -population.mean_log_weight(), population.ess()};
  });
  return found;
}

}  // namespace thalweg
