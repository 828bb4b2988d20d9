// Many short Hamiltonian chains that start at draws of an approximation: they move it towards p, and how far they move
// it bounds its error from below.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/approximation.hpp"

namespace thalweg {

/// Hybrid Monte Carlo with the mass 1/diag Cov(q): all chains take the same number of leapfrog steps, so that every
/// pack is full and none waits; each chain's step is the common one times a uniform on [½, 1], new in every transition,
/// so that no orbit closes. The common step is tuned on a pilot of some of the chains, which then start again from
/// their draws: the chains that count have a fixed kernel, which leaves p invariant.
///
/// Shapes  [chains][dimension] for starts and ends.
/// Cost    chains · transitions · leapfrog gradients and about a tenth more for the pilot; 7 numbers a chain and
/// dimension. Errors  a trajectory that meets a place without a finite log p and gradient is rejected. Draws outside
/// the support
///         cannot start a chain and are passed over (`passed_over`).
/// Random  transition t of chain c: momenta from (seed, momentum, c, t), step and decision from (seed, acceptance, c,
/// t);
///         t from 2³² on in the pilot.
/// Source  Duane, Kennedy, Pendleton & Roweth (1987), Phys. Lett. B 195, 216–222; Wang, Kasprzak & Huggins (2023),
///         arXiv 2302.12419, for what the chains are for.
struct ShortChains {
  std::size_t most = 512;  ///< chains; fewer when there are fewer draws, or when they would take over 1 GB
  std::size_t copies = 1;  ///< chains of each start: more than 1 for nested R-hat by start
  int transitions = 20;
  int leapfrog = 8;         ///< steps of a transition
  double acceptance = 0.8;  ///< mean, that the pilot aims at
  int pilot_transitions = 24;
  std::size_t pilot_chains = 64;
};

struct MovedDraws {
  std::size_t dimension = 0, chains = 0, copies = 1;
  std::vector<std::size_t> source;        ///< row of the approximation that each chain starts at
  std::vector<double> start, early, end;  ///< early: after a quarter of the transitions
  std::vector<double> gradient;           ///< ∇log p at `end`
  std::vector<double> log_p;              ///< at `end`
  double step_size = 0, acceptance = 0;   ///< acceptance: mean over all transitions that count
  std::size_t stuck = 0;                  ///< chains that never moved
  std::size_t passed_over = 0;            ///< draws that could not start a chain
  std::int64_t gradients = 0;
};

/// Runs them from draws spread evenly over those of q. Throws std::invalid_argument on settings out of range, Error
/// when fewer than 4 draws of q are in the support.
MovedDraws run_short_chains(Points& points, const Approximation& q, const ShortChains& settings, std::uint64_t seed);

/// Mean and sqrt(diag Cov) of the whole mixture.
std::vector<double> mean_of(const Approximation& q);
std::vector<double> scales_of(const Approximation& q);

}  // namespace thalweg
