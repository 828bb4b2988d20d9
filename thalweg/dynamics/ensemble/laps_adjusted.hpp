// The second phase of LAPS: trajectories with a Metropolis test.
#pragma once
#include "thalweg/dynamics/ensemble/laps.hpp"

namespace thalweg {

/// Moves x, u, g and log p along a trajectory; returns W, not finite where it failed.
template <class Rules>
typename LapsEnsemble<Rules>::Real LapsEnsemble<Rules>::trajectory(std::uint64_t first_particle, double* x, double* u,
                                                                   double* g, Real& log_p) {
  const Real before = log_p;
  Real kinetic = 0.0;
  double *const z = scratch(3), *const w = scratch(4);
  whiten_pack<Real>(metric_, g, w);
  const double length = method_.refresh * method_.steps * step_;
  for (int k = 0; k < method_.steps; ++k) {
    if (k > 0)
      isokinetic_refresh_pack<Real>(step_, length, seed_, first_particle,
                                    static_cast<std::uint64_t>(clock_) + static_cast<std::uint64_t>(k), u, z,
                                    dimension_);
    kinetic += isokinetic_kick_pack<Real>(split_.kicks[0] * step_, w, u, dimension_);
    for (std::size_t stage = 0; stage < split_.drifts.size(); ++stage) {
      drift_pack<Real>(metric_, split_.drifts[stage] * step_, u, x);
      density_.evaluate(x, g, reinterpret_cast<double*>(&log_p));
      whiten_pack<Real>(metric_, g, w);
      kinetic += isokinetic_kick_pack<Real>(split_.kicks[stage + 1] * step_, w, u, dimension_);
    }
  }
  return kinetic - (log_p - before);
}

template <class Rules>
void LapsEnsemble<Rules>::step_adjusted(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  const auto time = static_cast<std::uint64_t>(clock_);
  double *const x = scratch(0), *const u = scratch(1), *const g = scratch(2);
  const bool learning = stage_ == tuning;
  // Where W depends on the place alone a chain would be rejected time after time: a shorter step sets it free.
  const bool jitters = !learning && !fixed_step_size_;
  step_ = jitters ? epsilon_ * (1 - method_.jitter * Random<double>(seed_, Purpose::step_size, 0, time).uniform())
                  : epsilon_;
  facts_.step_size = step_;
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    double *const old_x = p.x(pack), *const old_g = p.vector(gradient, pack);
    v.copy(old_x, x), v.copy(old_g, g);
    v.draw_direction(seed_, Purpose::momentum, p.number(pack), time, u);
    Real log_p = p.pack_scalar(log_p_of, pack);
    const Real error = trajectory(p.number(pack), x, u, g, log_p);
    const auto sound = Rules::template sound<Real>(error, method_.divergence);
    const Real acceptance = select(sound, Rules::template acceptance<Real>(error), Real(0.0));
    Random<Real> random(seed_, Purpose::acceptance, p.number(pack), time);
    const auto moves = random.uniform() < acceptance;
    v.copy_where(moves, x, old_x), v.copy_where(moves, g, old_g);
    p.pack_scalar(log_p_of, pack) = select(moves, log_p, p.pack_scalar(log_p_of, pack));
    p.pack_scalar(acceptance_of_particle, pack) = acceptance;
    p.pack_scalar(diverging_of, pack) = select(error < Real(method_.hopeless), Real(0.0), Real(1.0));  // and NaN
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    const int live = p.live(pack);
    sums_.add(7 * dimension_, acceptance, live);
    if (learning)
      for (std::size_t j = 0; j < dimension_; ++j) {
        const Real a = load<Real>(old_x + j * lanes) - centre_[j], gj = load<Real>(old_g + j * lanes);
        sums_.add(j, a, live);
        sums_.add(dimension_ + j, a * a, live);
        sums_.add(2 * dimension_ + j, gj, live);
        sums_.add(3 * dimension_ + j, gj * gj, live);
      }
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  facts_.gradients = static_cast<std::int64_t>(method_.steps * split_.drifts.size());
  clock_ += static_cast<double>(facts_.gradients);
  ++in_stage_;
  const auto m = static_cast<double>(p.shard().total);
  if (learning) {
    for (std::size_t j = 0; j < dimension_; ++j) {
      const double shift = totals_[j] / m, g_mean = totals_[2 * dimension_ + j] / m;
      means_[j] = centre_[j] + shift;
      variances_[j] = totals_[dimension_ + j] / m - shift * shift;
      gradient_variances_[j] = totals_[3 * dimension_ + j] / m - g_mean * g_mean;
    }
    centre_ = means_;
    if (in_stage_ == 1 || in_stage_ == 3) learn_joint_metric(shard);
    tune(totals_[7 * dimension_] / m, 1 / std::sqrt(m));
  } else if (stage_ == mixing) {
    const double acceptance = totals_[7 * dimension_] / m;
    if (!fixed_step_size_ && acceptance < target_ - 0.1) epsilon_ *= 0.93;  // past the foot of a cliff
    const bool looks = (in_stage_ & (in_stage_ - 1)) == 0;                  // 1, 2, 4, …: few looks
    const bool mixes = looks && superchains_agree(p, shard.all, superchains_, centre_);
    if (looks && !mixes && in_stage_ >= 4 && fixed_steps_ < 0) rescues(shard);
    if ((mixes && acceptance >= target_ - 0.1) || in_stage_ >= method_.most_trajectories || fixed_steps_ > 0) {
      facts_.settled = facts_.settled && mixes;
      facts_.warming = false;
      stage_ = sampling;
    }
  }
}

/// ε after a trajectory of mean acceptance a: for W ~ N(s²/2, s²), a = 2Φ(−s/2), and s ∝ ε^power.
template <class Rules>
void LapsEnsemble<Rules>::tune(double a, double noise) {
  const bool calm = a > target_ - std::max(0.03, 0.5 * noise) && a < target_ + 0.1;  // rather too short than too long
  calm_ = calm ? calm_ + 1 : 0;
  const bool enough = in_stage_ >= method_.most_trajectories;
  if (enough && !fixed_step_size_ && !(a >= 0.01))
    return fail_for_good(
        "hardly a trajectory is accepted at any step size: is the gradient that of log p (thalweg check)?");
  if (!moves()) return;
  if ((in_stage_ >= 4 && calm_ >= 2) || enough || fixed_step_size_) {
    stage_ = mixing;
    in_stage_ = 0;
    return;
  }
  const double wanted = -2 * normal_quantile(0.5 * target_),
               found = -2 * normal_quantile(0.5 * std::clamp(a, 1e-3, 0.999));
  const double damping = in_stage_ <= 6 ? 1 : std::sqrt(6.0 / static_cast<double>(in_stage_));
  epsilon_ *= std::exp(damping * std::clamp(std::log(wanted / found) / power_, -0.7, 0.7));
  if (in_stage_ < 4) learn_metric(0.5);
}

}  // namespace thalweg
