#include "thalweg/trust/error_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/trust/student.hpp"

namespace thalweg {
namespace {

struct Moment {
  double mean = 0, variance = 0;
};
Moment moments(const std::vector<double>& v) {
  Moment m;
  for (const double a : v) m.mean += a;
  m.mean /= static_cast<double>(v.size());
  for (const double a : v) m.variance += (a - m.mean) * (a - m.mean);
  m.variance /= static_cast<double>(v.size() - 1);
  return m;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const Moment ma = moments(a), mb = moments(b);
  double product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) product += (a[i] - ma.mean) * (b[i] - mb.mean);
  return product / static_cast<double>(a.size() - 1) / std::sqrt(ma.variance * mb.variance);
}

/// Standard error of the mean of v, whose elements come in independent groups of `copies`.
double standard_error(const std::vector<double>& v, std::size_t copies) {
  std::vector<double> groups(v.size() / copies, 0.0);
  for (std::size_t i = 0; i < v.size(); ++i) groups[i / copies] += v[i] / static_cast<double>(copies);
  return std::sqrt(moments(groups).variance / static_cast<double>(groups.size()));
}

/// What is certain of a change; with a negative correlation the chains may have gone past their aim.
double lower_bound(double change, double se, double z, double correlation) {
  return std::max(0.0, std::abs(change) - z * se) / (1 - std::min(0.0, correlation));
}

/// One quantity along the chains; `early` may be empty, and the moments NaN.
struct Column {
  std::vector<double> start, early, end;
  double start_mean, start_sd;
};

std::vector<double> squares(const std::vector<double>& v, const Moment& m) {
  std::vector<double> out(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) out[i] = (v[i] - m.mean) * (v[i] - m.mean) / m.variance;
  return out;
}

double larger(double a, double b) { return std::abs(a) >= std::abs(b) ? a : b; }

ErrorBound bound(const Column& c, double z, const ErrorBoundSettings& settings) {
  const std::size_t n = c.start.size();
  const Moment s = moments(c.start), e = moments(c.end);
  const bool known_mean = !std::isnan(c.start_mean), known_sd = !std::isnan(c.start_sd);
  ErrorBound b;
  b.mean_start = known_mean ? c.start_mean : s.mean, b.mean_end = e.mean;
  b.sd_start = known_sd ? c.start_sd : std::sqrt(s.variance), b.sd_end = std::sqrt(e.variance);
  if (!(s.variance > 0 && e.variance > 0 && std::isfinite(s.variance) && std::isfinite(e.variance))) return b;
  const std::vector<double> s_squares = squares(c.start, s), e_squares = squares(c.end, e);
  std::vector<double> change(n), influence(n);  // influence: on log sd_end − log sd_start
  for (std::size_t i = 0; i < n; ++i) {
    change[i] = c.end[i] - (known_mean ? c.start_mean : c.start[i]);
    influence[i] = 0.5 * (e_squares[i] - (known_sd ? 1 : s_squares[i]));
  }
  b.change = b.mean_end - b.mean_start;
  b.change_se = standard_error(change, settings.copies);
  b.log_ratio = log(b.sd_end / b.sd_start);
  b.log_ratio_se = standard_error(influence, settings.copies);
  const double with_start = correlation(c.start, c.end), squares_with_start = correlation(s_squares, e_squares);
  b.correlation = with_start;
  b.square_correlation = squares_with_start;
  if (!c.early.empty()) {
    b.correlation = larger(correlation(c.early, c.end), with_start);
    b.square_correlation = larger(correlation(squares(c.early, moments(c.early)), e_squares), squares_with_start);
  }
  const double most = settings.most_squared_correlation;
  b.mean_reliable = b.correlation * b.correlation <= most;
  b.sd_reliable = b.mean_reliable && b.square_correlation * b.square_correlation <= most;
  b.mean_error = lower_bound(b.change, b.change_se, z, with_start);
  b.sd_error = lower_bound(b.log_ratio, b.log_ratio_se, z, squares_with_start);
  return b;
}

}  // namespace

std::vector<ErrorBound> error_bounds(const ChainValues& v, std::size_t quantities, const ErrorBoundSettings& settings) {
  require(quantities > 0 && v.start.size() % quantities == 0, "start must hold rows of {} quantities; found {} numbers",
          quantities, v.start.size());
  require(v.end.size() == v.start.size(), "end must be of the size of start, {}; found {}", v.start.size(),
          v.end.size());
  require(v.early.empty() || v.early.size() == v.start.size(),
          "early must be empty or of the size of start, {}; found {}", v.start.size(), v.early.size());
  for (const auto known : {v.start_mean, v.start_sd})
    require(known.empty() || known.size() == quantities,
            "start_mean and start_sd must be empty or have one for each of {} quantities; found {}", quantities,
            known.size());
  const std::size_t n = v.start.size() / quantities;
  require(settings.copies > 0 && n % settings.copies == 0, "copies must divide the {} chains; found {}", n,
          settings.copies);
  require(n / settings.copies >= 4, "there must be at least 4 starts; found {}", n / settings.copies);
  require(settings.significance > 0 && settings.significance < 1, "significance must be in (0, 1); found {}",
          settings.significance);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const double z = student_quantile(normal_quantile(1 - settings.significance / (4 * static_cast<double>(quantities))),
                                    static_cast<double>(n / settings.copies - 1));
  std::vector<ErrorBound> out;
  const auto column = [&](std::span<const double> values, std::size_t k) {
    std::vector<double> c(values.empty() ? 0 : n);
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = values[i * quantities + k];
    return c;
  };
  for (std::size_t k = 0; k < quantities; ++k)
    out.push_back(bound({column(v.start, k), column(v.early, k), column(v.end, k),
                         v.start_mean.empty() ? nan : v.start_mean[k], v.start_sd.empty() ? nan : v.start_sd[k]},
                        z, settings));
  return out;
}

}  // namespace thalweg
