// The draws of one quantity, and what is wrong with them before any statistics.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace thalweg {

/// `values[c · draws + i]` is draw i of chain c; all chains have the same number of draws.
struct Column {
  std::span<const double> values;
  std::int64_t chains = 1;

  std::int64_t draws() const { return chains > 0 ? std::int64_t(values.size()) / chains : 0; }
  std::span<const double> chain(std::int64_t c) const { return values.subspan(c * draws(), draws()); }
};

/// What stands in the way of the diagnostics. Anything but `fine` makes R-hat and the effective sample sizes NaN.
enum class Condition {
  fine,
  empty,         ///< no draws at all
  short_chains,  ///< fewer than 4 draws a chain: mean, sd and quantiles only
  constant,      ///< every draw of 4 or more a chain the same, to rounding: nothing to estimate, nothing to distrust
  unset,         ///< NaN in every draw: a quantity that the program never sets
  nan,           ///< NaN in some draws
  infinite,      ///< ±∞ in some draws: the mean is infinite or NaN, quantiles may still be finite
};

/// In words, for tables and messages; empty for `fine`.
std::string describe(Condition condition);

/// The relative spread below which a quantity counts as constant: the diagonal of a correlation matrix computed as
/// L Lᵀ varies in the last bits, and those bits say nothing about mixing.
inline constexpr double rounding_spread = 64 * 2.220446049250313e-16;

}  // namespace thalweg
