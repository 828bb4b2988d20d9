// The constants of TR-BDF2 with γ = 2 − √2, at which both stages have the same matrix.
#pragma once

namespace thalweg::fokker_planck::tr_bdf2 {

inline constexpr double root_two = 1.41421356237309504880;
inline constexpr double gamma = 2 - root_two;
/// Both stages solve with 1 − implicit dt L.
inline constexpr double implicit = gamma / 2;
/// BDF2:  m₁ − implicit dt L m₁ = of_middle m_γ − of_start m₀.
inline constexpr double of_middle = 1 / (gamma * (2 - gamma));
inline constexpr double of_start = (1 - gamma) * (1 - gamma) / (gamma * (2 - gamma));
/// m₁ = m₀ + dt L (early (m₀ + m_γ) + late m₁).
inline constexpr double early_weight = root_two / 4, late_weight = implicit;

}  // namespace thalweg::fokker_planck::tr_bdf2
