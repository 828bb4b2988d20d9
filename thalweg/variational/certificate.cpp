#include "thalweg/variational/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// All quantities at some points: [points][coordinates, then functions]. Without functions that is the points
/// themselves.
class Values {
 public:
  Values(std::span<const double> x, std::size_t d, const NamedFunctions& functions) : view_(x) {
    const std::size_t f = functions.names.size(), q = d + f;
    if (f == 0) return;
    const std::size_t points = x.size() / d;
    own_.resize(points * q);
    for (std::size_t i = 0; i < points; ++i) {
      for (std::size_t j = 0; j < d; ++j) own_[i * q + j] = x[i * d + j];
      functions.evaluate(x.subspan(i * d, d), std::span(own_).subspan(i * q + d, f));
    }
    view_ = own_;
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  operator std::span<const double>() const { return view_; }

 private:
  std::vector<double> own_;
  std::span<const double> view_;
};

double standard_error(const std::vector<double>& influence) {
  const double n = static_cast<double>(influence.size());
  double squares = 0;
  for (const double v : influence) squares += v * v;  // influences have mean 0
  return std::sqrt(squares) / n;
}

struct Moment {
  double mean = 0, variance = 0;
};
Moment moment(std::span<const double> h, std::span<const double> w) {
  Moment m;
  for (std::size_t i = 0; i < h.size(); ++i)
    if (w[i] > 0) m.mean += w[i] * h[i];
  for (std::size_t i = 0; i < h.size(); ++i)
    if (w[i] > 0) m.variance += w[i] * (h[i] - m.mean) * (h[i] - m.mean);
  return m;
}

/// From equal weights to w, both adding up to 1.
MomentChange weighted_change(std::span<const double> h, std::span<const double> w, const Moment& after) {
  const std::size_t n = h.size();
  const double count = static_cast<double>(n);
  const Moment before = moment(h, std::vector<double>(n, 1 / count));
  const double sd = std::sqrt(after.variance);
  std::vector<double> of_mean(n), of_log_sd(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double a = w[i] > 0 ? h[i] - after.mean : 0, b = h[i] - before.mean, share = count * w[i];
    of_mean[i] = (share * a - b) / sd;
    of_log_sd[i] = 0.5 * (share * (a * a / after.variance - 1) - (b * b / before.variance - 1));
  }
  return {(after.mean - before.mean) / sd, standard_error(of_mean), 0.5 * log(after.variance / before.variance),
          standard_error(of_log_sd)};
}

/// k-hat of the ratios times |h − mean|^power.
double moment_k(std::span<const double> h, double mean, double power, std::span<const double> log_ratios) {
  std::vector<double> r(h.size());
  for (std::size_t i = 0; i < h.size(); ++i)
    r[i] = log_ratios[i] == -infinity ? -infinity : log_ratios[i] + power * log(std::abs(h[i] - mean));
  return pareto_k(r);
}

/// Fills what the weights say of every quantity.
void weigh(Certificate& c, std::span<const double> values, std::span<const double> log_ratios, std::size_t most_named) {
  const std::size_t q = c.quantities.size(), n = log_ratios.size();
  std::vector<double> w(n), h(n), means(q), variances(q);
  const bool weights_exist = c.weights.effective_size > 0;
  for (std::size_t i = 0; i < n; ++i) w[i] = weights_exist ? exp(c.weights.log_weights[i]) : 0;
  const auto column = [&](std::size_t k) {
    for (std::size_t i = 0; i < n; ++i) h[i] = values[i * q + k];
  };
  for (std::size_t k = 0; k < q; ++k) {
    QuantityCertificate& quantity = c.quantities[k];
    quantity.k_mean = quantity.k_sd = nan;
    column(k);
    const Moment m = moment(h, w);
    means[k] = m.mean;
    variances[k] = m.variance;
    if (weights_exist && m.variance > 0) quantity.weighted = weighted_change(h, w, m);
  }
  std::vector<std::size_t> order(q);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = [&](std::size_t k) {
    const MomentChange& change = c.quantities[k].weighted;
    const double s = std::max(std::abs(change.mean), std::abs(change.log_sd));
    return std::isnan(s) ? infinity : s;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
  order.resize(std::min(order.size(), most_named));
  for (const std::size_t k : order) {
    if (!weights_exist) break;
    if (variances[k] == 0) continue;  // a constant
    column(k);
    c.quantities[k].k_mean = moment_k(h, means[k], 1, log_ratios);
    c.quantities[k].k_sd = moment_k(h, means[k], 2, log_ratios);
  }
}

void move(Certificate& c, Points& points, const Approximation& q, const CertificateSettings& s) {
  // too few draws in the support are the verdict's to report
  if (std::count_if(q.log_p.begin(), q.log_p.end(), [](double v) { return std::isfinite(v); }) < 4) return;
  const MovedDraws moved = run_short_chains(points, q, s.chains, s.seed);
  c.chains = moved.chains;
  c.stuck = moved.stuck;
  c.step_size = moved.step_size;
  c.acceptance = moved.acceptance;
  std::vector<double> mean = mean_of(q), sd = scales_of(q);
  mean.resize(c.quantities.size(), nan), sd.resize(c.quantities.size(), nan);
  const Values start(moved.start, q.dimension, s.functions), early(moved.early, q.dimension, s.functions),
      end(moved.end, q.dimension, s.functions);
  const std::vector<ErrorBound> bounds = error_bounds(
      {start, early, end, mean, sd}, c.quantities.size(),
      {.significance = s.significance, .most_squared_correlation = s.most_squared_correlation, .copies = moved.copies});
  for (std::size_t k = 0; k < bounds.size(); ++k) c.quantities[k].chains = bounds[k];
}

/// Which changes are beyond the limits, and beyond chance in all quantities.
void decide(Certificate& c, const CertificateSettings& s) {
  const double z = normal_quantile(1 - s.significance / (4 * static_cast<double>(c.quantities.size())));
  const double log_limit = log(s.limits.sd_ratio);
  const auto beyond = [&](double change, double se, double limit) {
    return std::abs(change) > limit && std::abs(change) > z * se;
  };
  const auto relied_on = [&](double k) { return c.weights.good() && !(k > c.weights.threshold); };
  for (QuantityCertificate& q : c.quantities) {
    const MomentChange& w = q.weighted;
    const ErrorBound& b = q.chains;
    q.weights_move_mean = relied_on(q.k_mean) && beyond(w.mean, w.mean_se, s.limits.mean);
    q.weights_change_sd = relied_on(q.k_sd) && beyond(w.log_sd, w.log_sd_se, log_limit);
    q.chains_move_mean = b.mean_reliable && b.mean_error > 0 && std::abs(b.change) > s.limits.mean * b.sd_end;
    q.chains_change_sd = b.sd_reliable && b.sd_error > 0 && std::abs(b.log_ratio) > log_limit;
  }
}

void check(const Points& points, const Approximation& q, std::span<const std::string> names,
           const CertificateSettings& s) {
  require(q.dimension == points.dimension(), "the approximation must have the density's dimension, {}; found {}",
          points.dimension(), q.dimension);
  require(names.size() == q.dimension, "names must have one for each of {} coordinates; found {}", q.dimension,
          names.size());
  require(!q.components.empty(), "the approximation must have at least one component; found none");
  require(
      q.count >= 2 && q.x.size() == q.count * q.dimension && q.log_p.size() == q.count && q.log_q.size() == q.count,
      "the approximation must hold at least 2 draws with log_p and log_q; found {} draws, {} numbers, {} and {} log "
      "densities",
      q.count, q.x.size(), q.log_p.size(), q.log_q.size());
  require(s.functions.names.empty() || s.functions.evaluate, "functions has {} names but no function",
          s.functions.names.size());
  require(s.significance > 0 && s.significance < 1, "significance must be in (0, 1); found {}", s.significance);
}

}  // namespace

Certificate certify(Points& points, const Approximation& q, std::span<const std::string> names,
                    const CertificateSettings& s) {
  check(points, q, names, s);
  Certificate c;
  std::vector<double> log_ratios(q.count);
  for (std::size_t i = 0; i < q.count; ++i) log_ratios[i] = q.log_p[i] - q.log_q[i];
  c.weights = pareto_smooth(log_ratios);
  c.evidence.lower = evidence_lower_bound(log_ratios);
  c.evidence.importance_lower = importance_lower_bound(log_ratios, s.importance_groups);
  c.evidence.importance_draws = q.count / std::min(q.count, s.importance_groups);
  if (s.target) {
    c.evidence.upper = evidence_upper_bound(s.target->log_ratios, s.target->chains);
    c.evidence.upper_source = s.target->source;
  }
  for (const std::string& name : names) c.quantities.push_back({.name = name});
  for (const std::string& name : s.functions.names) c.quantities.push_back({.name = name});
  weigh(c, Values(q.x, q.dimension, s.functions), log_ratios, s.most_named);
  if (s.short_chains) move(c, points, q, s);
  decide(c, s);
  c.verdict = judge(c, q, s);
  return c;
}

}  // namespace thalweg
