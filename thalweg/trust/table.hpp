// The summary and the verdict as text.
#pragma once
#include <string>

#include "thalweg/trust/verdict.hpp"

namespace thalweg {

/// The table, one line a row, columns aligned. Means, standard deviations and quantiles are shown to the place of the
/// leading digit of their own Monte Carlo error or of the mean's, whichever is smaller: finer digits would be noise.
/// At most `max_rows` rows (0: all), then a line that counts the others.
std::string render(const Summary& summary, std::size_t max_rows = 0);

/// The verdict: one line when trusted, else what failed and what to try, a line each.
std::string render(const Verdict& verdict);

/// `value` to the place of the leading digit of `error` (to 6 significant digits when that is NaN or 0), in scientific
/// form outside 10⁻⁵ … 10⁷; "-" for NaN.
std::string to_the_error(double value, double error);

}  // namespace thalweg
