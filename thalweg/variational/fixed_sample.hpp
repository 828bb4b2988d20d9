// The ELBO of a fixed sample of standard normals: a deterministic function of the family's parameters.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/variational/elbo.hpp"
#include "thalweg/variational/family.hpp"

namespace thalweg {

/// How a fixed sample was made to agree with the law it stands for.
enum class Matched {
  covariance,  ///< mean 0 and covariance I exactly: Gaussian targets come out exactly
  variances    ///< mean 0 and variance 1 in each coordinate; what couples coordinates is left to chance
};

/// n standard normals of dimension d: centred and whitened when n > d + 1, centred and scaled coordinate by coordinate
/// when not.
///
/// Shapes  z: n rows of padded(d) numbers.
/// Random  draw i from (seed, variational, i, 1).
/// Cost    n·d², or n·d.
struct FixedDraws {
  std::size_t n = 0, dimension = 0, stride = 0;
  Matched matched = Matched::variances;
  std::vector<double> z{};

  static FixedDraws make(std::size_t n, std::size_t dimension, std::uint64_t seed);
};

///   f(θ) = (1/N) Σ log p(m(θ) + F(θ) z_n) + log |det F(θ)| + ½ d log 2πe,
///
/// the ELBO with its expectation taken over N fixed draws. The draws are the lanes: an evaluation is N gradients of
/// log p in packs. f is −∞ where a draw has no finite log p or gradient, so that a line search turns back.
///
/// Shapes  θ, gradient, direction, product: [family.parameters()].
/// Cost    memory 3·N·d; N gradients an evaluation, none when θ is the last one that was evaluated; N Hessian–vector
/// products a product (and N gradients when θ is not
///         the last one that was evaluated).
/// Source  Giordano, Ingram & Broderick (2024), JMLR 25(18).
class FixedSample {
 public:
  /// All three must stay.
  FixedSample(Points& points, GaussianFamily& family, const FixedDraws& draws);

  double evaluate(const double* theta, double* gradient);
  bool has_products() const { return points_.has_hessian_vector() && family_.has_curvature(); }
  void product(const double* theta, const double* direction, double* product);

  /// Of the last evaluation, with the spread of log p − log q over the draws.
  const Elbo& elbo() const { return elbo_; }
  /// Of the last evaluation: the draws and their gradients of log p, rows as in `FixedDraws`.
  const double* places() const { return x_.data(); }
  const double* gradients() const { return gradient_.data(); }
  /// Why the last evaluation was −∞; looks at its first draw that failed.
  std::string evidence();

 private:
  bool is_last(const double* theta) const;
  Points& points_;
  GaussianFamily& family_;
  const FixedDraws& draws_;
  std::vector<double> x_, gradient_, log_p_, squares_, theta_, slope_, ignored_, direction_, curvature_;
  Elbo elbo_;
};

}  // namespace thalweg
