// Weights of the two series for e^{tL}, with rigorous bounds of what is left out.
#pragma once
#include <cstddef>
#include <vector>

namespace thalweg::fokker_planck {

/// weights[k] belongs to term first + k; they sum to one. `tail` bounds the sum of all that was left out.
struct SeriesWeights {
  std::size_t first = 0;
  std::vector<double> weights;
  double tail = 0;
};

/// P(N = k) for N ~ Poisson(mean), recursively from the mode to both sides until geometric series bound the rest by
/// `tail` each.
SeriesWeights poisson_weights(double mean, double tail);

/// e^{−τ} I_0(τ), 2 e^{−τ} I_1(τ), … : the Chebyshev coefficients of e^{τ(x − 1)} on [−1, 1], by Miller's backward
/// recurrence; about √(2τ log(1/tail)) terms.
SeriesWeights bessel_weights(double tau, double tail);

}  // namespace thalweg::fokker_planck
