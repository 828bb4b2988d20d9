// Limits for means whose standard error is itself estimated.
#pragma once

namespace thalweg {

/// The quantile of Student's law with `degrees` degrees of freedom at the probability at which z is the normal's, from
/// an expansion in 1/degrees: within 0.6 % for z ≤ 3.9 and degrees ≥ 10, 0.002 % for z ≤ 4.75 and degrees ≥ 63, 0.2 %
/// for z ≤ 6 and degrees ≥ 31 (the tail is then right to 4 %).
///
/// Source  Abramowitz & Stegun (1964), 26.7.5.
inline double student_quantile(double z, double degrees) {
  const double s = z * z, n = degrees;
  const double first = (s + 1) / 4, second = ((5 * s + 16) * s + 3) / 96,
               third = (((3 * s + 19) * s + 17) * s - 15) / 384;
  return z * (1 + (first + (second + third / n) / n) / n);
}

}  // namespace thalweg
