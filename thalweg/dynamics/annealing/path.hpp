// The path from a reference to the density: the prior first and then the likelihood, or a Gaussian and then the whole.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/dynamics/annealing/gaussian_reference.hpp"
#include "thalweg/dynamics/annealing/reference.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"

namespace thalweg {

/// Whether the model says what its prior is and what its likelihood; a prior without terms is the Jacobian's alone.
inline bool knows_prior_from_likelihood(const Model& model) {
  Parts parts = 0;
  for (const auto& t : model.terms()) parts |= t.part;
  return (parts & part_undecided) == 0 && (parts & part_likelihood) != 0;
}

/// π_β(x) ∝ exp(base(x) + β tilt(x)), β from 0 to 1:
///   prior:     base = log prior + log |Jacobian|,  tilt = log likelihood;
///   Gaussian:  base = log N(x; m, S), normalised,  tilt = log p − base.
///
/// Shapes  x, gradients: [d][lanes]; base, tilt: [lanes].
/// Cost    prior: the model's prior and its likelihood, once each; Gaussian: the model.
/// Errors  a tilt that is not a number counts as −∞; see `flat_coordinate` for a prior that is none.
class AnnealingPath {
 public:
  using Real = Particles::Reals;

  /// Throws std::invalid_argument when the prior is asked for and the model has none, or one that is seen to be
  /// improper; `automatic` takes the Gaussian then.
  AnnealingPath(const Model& model, Reference reference, int width)
      : dimension_(static_cast<std::size_t>(model.dimension())) {
    const bool split = knows_prior_from_likelihood(model);
    require(split || reference != Reference::prior,
            "the path begins at the prior, but model {} does not say which of its terms are prior and which likelihood"
            "\n  try the Gaussian reference, or see thalweg check",
            model.name());
    std::string flat;
    if (split && reference != Reference::gaussian) {
      flat = flat_coordinate(model, width);
      require(
          flat.empty() || reference == Reference::automatic,
          "the path begins at the prior, but the prior of {} is flat: it is improper, and log Z is undefined\n  try "
          "the Gaussian reference, or give {} a prior",
          flat, flat);
    }
    if (split && reference != Reference::gaussian && flat.empty()) {
      parts_.emplace_back(model, part_prior | part_jacobian, width);
      parts_.emplace_back(model, part_likelihood, width);
    } else {
      parts_.emplace_back(model, whole_density, width);
      gaussian_.emplace(std::vector<double>(dimension_, 0), std::vector<double>(dimension_, 1));
    }
  }
  std::size_t dimension() const { return dimension_; }
  bool is_gaussian() const { return gaussian_.has_value(); }
  /// The Gaussian that it begins at was given, and stays.
  bool is_given() const { return given_; }
  /// Of a path that begins at a Gaussian; standard normal to begin with.
  void set_gaussian(GaussianReference gaussian) { gaussian_ = std::move(gaussian); }
  /// A path that begins at that Gaussian.
  AnnealingPath(const Model& model, GaussianReference reference, int width)
      : dimension_(static_cast<std::size_t>(model.dimension())), gaussian_(std::move(reference)), given_(true) {
    parts_.emplace_back(model, whole_density, width);
  }

  void evaluate(const double* x, double* base_gradient, Real& base, double* tilt_gradient, Real& tilt) {
    evaluate_base(x, base_gradient, base);
    parts_.back().evaluate(x, tilt_gradient, reinterpret_cast<double*>(&tilt));
    if (is_gaussian()) {
      tilt -= base;
      for (std::size_t j = 0; j < dimension_; ++j) {
        double* const g = tilt_gradient + j * lanes;
        store(g, load<Real>(g) - load<Real>(base_gradient + j * lanes));
      }
    }
    tilt = select(tilt == tilt, tilt, Real(-infinity));
  }
  void evaluate_base(const double* x, double* gradient, Real& base) {
    if (gaussian_) return gaussian_->evaluate(x, gradient, base);
    parts_.front().evaluate(x, gradient, reinterpret_cast<double*>(&base));
  }
  /// A draw of the Gaussian.
  ///
  /// Random  noise of (seed, particle, step).
  void draw_gaussian(std::uint64_t seed, std::uint64_t first_particle, std::uint64_t step, double* x) const {
    Random<Real> random(seed, Purpose::noise, first_particle, step);
    gaussian_->draw(random, x);
  }

  /// The name of a coordinate in which the log prior has the same slope at many places, which no proper one has; empty
  /// when there is none. What is improper in other ways is not seen.
  static std::string flat_coordinate(const Model& model, int width) {
    const auto d = static_cast<std::size_t>(model.dimension());
    PackDensity prior(model, part_prior | part_jacobian, width);
    std::vector<Real> x(d), g(d);
    std::vector<double> slope(d);
    std::vector<bool> same(d, true);
    int sound = 0;
    for (std::uint64_t first = 0; first < 32; first += lanes) {
      Real log_p;
      Random<Real> random(0, Purpose::check, first, 0);
      for (Real& value : x) value = 2.0 * random.normal();
      prior.evaluate(reinterpret_cast<double*>(x.data()), reinterpret_cast<double*>(g.data()),
                     reinterpret_cast<double*>(&log_p));
      for (int lane = 0; lane < Particles::lanes; ++lane) {
        if (!std::isfinite(log_p[lane])) continue;
        for (std::size_t j = 0; j < d; ++j) {
          if (sound == 0) slope[j] = g[j][lane];
          same[j] = same[j] && g[j][lane] == slope[j];
        }
        ++sound;
      }
    }
    for (std::size_t j = 0; j < d && sound >= 2; ++j)
      if (same[j]) return coordinate_names(model)[j];
    return {};
  }

 private:
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  std::size_t dimension_;
  std::vector<PackDensity> parts_;             ///< prior and likelihood, or the whole
  std::optional<GaussianReference> gaussian_;  ///< where it begins, if not at the prior
  bool given_ = false;
};

}  // namespace thalweg
