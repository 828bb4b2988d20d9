// Lcdf and Lccdf of the exponentially modified normal and the skew double exponential, and of discrete_range.
#pragma once
#include "thalweg/density/distributions/binary.hpp"
#include "thalweg/density/distributions/skewed.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// 1 − F = Φ(−z) + e,  F = Φ(z) − e,  e = exp(½v² − vz) Φ(z − v),  z = (y − μ)/σ, v = λσ.
template <bool upper>
struct ExpModNormalTail : Distribution<role::Outcome, role::Location, role::Scale, role::InverseScale> {
  static constexpr const char* name = upper ? "exp_mod_normal_lccdf" : "exp_mod_normal_lcdf";
  template <class Keep, class Y, class M, class S, class L>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma, const L& lambda) {
    using R = Widest<Y, M, S, L>;
    const R inverse(1.0 / sigma), z = (y - mu) * inverse, v = lambda * sigma, t = z - v;
    const R fall = -0.5 * z * z, scaled_e = log_scaled_normal_cdf(t);
    const R log_e = scaled_e + select(t < R(0.0), fall, v * (0.5 * v - z));
    const R above = log_sum_exp(log_normal_cdf(-z), log_e);
    // below 0 the difference itself, free of the exponential that both terms share; above 0 the complement
    const auto left = z < R(0.0);
    const R scaled_below = log_diff_exp(log_scaled_normal_cdf(z), scaled_e);
    const R value = upper ? above : select(left, fall + scaled_below, log1m_exp(above));
    const R share = exp(upper ? log_e - value : select(left, scaled_e - scaled_below, log_e - value));
    const R slope_z = upper ? -(v * share) : v * share, excess = normal_hazard_excess(t);
    const R slope_v = upper ? -(excess * share) : excess * share, slope_y = slope_z * inverse;
    return Term<R, 4>{value, {slope_y, -slope_y, slope_v * lambda - z * slope_y, slope_v * sigma}};
  }
};
using ExpModNormalLcdf = ExpModNormalTail<false>;
using ExpModNormalLccdf = ExpModNormalTail<true>;

/// F = τ exp(2(1−τ)z) for z ≤ 0, 1 − F = (1−τ) exp(−2τz) for z ≥ 0.
template <bool upper>
struct SkewDoubleExponentialTail : Distribution<role::Outcome, role::Location, role::Scale, role::OpenProbability> {
  static constexpr const char* name = upper ? "skew_double_exponential_lccdf" : "skew_double_exponential_lcdf";
  template <class Keep, class Y, class M, class S, class T>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma, const T& tau) {
    using R = Widest<Y, M, S, T>;
    const R inverse(1.0 / sigma), z = (y - mu) * inverse, rest = 1.0 - tau;
    const auto below = z < R(0.0);
    // the smaller side, and its slopes in z and τ
    const R log_side = select(below, log(R(tau)) + 2.0 * rest * z, log(rest) - 2.0 * tau * z);
    const R side_z = select(below, 2.0 * rest, R(-2.0 * tau));
    const R side_tau = select(below, 1.0 / R(tau), -1.0 / rest) - 2.0 * z;
    const auto own = upper ? !below : below;  // the side asked for
    const R turn = select(own, R(1.0), -(exp(log_side) / (1.0 - exp(log_side))));
    const R slope_y = turn * side_z * inverse;
    return Term<R, 4>{select(own, log_side, log1m_exp(log_side)), {slope_y, -slope_y, -(z * slope_y), turn * side_tau}};
  }
};
using SkewDoubleExponentialLcdf = SkewDoubleExponentialTail<false>;
using SkewDoubleExponentialLccdf = SkewDoubleExponentialTail<true>;

/// (n − l + 1)/(u − l + 1), and its complement.
template <bool upper>
struct DiscreteRangeTail : Distribution<role::Integer, role::IntegerBound, role::IntegerBound> {
  static constexpr const char* name = upper ? "discrete_range_lccdf" : "discrete_range_lcdf";
  template <class Keep>
  THALWEG_INLINE static auto term(double n, double lower, double up) {
    const double part = upper ? up - n : n - lower + 1.0, share = part / (up - lower + 1.0);
    return Term<double, 3>{log(share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share), {0, 0, 0}};
  }
};
using DiscreteRangeLcdf = DiscreteRangeTail<false>;
using DiscreteRangeLccdf = DiscreteRangeTail<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
