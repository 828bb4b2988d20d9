// The density at the places of one pack of particles, whatever widths the model has.
#pragma once
#include <algorithm>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"

namespace thalweg {

/// A pack's places handed to an evaluator of any width, part by part.
///
/// Cost    where the evaluator is narrower than a pack, 2·d moves a particle.
class PackParts {
 public:
  explicit PackParts(std::size_t dimension) : dimension_(dimension), x_(dimension), gradient_(dimension) {}
  /// evaluate(x, gradient, log_p) for `width` particles at a time.
  template <class Evaluate>
  void each(int width, const double* x, double* gradient, double* log_p, Evaluate evaluate) {
    constexpr int lanes = Particles::lanes;
    if (width == lanes) return evaluate(x, gradient, log_p);
    double *const part_x = numbers(x_), *const part_g = numbers(gradient_);
    const auto step = static_cast<std::size_t>(width);
    for (int first = 0; first < lanes; first += width) {
      for (std::size_t j = 0; j < dimension_; ++j)
        for (std::size_t k = 0; k < step; ++k)
          part_x[j * step + k] = x[j * lanes + static_cast<std::size_t>(first) + k];
      evaluate(part_x, part_g, log_p + first);
      for (std::size_t j = 0; j < dimension_; ++j)
        for (std::size_t k = 0; k < step; ++k)
          gradient[j * lanes + static_cast<std::size_t>(first) + k] = part_g[j * step + k];
    }
  }
  /// The widest of `widths` up to `most` that a pack has room for.
  static int width_for(const std::vector<int>& widths, int most) {
    int width = 1;
    for (const int w : widths)
      if (w <= std::min(most, Particles::lanes)) width = w;
    return width;
  }

 private:
  static double* numbers(std::vector<Particles::Reals>& v) { return reinterpret_cast<double*>(v.data()); }
  std::size_t dimension_;
  std::vector<Particles::Reals> x_, gradient_;
};

/// One thread's evaluations, a pack at a time; log p and its gradient are divided by the temperature.
///
/// Shapes  x, gradient: [dimension][lanes]; log_p: [lanes]; lanes = Particles::lanes.
/// Cost    the model's, and that of PackParts.
/// Errors  none throws: a lane that fails has log p = −∞ or NaN.
class PackDensity {
 public:
  /// `width`: the widest to use, one of the model's; 0: the one it prefers.
  PackDensity(const Model& model, Parts parts, int width, double temperature = 1)
      : dimension_(static_cast<std::size_t>(model.dimension())),
        workspace_(
            model.workspace(PackParts::width_for(model.widths(), width == 0 ? model.preferred_width() : width), parts)),
        temperature_(temperature),
        pack_(dimension_) {}
  void evaluate(const double* x, double* gradient, double* log_p) {
    constexpr int lanes = Particles::lanes;
    pack_.each(workspace_.width(), x, gradient, log_p,
               [this](const double* at, double* g, double* p) { workspace_.evaluate(at, g, p); });
    if (temperature_ == 1) return;
    for (std::size_t i = 0; i < dimension_ * lanes; ++i) gradient[i] /= temperature_;
    for (int lane = 0; lane < lanes; ++lane) log_p[lane] /= temperature_;
  }
  std::size_t dimension() const { return dimension_; }

 private:
  std::size_t dimension_;
  Workspace workspace_;
  double temperature_;
  PackParts pack_;
};

/// The same with some of the observations, the same ones for all lanes of a call.
///
/// Errors  the constructor throws Error where the model has no subsets.
class PackSubset {
 public:
  PackSubset(const Model& model, int width)
      : workspace_(model.subset_workspace(
            PackParts::width_for(model.subset_widths(), width == 0 ? model.preferred_width() : width))),
        pack_(static_cast<std::size_t>(model.dimension())) {}
  void evaluate(const Subset& subset, const double* x, double* gradient, double* log_p) {
    pack_.each(workspace_.width(), x, gradient, log_p,
               [&](const double* at, double* g, double* p) { workspace_.evaluate_subset(subset, at, g, p); });
  }

 private:
  Workspace workspace_;
  PackParts pack_;
};

}  // namespace thalweg
