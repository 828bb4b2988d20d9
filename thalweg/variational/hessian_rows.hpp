// Hessian–vector products at many points: the model's own, or differences of gradients.
#pragma once
#include <cstddef>
#include <vector>

#include "thalweg/density/points.hpp"

namespace thalweg {

/// product_i = ∇²log p(x_i)·v_i for n rows. Where the model has no products, central differences of gradients,
/// (∇log p(x + h v) − ∇log p(x − h v))/2h with h|v| = 6·10⁻⁶ max(1, |x|) in the maximum norm: about 10 digits.
class HessianRows {
 public:
  explicit HessianRows(Points& points) : points_(points) {}
  void product(std::size_t n, std::size_t stride, const double* x, const double* v, double* out);

 private:
  Points& points_;
  std::vector<double> places_, gradients_, log_p_, steps_;
};

}  // namespace thalweg
