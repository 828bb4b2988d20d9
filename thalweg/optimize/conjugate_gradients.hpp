// The step of a Newton method inside a ball, by conjugate gradients that need only products with the Hessian.
#pragma once
#include <cmath>
#include <cstddef>

#include "thalweg/core/vectors.hpp"

namespace thalweg {

/// Maximises m(p) = g·p + ½ p·Hp over |p| ≤ radius, roughly: conjugate gradients on −H p = g that end at the ball's
/// surface, or on it along the first direction of positive curvature, where m grows without end. Every step gains at
/// least what the steepest ascent would.
///
///   for (s.start(g, radius, accuracy); s.wants();) s.tell(H·s.direction());
///
/// Shapes  all vectors: [d], padded.
/// Cost    a product and 10·d operations an iteration; at most `most` of them.
/// Source  Steihaug (1983), SIAM J. Numer. Anal. 20, 626–637.
class ConjugateGradients {
 public:
  explicit ConjugateGradients(std::size_t dimension)
      : n_(padded(dimension)), most_(10 * dimension + 20), places_(3, dimension) {}

  /// Ends when the residual falls below `accuracy`·|g|.
  void start(const double* gradient, double radius, double accuracy) {
    for (std::size_t i = 0; i < n_; ++i) p()[i] = 0;
    copy(gradient, r(), n_);
    copy(gradient, d(), n_);
    rr_ = dot(r(), r(), n_);
    target_ = accuracy * accuracy * rr_;
    radius_ = radius;
    iterations_ = 0;
    inside_ = true;
    indefinite_ = false;
    sound_ = true;
    wants_ = rr_ > 0;
    gradient_ = gradient;
  }
  bool wants() const { return wants_; }
  const double* direction() { return d(); }
  void tell(const double* product) {
    const double curvature = -dot(d(), product, n_), dd = dot(d(), d(), n_);
    ++iterations_;
    wants_ = false;
    sound_ = std::isfinite(curvature);
    if (!sound_) return;
    const double pd = dot(p(), d(), n_), pp = dot(p(), p(), n_);
    const double to_surface = (std::sqrt(pd * pd + dd * std::fmax(radius_ * radius_ - pp, 0)) - pd) / dd;
    const double alpha = curvature > 0 ? rr_ / curvature : to_surface;
    indefinite_ |= curvature <= 0;
    const bool leaves = curvature <= 0 || alpha >= to_surface;
    const double t = leaves ? to_surface : alpha;
    for (std::size_t i = 0; i < n_; ++i) {
      p()[i] += t * d()[i];
      r()[i] += t * product[i];
    }
    if (leaves) {
      inside_ = false;
      return;
    }
    const double before = rr_;
    rr_ = dot(r(), r(), n_);
    if (rr_ <= target_ || iterations_ >= most_) return;
    const double beta = rr_ / before;
    for (std::size_t i = 0; i < n_; ++i) d()[i] = r()[i] + beta * d()[i];
    wants_ = true;
  }

  const double* step() { return p(); }
  bool solved() const { return rr_ <= target_; }   ///< to the accuracy that was asked for
  bool sound() const { return sound_; }            ///< all products were finite
  bool inside() const { return inside_; }          ///< the ball does not limit the step
  bool indefinite() const { return indefinite_; }  ///< a direction of positive curvature was met
  /// m(p) = ½ (g·p + (g + Hp)·p)
  double gain() { return 0.5 * (dot(gradient_, p(), n_) + dot(r(), p(), n_)); }

 private:
  double* p() { return places_[0]; }
  double* r() { return places_[1]; }  ///< g + Hp
  double* d() { return places_[2]; }

  std::size_t n_, most_, iterations_ = 0;
  Vectors places_;
  const double* gradient_ = nullptr;
  double rr_ = 0, target_ = 0, radius_ = 0;
  bool wants_ = false, inside_ = true, indefinite_ = false, sound_ = true;
};

}  // namespace thalweg
