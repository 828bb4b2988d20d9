// Parallel tempering: what a step does to a pack of replicas.
#pragma once
#include "thalweg/dynamics/annealing/tempering.hpp"

namespace thalweg {

/// Uniform on 1 … 2n − 1, n = length/ε: one number a rung for all replicas.
template <class Rules>
void TemperingEnsemble<Rules>::choose_steps(std::uint64_t number) {
  facts_.gradients = 0;
  for (std::size_t k = 0; k < rungs(); ++k) {
    const double n = std::clamp(std::round(method_.length / step_of(k)), 1.0, static_cast<double>(method_.most_steps));
    Random<double> random(seed_, Purpose::tree, k, number);
    steps_[k] =
        draws_exactly(k) ? 1 : 1 + static_cast<std::int64_t>(random.below(2 * static_cast<std::uint64_t>(n) - 1));
    facts_.gradients += steps_[k];
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::move(Particles& p, std::size_t pack, std::uint64_t number) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k < rungs(); ++k) {
    const std::uint64_t time = number * static_cast<std::uint64_t>(most_rungs) + k;
    PathPlace at_rung = place(p, k, pack);
    if (draws_exactly(k)) {
      path_.draw_gaussian(seed_, p.number(pack), time, at_rung.x);
      path_.evaluate(at_rung.x, at_rung.base_gradient, at_rung.base, at_rung.tilt_gradient, at_rung.tilt);
      sums_.add(at(moves, k), Real(1.0), live);
      continue;
    }
    const PackTransition t = hmc_.move(path_, beta_[k], Rules::beta_of_test(beta_[k]), step_of(k), steps_[k],
                                       metrics_[k], at_rung, seed_, p.number(pack), time);
    sums_.add(at(moves, k), t.acceptance, live);
    if (k > 0) continue;
    p.pack_scalar(acceptance_of_particle, pack) = t.acceptance;
    p.pack_scalar(diverging_of, pack) = select(t.diverging, Real(1.0), Real(0.0));
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::exchange(Particles& p, std::size_t pack, std::uint64_t number) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k + 1 < rungs(); ++k) {  // all pairs as they are before any exchange
    const Real cold = scalar(p, tilt, k, pack), hot = scalar(p, tilt, k + 1, pack);
    const Real ratio = Rules::template exchange<Real>(beta_[k], beta_[k + 1], cold, hot);
    sums_.add(at(exchanges, k), select(ratio == ratio, exp(min(ratio, Real(0.0))), Real(0.0)), live);
    sums_.add(at(tilts, k), cold, live);
    if (stage_ != sampling) continue;
    const double half = 0.5 * (beta_[k] - beta_[k + 1]);
    const auto weight = [](const Real& log_weight) { return exp(max(min(log_weight, Real(600.0)), Real(-700.0))); };
    Real &ups_of_replica = scalar(p, up, k, pack), &downs_of_replica = scalar(p, down, k, pack);
    ups_of_replica += weight(half * hot - offset_[k]);
    downs_of_replica += weight(offset_[k] - half * cold);
    sums_.add(at(ups, k), ups_of_replica, live), sums_.add(at(downs, k), downs_of_replica, live);
  }
  for (std::size_t k = number % 2; k + 1 < rungs(); k += 2) {
    PathPlace cold = place(p, k, pack), hot = place(p, k + 1, pack);
    const Real ratio = Rules::template exchange<Real>(beta_[k], beta_[k + 1], cold.tilt, hot.tilt);
    Random<Real> random(seed_, Purpose::permutation, p.number(pack),
                        number * static_cast<std::uint64_t>(most_rungs) + k);
    const auto taken = random.uniform() < exp(min(ratio, Real(0.0)));  // false for NaN
    if (!any(taken)) continue;
    const auto swap = [&](Real& a, Real& b) {
      const Real old = a;
      a = select(taken, b, a), b = select(taken, old, b);
    };
    const auto swap_vectors = [&](double* a, double* b) {
      for (std::size_t j = 0; j < dimension_; ++j) {
        Real one = load<Real>(a + j * lanes), other = load<Real>(b + j * lanes);
        swap(one, other);
        store(a + j * lanes, one), store(b + j * lanes, other);
      }
    };
    swap_vectors(cold.x, hot.x), swap_vectors(cold.base_gradient, hot.base_gradient);
    swap_vectors(cold.tilt_gradient, hot.tilt_gradient);
    swap(cold.base, hot.base), swap(cold.tilt, hot.tilt);
    swap(scalar(p, journey, k, pack), scalar(p, journey, k + 1, pack));
  }
}

/// Counts what has come back to the density from the reference.
template <class Rules>
void TemperingEnsemble<Rules>::travel(Particles& p, std::size_t pack) {
  const Real here = static_cast<double>(from_density), there = static_cast<double>(from_reference);
  Real &first = scalar(p, journey, 0, pack), &last = scalar(p, journey, rungs() - 1, pack);
  p.pack_scalar(particle_scalars, pack) += select(first == there, Real(1.0), Real(0.0));
  first = here;
  last = select(last == here, there, last);
  sums_.add(sums_of_rung * rungs(), p.pack_scalar(particle_scalars, pack), p.live(pack));
}

/// Sums for the metric of every rung.
template <class Rules>
void TemperingEnsemble<Rules>::collect(Particles& p, std::size_t pack) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k < rungs(); ++k) {
    const PathPlace at_rung = place(p, k, pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real x = load<Real>(at_rung.x + j * lanes) - centre_[k * dimension_ + j];
      Real g = load<Real>(at_rung.base_gradient + j * lanes);
      if (beta_[k] != 0) g = fma(beta_[k], load<Real>(at_rung.tilt_gradient + j * lanes), g);
      moments_.add(at(x_sum, k) + j, x, live), moments_.add(at(x_square, k) + j, x * x, live);
      moments_.add(at(g_sum, k) + j, g, live), moments_.add(at(g_square, k) + j, g * g, live);
    }
  }
  if (product_count() == 0) return;
  const double* const x = place(p, 0, pack).x;
  std::size_t to = products();
  for (std::size_t i = 0; i < dimension_; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++to)
      moments_.add(to, (load<Real>(x + i * lanes) - centre_[i]) * (load<Real>(x + j * lanes) - centre_[j]), live);
}

}  // namespace thalweg
