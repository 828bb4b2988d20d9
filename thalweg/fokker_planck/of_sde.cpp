#include "thalweg/fokker_planck/of_sde.hpp"

#include <algorithm>
#include <memory>

#include "thalweg/core/error.hpp"

namespace thalweg::fokker_planck {
namespace {

/// Points through packs of the SDE's preferred width.
class PackedCoefficients {
 public:
  PackedCoefficients(const SdeModel& sde, Calculus calculus)
      : sde_(sde),
        calculus_(calculus),
        workspace_(sde.workspace(sde.preferred_width())),
        d_(static_cast<std::size_t>(sde.dimension())),
        m_(static_cast<std::size_t>(sde.noise_dimension())),
        width_(static_cast<std::size_t>(workspace_.width())),
        x_(d_ * width_),
        f_(d_ * width_),
        g_(static_cast<std::size_t>(sde.diffusion_size()) * width_) {}

  void evaluate(double t, std::size_t n, const double* x, double* drift, double* diffusion) {
    for (std::size_t first = 0; first < n; first += width_) {
      const std::size_t count = std::min(width_, n - first);
      for (std::size_t lane = 0; lane < width_; ++lane)  // empty lanes repeat the last point
        for (std::size_t i = 0; i < d_; ++i) x_[i * width_ + lane] = x[(first + std::min(lane, count - 1)) * d_ + i];
      workspace_.ito_drift(calculus_, t, x_.data(), f_.data());
      workspace_.diffusion(t, x_.data(), g_.data());
      for (std::size_t lane = 0; lane < count; ++lane) {
        for (std::size_t i = 0; i < d_; ++i) drift[(first + lane) * d_ + i] = f_[i * width_ + lane];
        write_tensor(lane, diffusion + (first + lane) * (sde_.noise() == NoiseShape::diagonal ? d_ : d_ * d_));
      }
    }
  }

 private:
  void write_tensor(std::size_t lane, double* out) const {
    if (sde_.noise() == NoiseShape::diagonal) {
      for (std::size_t i = 0; i < d_; ++i) out[i] = 0.5 * g_[i * width_ + lane] * g_[i * width_ + lane];
      return;
    }
    for (std::size_t i = 0; i < d_; ++i)
      for (std::size_t j = 0; j < d_; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < m_; ++k) sum += g_[(i * m_ + k) * width_ + lane] * g_[(j * m_ + k) * width_ + lane];
        out[i * d_ + j] = 0.5 * sum;
      }
  }

  SdeModel sde_;
  Calculus calculus_;
  SdeWorkspace workspace_;
  std::size_t d_, m_, width_;
  std::vector<double> x_, f_, g_;
};

}  // namespace

Coefficients coefficients_of(const SdeModel& sde, Calculus calculus) {
  require(sde.dimension() <= 3, "a grid has at most 3 dimensions; {} has {}: simulate paths instead", sde.name(),
          sde.dimension());
  const auto packed = std::make_shared<PackedCoefficients>(sde, calculus);
  return {.dimension = static_cast<int>(sde.dimension()),
          .autonomous = sde.has(autonomous),
          .diagonal = sde.noise() == NoiseShape::diagonal,
          .constant_diffusion = sde.has(additive_noise),
          .evaluate = [packed](double t, std::size_t n, const double* x, double* drift,
                               double* diffusion) { packed->evaluate(t, n, x, drift, diffusion); },
          .log_stationary = {}};
}

}  // namespace thalweg::fokker_planck
