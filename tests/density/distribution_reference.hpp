// Numbers of 113 bits to judge kernels by, and what rounding may do.
#pragma once
#include <bit>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

namespace thalweg::testing_distributions {

using Quad = boost::multiprecision::cpp_bin_float_quad;
inline const Quad quad_infinity = std::numeric_limits<Quad>::infinity();
inline Quad quad_pi() { return boost::math::constants::pi<Quad>(); }

/// The step of central differences of formulas in 113 bits: errors near 1e-20 in truncation and in rounding.
inline double step(double x) { return (x == 0 ? 1 : std::abs(x)) * 0x1p-34; }

inline bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// The unit of error: rounding of the result, and of each argument carried through (first derivatives for the value,
/// second for the partials). A kernel is as good as its problem when it stays within `units` of that.
inline constexpr double units = 24 * 0x1p-52;

}  // namespace thalweg::testing_distributions
