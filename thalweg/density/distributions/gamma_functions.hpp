// Combinations of gamma functions whose large parts cancel.
#pragma once
#include "thalweg/core/gamma.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

template <class R>
struct GammaRatio {
  R excess, excess_slope;
};
/// log Γ(x + ½) − log Γ(x) − ½ log x and its derivative, for x > 0; they fall as −1/(8x) and 1/(8x²).
/// From 16 on the asymptotic series, whose error there is below 3e-16.
template <class R>
THALWEG_INLINE GammaRatio<R> gamma_ratio_half(const R& x) {
  const R v = 1.0 / x, w = v * v;
  const R series = v * (-1.0 / 8 + w * (1.0 / 192 + w * (-1.0 / 640 + w * (17.0 / 14336 + w * (-31.0 / 18432)))));
  const R slope = w * (1.0 / 8 + w * (-3.0 / 192 + w * (5.0 / 640 + w * (-119.0 / 14336 + w * (279.0 / 18432)))));
  const auto large = x >= R(16.0);
  return {select(large, series, lgamma(x + 0.5) - lgamma(x) - 0.5 * log(x)),
          select(large, slope, digamma(x + 0.5) - digamma(x) - 0.5 * v)};
}

namespace kernel {
template <class R>
THALWEG_INLINE R log_rising_factorial(R x, R n) {
  const auto large = x >= 16.0;
  const R safe = select(large, x, all_of<R>(16.0)), drop = -log_gamma_drop(n, safe);
  return select(large, drop, lgamma(x + n) - lgamma(x));
}
/// ψ(x) − log x for x ≥ 16, by its asymptotic series; error below 2e-18.
template <class R>
THALWEG_INLINE R digamma_excess(R x) {
  const R v = 1.0 / x, w = v * v;
  return -fma(w, horner(w, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12), 0.5 * v);
}
template <class R>
THALWEG_INLINE R digamma_difference(R x, R n) {
  const auto large = x >= 16.0;
  const R safe = select(large, x, all_of<R>(16.0));
  const R far = log1p(n / safe) + (digamma_excess(safe + n) - digamma_excess(safe));
  return select(large, far, digamma(x + n) - digamma(x));
}
}  // namespace kernel
/// log(Γ(x + n) / Γ(x)) for x > 0 and n ≥ 0, without the cancellation at large x.
THALWEG_BINARY(log_rising_factorial)
/// ψ(x + n) − ψ(x), the slope of that in x, without the cancellation at large x.
THALWEG_BINARY(digamma_difference)

/// log n! for an integer n ≥ 0 held as a double: from a table up to 127.
inline double log_factorial(double n) {
  static constexpr double table[128] = {
      0.0,
      0.0,
      0.6931471805599453,
      1.791759469228055,
      3.1780538303479458,
      4.787491742782046,
      6.579251212010101,
      8.525161361065415,
      10.60460290274525,
      12.801827480081469,
      15.104412573075516,
      17.502307845873887,
      19.987214495661885,
      22.552163853123425,
      25.19122118273868,
      27.89927138384089,
      30.671860106080672,
      33.50507345013689,
      36.39544520803305,
      39.339884187199495,
      42.335616460753485,
      45.38013889847691,
      48.47118135183523,
      51.60667556776438,
      54.78472939811232,
      58.00360522298052,
      61.261701761002,
      64.55753862700634,
      67.88974313718154,
      71.25703896716801,
      74.65823634883016,
      78.0922235533153,
      81.55795945611504,
      85.05446701758152,
      88.58082754219768,
      92.1361756036871,
      95.7196945421432,
      99.33061245478743,
      102.96819861451381,
      106.63176026064346,
      110.32063971475739,
      114.0342117814617,
      117.77188139974507,
      121.53308151543864,
      125.3172711493569,
      129.12393363912722,
      132.95257503561632,
      136.80272263732635,
      140.67392364823425,
      144.5657439463449,
      148.47776695177302,
      152.40959258449735,
      156.3608363030788,
      160.3311282166309,
      164.32011226319517,
      168.32744544842765,
      172.3527971391628,
      176.39584840699735,
      180.45629141754378,
      184.53382886144948,
      188.6281734236716,
      192.7390472878449,
      196.86618167289,
      201.00931639928152,
      205.1681994826412,
      209.34258675253685,
      213.53224149456327,
      217.73693411395422,
      221.95644181913033,
      226.1905483237276,
      230.43904356577696,
      234.70172344281826,
      238.97838956183432,
      243.2688490029827,
      247.57291409618688,
      251.8904022097232,
      256.22113555000954,
      260.5649409718632,
      264.9216497985528,
      269.2910976510198,
      273.6731242856937,
      278.0675734403661,
      282.4742926876304,
      286.893133295427,
      291.3239500942703,
      295.76660135076065,
      300.22094864701415,
      304.6868567656687,
      309.1641935801469,
      313.65282994987905,
      318.1526396202093,
      322.66349912672615,
      327.1852877037752,
      331.7178871969285,
      336.26118197919845,
      340.815058870799,
      345.37940706226686,
      349.95411804077025,
      354.5390855194408,
      359.1342053695754,
      363.73937555556347,
      368.35449607240474,
      372.979468885689,
      377.61419787391867,
      382.25858877306,
      386.91254912321756,
      391.5759882173296,
      396.24881705179155,
      400.93094827891576,
      405.6222961611449,
      410.32277652693733,
      415.03230672824964,
      419.7508055995447,
      424.4781934182571,
      429.21439186665157,
      433.9593239950148,
      438.71291418612117,
      443.47508812091894,
      448.2457727453846,
      453.0248962384961,
      457.81238798127816,
      462.6081785268749,
      467.4121995716082,
      472.2243839269806,
      477.04466549258564,
      481.87297922988796,
      486.7092611368394,
      491.553448223298,
  };
  return n < 128.0 ? table[n < 0.0 ? 0 : static_cast<int>(n)] : lgamma(n + 1.0);
}
/// log of the binomial coefficient, for integers 0 ≤ k ≤ n held as doubles.
inline double log_choose(double n, double k) { return log_factorial(n) - log_factorial(k) - log_factorial(n - k); }

}  // namespace THALWEG_ISA
}  // namespace thalweg
