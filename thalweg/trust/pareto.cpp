#include "thalweg/trust/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "thalweg/core/error.hpp"
#include "thalweg/core/log_sum.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

constexpr std::size_t shortest_tail = 5;
/// Ratios that are apart by no more than what rounding of two log densities leaves are equal.
constexpr double rounding = 1e-8;

/// Profile of the generalised Pareto likelihood at b = −k/σ: k(b) = mean log(1 − b y), and the log likelihood.
struct Profile {
  double k, log_likelihood;
};
Profile profile(std::span<const double> y, double b) {
  double sum = 0;
  for (const double v : y) sum += log1p(-b * v);
  const double n = static_cast<double>(y.size()), k = sum / n;
  return {k, n * (log(-b / k) - k - 1)};
}

/// The ratios of positive weight in ascending order, shifted so that the largest is 0.
struct Sorted {
  std::vector<std::uint32_t> index;
  double most = -infinity, least = infinity;
};

Sorted sort_ratios(std::span<const double> r, ParetoWeights& out) {
  Sorted s;
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (std::isfinite(r[i]))
      s.index.push_back(static_cast<std::uint32_t>(i));
    else
      ++(r[i] == -infinity ? out.outside : out.faulty);
  }
  std::sort(s.index.begin(), s.index.end(),
            [&](std::uint32_t a, std::uint32_t b) { return r[a] < r[b] || (r[a] == r[b] && a < b); });
  if (!s.index.empty()) {
    s.least = r[s.index.front()];
    s.most = r[s.index.back()];
  }
  return s;
}

void conclude(ParetoWeights& out, TailState state, double k, std::string reason) {
  out.state = state;
  out.k = k;
  out.reason = std::move(reason);
}

/// Fits the tail of the shifted log weights and puts the fit's order statistics in the place of those of the tail.
void smooth_tail(const Sorted& sorted, double relative_efficiency, ParetoWeights& out) {
  const std::size_t n = sorted.index.size(), wanted = pareto_tail_size(n, relative_efficiency);
  std::vector<double>& w = out.log_weights;
  // Below the smallest normal number exceedances lose their digits.
  const double cut = n > wanted ? std::max(w[sorted.index[n - wanted - 1]], -708.0) : -infinity;
  std::size_t first = n - std::min(wanted, n);
  while (first < n && !(w[sorted.index[first]] > cut)) ++first;
  out.tail = n - first;
  if (out.tail == 0)
    return conclude(out, TailState::bounded, -infinity, "the largest ratio is that of many draws: weights are bounded");
  if (out.tail < shortest_tail)
    return conclude(out, TailState::too_short, infinity,
                    fmt::format("only {} of {} draws stand out in weight; {} are needed to judge a tail", out.tail, n,
                                shortest_tail));
  std::vector<double> exceedances(out.tail);
  const double base = exp(cut);
  for (std::size_t i = 0; i < out.tail; ++i) exceedances[i] = exp(w[sorted.index[first + i]]) - base;
  ParetoTail fit;
  if (exceedances.front() > 0) fit = fit_pareto_tail(exceedances);
  if (!(exceedances.front() > 0) || !std::isfinite(fit.k) || !std::isfinite(fit.sigma))
    return conclude(out, TailState::too_short, infinity, "the weights span more than double precision holds");
  conclude(out, TailState::fitted, fit.k, "");
  for (std::size_t i = 0; i < out.tail; ++i) {
    const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(out.tail);
    w[sorted.index[first + i]] = std::min(0.0, log(base + fit.quantile(p)));
  }
}

void normalise(ParetoWeights& out) {
  const double total = log_sum_exp(out.log_weights);
  double squares = 0;
  for (double& w : out.log_weights) {
    w -= total;
    const double e = exp(w);
    squares += e * e;
  }
  out.effective_size = 1 / squares;
}

}  // namespace

double ParetoTail::quantile(double probability) const {
  const double l = -log1p(-probability);  // of an exponential
  return std::abs(k) < 1e-10 ? sigma * l : sigma * expm1(k * l) / k;
}

ParetoTail fit_pareto_tail(std::span<const double> y) {
  const std::size_t n = y.size();
  require(n >= shortest_tail, "exceedances must be at least {}; found {}", shortest_tail, n);
  require(y.front() > 0 && y.front() <= y.back(), "exceedances must be > 0 and ascending; found {} to {}", y.front(),
          y.back());
  const auto count = 30 + static_cast<std::size_t>(std::sqrt(static_cast<double>(n)));
  const double quarter = y[static_cast<std::size_t>(static_cast<double>(n) / 4 + 0.5) - 1];
  std::vector<double> b(count), log_likelihood(count);
  for (std::size_t j = 0; j < count; ++j) {
    const double u = std::sqrt(static_cast<double>(count) / (static_cast<double>(j) + 0.5));
    b[j] = 1 / y.back() + (1 - u) / (3 * quarter);
    if (b[j] == 0) b[j] = 1e-12 / y.back();  // k = 0: the limit from beside it
    log_likelihood[j] = profile(y, b[j]).log_likelihood;
  }
  const double total = log_sum_exp(log_likelihood);
  double mean = 0;
  for (std::size_t j = 0; j < count; ++j) mean += b[j] * exp(log_likelihood[j] - total);
  const double k = profile(y, mean).k, nd = static_cast<double>(n);
  return {(nd * k + 10 * 0.5) / (nd + 10), -k / mean};
}

std::size_t pareto_tail_size(std::size_t draws, double relative_efficiency) {
  require(relative_efficiency > 0, "relative_efficiency must be > 0; found {}", relative_efficiency);
  const double s = static_cast<double>(draws);
  return static_cast<std::size_t>(std::ceil(std::min(0.2 * s, 3 * std::sqrt(s / relative_efficiency))));
}

double pareto_threshold(double draws) { return draws > 1 ? std::min(1 - 1 / std::log10(draws), 0.7) : -infinity; }

double pareto_draws_needed(double k) { return k >= 0.7 ? infinity : std::pow(10, 1 / (1 - std::max(k, 0.0))); }

ParetoWeights pareto_smooth(std::span<const double> log_ratios, double relative_efficiency) {
  require(relative_efficiency > 0, "relative_efficiency must be > 0; found {}", relative_efficiency);
  ParetoWeights out;
  const std::size_t n = log_ratios.size();
  const Sorted sorted = sort_ratios(log_ratios, out);
  const std::size_t positive = sorted.index.size();
  out.threshold = pareto_threshold(static_cast<double>(positive));
  out.log_weights.assign(n, -infinity);
  if (positive == 0) {
    out.log_mean_ratio = -infinity;
    conclude(out, TailState::invalid, infinity, n == 0 ? "there are no draws" : "no draw has a positive finite weight");
    return out;
  }
  for (const std::uint32_t i : sorted.index) out.log_weights[i] = log_ratios[i] - sorted.most;
  out.log_mean_ratio = sorted.most + log_sum_exp(out.log_weights) - log(static_cast<double>(n - out.faulty));
  if (positive >= shortest_tail && sorted.most - sorted.least <= rounding)
    conclude(out, TailState::exact, -infinity, "all ratios are equal");
  else
    smooth_tail(sorted, relative_efficiency, out);
  if (out.faulty > 0)
    conclude(out, TailState::invalid, infinity,
             fmt::format("the ratio of {} of {} draws is not a number", out.faulty, n));
  normalise(out);
  return out;
}

double pareto_k(std::span<const double> log_ratios, double relative_efficiency) {
  return pareto_smooth(log_ratios, relative_efficiency).k;
}

}  // namespace thalweg
