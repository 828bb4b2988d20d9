// The laws that every distribution kernel obeys. A case joins a list (INSTANTIATE…), and with it all of these tests.
//
// A case has
//   using Kernel = …;                       the distribution
//   using Arguments = std::tuple<…>;        int or double, as Stan declares them
//   static Grid<n> grid();                  values of each argument; all combinations are tried
//   static Quad log_density(Quad, …);       the formula in 113 bits, written on its own; −∞ outside the support
//   static std::vector<Invalid> invalid();  (argument, value) pairs outside the domain, besides NaN
// and, where a formula adds large terms that cancel, what they come to:
//   static Quad magnitude(QuadPoint);             in the log density
//   static Quad partial_magnitude(i, QuadPoint);  in the partial for argument i
//   slopes_by_logs, where partials are made as exp(log density − log F)
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "distribution_reference.hpp"
#include "thalweg/density/distributions/kernel.hpp"
#include "thalweg/density/distributions/second_derivatives.hpp"

namespace thalweg::testing_distributions {

template <std::size_t n>
using Grid = std::array<std::vector<double>, n>;
struct Invalid {
  int argument;
  double value;
};

template <class Case>
inline constexpr std::size_t arity_of = std::tuple_size_v<typename Case::Arguments>;
template <class Case, std::size_t i>
inline constexpr bool is_integer = std::is_same_v<std::tuple_element_t<i, typename Case::Arguments>, int>;
template <class Case>
inline constexpr auto real_arguments = []<std::size_t... i>(std::index_sequence<i...>) {
  return std::array<bool, sizeof...(i)>{!is_integer<Case, i>...};
}
(std::make_index_sequence<arity_of<Case>>{});
/// The same as bits: those that can be parameters.
template <class Case>
inline constexpr unsigned real_bits = []() {
  unsigned bits = 0;
  for (std::size_t i = 0; i < arity_of<Case>; ++i) bits |= unsigned{real_arguments<Case>[i]} << i;
  return bits;
}();
/// f(integral_constant<unsigned, subset>) for every set of real arguments, as bits.
template <class Case, class F>
void for_each_subset(const F& f) {
  [&]<unsigned... s>(std::integer_sequence<unsigned, s...>) {
    const auto each = [&]<unsigned subset>(std::integral_constant<unsigned, subset> which) {
      if constexpr ((subset & ~real_bits<Case>) == 0) f(which);
    };
    (each(std::integral_constant<unsigned, s>{}), ...);
  }
  (std::make_integer_sequence<unsigned, (1u << arity_of<Case>)>{});
}
template <class Case>
using Point = std::array<double, arity_of<Case>>;

/// All combinations of the grid's values.
template <class Case>
std::vector<Point<Case>> all_points() {
  std::vector<Point<Case>> points(1);
  const auto grid = Case::grid();
  for (std::size_t i = 0; i < grid.size(); ++i) {
    std::vector<Point<Case>> longer;
    for (auto p : points)
      for (const double v : grid[i]) {
        p[i] = v;
        longer.push_back(p);
      }
    points = std::move(longer);
  }
  return points;
}

template <class Case>
using QuadPoint = std::array<Quad, arity_of<Case>>;
template <class Case>
QuadPoint<Case> in_quad(const Point<Case>& p) {
  QuadPoint<Case> q;
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = p[i];
  return q;
}
template <class Case>
Quad reference(const QuadPoint<Case>& q) {
  return std::apply([](const auto&... a) { return Case::log_density(a...); }, q);
}
/// Central differences of the reference with a relative step of 2⁻³⁴: errors near 1e-20 in truncation and in rounding.
template <class Case>
QuadPoint<Case> reference_partials(const QuadPoint<Case>& q) {
  QuadPoint<Case> g;
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto one = [&](std::size_t j, bool integer) {
      if (integer) return Quad(0);
      const Quad h = step(static_cast<double>(q[j]));
      QuadPoint<Case> up = q, down = q;
      up[j] += h;
      down[j] -= h;
      return Quad((reference<Case>(up) - reference<Case>(down)) / (2 * h));
    };
    ((g[i] = one(i, is_integer<Case, i>)), ...);
  }
  (std::make_index_sequence<arity_of<Case>>{});
  return g;
}

/// One kernel call as plain doubles, lane by lane.
template <std::size_t n>
struct Numbers {
  double value = 0, factor = 1;
  std::array<double, n> partial{};
};
template <class Kernel, class T>
auto numbers(const T& term, int lane) {
  Numbers<Kernel::arity> out;
  out.value = lane_of(term.value, lane);
  if constexpr (requires { Kernel::factor_weight; }) out.factor = lane_of(term.factor, lane);
  for (int i = 0; i < Kernel::arity; ++i) out.partial[static_cast<std::size_t>(i)] = lane_of(term.partial[i], lane);
  return out;
}
template <class Kernel, std::size_t n>
double total(const Numbers<n>& t) {
  if constexpr (requires { Kernel::factor_weight; })
    return t.value + Kernel::factor_weight * std::log(t.factor);
  else
    return t.value;
}

/// Argument i as a number or, when bit i of `packs` is set, as a pack.
template <class Case, int W, unsigned packs, std::size_t i>
auto argument(const std::vector<Point<Case>>& points, std::size_t first) {
  if constexpr (is_integer<Case, i>) {
    return static_cast<int>(points[first][i]);
  } else if constexpr (packs >> i & 1) {
    double values[W];
    for (int lane = 0; lane < W; ++lane)
      values[lane] = points[(first + static_cast<std::size_t>(lane)) % points.size()][i];
    return load<Pack<W>>(values);
  } else {
    return points[first][i];
  }
}
template <class Case, class Terms, int W, unsigned packs>
auto evaluate(const std::vector<Point<Case>>& points, std::size_t first) {
  using Kernel = typename Case::Kernel;
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return Kernel::template term<Terms>(
        Kernel::template prepare<static_cast<int>(i)>(argument<Case, W, packs, i>(points, first))...);
  }
  (std::make_index_sequence<arity_of<Case>>{});
}
/// Keep with the parameters whose bits are set.
template <class Case, bool propto, unsigned parameters>
auto keep() {
  return []<std::size_t... i>(std::index_sequence<i...>) { return Keep<propto, (parameters >> i & 1)...>{}; }
  (std::make_index_sequence<arity_of<Case>>{});
}
template <class Case, bool propto, unsigned parameters>
using KeepFor = decltype(keep<Case, propto, parameters>());
inline constexpr unsigned everything = ~0u;

template <class Case, class Terms = KeepFor<Case, false, everything>>
auto evaluate_one(const Point<Case>& p) {
  return numbers<typename Case::Kernel>(evaluate<Case, Terms, 2, 0u>({p}, 0), 0);
}

template <class Case>
std::string describe(const Point<Case>& p) {
  std::string s = Case::Kernel::name;
  s += '(';
  for (const double v : p) s += std::to_string(v) + " [" + ::testing::PrintToString(v) + "], ";
  return s + ')';
}

/// A case may say `static constexpr bool drops_nothing = true`: then one set of parameters is tried, to save compiling.
template <class Case>
inline constexpr bool drops_nothing = requires {
  requires Case::drops_nothing;
};

template <std::size_t n>
bool same_bits(const Numbers<n>& a, const Numbers<n>& b) {
  bool same = same_bits(a.value, b.value) && same_bits(a.factor, b.factor);
  for (std::size_t i = 0; i < n; ++i) same = same && same_bits(a.partial[i], b.partial[i]);
  return same;
}

template <class Case>
class DistributionLaw : public ::testing::Test {};
TYPED_TEST_SUITE_P(DistributionLaw);

TYPED_TEST_P(DistributionLaw, ValueAndPartialsAgreeWithTheFormulaIn113Bits) {
  using Case = TypeParam;
  constexpr std::size_t n = arity_of<Case>;
  const auto points = all_points<Case>();
  int outside = 0;
  for (const auto& p : points) {
    const auto got = evaluate_one<Case>(p);
    const auto q = in_quad<Case>(p);
    const Quad exact = reference<Case>(q);
    if (exact == -quad_infinity) {
      ++outside;
      EXPECT_EQ(total<typename Case::Kernel>(got), -infinity) << describe<Case>(p);
      continue;
    }
    const auto slope = reference_partials<Case>(q);
    double scale = 1 + std::abs(static_cast<double>(exact));
    for (std::size_t i = 0; i < n; ++i) scale += std::abs(p[i] * static_cast<double>(slope[i]));
    if constexpr (requires { Case::magnitude(q); }) scale += static_cast<double>(Case::magnitude(q));
    const double value = total<typename Case::Kernel>(got);
    EXPECT_LE(std::abs(static_cast<double>(value - exact)), units * scale)
        << describe<Case>(p) << " value " << value << " exact " << exact;
    std::array<double, n> reach{};
    for (std::size_t j = 0; j < n; ++j) {
      if (p[j] == 0 || !real_arguments<Case>[j]) continue;
      auto moved = q;
      moved[j] *= 1 + Quad(0x1p-30);
      const auto there = reference_partials<Case>(moved);
      for (std::size_t i = 0; i < n; ++i)
        reach[i] += std::abs(static_cast<double>((there[i] - slope[i]) * Quad(0x1p30)));
    }
    for (std::size_t i = 0; i < n; ++i) {
      double size = std::abs(static_cast<double>(slope[i])) + reach[i];
      const double noise = 0x1p-109 * scale / step(p[i]);  // of the reference itself
      if constexpr (requires { Case::partial_magnitude(i, q); })
        size += static_cast<double>(Case::partial_magnitude(i, q));
      if constexpr (requires { Case::slopes_by_logs; })
        size += std::abs(static_cast<double>(slope[i])) * std::abs(static_cast<double>(exact));
      EXPECT_LE(std::abs(static_cast<double>(got.partial[i] - slope[i])), units * size + noise)
          << describe<Case>(p) << " partial " << i << " is " << got.partial[i] << " exact " << slope[i];
    }
  }
  EXPECT_LT(outside, static_cast<int>(points.size()));
}

TYPED_TEST_P(DistributionLaw, EveryWidthGivesTheSameBits) {
  using Case = TypeParam;
  using Kernel = typename Case::Kernel;
  using All = KeepFor<Case, false, everything>;
  const auto points = all_points<Case>();
  // `packs` and the width vary; where an argument is a number it is the first lane's
  const auto check = [&]<int W, unsigned packs>(std::integral_constant<int, W>,
                                                std::integral_constant<unsigned, packs>) {
    for (std::size_t first = 0; first < points.size(); first += points.size() / 40 + 1) {
      const auto term = evaluate<Case, All, W, packs>(points, first);
      for (int lane = 0; lane < width_of<std::remove_cvref_t<decltype(term.value)>>; ++lane) {
        auto p = points[first];
        for (std::size_t i = 0; i < p.size(); ++i)
          if (packs >> i & 1) p[i] = points[(first + static_cast<std::size_t>(lane)) % points.size()][i];
        EXPECT_TRUE(same_bits(numbers<Kernel>(term, lane), evaluate_one<Case>(p)))
            << describe<Case>(p) << " width " << W << " packs " << packs << " lane " << lane;
      }
    }
  };
  constexpr std::integral_constant<unsigned, real_bits<Case>> all;
  check(std::integral_constant<int, 2>{}, all);
  check(std::integral_constant<int, 4>{}, all);
  check(std::integral_constant<int, 16>{}, all);
  for_each_subset<Case>([&](auto packs) { check(std::integral_constant<int, 8>{}, packs); });
}

/// For every set of parameters: what `propto` drops does not depend on them, and the partials keep their bits.
TYPED_TEST_P(DistributionLaw, DroppedTermsAreConstantInTheParameters) {
  using Case = TypeParam;
  const auto points = all_points<Case>();
  const auto check = [&]<unsigned parameters>(std::integral_constant<unsigned, parameters>) {
    struct Seen {
      Point<Case> data;  // parameters blanked out
      double constant, scale;
    };
    std::vector<Seen> seen;
    for (std::size_t k = 0; k < points.size(); k += points.size() / 300 + 1) {
      const auto& p = points[k];
      const auto kept = evaluate_one<Case, KeepFor<Case, false, parameters>>(p);
      const auto dropped = evaluate_one<Case, KeepFor<Case, true, parameters>>(p);
      for (std::size_t i = 0; i < p.size(); ++i) EXPECT_TRUE(same_bits(kept.partial[i], dropped.partial[i]));
      EXPECT_TRUE(same_bits(kept.factor, dropped.factor));
      EXPECT_EQ(kept.value == -infinity, dropped.value == -infinity) << describe<Case>(p);
      if (!std::isfinite(kept.value)) continue;
      auto data = p;
      for (std::size_t i = 0; i < p.size(); ++i)
        if (parameters >> i & 1) data[i] = 0;
      const double constant = kept.value - dropped.value;
      double scale = 1 + std::abs(kept.value) + std::abs(dropped.value);
      const auto q = in_quad<Case>(p);
      if constexpr (requires { Case::magnitude(q); }) scale += static_cast<double>(Case::magnitude(q));
      const auto same = std::find_if(seen.begin(), seen.end(), [&](const Seen& other) { return other.data == data; });
      if (same == seen.end())
        seen.push_back({data, constant, scale});
      else
        EXPECT_NEAR(constant, same->constant, units * (scale + same->scale))
            << describe<Case>(p) << " parameters " << parameters;
    }
    EXPECT_FALSE(seen.empty());
  };
  for_each_subset<Case>([&](auto parameters) {
    constexpr bool skipped = drops_nothing<Case> && parameters.value != real_bits<Case>;
    if constexpr (parameters.value != 0 && !skipped) check(parameters);
  });
}

/// ∂²/∂aᵢ∂aⱼ of the reference by central differences, and its error: rounding, and what two steps differ by. NaN where
/// that is more than 1e-6, since there is no second derivative there.
struct Second {
  double value = 0, error = 0;
};
template <class Case>
Second reference_second(const QuadPoint<Case>& q, std::size_t i, std::size_t j) {
  const auto with_step = [&](double relative) {
    const Quad hi = step(static_cast<double>(q[i])) * relative, hj = step(static_cast<double>(q[j])) * relative;
    const auto at = [&](int a, int b) {
      QuadPoint<Case> moved = q;
      moved[i] += a * hi;
      moved[j] += b * hj;
      return reference<Case>(moved);
    };
    if (i == j) return Quad((at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / (hi * hi));
    return Quad((at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * hi * hj));
  };
  const Quad fine = with_step(0x1p8), coarse = with_step(0x1p10);
  // some hundred roundings of the log density; its terms are larger where a case says so
  Quad size = 1 + abs(reference<Case>(q));
  if constexpr (requires { Case::magnitude(q); }) size += abs(Case::magnitude(q));
  const double hi = step(static_cast<double>(q[i])) * 0x1p8, hj = step(static_cast<double>(q[j])) * 0x1p8;
  const Quad apart = abs(fine - coarse), rounding = size * 0x1p-103 / hi / hj;
  return {apart <= 1e-6 * abs(fine) + 10 * rounding ? static_cast<double>(fine) : not_a_number,
          static_cast<double>(apart + rounding)};
}
/// The partials of one call with argument j moving: number i of them with its tangent.
template <class Case>
auto partials_along(const Point<Case>& p, std::size_t j) {
  using Kernel = typename Case::Kernel;
  std::array<Dual<double>, arity_of<Case>> out;
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto moving = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) {
      if constexpr (is_integer<Case, k>)
        return static_cast<int>(p[k]);
      else
        return Dual<double>(p[k], k == j ? 1.0 : 0.0);
    };
    const auto term = Kernel::template term<KeepFor<Case, false, everything>>(
        Kernel::template prepare<static_cast<int>(i)>(moving(std::integral_constant<std::size_t, i>{}))...);
    ((out[i] = Dual<double>(term.partial[i])), ...);
  }
  (std::make_index_sequence<arity_of<Case>>{});
  return out;
}
TYPED_TEST_P(DistributionLaw, SecondDerivativesAgreeWithTheFormulaIn113Bits) {
  using Case = TypeParam;
  constexpr std::size_t n = arity_of<Case>;
  int compared = 0;
  for (const auto& p : all_points<Case>()) {
    const auto q = in_quad<Case>(p);
    const double value = static_cast<double>(reference<Case>(q));
    if (!std::isfinite(value)) continue;
    Second exact[n][n];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j)
        if (real_arguments<Case>[i] && real_arguments<Case>[j])
          exact[i][j] = exact[j][i] = reference_second<Case>(q, i, j);
    for (std::size_t j = 0; j < n; ++j) {
      if (!real_arguments<Case>[j]) continue;
      const auto found = partials_along<Case>(p, j);
      for (std::size_t i = 0; i < n; ++i) {
        const auto [expected, error] = exact[i][j];
        const double around = exact[i][i].value * exact[j][j].value;
        if (!real_arguments<Case>[i] || !std::isfinite(expected) || !std::isfinite(around)) continue;
        compared += error <= 1e-7 * std::abs(expected);
        // what cancels where the density is far from its bulk is as large as the other second derivatives
        const double scale = std::abs(expected) + 1e-2 * std::sqrt(std::abs(around));
        EXPECT_LE(std::abs(found[i].tangent - expected), 1e-8 * scale + 10 * error + 1e-290)
            << describe<Case>(p) << " ∂²/∂" << i << "∂" << j << ": " << found[i].tangent << " exact " << expected;
      }
    }
  }
  if (real_bits<Case> != 0) {
    EXPECT_GT(compared, 0);
  }
}

TYPED_TEST_P(DistributionLaw, TheDomainIsChecked) {
  using Case = TypeParam;
  using Kernel = typename Case::Kernel;
  const auto grid = Case::grid();
  const auto invalid = Case::invalid();
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto check = [&]<std::size_t j>(std::integral_constant<std::size_t, j>) {
      const auto valid = [](double x) {
        if constexpr (is_integer<Case, j>)
          return Kernel::template valid<static_cast<int>(j)>(static_cast<int>(x));
        else
          return Kernel::template valid<static_cast<int>(j)>(x);
      };
      for (const double x : grid[j]) EXPECT_TRUE(valid(x)) << Kernel::name << " argument " << j << ": " << x;
      if constexpr (!is_integer<Case, j>) {
        EXPECT_FALSE(valid(not_a_number)) << Kernel::name << " argument " << j;
        Pack<4> mixed(grid[j][0]);
        mixed.set(2, not_a_number);
        EXPECT_EQ(lane_bits(Kernel::template valid<static_cast<int>(j)>(mixed)), 0b1011u);
      }
      for (const auto& [argument, x] : invalid)
        EXPECT_FALSE(argument == static_cast<int>(j) && valid(x)) << Kernel::name << " argument " << j << ": " << x;
      EXPECT_GT(std::string(Kernel::requirement(static_cast<int>(j))).size(), 10u);
    };
    (check(std::integral_constant<std::size_t, i>{}), ...);
  }
  (std::make_index_sequence<arity_of<Case>>{});
}

REGISTER_TYPED_TEST_SUITE_P(DistributionLaw, ValueAndPartialsAgreeWithTheFormulaIn113Bits, EveryWidthGivesTheSameBits,
                            DroppedTermsAreConstantInTheParameters, SecondDerivativesAgreeWithTheFormulaIn113Bits,
                            TheDomainIsChecked);

}  // namespace thalweg::testing_distributions
