// e^{tL} of a generator that does not change in time: uniformisation, and Chebyshev's series where detailed balance
// holds.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "thalweg/fokker_planck/apply.hpp"

namespace thalweg::fokker_planck {

/// What crossed the sides.
struct Ledger {
  std::array<double, 6> left{};  ///< by absorbing side
  double entered = 0;
};

/// What a propagation cost and is worth.
struct Propagated {
  std::int64_t applications = 0;
  double error_bound = 0;  ///< L1 for masses of sum 1, maximum norm for functions of maximum 1: of the series
};

/// e^{tL} = Σ_k P(N = k) (1 + L/Λ)^k with N ~ Poisson(Λt): every factor is positive and keeps mass, so the result does,
/// and the tail of the Poisson law bounds the error beforehand. `ledger` may be null; entries are those of the
/// generator.
///
/// Cost    Λt + 8 √(Λt) applications.
/// Source  Jensen (1953), Skand. Aktuarietidskr. 36, 87; Fox & Glynn (1988), Commun. ACM 31, 440.
Propagated uniformise(const Generator& generator, ActsOn side, Team& team, double t, std::vector<double>& v,
                      Ledger* ledger = nullptr);

/// e^{tL} = Σ_k c_k T_k(1 + L/Λ), c_k the scaled Bessel functions of Λt. Asks for a closed generator with detailed
/// balance: then L is self-adjoint with spectrum in [−2Λ, 0], the error is bounded beforehand in the norm of L2(1/π),
/// and mass is kept. The result may be negative by that error: the caller audits.
///
/// Cost    about √(80 Λt) applications.
/// Source  Tal-Ezer & Kosloff (1984), J. Chem. Phys. 81, 3967.
Propagated chebyshev(const Generator& generator, ActsOn side, Team& team, double t, std::vector<double>& v);

}  // namespace thalweg::fokker_planck
