// The first phase of LAPS: unadjusted steps, steered by means over the ensemble.
#pragma once
#include "thalweg/dynamics/ensemble/laps.hpp"

namespace thalweg {

template <class Rules>
void LapsEnsemble<Rules>::step_unadjusted(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  const auto time = static_cast<std::uint64_t>(clock_);
  double *const old_x = scratch(0), *const old_g = scratch(1), *const z = scratch(2), *const w = scratch(4);
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    double *const x = p.x(pack), *const u = p.vector(direction, pack), *const g = p.vector(gradient, pack);
    v.copy(x, old_x), v.copy(g, old_g);
    whiten_pack<Real>(metric_, g, w);
    Real kinetic = isokinetic_kick_pack<Real>(0.5 * epsilon_, w, u, dimension_);
    drift_pack<Real>(metric_, epsilon_, u, x);
    const Real before = p.pack_scalar(log_p_of, pack);
    density_.evaluate(x, g, p.scalar(log_p_of, pack));
    whiten_pack<Real>(metric_, g, w);
    kinetic += isokinetic_kick_pack<Real>(0.5 * epsilon_, w, u, dimension_);
    const Real error = kinetic - (p.pack_scalar(log_p_of, pack) - before);
    const auto sound = Rules::template sound<Real>(error, method_.divergence);
    if (!all(sound)) {
      v.copy_where(!sound, old_x, x), v.copy_where(!sound, old_g, g);
      p.pack_scalar(log_p_of, pack) = select(sound, p.pack_scalar(log_p_of, pack), before);
      v.draw_direction(seed_, Purpose::momentum, p.number(pack), time, z);
      v.copy_where(!sound, z, u);
    }
    isokinetic_refresh_pack<Real>(epsilon_, length_, seed_, p.number(pack), time, u, z, dimension_);
    p.pack_scalar(diverging_of, pack) = select(sound, Real(0.0), Real(1.0));
    const Real square = select(sound, error * error, Real(0.0));
    p.pack_scalar(squared_errors_of, pack) += square;
    p.pack_scalar(acceptance_of_particle, pack) = select(sound, exp(min(-error, Real(0.0))), Real(0.0));
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    const int live = p.live(pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real a = load<Real>(x + j * lanes) - centre_[j], gj = load<Real>(g + j * lanes);
      sums_.add(j, a, live);
      sums_.add(dimension_ + j, a * a, live);
      sums_.add(2 * dimension_ + j, gj, live);
      sums_.add(3 * dimension_ + j, gj * gj, live);
      sums_.add(6 * dimension_ + j, a * a * (a * a), live);
      const Real product = a * gj;
      sums_.add(4 * dimension_ + j, product, live);
      sums_.add(5 * dimension_ + j, product * product, live);
    }
    sums_.add(7 * dimension_, min(square, Real(static_cast<double>(dimension_))), live);  // no lane decides alone
    sums_.add(7 * dimension_ + 1, select(sound, Real(1.0), Real(0.0)), live);
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  facts_.gradients = 1;
  clock_ += 1;
  ++in_stage_;
  steer(shard);
}

/// Means over the ensemble after an unadjusted step, and what follows from them.
template <class Rules>
void LapsEnsemble<Rules>::steer(EnsembleShard& shard) {
  const auto m = static_cast<double>(shard.particles.shard().total), d = static_cast<double>(dimension_);
  double bias = 0, noise = 0;
  off_ = 0;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double shift = totals_[j] / m, g_mean = totals_[2 * dimension_ + j] / m;
    means_[j] = centre_[j] + shift;
    variances_[j] = totals_[dimension_ + j] / m - shift * shift;
    gradient_variances_[j] = totals_[3 * dimension_ + j] / m - g_mean * g_mean;
    products_[j] = totals_[4 * dimension_ + j] / m - shift * g_mean;
    const double square = std::max(totals_[5 * dimension_ + j] / m - products_[j] * products_[j], 0.0) / m;
    bias += (1 + products_[j]) * (1 + products_[j]) / d;
    noise += square / d;
    off_ = std::max(off_, std::abs(1 + products_[j]) - 4 * std::sqrt(square));
  }
  follow_moments();
  const double sound = totals_[7 * dimension_ + 1];
  if (!fixed_step_size_) {
    const double error = totals_[7 * dimension_] / std::max(sound, 1.0) / d;
    // W² is bounded by d above: so must be what is wanted, or far from equilibrium no step is too long
    const double wanted = method_.tolerance * std::pow(std::clamp(bias - noise, 1 / m, 1.0), 0.375);
    double factor = error > 0 ? std::clamp(std::pow(wanted / error, 1.0 / 6), 0.3, 3.0) : 3.0;
    if (!std::isfinite(factor) || sound < 0.9 * m) factor = 0.5;
    epsilon_ *= factor;
    epsilon_ = std::clamp(epsilon_, 1e-150, 1e150);
  }
  centre_ = means_;
  // twice as late each time, so that it is cheap; the last of them from an ensemble near its end
  if (in_stage_ >= 16 && (in_stage_ & (in_stage_ - 1)) == 0) learn_joint_metric(shard);
  learn_metric(0.2);
  double spread = 0;
  for (std::size_t j = 0; j < dimension_; ++j) spread += variances_[j] / facts_.variances[j];
  length_ = method_.length *
            std::sqrt(metric_.kind() == MetricKind::dense ? static_cast<double>(dimension_) : std::max(spread, 1e-300));
  const bool calm = in_stage_ >= method_.least_steps && is_calm(m);
  if (in_stage_ >= method_.least_steps && !moves()) return;
  const bool settling = rescued_at_ > 0 && in_stage_ < 2 * rescued_at_;  // what was moved must spread
  if (fixed_steps_ > 0 ? in_stage_ >= fixed_steps_ : (calm && !settling) || in_stage_ >= method_.most_steps) {
    if (fixed_steps_ < 0 && rescued_at_ == 0 && rescues(shard)) return;
    facts_.settled = calm;
    stage_ = tuning;
    in_stage_ = 0;
    if (!fixed_step_size_) epsilon_ *= 1.5;
  }
}

/// Averages of mean and variance of each coordinate over about the last tenth and the last half of the steps.
template <class Rules>
void LapsEnsemble<Rules>::follow_moments() {
  const auto n = static_cast<double>(in_stage_);
  const double late = std::min(1.0, 10 / n), early = std::min(1.0, 2 / n);
  for (std::size_t j = 0; j < dimension_; ++j) {
    late_mean_[j] += late * (means_[j] - late_mean_[j]);
    early_mean_[j] += early * (means_[j] - early_mean_[j]);
    late_variance_[j] += late * (variances_[j] - late_variance_[j]);
    early_variance_[j] += early * (variances_[j] - early_variance_[j]);
  }
}

/// Whether these averages agree, and equipartition holds, up to what chance explains. A variance that grows like n^a
/// makes them differ by the ratio (10/(10 + a))/(2/(2 + a)) whatever n: slow drifts are not overlooked.
template <class Rules>
bool LapsEnsemble<Rules>::is_calm(double particles) const {
  double drift = 0, chance_of_drift = 0;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double v = std::max(late_variance_[j], 1e-300), grown = (late_variance_[j] - early_variance_[j]) / v,
                 moved = (late_mean_[j] - early_mean_[j]) / std::sqrt(v);
    const double fourth = totals_[6 * dimension_ + j] / particles / (v * v),
                 chance = std::sqrt(std::max(fourth, 2.0) / particles);
    if (!(std::abs(grown) <= method_.drift + 3 * chance)) return false;
    if (!(std::abs(moved) <= method_.drift + 3 / std::sqrt(particles))) return false;
    drift += grown / static_cast<double>(dimension_);
    chance_of_drift += chance / static_cast<double>(dimension_);
  }
  return std::abs(drift) <= method_.drift + chance_of_drift && off_ <= method_.equipartition;
}

/// Gives lost particles new places, from where the phase goes on for as long again; false when none is lost.
template <class Rules>
bool LapsEnsemble<Rules>::rescues(EnsembleShard& shard) {
  Particles& p = shard.particles;
  std::vector<Mask<Real>> moved;
  const std::int64_t lost = rescue_lost(p, shard.all, superchains_, moved);
  if (lost == 0) return false;
  rescued_at_ = in_stage_;
  const PackVectors<Real> v{dimension_};
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    if (none(moved[pack])) continue;
    density_.evaluate(p.x(pack), p.vector(gradient, pack), p.scalar(log_p_of, pack));
    v.draw_direction(seed_, Purpose::momentum, p.number(pack), static_cast<std::uint64_t>(clock_), scratch(0));
    v.copy_where(moved[pack], scratch(0), p.vector(direction, pack));
  }
  clock_ += 1;
  facts_.notes.push_back(fmt::format(
      "{} of {} particles had stopped far below the others and were given places of those", lost, p.shard().total));
  return true;
}

/// False, and the run fails, when steps have become so short that the ensemble stands still.
template <class Rules>
bool LapsEnsemble<Rules>::moves() {
  if (fixed_step_size_ || epsilon_ > 1e-6) return true;
  fail_for_good(fmt::format(
      "steps have shrunk to {:.1g} of a standard deviation and the energy still jumps, so that the ensemble stands "
      "still: is log p smooth, and the gradient its own (thalweg check)?",
      epsilon_));
  return false;
}

/// log σ² of the diagonal metric goes that share of the way to what the ensemble says now; a dense one stays.
template <class Rules>
void LapsEnsemble<Rules>::learn_metric(double share) {
  if (wish_ == MetricKind::unit || metric_.kind() == MetricKind::dense) return;
  std::vector<double> sigma(dimension_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double square = std::sqrt(variances_[j] / gradient_variances_[j]);
    if (square > 1e-300 && square < 1e300) log_square_[j] += share * (std::log(square) - log_square_[j]);
    sigma[j] = std::exp(0.5 * log_square_[j]);
  }
  metric_ = Metric::diagonal(sigma);
  facts_.variances = metric_.variances();
}

/// A dense metric where that pays, and the step that suits it.
template <class Rules>
void LapsEnsemble<Rules>::learn_joint_metric(EnsembleShard& shard) {
  const auto m = static_cast<double>(shard.particles.shard().total);
  std::vector<double> gradient_means(dimension_);
  for (std::size_t j = 0; j < dimension_; ++j) gradient_means[j] = totals_[2 * dimension_ + j] / m;
  const JointMoments moments{means_, variances_, gradient_means, gradient_variances_};
  const bool was_dense = metric_.kind() == MetricKind::dense;
  const auto gradient_at = [&](std::size_t pack, std::size_t j) {
    return load<Real>(shard.particles.vector(gradient, pack) + j * lanes);
  };
  const std::optional<Metric> learned =
      joint_metric(shard.particles, shard.all, gradient_at, moments, wish_, metric_, scratch(0), scratch(1));
  if (!learned || (learned->kind() != MetricKind::dense && !was_dense)) return;
  metric_ = *learned;
  facts_.variances = metric_.variances();
  // a diagonal metric's step is that of the stiffest direction: too short now, and lengthened as fast as errors allow
  if (!was_dense && !fixed_step_size_) epsilon_ = std::max(epsilon_, 0.05 * std::sqrt(static_cast<double>(dimension_)));
}

}  // namespace thalweg
