// Random draws of integers, one function a distribution; see rng.hpp for what they promise. A number that an int cannot
// hold, and arguments outside their domain, give `no_count`.
#pragma once
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/rng.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace rng {

inline constexpr int no_count = std::numeric_limits<int>::min();
/// Above this mean a count may not fit an int.
inline constexpr double largest_mean = 0x1p30;

template <class G>
int bernoulli(G& random, double theta) {
  return random.uniform() < theta;
}
template <class G>
int bernoulli_logit(G& random, double x) {
  return random.uniform() < thalweg::logistic(x);
}

/// A count whose probability falls on both sides of `mode`: the probabilities are used up from there outwards.
/// `up(k)` is p(k+1)/p(k), `down(k)` is p(k−1)/p(k). Takes about as many steps as the standard deviation.
template <class Up, class Down>
int invert_from_mode(double u, double mode, double p_mode, double lowest, double highest, Up up, Down down) {
  double low = mode, high = mode, p_low = p_mode, p_high = p_mode;
  u -= p_mode;
  while (u > 0) {
    const double next_up = high < highest ? p_high * up(high) : 0.0;
    const double next_down = low > lowest ? p_low * down(low) : 0.0;
    if (!(next_up > 0 || next_down > 0)) break;  // only rounding is left
    if (next_up >= next_down) {
      ++high;
      p_high = next_up;
      u -= next_up;
      if (u <= 0) return static_cast<int>(high);
    } else {
      --low;
      p_low = next_down;
      u -= next_down;
      if (u <= 0) return static_cast<int>(low);
    }
  }
  return static_cast<int>(mode);
}

/// Below a mean of 10 by inversion, else by transformed rejection.
/// Source: W. Hörmann (1993), Insurance: Mathematics and Economics 12, 39–45, algorithm PTRS.
template <class G>
int poisson(G& random, double lambda) {
  if (!(lambda >= 0 && lambda <= largest_mean)) return no_count;
  if (lambda < 10) {
    double u = random.uniform(), p = exp(-lambda);
    int k = 0;
    while (u > p && p > 0x1p-1000) {
      u -= p;
      p *= lambda / ++k;
    }
    return k;
  }
  const double log_lambda = log(lambda), b = 0.931 + 2.53 * sqrt(lambda), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random.uniform() - 0.5, v = random.uniform(), us = 0.5 - abs(u);
    const double k = floor((2 * a / us + b) * u + lambda + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<int>(k);
    if (k < 0 || k > 0x1p31 - 1 || (us < 0.013 && v > us)) continue;
    if (log(v * inverse_alpha / (a / (us * us) + b)) <= k * log_lambda - lambda - log_factorial(k))
      return static_cast<int>(k);
  }
}
template <class G>
int poisson_log(G& random, double eta) {
  return poisson(random, exp(eta));
}

/// Below a mean of 10 by inversion, else by transformed rejection.
/// Source: W. Hörmann (1993), J. Stat. Comput. Simul. 46, 101–110, algorithm BTRS.
template <class G>
int binomial(G& random, int trials, double theta) {
  if (!(trials >= 0 && theta >= 0 && theta <= 1)) return no_count;
  if (theta > 0.5) return trials - binomial(random, trials, 1 - theta);
  const double n = trials, odds = theta / (1 - theta);
  if (n * theta < 10) {
    double u = random.uniform(), p = exp(n * log1p(-theta));
    int k = 0;
    while (u > p && k < trials) {
      u -= p;
      p *= odds * (n - k) / (k + 1);
      ++k;
    }
    return k;
  }
  const double spread = sqrt(n * theta * (1 - theta)), b = 1.15 + 2.53 * spread;
  const double a = -0.0873 + 0.0248 * b + 0.01 * theta, c = n * theta + 0.5, v_r = 0.92 - 4.2 / b;
  const double alpha = (2.83 + 5.1 / b) * spread, mode = floor((n + 1) * theta), log_odds = log(odds);
  const double h = log_factorial(mode) + log_factorial(n - mode);
  for (;;) {
    const double u = random.uniform() - 0.5, v = random.uniform(), us = 0.5 - abs(u);
    const double k = floor((2 * a / us + b) * u + c);
    if (us >= 0.07 && v <= v_r) return static_cast<int>(k);
    if (k < 0 || k > n) continue;
    if (log(v * alpha / (a / (us * us) + b)) <= h - log_factorial(k) - log_factorial(n - k) + (k - mode) * log_odds)
      return static_cast<int>(k);
  }
}
template <class G>
int binomial_logit(G& random, int trials, double x) {
  return x > 0 ? trials - binomial(random, trials, thalweg::logistic(-x))
               : binomial(random, trials, thalweg::logistic(x));
}
template <class G>
int beta_binomial(G& random, int trials, double alpha, double b) {
  return binomial(random, trials, beta(random, alpha, b));
}

/// Poisson with a gamma variate for its mean.
template <class G>
int neg_binomial(G& random, double alpha, double beta) {
  return poisson(random, gamma(random, alpha, beta));
}
template <class G>
int neg_binomial_2(G& random, double mu, double phi) {
  return poisson(random, mu * exp(log_gamma_variate(random, phi) - log(phi)));
}
template <class G>
int neg_binomial_2_log(G& random, double eta, double phi) {
  return poisson(random, exp(eta + log_gamma_variate(random, phi) - log(phi)));
}

template <class G>
int beta_neg_binomial(G& random, double r, double alpha, double b) {
  const double p = log_gamma_variate(random, alpha), q = log_gamma_variate(random, b);  // odds of stopping: e^(p − q)
  return poisson(random, exp(log_gamma_variate(random, r) + q - p));
}
/// One more than a geometric count whose probability of stopping is e^(−E/α).
template <class G>
int yule_simon(G& random, double alpha) {
  const double log_p = -random.exponential() / alpha, n = ceil(random.exponential() / -log1m_exp(log_p));
  return n < 1 ? 1 : n < 0x1p31 ? static_cast<int>(n) : no_count;
}

/// Of a + b balls `draws` are taken without replacement: how many of the a.
template <class G>
int hypergeometric(G& random, int draws, int a, int b) {
  if (draws < 0 || a < 0 || b < 0 || draws > static_cast<std::int64_t>(a) + b) return no_count;
  const double N = draws, A = a, B = b;
  const double lowest = N > B ? N - B : 0.0, highest = N < A ? N : A;
  const double guess = floor((N + 1) * (A + 1) / (A + B + 2));
  const double mode = guess < lowest ? lowest : guess > highest ? highest : guess;
  const double p = exp(log_choose(A, mode) + log_choose(B, N - mode) - log_choose(A + B, N));
  return invert_from_mode(
      random.uniform(), mode, p, lowest, highest,
      [&](double k) { return (A - k) * (N - k) / ((k + 1) * (B - N + k + 1)); },
      [&](double k) { return k * (B - N + k) / ((A - k + 1) * (N - k + 1)); });
}
template <class G>
int discrete_range(G& random, int lower, int upper) {
  if (lower > upper) return no_count;
  const auto n = static_cast<std::uint64_t>(static_cast<std::int64_t>(upper) - lower) + 1;
  return static_cast<int>(lower + static_cast<std::int64_t>(random.below(n)));
}

/// 1 … n with probabilities in proportion to weights[i] ≥ 0.
template <class G>
int categorical(G& random, View<const double> weights) {
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) total += weights[i];
  if (!(total > 0 && total < infinity)) return no_count;
  double left = total * random.uniform();
  int last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = static_cast<int>(i) + 1;
    if ((left -= weights[i]) <= 0) break;
  }
  return last;
}
/// 1 … n with probabilities in proportion to exp(logits[i]).
template <class G>
int categorical_logit(G& random, View<const double> logits) {
  double largest = -infinity, total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) largest = max(largest, logits[i]);
  for (std::size_t i = 0; i < logits.size(); ++i) total += exp(logits[i] - largest);
  if (!(total > 0 && total < infinity)) return no_count;
  double left = total * random.uniform();
  int last = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double p = exp(logits[i] - largest);
    if (!(p > 0)) continue;
    last = static_cast<int>(i) + 1;
    if ((left -= p) <= 0) break;
  }
  return last;
}
/// 1 … n+1: the number of cutpoints below η + a standard logistic variate, plus one.
template <class G>
int ordered_logistic(G& random, double eta, View<const double> cutpoints) {
  const double x = logistic(random, eta, 1);
  int k = 1;
  while (k <= static_cast<int>(cutpoints.size()) && x > cutpoints[static_cast<std::size_t>(k) - 1]) ++k;
  return k;
}
/// The same with a standard normal variate.
template <class G>
int ordered_probit(G& random, double eta, View<const double> cutpoints) {
  const double x = normal(random, eta, 1);
  int k = 1;
  while (k <= static_cast<int>(cutpoints.size()) && x > cutpoints[static_cast<std::size_t>(k) - 1]) ++k;
  return k;
}

}  // namespace rng
}  // namespace THALWEG_ISA
}  // namespace thalweg
