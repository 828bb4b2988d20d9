// The Scharfetter–Gummel (= Chang–Cooper) rates of one link between two cells.
#pragma once
#include <algorithm>
#include <cmath>

namespace thalweg::fokker_planck {

/// B(z) = z / (eᶻ − 1), the Bernoulli function: B(0) = 1, B(−z) = B(z) + z, never negative, no overflow.
inline double bernoulli(double z) { return z == 0 ? 1.0 : z / std::expm1(z); }

/// Rates of jumps to the upper end and back.
struct Link {
  double forward = 0, backward = 0;
};

/// The exact flux of  g p − D ∂p  between two points at distance h, with D and g constant on the way, is that of a jump
/// process with  forward = κ B(z), backward = κ B(−z),  κ = D/h², z = −g h/D;  forward/backward = e^{−z}.
///
/// Source  Scharfetter & Gummel (1969), IEEE Trans. Electron Devices 16, 64; Chang & Cooper (1970), J. Comp. Phys.
/// 6, 1.
inline Link link_of(double kappa, double z) { return {kappa * bernoulli(z), kappa * bernoulli(-z)}; }

/// The same from κ and the rate of drift, g/h; the upwind rates |g|/h where diffusion is negligible or none.
inline Link link_of_drift(double kappa, double drift_rate) {
  if (std::fabs(drift_rate) >= 1e12 * kappa) return {std::max(drift_rate, 0.0), std::max(-drift_rate, 0.0)};
  return link_of(kappa, -drift_rate / kappa);
}

/// Diffusion and Itô drift at the two ends of a link and in its middle.
struct LinkValues {
  double lower_diffusion, diffusion, upper_diffusion;
  double lower_drift, drift, upper_drift;
};

/// A link of length h with F = f p − ∂(D p) along it. Where D varies by less than a factor 4 over the link,
/// z = log(D_upper/D_lower) − ∫ f/D by Simpson's rule, so that ∂D is integrated exactly and the law of a
/// one-dimensional equation is right to fourth order at the centres; else g = f − ∂D in the middle, which holds for D =
/// 0 too.
inline Link link_of(const LinkValues& v, double h) {
  const auto [least, most] = std::minmax({v.lower_diffusion, v.diffusion, v.upper_diffusion});
  const double kappa = v.diffusion / (h * h);
  if (least <= 0 || most > 4 * least)
    return link_of_drift(kappa, (v.drift - (v.upper_diffusion - v.lower_diffusion) / h) / h);
  const double force =
      v.lower_drift / v.lower_diffusion + 4 * v.drift / v.diffusion + v.upper_drift / v.upper_diffusion;
  const double z = std::log(v.upper_diffusion / v.lower_diffusion) - h * force / 6;
  return std::fabs(z) < 1e12 ? link_of(kappa, z) : link_of_drift(kappa, v.drift / h);
}

}  // namespace thalweg::fokker_planck
