#include "thalweg/trust/score_identities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/trust/group_mean.hpp"
#include "thalweg/trust/student.hpp"

namespace thalweg {
namespace {

bool finite(std::span<const double> v) {
  return std::all_of(v.begin(), v.end(), [](double a) { return std::isfinite(a); });
}

/// Standardised draws, coordinate by coordinate: [d][n].
struct Standardised {
  std::size_t n = 0;
  std::vector<double> x, g;
  std::size_t not_finite = 0;
};

Standardised standardise(std::span<const double> x, std::span<const double> g, std::size_t d, std::size_t copies) {
  std::vector<std::size_t> rows;
  Standardised out;
  // a group is left out whole, so that groups stay in line
  for (std::size_t first = 0; first * d < x.size(); first += copies) {
    const bool sound = finite(x.subspan(first * d, copies * d)) && finite(g.subspan(first * d, copies * d));
    for (std::size_t i = first; i < first + copies; ++i)
      if (sound)
        rows.push_back(i);
      else
        out.not_finite += !(finite(x.subspan(i * d, d)) && finite(g.subspan(i * d, d)));
  }
  const std::size_t n = out.n = rows.size();
  out.x.resize(n * d), out.g.resize(n * d);
  for (std::size_t j = 0; j < d; ++j) {
    double mean = 0, squares = 0;
    for (const std::size_t i : rows) mean += x[i * d + j] / static_cast<double>(n);
    for (const std::size_t i : rows) squares += (x[i * d + j] - mean) * (x[i * d + j] - mean);
    const double sd = std::sqrt(squares / static_cast<double>(n - 1)), inverse = sd > 0 ? 1 / sd : 0;
    for (std::size_t k = 0; k < n; ++k) {
      out.x[j * n + k] = (x[rows[k] * d + j] - mean) * inverse;
      out.g[j * n + k] = g[rows[k] * d + j] * sd;
    }
  }
  return out;
}

/// Mean of a·b (b alone when a is null) with a standard error that allows for groups of dependent draws.
ScoreIdentity mean_product(const double* a, const double* b, std::size_t n, std::size_t copies) {
  const GroupMean m = a ? group_mean(n, copies, [&](std::size_t i) { return a[i] * b[i]; })
                        : group_mean(n, copies, [&](std::size_t i) { return b[i]; });
  return {0, -1, m.mean, 0, m.standard_error};
}

}  // namespace

double ScoreIdentity::z() const {
  const double off = found - expected;
  return off == 0 ? 0 : off / standard_error;
}

ScoreIdentities score_identities(std::span<const double> x, std::span<const double> gradient, std::size_t dimension,
                                 const ScoreIdentitySettings& settings) {
  const std::size_t d = dimension;
  require(d > 0 && x.size() % d == 0, "x must hold rows of {} numbers; found {} numbers", d, x.size());
  require(gradient.size() == x.size(), "gradient must be of the size of x, {}; found {}", x.size(), gradient.size());
  require(settings.copies > 0 && x.size() / d % settings.copies == 0, "copies must divide the {} draws; found {}",
          x.size() / d, settings.copies);
  require(settings.significance > 0 && settings.significance < 1, "significance must be in (0, 1); found {}",
          settings.significance);
  const Standardised s = standardise(x, gradient, d, settings.copies);
  const std::size_t n = s.n;
  require(n / settings.copies >= 10, "there must be at least 10 independent draws with a finite gradient; found {}",
          n / settings.copies);
  ScoreIdentities out;
  out.not_finite = s.not_finite;
  const bool pairs = d <= settings.most_pairs;
  const std::vector<std::size_t>& without = settings.without;
  require(without.empty() || (std::is_sorted(without.begin(), without.end()) && without.back() < d),
          "without must be ascending and below {}", d);
  const auto left_out = [&](std::size_t j) { return std::binary_search(without.begin(), without.end(), j); };
  const std::size_t along = d - without.size();
  out.tested = along * (1 + (pairs ? d : 1));
  if (along == 0) return out;
  out.threshold = student_quantile(normal_quantile(1 - settings.significance / (2 * static_cast<double>(out.tested))),
                                   static_cast<double>(n / settings.copies - 1));
  const auto test = [&](std::size_t i, std::size_t j, bool alone) {
    const double* const g = s.g.data() + j * n;
    ScoreIdentity t = mean_product(alone ? nullptr : s.x.data() + i * n, g, n, settings.copies);
    t.i = static_cast<std::ptrdiff_t>(i);
    t.j = alone ? -1 : static_cast<std::ptrdiff_t>(j);
    t.expected = !alone && i == j ? -1 : 0;
    if (std::abs(t.z()) >= std::abs(out.worst.z())) out.worst = t;
    if (!(std::abs(t.z()) <= out.threshold)) out.failed.push_back(t);
  };
  for (std::size_t i = 0; i < d; ++i) {
    if (!left_out(i)) test(i, i, true);
    for (std::size_t j = 0; j < d; ++j)
      if ((pairs || i == j) && !left_out(j)) test(i, j, false);
  }
  std::stable_sort(out.failed.begin(), out.failed.end(),
                   [](const ScoreIdentity& a, const ScoreIdentity& b) { return std::abs(a.z()) > std::abs(b.z()); });
  return out;
}

std::string describe(const ScoreIdentity& t, std::span<const std::string> names) {
  const auto name = [&](std::ptrdiff_t k) {
    const auto u = static_cast<std::size_t>(k);
    return u < names.size() ? names[u] : fmt::format("x{}", u + 1);
  };
  const std::string left =
      t.j < 0 ? fmt::format("E[dlogp/d{}]", name(t.i)) : fmt::format("E[{} dlogp/d{}]", name(t.i), name(t.j));
  return fmt::format("{} = {:.3g} in units of the sd, expected {:.0f} (z = {:.1f})", left, t.found, t.expected, t.z());
}

}  // namespace thalweg
