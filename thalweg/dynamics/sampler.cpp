#include "thalweg/dynamics/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/dynamics/microcanonical/mclmc.hpp"

namespace thalweg {

std::vector<int> usable_widths(const Model& model, int most, std::size_t chains) {
  if (most == 0) most = model.preferred_width();
  std::vector<int> widths;
  for (const int w : model.widths()) {
    if (w > most) break;
    widths.push_back(w);
    if (static_cast<std::size_t>(w) >= chains) break;
  }
  return widths;
}

Warmup warmup_of(const SampleSettings& settings, std::size_t dimension) {
  const MethodTraits& traits = traits_of(settings.method);
  const double tolerance = settings.special.tolerance.value_or(Mclmc{}.tolerance);
  const double share = settings.special.length ? 0 : traits.length_share;
  return {.length = settings.warmup,
          .cap = share > 0 ? 2000 : 1000,
          .metric = settings.metric,
          .initial_metric = settings.initial_metric,
          .target = settings.target(),
          .exponent = traits.exponent,
          .may_restart = settings.starts.empty(),
          .length_share = share,
          .energy = traits.energy_power > 0 ? tolerance * static_cast<double>(dimension) : 0,
          .energy_power = traits.energy_power};
}

std::shared_ptr<DrawStreams> streams_of_chains(const Model& model, const SampleSettings& s, const SharedState& shared,
                                               std::span<const ChainState> chains) {
  constexpr std::size_t most_looked_at = 1024;
  constexpr std::uint64_t no_draw = std::uint64_t{1} << 62;
  const double unit = traits_of(s.method).own_temperature ? 1 : s.special.temperature,
               step = s.step_size.value_or(exp(shared.log_step)), half = static_cast<double>(model.dimension()) / 2;
  const std::size_t columns = statistic_count + static_cast<std::size_t>(model.draw_size()),
                    looked_at = std::min(chains.size(), most_looked_at);
  Workspace workspace = model.workspace(1);
  std::vector<double> rows(looked_at * columns);
  for (std::size_t k = 0; k < looked_at; ++k) {
    const std::size_t number = (2 * k + 1) * chains.size() / (2 * looked_at);
    const double log_p = chains[number].log_p * unit;
    const std::span<double> row = std::span(rows).subspan(k * columns, columns);
    // nothing is known yet of the depth and the number of steps; the energy is about −log p + d/2
    const double statistics[] = {log_p, s.target(), step, 0, 0, 0, half - log_p};
    static_assert(std::size(statistics) == statistic_count);
    std::copy(std::begin(statistics), std::end(statistics), row.begin());
    workspace.constrain(chains[number].x, s.seed, number, no_draw, true, row.subspan(statistic_count));
  }
  const auto energy = static_cast<std::int64_t>(statistic_count) - 1;
  const StreamLayout layout = StreamLayout::of(std::ssize(chains), static_cast<std::int64_t>(columns), false,
                                               s.thin == 1 && traits_of(s.method).fresh_momentum ? energy : -1);
  return std::make_shared<DrawStreams>(layout, grid_of(rows, layout.columns));
}

template Standing run_sampler<SamplerRules>(const Model&, Standing, const Execution&, Sink&, Clock&, Observer&);

}  // namespace thalweg
