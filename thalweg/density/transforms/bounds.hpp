// Transforms of single numbers, elementwise over vectors: bounds, and offset with multiplier.
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// y > lower:  y = lower + eˣ,  log |∂y/∂x| = x.  A lower bound of −∞ leaves x as it is.
///
/// Shapes  all views have n elements; one bound for all is a view of stride 0.
struct Lower {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<const Real> lower, View<Real> y) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto bounded = lower[i] > Real(-infinity);
      y[i] = select(bounded, lower[i] + exp(x[i]), x[i]);
      log_jacobian += select(bounded, x[i], Real(0));
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, View<const Real> lower,
                       double jacobian_adjoint, View<Real> x_adjoint, View<Real> lower_adjoint = {}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto bounded = lower[i] > Real(-infinity);
      x_adjoint[i] += select(bounded, y_adjoint[i] * exp(x[i]) + jacobian_adjoint, y_adjoint[i]);
      if (lower_adjoint.data) lower_adjoint[i] += select(bounded, y_adjoint[i], Real(0));
    }
  }
  static Violation unconstrain(View<const double> y, View<const double> lower, View<double> x) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!(y[i] > lower[i]) || !is_finite(y[i])) return {"a number greater than", i, lower[i], y[i]};
      x[i] = lower[i] > -infinity ? log(y[i] - lower[i]) : y[i];
    }
    return {};
  }
};

/// y < upper:  y = upper − eˣ,  log |∂y/∂x| = x.  An upper bound of ∞ leaves x as it is.
///
/// Shapes  all views have n elements; one bound for all is a view of stride 0.
struct Upper {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<const Real> upper, View<Real> y) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto bounded = upper[i] < Real(infinity);
      y[i] = select(bounded, upper[i] - exp(x[i]), x[i]);
      log_jacobian += select(bounded, x[i], Real(0));
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, View<const Real> upper,
                       double jacobian_adjoint, View<Real> x_adjoint, View<Real> upper_adjoint = {}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto bounded = upper[i] < Real(infinity);
      x_adjoint[i] += select(bounded, jacobian_adjoint - y_adjoint[i] * exp(x[i]), y_adjoint[i]);
      if (upper_adjoint.data) upper_adjoint[i] += select(bounded, y_adjoint[i], Real(0));
    }
  }
  static Violation unconstrain(View<const double> y, View<const double> upper, View<double> x) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!(y[i] < upper[i]) || !is_finite(y[i])) return {"a number less than", i, upper[i], y[i]};
      x[i] = upper[i] < infinity ? log(upper[i] - y[i]) : y[i];
    }
    return {};
  }
};

/// lower < y < upper:  y = lower + (upper − lower) logit⁻¹(x),  log |∂y/∂x| = log(upper − lower) − |x| − 2 log(1 +
/// e^−|x|). An infinite bound leaves the transform of the other one.
///
/// Shapes  all views have n elements; one bound for all is a view of stride 0.
struct LowerUpper {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<const Real> lower, View<const Real> upper, View<Real> y) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Sides<Real> has(lower[i], upper[i]);
      const auto right = x[i] > Real(0);
      const Real a = select(right, x[i], -x[i]), e = exp(-a), small = e / (1.0 + e);  // logit⁻¹(−|x|)
      const Real width = upper[i] - lower[i], step = width * small;
      const Real inside = select(right, upper[i] - step, lower[i] + step);  // exact near both bounds
      const Real grown = exp(x[i]);
      const Real one_sided = select(has.lower, lower[i] + grown, select(has.upper, upper[i] - grown, x[i]));
      y[i] = select(has.both(), inside, one_sided);
      const Real log_width = select(width > Real(0), log(width), Real(-infinity));
      const Real log_slope = select(has.both(), log_width - a - 2.0 * log1p(e), select(has.any(), x[i], Real(0)));
      log_jacobian += select(width > Real(0), log_slope, Real(-infinity));
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, View<const Real> lower,
                       View<const Real> upper, double jacobian_adjoint, View<Real> x_adjoint,
                       View<Real> lower_adjoint = {}, View<Real> upper_adjoint = {}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Sides<Real> has(lower[i], upper[i]);
      const auto right = x[i] > Real(0);
      const Real e = exp(select(right, -x[i], x[i])), small = e / (1.0 + e), large = 1.0 / (1.0 + e);
      const Real share = select(right, large, small), rest = select(right, small, large);  // logit⁻¹(±x)
      const Real width = upper[i] - lower[i], a = y_adjoint[i], slope = a * exp(x[i]);
      const Real inside = a * width * (small * large) + jacobian_adjoint * (rest - share);
      const Real one_sided =
          select(has.lower, jacobian_adjoint + slope, select(has.upper, jacobian_adjoint - slope, a));
      x_adjoint[i] += select(has.both(), inside, one_sided);
      const Real spread = jacobian_adjoint / width;
      if (lower_adjoint.data) lower_adjoint[i] += select(has.both(), a * rest - spread, select(has.lower, a, Real(0)));
      if (upper_adjoint.data) upper_adjoint[i] += select(has.both(), a * share + spread, select(has.upper, a, Real(0)));
    }
  }
  static Violation unconstrain(View<const double> y, View<const double> lower, View<const double> upper,
                               View<double> x) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!(y[i] > lower[i]) || !is_finite(y[i])) return {"a number greater than", i, lower[i], y[i]};
      if (!(y[i] < upper[i])) return {"a number less than", i, upper[i], y[i]};
      const Sides<double> has(lower[i], upper[i]);
      if (has.both())
        x[i] = log((y[i] - lower[i]) / (upper[i] - y[i]));
      else
        x[i] = has.lower ? log(y[i] - lower[i]) : has.upper ? log(upper[i] - y[i]) : y[i];
    }
    return {};
  }

 private:
  /// Which bounds are finite.
  template <class Real>
  struct Sides {
    Mask<Real> lower, upper;
    THALWEG_INLINE
    Sides(const Real& l, const Real& u) : lower(l > Real(-infinity)), upper(u < Real(infinity)) {}
    THALWEG_INLINE
    Mask<Real> both() const { return lower && upper; }
    THALWEG_INLINE
    Mask<Real> any() const { return lower || upper; }
  };
};

/// y = offset + multiplier · x,  log |∂y/∂x| = log multiplier.
///
/// Shapes  all views have n elements; one offset or multiplier for all is a view of stride 0.
struct OffsetMultiplier {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<const Real> offset, View<const Real> multiplier, View<Real> y) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real s = multiplier[i];
      y[i] = offset[i] + s * x[i];
      log_jacobian += select(s > Real(0), log(s), Real(-infinity));
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, View<const Real>,
                       View<const Real> multiplier, double jacobian_adjoint, View<Real> x_adjoint,
                       View<Real> offset_adjoint = {}, View<Real> multiplier_adjoint = {}) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      x_adjoint[i] += y_adjoint[i] * multiplier[i];
      if (offset_adjoint.data) offset_adjoint[i] += y_adjoint[i];
      if (multiplier_adjoint.data) multiplier_adjoint[i] += y_adjoint[i] * x[i] + jacobian_adjoint / multiplier[i];
    }
  }
  static Violation unconstrain(View<const double> y, View<const double> offset, View<const double> multiplier,
                               View<double> x) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      x[i] = (y[i] - offset[i]) / multiplier[i];
      if (!is_finite(x[i])) return violation(i, "a finite number", y[i]);
    }
    return {};
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
