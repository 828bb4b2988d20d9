// The summary and the verdict as text.
#pragma once
#include <string>
#include <vector>

#include "thalweg/trust/verdict.hpp"

namespace thalweg {

/// The table, one line a row, columns aligned. Means, standard deviations and quantiles are shown to the place of the
/// leading digit of their own Monte Carlo error or of the mean's, whichever is smaller: finer digits would be noise.
/// At most `max_rows` rows (0: all), then a line that counts the others.
std::string render(const Summary& summary, std::size_t max_rows = 0);

/// Lines of cells with aligned columns, the first to the left, the others to the right. All lines have as many cells as
/// the first; one that has another has a remark behind.
std::string align(const std::vector<std::vector<std::string>>& lines);

/// The verdict: one line when trusted, else what failed and what to try, a line each.
std::string render(const Verdict& verdict);

/// `value` to the place of the leading digit of `error` (to 6 significant digits when that is NaN or 0), in scientific
/// form outside 10⁻⁵ … 10⁷; "-" for NaN.
std::string to_the_error(double value, double error);
/// An error to two significant digits; "-" for NaN.
std::string error_of(double error);

}  // namespace thalweg
