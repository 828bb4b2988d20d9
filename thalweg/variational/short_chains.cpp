#include "thalweg/variational/short_chains.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr std::uint64_t pilot_offset = std::uint64_t{1} << 32;
constexpr std::size_t most_numbers = 8'000'000;  ///< of one array [chains][dimension]

/// Chains in lockstep.
class Ensemble {
 public:
  Ensemble(Points& points, const std::vector<double>& scale, std::uint64_t seed, std::vector<double> starts)
      : points_(points), scale_(scale), seed_(seed), d_(scale.size()), n_(starts.size() / d_), x(std::move(starts)) {
    gradient.resize(x.size()), trial_.resize(x.size()), trial_gradient_.resize(x.size()), momentum_.resize(x.size());
    log_p.resize(n_), trial_log_p_.resize(n_), kinetic_.resize(n_), step_.resize(n_);
    moved.assign(n_, 0), sound_.assign(n_, 1);
    points_.evaluate(n_, d_, x.data(), gradient.data(), log_p.data());
  }

  /// One transition of every chain; returns the mean probability of acceptance.
  double transition(double step, int leapfrog, std::uint64_t number) {
    begin(step, number);
    for (int l = 0; l < leapfrog; ++l) {
      for (std::size_t c = 0; c < n_; ++c) kick_and_drift(c);
      points_.evaluate(n_, d_, trial_.data(), trial_gradient_.data(), trial_log_p_.data());
      for (std::size_t c = 0; c < n_; ++c) kick(c);
    }
    return decide(number);
  }

 private:
  Points& points_;
  const std::vector<double>& scale_;
  const std::uint64_t seed_;
  const std::size_t d_, n_;

 public:
  std::vector<double> x, gradient, log_p;
  std::vector<char> moved;  ///< has accepted a proposal

 private:
  void begin(double step, std::uint64_t number) {
    trial_ = x;
    trial_gradient_ = gradient;
    for (std::size_t c = 0; c < n_; ++c) {
      Random<double> normals(seed_, Purpose::momentum, c, number), uniforms(seed_, Purpose::acceptance, c, number);
      kinetic_[c] = 0;
      for (std::size_t j = 0; j < d_; ++j) {
        const double z = normals.normal();
        momentum_[c * d_ + j] = z;
        kinetic_[c] += 0.5 * z * z;
      }
      step_[c] = step * 0.5 * (1 + uniforms.uniform());
      sound_[c] = 1;
    }
  }
  /// In units of the scale: z += ½ε s∇log p, x += ε s z.
  void kick_and_drift(std::size_t c) {
    if (!sound_[c]) return;
    const double h = step_[c];
    for (std::size_t j = 0; j < d_; ++j) {
      const std::size_t k = c * d_ + j;
      momentum_[k] += 0.5 * h * scale_[j] * trial_gradient_[k];
      trial_[k] += h * scale_[j] * momentum_[k];
    }
  }
  void kick(std::size_t c) {
    if (!sound_[c]) return;
    double total = trial_log_p_[c];
    for (std::size_t j = 0; j < d_; ++j) {
      const std::size_t k = c * d_ + j;
      momentum_[k] += 0.5 * step_[c] * scale_[j] * trial_gradient_[k];
      total += momentum_[k];
    }
    if (std::isfinite(total)) return;
    // stays where it was, so that the evaluations to come are of a sound place
    sound_[c] = 0;
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(c * d_), d_,
                trial_.begin() + static_cast<std::ptrdiff_t>(c * d_));
  }
  double decide(std::uint64_t number) {
    double sum = 0;
    for (std::size_t c = 0; c < n_; ++c) {
      if (!sound_[c]) continue;
      double after = 0;
      for (std::size_t j = 0; j < d_; ++j) after += 0.5 * momentum_[c * d_ + j] * momentum_[c * d_ + j];
      const double log_ratio = trial_log_p_[c] - after - log_p[c] + kinetic_[c];
      const double p = log_ratio >= 0 ? 1 : exp(log_ratio);  // 0 for NaN
      if (!(p >= 0)) continue;
      sum += p;
      Random<double> uniforms(seed_, Purpose::acceptance, c, number);
      uniforms.uniform();  // the step's
      if (!(uniforms.uniform() < p)) continue;
      const auto at = static_cast<std::ptrdiff_t>(c * d_), count = static_cast<std::ptrdiff_t>(d_);
      std::copy(trial_.begin() + at, trial_.begin() + at + count, x.begin() + at);
      std::copy(trial_gradient_.begin() + at, trial_gradient_.begin() + at + count, gradient.begin() + at);
      log_p[c] = trial_log_p_[c];
      moved[c] = 1;
    }
    return sum / static_cast<double>(n_);
  }

  std::vector<double> trial_, trial_gradient_, momentum_, trial_log_p_, kinetic_, step_;
  std::vector<char> sound_;
};

/// Robbins–Monro on log ε towards the acceptance; the mean over the second half.
double tune(Ensemble& chains, const ShortChains& s) {
  double log_step = 0, sum = 0;
  int counted = 0;
  for (int t = 0; t < s.pilot_transitions; ++t) {
    const double a = chains.transition(exp(log_step), s.leapfrog, pilot_offset + static_cast<std::uint64_t>(t));
    log_step += 2 * (a - s.acceptance) / std::sqrt(t + 1.0);
    if (2 * t < s.pilot_transitions - 1) continue;
    sum += log_step;
    ++counted;
  }
  return counted > 0 ? exp(sum / counted) : 1;
}

/// Up to `wanted` rows with a finite log p, evenly spread over the draws.
std::vector<std::size_t> spread_rows(const Approximation& q, std::size_t wanted, std::size_t& passed_over) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < q.count; ++i)
    if (std::isfinite(q.log_p[i])) usable.push_back(i);
  passed_over = q.count - usable.size();
  const std::size_t n = std::min(wanted, usable.size());
  std::vector<std::size_t> rows(n);
  for (std::size_t k = 0; k < n; ++k) rows[k] = usable[(2 * k + 1) * usable.size() / (2 * n)];
  return rows;
}

void check(const Points& points, const Approximation& q, const ShortChains& s) {
  require(q.dimension == points.dimension(), "the approximation must have the density's dimension, {}; found {}",
          points.dimension(), q.dimension);
  require(q.log_p.size() == q.count && q.x.size() == q.count * q.dimension,
          "the approximation must hold {} draws with their log_p; found {} numbers and {} log densities", q.count,
          q.x.size(), q.log_p.size());
  require(s.copies > 0 && s.most >= 4 * s.copies, "most must be at least 4 chains for each of {} copies; found {}",
          s.copies, s.most);
  require(s.transitions > 0, "transitions must be > 0; found {}", s.transitions);
  require(s.leapfrog > 0, "leapfrog must be > 0; found {}", s.leapfrog);
  require(s.pilot_transitions > 0 && s.pilot_chains > 0, "the pilot must have transitions and chains; found {} and {}",
          s.pilot_transitions, s.pilot_chains);
  require(s.acceptance > 0 && s.acceptance < 1, "acceptance must be in (0, 1); found {}", s.acceptance);
}

std::vector<double> rows_of(const Approximation& q, const std::vector<std::size_t>& rows) {
  std::vector<double> x;
  for (const std::size_t i : rows) x.insert(x.end(), q.draw(i).begin(), q.draw(i).end());
  return x;
}

}  // namespace

std::vector<double> mean_of(const Approximation& q) {
  std::vector<double> mean(q.dimension, 0.0);
  for (const MultivariateNormal& c : q.components)
    for (std::size_t j = 0; j < q.dimension; ++j) mean[j] += c.mean()[j] / static_cast<double>(q.components.size());
  return mean;
}

std::vector<double> scales_of(const Approximation& q) {
  const double count = static_cast<double>(q.components.size());
  const std::vector<double> mean = mean_of(q);
  std::vector<double> square(q.dimension, 0.0);
  for (const MultivariateNormal& c : q.components) {
    const std::vector<double> v = c.variances();
    for (std::size_t j = 0; j < q.dimension; ++j) square[j] += v[j] / count;
  }
  for (const MultivariateNormal& c : q.components)
    for (std::size_t j = 0; j < q.dimension; ++j) {
      const double off = c.mean()[j] - mean[j];
      square[j] += off * off / count;
    }
  for (double& s : square) s = std::sqrt(s);
  return square;
}

MovedDraws run_short_chains(Points& points, const Approximation& q, const ShortChains& s, std::uint64_t seed) {
  check(points, q, s);
  MovedDraws out;
  out.dimension = q.dimension;
  out.copies = s.copies;
  const std::size_t affordable = std::max<std::size_t>(8, most_numbers / std::max<std::size_t>(1, q.dimension));
  const std::size_t starts = std::max<std::size_t>(4, std::min(s.most, affordable) / s.copies);
  const std::vector<std::size_t> rows = spread_rows(q, starts, out.passed_over);
  if (rows.size() < 4)
    fail("short chains need at least 4 draws of the approximation with a finite log density; found {} of {}",
         rows.size(), q.count);
  for (const std::size_t row : rows) out.source.insert(out.source.end(), s.copies, row);
  out.chains = out.source.size();
  const std::vector<double> scale = scales_of(q);
  const std::int64_t before = points.gradients();
  std::size_t passed = 0;
  Ensemble pilot(points, scale, seed, rows_of(q, spread_rows(q, std::min(s.pilot_chains, rows.size()), passed)));
  out.step_size = tune(pilot, s);
  out.start = rows_of(q, out.source);
  Ensemble chains(points, scale, seed, out.start);
  for (int t = 0; t < s.transitions; ++t) {
    if (t == (s.transitions + 2) / 4) out.early = chains.x;
    out.acceptance += chains.transition(out.step_size, s.leapfrog, static_cast<std::uint64_t>(t)) / s.transitions;
  }
  out.stuck = static_cast<std::size_t>(std::count(chains.moved.begin(), chains.moved.end(), 0));
  out.end = std::move(chains.x);
  out.gradient = std::move(chains.gradient);
  out.log_p = std::move(chains.log_p);
  out.gradients = points.gradients() - before;
  return out;
}

}  // namespace thalweg
