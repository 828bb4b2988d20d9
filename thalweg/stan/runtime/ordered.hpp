// Ordered categories: a latent number with a logistic or normal error falls between two cutpoints.
#pragma once
#include "thalweg/autodiff/container_functions.hpp"
#include "thalweg/density/vectorised.hpp"
#include "thalweg/stan/runtime/categorical.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

namespace role {
struct Cutpoint {
  static constexpr const char* requirement = "cutpoints must not be NaN";
  template <class R>
  THALWEG_INLINE static Mask<R> valid(const R& x) {
    return x == x;
  }
};
}  // namespace role

/// log(F(a) − F(b)) with a = η − lower, b = η − upper, and its partials in a and b; a may be ∞ and b −∞.
struct LogisticInterval {
  static constexpr const char* name = "ordered_logistic";
  template <class R>
  struct Parts {
    R value, a, b;
  };
  /// F(a) − F(b) = F(a) F(−b) (1 − e^(b−a))
  template <class R>
  THALWEG_INLINE static Parts<R> of(const R& a, const R& b) {
    const R gap = b - a, odds = select(is_finite(gap), 1.0 / expm1(-gap), R(0.0));
    return {log_logistic(a) + log_logistic(-b) + log1m_exp(gap), logistic(-a) + odds, -logistic(b) - odds};
  }
};
/// A bound at infinity does not move, whatever is subtracted from it.
template <class R>
THALWEG_INLINE R still_at_infinity(R x) {
  if constexpr (CarriesTangent<R>) x.tangent = select(is_finite(x.value), x.tangent, decltype(x.tangent)(0.0));
  return x;
}
struct NormalInterval {
  static constexpr const char* name = "ordered_probit";
  /// On the right of 0 the tails of the other side have the digits.
  template <class R>
  THALWEG_INLINE static LogisticInterval::Parts<R> of(const R& a, const R& b) {
    const auto right = b > R(0.0);
    const R high = still_at_infinity(R(select(right, -b, a))), low = still_at_infinity(R(select(right, -a, b)));
    const R value = log_diff_exp(log_normal_cdf(high), log_normal_cdf(low));
    const auto slope = [&](const R& x) {
      return select(is_finite(x), exp(-0.5 * x * x - half_log_two_pi - value), R(0.0));
    };
    return {value, slope(a), -slope(b)};
  }
};

/// P(lower < η + error < upper), of (η, lower, upper).
template <class Interval>
struct Ordered : Distribution<role::Location, role::Cutpoint, role::Cutpoint> {
  static constexpr const char* name = Interval::name;
  template <class Keep, class E, class L, class U>
  THALWEG_INLINE static auto term(const E& eta, const L& lower, const U& upper) {
    using R = Widest<E, L, U>;
    const auto p = Interval::of(R(eta - lower), R(eta - upper));
    return Term<R, 3>{p.value, {p.a + p.b, -p.a, -p.b}};
  }
};
}  // namespace distribution

namespace detail {
/// −∞, c₁ < c₂ < …, ∞.
template <Container C>
auto with_ends(const C& cutpoints) {
  const auto c = let(cutpoints);
  check_ordered(c, "ordered outcome: cutpoints must be ascending");
  return append_row(-infinity, append_row(to_vector(c), infinity));
}
template <class D, bool propto, class Y, class E, class C>
auto ordered_lpmf(const Y& y, const E& eta, const C& cutpoints) {
  if constexpr (!keeps<propto, E, C>) {
    return 0.0;
  } else {
    const auto lower = categories(y);
    const auto upper = make_unset_sequence<Array<int>>(lower.length);
    for (int i = 0; i < lower.length; ++i) upper.storage.data[i] = lower[i] + 1;
    const auto at = [&] {
      if constexpr (Container<C>) {
        return with_ends(cutpoints);
      } else {
        // the cutpoints of each outcome in a line
        using Ends = decltype(with_ends(cutpoints.items[0]));
        if (cutpoints.length != lower.length)
          Tape::current().reject_all("sizes of the arguments do not match: # and #", lower.length, cutpoints.length);
        auto all = make_unset_sequence<Ends>(0);
        for (int i = 0; i < lower.length; ++i) {
          const auto ends = with_ends(cutpoints.items[i]);
          checked_index(lower[i], ends.size() - 1);
          lower.storage.data[i] += all.size();
          upper.storage.data[i] += all.size();
          all = append_row(all, ends);
        }
        return all;
      }
    }();
    return log_density<D, propto>(eta, gather(at, lower), gather(at, upper));
  }
}
}  // namespace detail

template <bool propto = false, class Y, class E, class C>
auto ordered_logistic_lpmf(const Y& y, const E& eta, const C& cutpoints) {
  return detail::ordered_lpmf<distribution::Ordered<distribution::LogisticInterval>, propto>(y, eta, cutpoints);
}
template <bool propto = false, class Y, class E, class C>
auto ordered_probit_lpmf(const Y& y, const E& eta, const C& cutpoints) {
  return detail::ordered_lpmf<distribution::Ordered<distribution::NormalInterval>, propto>(y, eta, cutpoints);
}
template <bool propto = false, class Y, class X, class B, class C>
auto ordered_logistic_glm_lpmf(const Y& y, const X& x, const B& beta, const C& cutpoints) {
  return ordered_logistic_lpmf<propto>(y, x * beta, cutpoints);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
