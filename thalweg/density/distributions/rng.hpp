// Random draws of real numbers, one function a distribution, with Stan's names and parametrisations.
//
// Random  `random` is a Random<double> (thalweg/core/random.hpp): every draw is a function of its stream alone. Draws
//         are exact up to rounding: inversion, known transformations or rejection, no approximations.
// Errors  the arguments must be in their domains (Distribution::valid says so); nothing is checked here, and
//         arguments outside give NaN or a meaningless number, but end.
#pragma once
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace rng {

template <class G>
double std_normal(G& random) {
  return random.normal();
}
template <class G>
double normal(G& random, double mu, double sigma) {
  return mu + sigma * random.normal();
}
template <class G>
double lognormal(G& random, double mu, double sigma) {
  return exp(normal(random, mu, sigma));
}
template <class G>
double uniform(G& random, double a, double b) {
  return a + (b - a) * random.uniform();
}
template <class G>
double exponential(G& random, double beta) {
  return random.exponential() / beta;
}
template <class G>
double cauchy(G& random, double mu, double sigma) {
  return mu + sigma * tan(pi * (random.uniform() - 0.5));
}
template <class G>
double double_exponential(G& random, double mu, double sigma) {
  const double u = 2.0 * random.uniform() - 1.0;
  return u < 0 ? mu + sigma * log1p(u) : mu - sigma * log1p(-u);
}
template <class G>
double logistic(G& random, double mu, double sigma) {
  return mu + sigma * logit(random.uniform());
}
template <class G>
double gumbel(G& random, double mu, double beta) {
  return mu - beta * log(random.exponential());
}
template <class G>
double weibull(G& random, double alpha, double sigma) {
  return sigma * exp(log(random.exponential()) / alpha);
}
template <class G>
double frechet(G& random, double alpha, double sigma) {
  return sigma * exp(-log(random.exponential()) / alpha);
}
template <class G>
double rayleigh(G& random, double sigma) {
  return sigma * sqrt(2.0 * random.exponential());
}
template <class G>
double pareto(G& random, double low, double alpha) {
  return low * exp(random.exponential() / alpha);
}
template <class G>
double pareto_type_2(G& random, double mu, double lambda, double alpha) {
  return mu + lambda * expm1(random.exponential() / alpha);
}
template <class G>
double loglogistic(G& random, double alpha, double beta) {
  return alpha * exp(logit(random.uniform()) / beta);
}
template <class G>
double exp_mod_normal(G& random, double mu, double sigma, double lambda) {
  const double z = random.normal();
  return mu + sigma * z + random.exponential() / lambda;
}
/// ξ + ω(δ|z₁| + √(1 − δ²) z₂) with δ = α/√(1 + α²).
template <class G>
double skew_normal(G& random, double xi, double omega, double alpha) {
  const double z = abs(random.normal()), w = random.normal();
  return xi + omega * ((alpha * z + w) / sqrt(1.0 + alpha * alpha));
}
/// Two exponentials with means σ/2τ above μ and σ/2(1−τ) below, met with probabilities 1 − τ and τ.
template <class G>
double skew_double_exponential(G& random, double mu, double sigma, double tau) {
  const double u = random.uniform();
  return u < tau ? mu + sigma * log(u / tau) / (2.0 * (1.0 - tau))
                 : mu - sigma * log((1.0 - u) / (1.0 - tau)) / (2.0 * tau);
}

/// log of a gamma variate with shape α and scale 1; the logarithm does not underflow when α is tiny.
/// Source: G. Marsaglia & W. W. Tsang (2000), ACM Trans. Math. Softw. 26(3), 363–372; for α < 1 their remark that
/// Gamma(α) is Gamma(α + 1) · U^(1/α).
template <class G>
double log_gamma_variate(G& random, double alpha) {
  if (!(alpha > 0 && alpha < infinity)) return not_a_number;
  const double boost = alpha < 1 ? log(random.uniform()) / alpha : 0.0;
  const double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / (3 * sqrt(d));
  for (;;) {
    const double z = random.normal(), root = 1 + c * z;
    if (root <= 0) continue;
    const double v = root * root * root, log_v = 3 * log(root);
    if (log(random.uniform()) < 0.5 * z * z + d * (1 - v + log_v)) return boost + log(d) + log_v;
  }
}
template <class G>
double gamma(G& random, double alpha, double beta) {
  return exp(log_gamma_variate(random, alpha)) / beta;
}
template <class G>
double inv_gamma(G& random, double alpha, double beta) {
  return beta * exp(-log_gamma_variate(random, alpha));
}
template <class G>
double chi_square(G& random, double nu) {
  return 2 * gamma(random, 0.5 * nu, 1);
}
template <class G>
double inv_chi_square(G& random, double nu) {
  return inv_gamma(random, 0.5 * nu, 0.5);
}
template <class G>
double scaled_inv_chi_square(G& random, double nu, double s) {
  return inv_gamma(random, 0.5 * nu, 0.5 * nu * s * s);
}
template <class G>
double student_t(G& random, double nu, double mu, double sigma) {
  const double z = random.normal();
  return mu + sigma * z * exp(0.5 * (log(0.5 * nu) - log_gamma_variate(random, 0.5 * nu)));
}
/// X / (X + Y) of two gamma variates, by their logarithms.
template <class G>
double beta(G& random, double alpha, double beta) {
  const double x = log_gamma_variate(random, alpha), y = log_gamma_variate(random, beta);
  return thalweg::logistic(x - y);
}
template <class G>
double beta_proportion(G& random, double mu, double kappa) {
  return beta(random, mu * kappa, (1 - mu) * kappa);
}

/// The von Mises distribution, in [μ − π, μ + π) for μ taken modulo 2π. For κ > 10⁸ a wrapped normal, which differs
/// by less than the rounding of its probabilities to 10⁻⁸.
/// Source: D. J. Best & N. I. Fisher (1979), Appl. Stat. 28(2), 152–157.
template <class G>
double von_mises(G& random, double mu, double kappa) {
  if (!(kappa >= 0) || !(abs(mu) < infinity)) return not_a_number;
  const double turns = mu / two_pi, centre = mu - two_pi * ((turns + 0x1.8p52) - 0x1.8p52);
  if (kappa < 1e-8) return centre + pi * (2 * random.uniform() - 1);
  if (kappa > 1e8) return centre + random.normal() / sqrt(kappa);
  // r = (1 + ρ²)/2ρ with ρ = (τ − √(2τ))/2κ; for small κ the series 1/κ + κ, where that cancels
  const double tau = 1 + sqrt(1 + 4 * kappa * kappa), rho = (tau - sqrt(2 * tau)) / (2 * kappa);
  const double r = kappa < 1e-4 ? 1 / kappa + kappa : (1 + rho * rho) / (2 * rho);
  for (;;) {
    const double z = cos(pi * random.uniform()), f = (1 + r * z) / (r + z), c = kappa * (r - f);
    const double u = random.uniform();
    if (c * (2 - c) > u || log(c / u) + 1 >= c) {
      const double angle = acos(f < 1 ? (f > -1 ? f : -1.0) : 1.0);
      return random.uniform() < 0.5 ? centre - angle : centre + angle;
    }
  }
}

}  // namespace rng
}  // namespace THALWEG_ISA
}  // namespace thalweg
