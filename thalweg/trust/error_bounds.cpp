#include "thalweg/trust/error_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

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

ErrorBound bound(const std::vector<double>& start, const std::vector<double>& end, double z,
                 const ErrorBoundSettings& settings) {
  const std::size_t n = start.size();
  const Moment s = moments(start), e = moments(end);
  ErrorBound b;
  b.mean_start = s.mean, b.mean_end = e.mean;
  b.sd_start = std::sqrt(s.variance), b.sd_end = std::sqrt(e.variance);
  if (!(s.variance > 0 && e.variance > 0 && std::isfinite(s.variance) && std::isfinite(e.variance))) return b;
  std::vector<double> change(n), influence(n), s_squares(n), e_squares(n);
  for (std::size_t i = 0; i < n; ++i) {
    s_squares[i] = (start[i] - s.mean) * (start[i] - s.mean) / s.variance;
    e_squares[i] = (end[i] - e.mean) * (end[i] - e.mean) / e.variance;
    change[i] = end[i] - start[i];
    influence[i] = 0.5 * (e_squares[i] - s_squares[i]);  // of log sd_end − log sd_start
  }
  b.change = e.mean - s.mean;
  b.change_se = standard_error(change, settings.copies);
  b.log_ratio = 0.5 * log(e.variance / s.variance);
  b.log_ratio_se = standard_error(influence, settings.copies);
  b.correlation = correlation(start, end);
  b.square_correlation = correlation(s_squares, e_squares);
  const double most = settings.most_squared_correlation;
  b.mean_reliable = b.correlation * b.correlation <= most;
  b.sd_reliable = b.mean_reliable && b.square_correlation * b.square_correlation <= most;
  b.mean_error = lower_bound(b.change, b.change_se, z, b.correlation);
  b.sd_error = lower_bound(b.log_ratio, b.log_ratio_se, z, b.square_correlation);
  return b;
}

}  // namespace

std::vector<ErrorBound> error_bounds(std::span<const double> start, std::span<const double> end, std::size_t quantities,
                                     const ErrorBoundSettings& settings) {
  require(quantities > 0 && start.size() % quantities == 0, "start must hold rows of {} quantities; found {} numbers",
          quantities, start.size());
  require(end.size() == start.size(), "end must be of the size of start, {}; found {}", start.size(), end.size());
  const std::size_t n = start.size() / quantities;
  require(settings.copies > 0 && n % settings.copies == 0, "copies must divide the {} chains; found {}", n,
          settings.copies);
  require(n / settings.copies >= 4, "there must be at least 4 starts; found {}", n / settings.copies);
  require(settings.significance > 0 && settings.significance < 1, "significance must be in (0, 1); found {}",
          settings.significance);
  const double z = normal_quantile(1 - settings.significance / (4 * static_cast<double>(quantities)));
  std::vector<ErrorBound> out;
  std::vector<double> a(n), b(n);
  for (std::size_t k = 0; k < quantities; ++k) {
    for (std::size_t i = 0; i < n; ++i) a[i] = start[i * quantities + k], b[i] = end[i * quantities + k];
    out.push_back(bound(a, b, z, settings));
  }
  return out;
}

}  // namespace thalweg
