#include "thalweg/fokker_planck/exponential.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/series_weights.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr double series_tail = 1e-17;
/// Λt of one piece of uniformisation: long enough that the 8 √(Λt) are few.
constexpr double longest_piece = 2e4;

void uniformise_piece(const Generator& g, const LineOperator& op, Team& team, double rate, double t,
                      std::vector<double>& v, Ledger* ledger, Propagated& done) {
  const SeriesWeights series = poisson_weights(rate * t, series_tail);
  const std::size_t last = series.first + series.weights.size() - 1;
  std::vector<double> next(v.size()), sum(v.size());
  double later = 1;  // P(N > k)
  for (std::size_t k = 0;; ++k) {
    const double w = k < series.first ? 0 : series.weights[k - series.first];
    if (k == last) {
      for (std::size_t c = 0; c < v.size(); ++c) sum[c] += w * v[c];
      break;
    }
    later = std::max(later - w, 0.0);
    if (ledger && g.has_exit()) {
      const auto left = leaving_by_side(g, v.data());
      for (std::size_t s = 0; s < 6; ++s) ledger->left[s] += left[s] * later / rate;
    }
    each_line(op, team, v.data(), [&](std::size_t first, std::size_t n, const double* line) {
      const double* here = v.data() + first;
      double *to = next.data() + first, *total = sum.data() + first;
      for (std::size_t i = 0; i < n; ++i) {
        to[i] = here[i] + line[i] / rate;
        total[i] += w * here[i];
      }
    });
    std::swap(v, next);
  }
  std::swap(v, sum);
  done.applications += static_cast<std::int64_t>(last);
  done.error_bound += 2 * series.tail;
}

}  // namespace

Propagated uniformise(const Generator& g, ActsOn side, Team& team, double t, std::vector<double>& v, Ledger* ledger) {
  require(t >= 0 && std::isfinite(t), "uniformise: t must be finite and >= 0; found {}", t);
  Propagated done;
  if (ledger)
    for (int s = 0; s < g.grid.sides(); ++s)
      ledger->entered += t * g.entry[static_cast<std::size_t>(s)] * static_cast<double>(g.grid.cells_of_side(s).size());
  // a little above the largest rate: then no weight 1 − |L_ii|/Λ is below zero by rounding
  const double rate = g.largest_rate > 0 ? 1.01 * g.largest_rate : 1;
  const LineOperator op(g, side);
  const auto pieces = std::max(1.0, std::ceil(rate * t / longest_piece));
  for (double piece = 0; piece < pieces; ++piece) uniformise_piece(g, op, team, rate, t / pieces, v, ledger, done);
  return done;
}

Propagated chebyshev(const Generator& g, ActsOn side, Team& team, double t, std::vector<double>& v) {
  require(t >= 0 && std::isfinite(t), "chebyshev: t must be finite and >= 0; found {}", t);
  require(g.closed(), "chebyshev: the series asks for sides that nothing passes");
  const double rate = g.largest_rate;
  const SeriesWeights series = bessel_weights(rate * t, series_tail);
  const LineOperator op(g, side);
  std::vector<double> previous = v, next(v.size()), sum(v.size());
  for (std::size_t c = 0; c < v.size(); ++c) sum[c] = series.weights[0] * v[c];
  for (std::size_t k = 1; k < series.weights.size(); ++k) {
    const double w = series.weights[k], twice = k == 1 ? 1 : 2;
    each_line(op, team, v.data(), [&](std::size_t first, std::size_t n, const double* line) {
      const double *here = v.data() + first, *before = previous.data() + first;
      double *to = next.data() + first, *total = sum.data() + first;
      for (std::size_t i = 0; i < n; ++i) {
        const double x = here[i] + line[i] / rate;
        to[i] = twice == 1 ? x : 2 * x - before[i];
        total[i] += w * to[i];
      }
    });
    std::swap(previous, v);
    std::swap(v, next);
  }
  std::swap(v, sum);
  return {static_cast<std::int64_t>(series.weights.size()) - 1, series.tail};
}

}  // namespace thalweg::fokker_planck
