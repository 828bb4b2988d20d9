// Importance resampling: draws of q become draws of p, as far as the weights can be relied on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

enum class Resampling {
  systematic,           ///< one uniform for all: draw i is taken ⌊n wᵢ⌋ or ⌈n wᵢ⌉ times
  with_replacement,     ///< independent
  without_replacement,  ///< no draw twice: less variance and more bias when few draws carry the weight
};

struct Resampled {
  std::vector<std::int64_t> index;  ///< of the draws taken; ascending but for `with_replacement`
  std::int64_t distinct = 0;
};

/// Takes `count` of the draws with probabilities proportional to exp(log_weights).
///
/// Cost    linear; with replacement a binary search for each taken, without replacement a selection.
/// Errors  std::invalid_argument: a weight that is NaN or +∞, no positive weight, or `without_replacement` of more
/// draws
///         than have positive weight.
/// Random  (seed, resampling, 0, step) for the first two; without replacement draw i has an exponential eᵢ from
///         (seed, resampling, i, step), and those with the smallest eᵢ/wᵢ are taken.
/// Source  Kitagawa (1996), J. Comput. Graph. Stat. 5, 1–25 (systematic); Efraimidis & Spirakis (2006), Inf. Process.
///         Lett. 97, 181–185 (without replacement).
Resampled resample(std::span<const double> log_weights, std::size_t count, Resampling method, std::uint64_t seed,
                   std::uint64_t step = 0);

}  // namespace thalweg
