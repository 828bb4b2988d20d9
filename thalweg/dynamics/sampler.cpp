#include "thalweg/dynamics/sampler.hpp"

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

template Standing run_sampler<SamplerRules>(const Model&, Standing, const Execution&, Sink&, Clock&, Observer&);

}  // namespace thalweg
