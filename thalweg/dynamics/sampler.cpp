#include "thalweg/dynamics/sampler.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/dynamics/microcanonical/mclmc.hpp"

namespace thalweg {
namespace {

constexpr double seconds_between_commits = 2, seconds_between_looks = 0.05;

}  // namespace

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

Standing Keeper::keep() {
  double last = clock_.seconds();
  bool asked = false;
  for (bool over = false; !over;) {
    const bool roused = exchange_.wait(seconds_between_looks);
    over = exchange_.over();  // before anything is taken: what is there then is all there will be
    const bool full = roused && !over;
    if (!full) observer_.progress(exchange_.progress());
    if (!full && !over && observer_.interrupted()) exchange_.stop();
    const bool answered = asked && !exchange_.asking();
    if (!full && !over && !answered) {
      if (!asked && clock_.seconds() - last >= seconds_between_commits) exchange_.ask(), asked = true;
      continue;
    }
    if (over && exchange_.failed_at_start()) break;  // nothing has come of the run: leave nothing behind
    commit();
    last = clock_.seconds();
    asked = false;
  }
  return std::move(standing_);
}

void Keeper::commit() {
  Exchange::Taken taken = exchange_.take();
  std::vector<DrawBlock> blocks;
  for (Rows& rows : taken.rows) append_blocks(std::move(rows), columns_, blocks);
  standing_ = {settings_, dimension_, std::move(taken.shared), std::move(taken.chains), {}, taken.finished};
  sink_.commit(blocks, taken.log, write_checkpoint(standing_));
}

template Standing run_sampler<SamplerRules>(const Model&, Standing, const Execution&, Sink&, Clock&, Observer&);

}  // namespace thalweg
