// The slowest modes of a generator.
#pragma once
#include <complex>
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

/// Eigenvalues of L, slowest first, without the zero of a closed grid; relaxation times are −1/Re λ.
struct Spectrum {
  std::vector<std::complex<double>> values;
  std::vector<double> residuals;                 ///< ‖Mv − λv‖/‖v‖ of the matrix that was solved, per time
  bool detailed_balance = false;                 ///< then all are real
  std::vector<std::vector<double>> functions{};  ///< [k][cells] with detailed balance: left eigenfunctions, Σ π φ² = 1

  double relaxation_time(std::size_t k) const { return -1 / values[k].real(); }
};

/// The `count` slowest modes.
///
///   detailed balance   Π^{−1/2} L Π^{1/2} is symmetric. Lanczos with its shifted inverse, the known null vector
///   projected
///                      out; then Ritz values from the Dirichlet form Σ π_i L_ji (φ_j − φ_i)², which has no
///                      cancellation: eigenvalues that are 1e-20 of the largest rate keep their digits.
///   else               Arnoldi with the shifted inverse, the null vector projected out; complex pairs. Searched among
///                      the 2 count + 4 nearest to zero: a mode that hardly decays but turns much faster than those
///                      is not seen.
///
/// Cost    one sparse factorisation and some tens of solutions.
/// Errors  std::invalid_argument unless 1 <= count <= cells − 2 (half of that without detailed balance); Error when the
///         iteration does not converge.
Spectrum spectrum(const Generator& generator, int count);

}  // namespace thalweg::fokker_planck
