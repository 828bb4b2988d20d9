// The density at the places of one pack of particles, whatever widths the model has.
#pragma once
#include <algorithm>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"

namespace thalweg {

/// One thread's evaluations, a pack at a time; log p and its gradient are divided by the temperature.
///
/// Shapes  x, gradient: [dimension][lanes]; log_p: [lanes]; lanes = Particles::lanes.
/// Cost    the model's; where it is narrower than a pack, 2·d moves a particle besides.
/// Errors  none throws: a lane that fails has log p = −∞ or NaN.
class PackDensity {
 public:
  /// `width`: the widest to use, one of the model's; 0: the one it prefers.
  PackDensity(const Model& model, Parts parts, int width, double temperature = 1)
      : dimension_(static_cast<std::size_t>(model.dimension())),
        workspace_(model.workspace(width_for(model, width), parts)),
        temperature_(temperature) {
    x_.resize(dimension_), gradient_.resize(dimension_);
  }
  void evaluate(const double* x, double* gradient, double* log_p) {
    constexpr int lanes = Particles::lanes;
    const int w = workspace_.width();
    if (w == lanes) {
      workspace_.evaluate(x, gradient, log_p);
    } else {
      double *const part_x = numbers(x_), *const part_g = numbers(gradient_);
      const auto step = static_cast<std::size_t>(w);
      for (int first = 0; first < lanes; first += w) {
        for (std::size_t j = 0; j < dimension_; ++j)
          for (std::size_t k = 0; k < step; ++k)
            part_x[j * step + k] = x[j * lanes + static_cast<std::size_t>(first) + k];
        workspace_.evaluate(part_x, part_g, log_p + first);
        for (std::size_t j = 0; j < dimension_; ++j)
          for (std::size_t k = 0; k < step; ++k)
            gradient[j * lanes + static_cast<std::size_t>(first) + k] = part_g[j * step + k];
      }
    }
    if (temperature_ == 1) return;
    for (std::size_t i = 0; i < dimension_ * lanes; ++i) gradient[i] /= temperature_;
    for (int lane = 0; lane < lanes; ++lane) log_p[lane] /= temperature_;
  }
  std::size_t dimension() const { return dimension_; }

 private:
  static int width_for(const Model& model, int most) {
    if (most == 0) most = model.preferred_width();
    int width = 1;
    for (const int w : model.widths())
      if (w <= std::min(most, Particles::lanes)) width = w;
    return width;
  }
  static double* numbers(std::vector<Particles::Reals>& v) { return reinterpret_cast<double*>(v.data()); }

  std::size_t dimension_;
  Workspace workspace_;
  double temperature_;
  std::vector<Particles::Reals> x_, gradient_;
};

}  // namespace thalweg
