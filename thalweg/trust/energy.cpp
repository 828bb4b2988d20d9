#include <cmath>

#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {

EnergyFraction energy_fraction(const Column& energies) {
  const std::int64_t draws = energies.draws();
  EnergyFraction result{std::nan(""), std::nan(""), -1};
  if (draws < 2) return result;
  const double centre = mean(energies.values);
  double steps_of_all = 0;
  for (std::int64_t c = 0; c < energies.chains; ++c) {
    const auto chain = energies.chain(c);
    double steps = 0;
    for (std::int64_t i = 1; i < draws; ++i) steps += (chain[i] - chain[i - 1]) * (chain[i] - chain[i - 1]);
    steps_of_all += steps;
    const double fraction = steps / sum_of_squares(chain, mean(chain));
    if (result.chain < 0 || !(fraction >= result.worst_chain)) {
      result.worst_chain = fraction;
      result.chain = c;
    }
  }
  result.pooled = steps_of_all / sum_of_squares(energies.values, centre);
  return result;
}

}  // namespace thalweg
