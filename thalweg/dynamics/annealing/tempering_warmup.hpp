// Parallel tempering: what its warm-up learns, and when it ends.
#pragma once
#include "thalweg/dynamics/annealing/tempering.hpp"

namespace thalweg {

template <class Rules>
void TemperingEnsemble<Rules>::adapt_steps() {
  for (std::size_t k = 0; k < rungs(); ++k) {
    double* const a = &averages_[7 * k];
    DualAveraging::State s{a[0], a[1], a[2], a[3], a[4], a[5], a[6]};
    averaging_.step(s, totals_[at(moves, k)] / replicas_);
    a[1] = s.count, a[2] = s.error, a[3] = s.log_step, a[4] = s.log_step_average, a[5] = s.log_step_spread;
    a[6] = s.acceptance_average;
    if (!draws_exactly(k)) log_step_[k] = std::clamp(s.log_step, -300.0, 300.0);
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::end_round(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const double count = replicas_ * static_cast<double>(std::max<std::int64_t>(counted_, 1));
  for (std::size_t k = 0; k < rungs(); ++k) {
    if (!draws_exactly(k)) log_step_[k] = averages_[7 * k + 4];
    const bool moves_nowhere =
        averages_[7 * k + 6] < 0.01 || step_of(k) * static_cast<double>(method_.most_steps) < 0.01 * method_.length;
    if (stage_ == settling && moves_nowhere && !fixed_step_ && !draws_exactly(k)) {
      facts_.failure = fmt::format(
          "at beta = {:.3g} no step size is both accepted and long enough to go anywhere: is the gradient that of log "
          "p?",
          beta_[k]);
      return;
    }
  }
  if (path_.is_gaussian()) log_step_.back() = log_step_[rungs() - 2];  // only for rungs to come between
  if (stage_ == settling) return begin_sampling(p);
  std::vector<double> acceptance;
  for (std::size_t k = 0; k + 1 < rungs(); ++k) acceptance.push_back(sum_[at(exchanges, k)] / count);
  const double trips = totals_[sums_of_rung * rungs()];  // of this round
  const std::size_t before = rungs();
  if (counted_ > 0) {  // a round of one step has no second half
    learn_rungs(count);
    if (tunes_gaussian()) learn_gaussian(p, count);
    learn_ladder(p, acceptance);
  }
  ++round_;
  const auto moved = static_cast<double>(std::max(rungs(), before) - std::min(rungs(), before));
  const bool connected = *std::min_element(acceptance.begin(), acceptance.end()) > 0.1;
  const bool calm = round_ >= 3 && connected && trips >= replicas_ && moved <= 1 + 0.15 * static_cast<double>(before);
  const std::int64_t next = 2 * round_length_, left = fixed_warmup_ - warmed_,
                     last = fixed_warmup_ < 0 ? method_.last_round : std::min(method_.last_round, fixed_warmup_ / 3);
  const bool over = fixed_warmup_ < 0 ? calm || round_ >= method_.most_rounds : left <= last;
  if (!over) {
    begin_round(fixed_warmup_ < 0 ? next : left - last < 2 * next ? left - last : next);
    return;
  }
  facts_.settled = calm;
  begin_round(fixed_warmup_ < 0 ? last : left);
  stage_ = settling;
  if (round_length_ == 0) begin_sampling(p);
}

/// The metric of every rung, from the second half of a round.
template <class Rules>
void TemperingEnsemble<Rules>::learn_rungs(double count) {
  for (std::size_t k = 0; k < rungs(); ++k)
    for (std::size_t j = 0; j < dimension_; ++j) {
      const auto mean = [&](Moment m) { return moment_sum_[at(m, k) + j] / count; };
      const double x = mean(x_square) - mean(x_sum) * mean(x_sum), g = mean(g_square) - mean(g_sum) * mean(g_sum);
      centre_[k * dimension_ + j] += mean(x_sum);
      const double square = std::sqrt(x / g);
      if (square > 1e-300 && square < 1e300) sigma_[k * dimension_ + j] = std::sqrt(square);
    }
  for (std::size_t j = 0; j < dimension_; ++j) facts_.variances[j] = sigma_[j] * sigma_[j];
}

/// The Gaussian takes mean and variance of the density; what is known of every place is told apart anew.
template <class Rules>
void TemperingEnsemble<Rules>::learn_gaussian(Particles& p, double count) {
  const std::size_t stride = covariance_.size() > dimension_ ? dimension_ + 1 : 1;
  std::vector<double> variances(dimension_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double shift = moment_sum_[at(x_sum, 0) + j] / count,
                 variance = moment_sum_[at(x_square, 0) + j] / count - shift * shift;
    mean_[j] = centre_[j];
    variances[j] = variance > 1e-300 && variance < 1e300 ? variance : covariance_[j * stride];
  }
  covariance_ = std::move(variances);
  if (product_count() > 0) learn_correlations(count);
  path_.set_gaussian({mean_, covariance_});
  for (std::size_t pack = 0; pack < p.packs(); ++pack)
    for (std::size_t k = 0; k < rungs(); ++k) {
      PathPlace at_rung = place(p, k, pack);
      path_.evaluate(at_rung.x, at_rung.base_gradient, at_rung.base, at_rung.tilt_gradient, at_rung.tilt);
    }
}

/// The covariance becomes a whole one where the divergence of the density from its Gaussian falls by more than what is
/// lost to chance: −½ log |R| of the correlations R, against d(d + 1)/4n for n independent draws; twice that for
/// safety, with the replicas for n. Correlations are drawn towards 0 as by d draws that have none.
template <class Rules>
void TemperingEnsemble<Rules>::learn_correlations(double count) {
  const std::size_t d = dimension_;
  const double keeps = count / (count + static_cast<double>(d));
  std::vector<double> whole(d * d);
  std::size_t from = products();
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++from) {
      const double product =
          moment_sum_[from] / count - moment_sum_[at(x_sum, 0) + i] / count * (moment_sum_[at(x_sum, 0) + j] / count);
      whole[i * d + j] = whole[j * d + i] = i == j ? covariance_[i] : keeps * product;
    }
  double gain = 0;
  try {
    gain = -0.5 * GaussianReference(mean_, whole).log_determinant();
  } catch (const std::invalid_argument&) {
    return;  // not positive definite: numbers that overflow
  }
  for (const double v : covariance_) gain += 0.5 * std::log(v);
  if (gain > 2 * static_cast<double>(d * (d + 1)) / (4 * replicas_)) covariance_ = std::move(whole);
}

/// New rungs take what the old ones beside them have: metric and step size from between, the place of the nearest; one
/// at β > 0 no place of β = 0, where the tilt may be −∞.
template <class Rules>
void TemperingEnsemble<Rules>::learn_ladder(Particles& p, const std::vector<double>& acceptance) {
  const int most = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(most_rungs), 2 * rungs() + 2));
  const NextLadder next = next_ladder(beta_, acceptance, static_cast<int>(fixed_rungs_), most);
  const std::size_t old = rungs(), now = next.beta.size();
  std::vector<int> vectors, scalars;
  for (int s = 0; s < particle_scalars + static_cast<int>(first_of_rungs); ++s) scalars.push_back(s);
  std::vector<double> log_step(now), sigma(now * dimension_), centre(now * dimension_);
  for (std::size_t k = 0; k < now; ++k) {
    const auto low = std::min(static_cast<std::size_t>(next.place[k]), old - 2);
    const double share = next.place[k] - static_cast<double>(low);
    const auto between = [&](double a, double b) { return a + share * (b - a); };
    std::size_t nearest = low + (share > 0.5);
    if (k + 1 < now) nearest = std::min(nearest, old - 2);
    for (std::size_t v = 0; v < vectors_of_rung; ++v)
      vectors.push_back(static_cast<int>(nearest * vectors_of_rung + v));
    for (std::size_t s = 0; s < scalars_of_rung; ++s)
      scalars.push_back(particle_scalars + static_cast<int>(first_of_rungs + nearest * scalars_of_rung + s));
    log_step[k] = between(log_step_[low], log_step_[low + 1]);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const std::size_t to = k * dimension_ + j, a = low * dimension_ + j, b = a + dimension_;
      sigma[to] = std::exp(between(std::log(sigma_[a]), std::log(sigma_[b])));
      centre[to] = between(centre_[a], centre_[b]);
    }
  }
  p.rearrange(vectors, scalars);
  beta_ = next.beta, log_step_ = std::move(log_step), sigma_ = std::move(sigma), centre_ = std::move(centre);
  offset_.assign(now, 0);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) p.pack_scalar(particle_scalars, pack) = 0.0;
  set_sizes();
}

template <class Rules>
void TemperingEnsemble<Rules>::begin_sampling(Particles& p) {
  const double count = replicas_ * static_cast<double>(std::max<std::int64_t>(counted_, 1));
  for (std::size_t k = 0; k + 1 < rungs(); ++k) {
    const double cold = sum_[at(tilts, k)], hot = k + 2 < rungs() ? sum_[at(tilts, k + 1)] : cold;
    const double middle = 0.25 * (beta_[k] - beta_[k + 1]) * (cold + hot) / count;
    offset_[k] = std::isfinite(middle) ? middle : 0;
  }
  stage_ = sampling;
  report();
  facts_.notes.push_back(fmt::format("ladder of {} rungs, beta {:.3g}; acceptance of swaps {:.2f}; {}", rungs(),
                                     fmt::join(beta_, " "), fmt::join(facts_.ladder->acceptance, " "),
                                     path_.is_gaussian() ? "from a Gaussian" : "from the prior"));
  counted_ = 0;
  sum_.assign(totals_.size(), 0);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (std::size_t k = 0; k < rungs(); ++k) scalar(p, up, k, pack) = scalar(p, down, k, pack) = 0.0;
    p.pack_scalar(particle_scalars, pack) = 0.0;
  }
  facts_.warming = false;
}

}  // namespace thalweg
