// Extreme eigenvalues of a Hessian that is known by its products only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/core/vectors.hpp"

namespace thalweg {

/// Lanczos' iteration with full reorthogonalisation, from a random vector.
///
///   for (Lanczos l(d, steps, seed); l.wants();) l.tell(H·l.direction());
///
/// Shapes  vectors: [d], padded.
/// Cost    a product and 4·k·d operations at step k; steps·d numbers of memory.
/// Random  the first vector from (seed, check, 0, 0).
/// Source  Golub & Van Loan (2013), Matrix Computations, algorithm 10.1.1 with section 10.3.
class Lanczos {
 public:
  Lanczos(std::size_t dimension, std::size_t steps, std::uint64_t seed);
  bool wants() const { return wants_; }
  const double* direction() { return basis_[alpha_.size()]; }
  void tell(const double* product);

  struct Pair {
    double value = 0;
    std::vector<double> vector;  ///< [d], length 1
    double residual = 0;         ///< |Hv − λv|: the true eigenvalue is that near
  };
  /// Largest and smallest eigenvalue of the space searched.
  Pair largest() { return extreme(true); }
  Pair smallest() { return extreme(false); }

 private:
  Pair extreme(bool largest);

  std::size_t dimension_, n_, steps_;
  Vectors basis_;
  std::vector<double> alpha_, beta_;
  bool wants_ = true;
};

}  // namespace thalweg
