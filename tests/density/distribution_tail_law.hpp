// What the tests of cumulative distribution functions share.
#pragma once
#include "distribution_law.hpp"
#include "thalweg/density/distributions/tails.hpp"

namespace thalweg::testing_distributions {

inline const std::vector<double> positive_outcomes{-3, 1e-20, 0.02, 0.9, 1.1, 6.5, 80};

inline Quad log_complement(const Quad& log_p) {
  return log_p > -Quad(0.69) ? Quad(log(-expm1(log_p))) : Quad(log1p(-exp(log_p)));
}

/// A case from log F and log(1 − F); where F is 0 or 1 the logarithms are −∞ and 0.
template <class Distribution, class Formula, bool upper>
struct TailCase : Formula {
  using Kernel = Distribution;
  static constexpr bool drops_nothing = true;
  template <class... A>
  static Quad log_density(const A&... a) {
    return upper ? Formula::log_upper(a...) : Formula::log_lower(a...);
  }
  /// What cancels in the slopes in a shape: the digammas there, carried over to the larger tail by the ratio of both.
  template <std::size_t n>
  static Quad partial_magnitude(std::size_t, const std::array<Quad, n>& q) requires requires {
    Formula::digammas(q);
  }
  {
    const Quad lower = std::apply([](const auto&... a) { return Formula::log_lower(a...); }, q);
    const Quad higher = std::apply([](const auto&... a) { return Formula::log_upper(a...); }, q);
    const Quad ratio = exp(upper ? Quad(lower - higher) : Quad(higher - lower));
    return Formula::digammas(q) * (ratio < 1 ? ratio : Quad(1));
  }
};
/// log Φ by erfc, and by the asymptotic series where that underflows.
inline Quad log_normal(const Quad& z) {
  if (z > -60) return log(boost::math::erfc(-z / sqrt(Quad(2))) / 2);
  Quad term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) sum += (term *= -(2 * k - 1) / (z * z));
  return -z * z / 2 - log(-z) - log(2 * quad_pi()) / 2 + log(sum);
}
inline Quad log_logistic_of(const Quad& z) { return z < 0 ? Quad(z - log1p(exp(z))) : Quad(-log1p(exp(-z))); }

#define BOTH_TAILS(Name) \
  TailCase<distribution::Name##Lcdf, Name##Formula, false>, TailCase<distribution::Name##Lccdf, Name##Formula, true>

}  // namespace thalweg::testing_distributions
