// Families of Gaussians as functions of parameters: what the ELBO is maximised over.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

/// mean_field  x = m + S z,             S = diag(s)              2·d parameters
/// low_rank    x = m + S (I + V T Vᵀ) z,  V [d][r], T diagonal   d·(2 + r) + r
/// full_rank   x = m + F z,             F = F₀ L, triangular     d + d·(d + 1)/2
enum class Family { mean_field, low_rank, full_rank };
/// "mean-field", "low-rank" or "full-rank".
std::string_view to_string(Family family);

/// A family of laws of x = m(θ) + F(θ) z, z standard normal, as maps between θ and rows of draws. θ is measured in
/// units of a base Gaussian N(m₀, F₀F₀ᵀ) near the answer, m = m₀ + F₀ μ and all scales logarithmic, so that the ELBO is
/// about equally curved in all its directions.
///
/// Shapes  θ, gradient, direction, product: [parameters()]; z, x, g, h, v: n rows of `stride()` = padded(d) numbers.
/// Cost    mean-field: n·d an operation; low rank: n·d·r; full rank: n·d² and d³, in matrix products.
/// Errors  none throws but the makers.
class GaussianFamily {
 public:
  virtual ~GaussianFamily() = default;
  std::size_t dimension() const { return dimension_; }
  std::size_t stride() const { return stride_; }
  virtual std::size_t parameters() const = 0;

  /// θ of the member that is nearest to the base.
  virtual void start(double* theta) const = 0;
  /// Multiplies every scale of θ by a factor.
  virtual void widen(double factor, double* theta) const = 0;

  /// Chooses the member that all that follows is about.
  virtual void set(const double* theta) = 0;
  /// x_i = m + F z_i.
  virtual void place(std::size_t n, const double* z, double* x) const = 0;
  /// log |det F|; adds its gradient.
  virtual double log_determinant(double* gradient) const = 0;
  /// gradient = (1/n) Σ (∂x_i/∂θ)ᵀ g_i
  virtual void pull_back(std::size_t n, const double* z, const double* g, double* gradient) = 0;
  /// g_i += F⁻ᵀ z_i = −∇ₓ log q(x_i): what makes the path derivative of gradients of log p.
  virtual void add_path_term(std::size_t n, const double* z, double* g) const = 0;

  /// Whether the two that follow may be called.
  virtual bool has_curvature() const { return false; }
  /// v_i = (∂x_i/∂θ) direction
  virtual void push(const double* /*direction*/, std::size_t /*n*/, const double* /*z*/, double* /*v*/) const {}
  /// product = (1/n) Σ (∂x_i/∂θ)ᵀ h_i + (1/n) Σ g_iᵀ (∂²x_i/∂θ²) direction, g of the last pull_back at this member.
  virtual void pull_back_curvature(const double* /*direction*/, std::size_t /*n*/, const double* /*z*/,
                                   const double* /*h*/, double* /*product*/) const {}

  /// Whether different θ are different laws. Where not, θ wanders without end under noise, and its mean means nothing:
  /// then `marginals` gives (m − m₀)/s₀ and log s of the member, [2 d].
  virtual bool identified() const { return true; }
  virtual void marginals(double* /*out*/) const {}

  virtual MultivariateNormal gaussian() const = 0;

 protected:
  explicit GaussianFamily(MultivariateNormal base);
  /// m = m₀ + F₀ μ, and F₀ᵀ v.
  void shift(const double* mu, double* mean) const { base_.transform({mu, dimension_}, {mean, dimension_}); }
  void unshift(const double* v, double* out) const;

  MultivariateNormal base_;
  std::size_t dimension_, stride_;
};

/// `rank` of a low-rank family: 0 < rank < d. `seed` gives its directions where the base has fewer.
std::unique_ptr<GaussianFamily> mean_field_family(MultivariateNormal base);
std::unique_ptr<GaussianFamily> low_rank_family(MultivariateNormal base, std::size_t rank, std::uint64_t seed);
std::unique_ptr<GaussianFamily> full_rank_family(MultivariateNormal base);

/// The marginal precisions diag Σ⁻¹ of a Gaussian.
std::vector<double> precisions_of(const MultivariateNormal& q);

}  // namespace thalweg
