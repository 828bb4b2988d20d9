// The backward equation: functions of the starting point.
#pragma once
#include <functional>
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

/// The cells whose centres satisfy a condition; x: [d].
std::vector<bool> cells_where(const Grid& grid, const std::function<bool(const double* x)>& condition);

/// q(x) = P(B is reached before A and before an absorbing side | start at x):  Lᵀ q = 0 off the two, q = 0 on A, 1 on
/// B. Errors  Error when one is empty or they meet.
std::vector<double> committor(const Generator& generator, const std::vector<bool>& a, const std::vector<bool>& b);

/// Transitions from A to B per time under a stationary law: Σ m_i L_ji q_j over jumps i → j out of A. For two wells the
/// eigenvalue of the slowest relaxation is near −rate · (1/P(q < ½) + 1/P(q > ½)), and keeps its digits at any barrier.
double reactive_rate(const Generator& generator, const std::vector<bool>& a, const std::vector<double>& committor,
                     const std::vector<double>& masses);

/// Mean time until the target or an absorbing side is reached:  Lᵀ T = −1, T = 0 on the target.
/// Errors  Error when there is neither a target nor an absorbing side.
std::vector<double> mean_first_passage(const Generator& generator, const std::vector<bool>& target = {});

/// u(t, x) = E[φ(X_t); not absorbed | X_0 = x] = e^{tLᵀ} φ by uniformisation: between the least and the largest φ (and
/// 0).
///
/// Cost    Λt + 8 √(Λt) applications.
std::vector<double> expectation(const Generator& generator, std::vector<double> phi, double t, int threads = 1);

}  // namespace thalweg::fokker_planck
