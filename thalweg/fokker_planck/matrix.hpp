// The generator as a sparse matrix (for the sources of this room: the header needs Eigen).
#pragma once
#include <Eigen/SparseCore>
#include <optional>
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

using Sparse = Eigen::SparseMatrix<double>;

/// L [cells][cells]: entry (i, j) is the rate j → i; the diagonal is minus the sum of the rates of its column, exits
/// included, taken in the order of `directions`.
Sparse matrix_of(const Generator& generator);

/// Π^{−1/2} L Π^{1/2}, symmetric where detailed balance holds: √(rate · rate back) off the diagonal.
Sparse symmetric_matrix_of(const Generator& generator);

}  // namespace thalweg::fokker_planck
