// The claim: a function of a pack costs a fraction of libm's per number. Prints ns per double at widths 1, 8 and 16
// and the ratio of libm's time to that of width 16. Medians of repetitions that are interleaved with each other.
#include "thalweg/core/math.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr int numbers = 4096, repetitions = 21;
double inputs[numbers], outputs[numbers];

double now() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// ns a double of one pass of f over the inputs.
template <class Real, class F>
double pass(F f) {
  const double start = now();
  for (int i = 0; i < numbers; i += width_of<Real>) store(outputs + i, f(load<Real>(inputs + i)));
  asm volatile("" : : "r"(outputs) : "memory");
  return (now() - start) / numbers;
}
double median(std::vector<double>& v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

void print(const char* name, std::vector<double> (&t)[4]) {
  const double reference = median(t[0]), one = median(t[1]), eight = median(t[2]), sixteen = median(t[3]);
  std::printf("%-16s %8.2f %8.2f %8.2f %8.2f %8.1fx\n", name, reference, one, eight, sixteen, reference / sixteen);
}

/// `own` takes double or a pack; `libm` is null where libm has no such function.
template <class Own, class Libm>
void compare(const char* name, double low, double high, Own own, Libm libm) {
  Random<double> random(1, Purpose::test, 0, 0);
  for (double& x : inputs) x = low + (high - low) * random.uniform();
  std::vector<double> t[4];
  for (int i = 0; i < repetitions; ++i) {
    t[0].push_back(pass<double>(libm));
    t[1].push_back(pass<double>(own));
    t[2].push_back(pass<Pack<8>>(own));
    t[3].push_back(pass<Pack<16>>(own));
  }
  print(name, t);
}

/// ns a number of one stream a lane.
template <class Real, class Draw>
double stream(Draw draw) {
  Random<Real> random(1, Purpose::test, 0, 0);
  const double start = now();
  for (int i = 0; i < numbers; i += width_of<Real>) store(outputs + i, draw(random));
  asm volatile("" : : "r"(outputs) : "memory");
  return (now() - start) / numbers;
}
/// Against the standard library's generator and distribution.
template <class Own, class Standard>
void compare_streams(const char* name, Own own, Standard standard) {
  std::mt19937_64 generator(1);
  std::vector<double> t[4];
  for (int i = 0; i < repetitions; ++i) {
    const double start = now();
    for (double& x : outputs) x = standard(generator);
    t[0].push_back((now() - start) / numbers);
    t[1].push_back(stream<double>(own));
    t[2].push_back(stream<Pack<8>>(own));
    t[3].push_back(stream<Pack<16>>(own));
  }
  print(name, t);
}

}  // namespace
}  // namespace thalweg

#define COMPARE(name, low, high) \
  thalweg::compare(              \
      #name, low, high, [](const auto& x) { return thalweg::name(x); }, [](double x) { return std::name(x); })
#define COMPARE_WITH(name, low, high, formula) \
  thalweg::compare(                            \
      #name, low, high, [](const auto& x) { return thalweg::name(x); }, [](double x) { return formula; })

int main() {
#if defined(__AVX512F__)
  std::printf("AVX-512 build\n");
#elif defined(__AVX2__)
  std::printf("AVX2 build\n");
#endif
  std::printf("ns per double     libm       W=1      W=8     W=16   libm/W=16\n");
  COMPARE(exp, -5, 5);
  COMPARE(exp2, -5, 5);
  COMPARE(expm1, -2, 2);
  COMPARE(log, 0.1, 10);
  COMPARE(log1p, -0.5, 5);
  COMPARE(log2, 0.1, 10);
  COMPARE(log10, 0.1, 10);
  COMPARE(cbrt, -10, 10);
  COMPARE(sin, -10, 10);
  COMPARE(cos, -10, 10);
  COMPARE(tan, -10, 10);
  COMPARE(asin, -1, 1);
  COMPARE(acos, -1, 1);
  COMPARE(atan, -5, 5);
  COMPARE(tanh, -3, 3);
  COMPARE(sinh, -3, 3);
  COMPARE(cosh, -3, 3);
  COMPARE(asinh, -3, 3);
  COMPARE(acosh, 1, 9);
  COMPARE(atanh, -1, 1);
  thalweg::compare(
      "pow(x, 1.7)", 0.1, 10, [](const auto& x) { return thalweg::pow(x, 1.7); },
      [](double x) { return std::pow(x, 1.7); });
  COMPARE(erf, -3, 3);
  COMPARE(erfc, -3, 6);
  COMPARE(lgamma, 0.1, 20);
  COMPARE_WITH(digamma, 0.1, 20, std::lgamma(x));
  COMPARE_WITH(trigamma, 0.1, 20, std::lgamma(x));
  COMPARE_WITH(normal_cdf, -5, 5, 0.5 * std::erfc(-x * 0.70710678118654752));
  COMPARE_WITH(log_normal_cdf, -5, 5, std::log(0.5 * std::erfc(-x * 0.70710678118654752)));
  COMPARE_WITH(normal_quantile, 0, 1, std::erf(x));
  COMPARE_WITH(logistic, -5, 5, 1 / (1 + std::exp(-x)));
  COMPARE_WITH(log1p_exp, -5, 5, std::log1p(std::exp(x)));
  COMPARE_WITH(log1m_exp, -5, 0, std::log(-std::expm1(x)));
  thalweg::compare(
      "log_sum_exp", -5, 5, [](const auto& x) { return thalweg::log_sum_exp(x, 0.3); },
      [](double x) { return std::fmax(x, 0.3) + std::log1p(std::exp(-std::fabs(x - 0.3))); });
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  thalweg::compare_streams(
      "uniform", [](auto& random) { return random.uniform(); }, [&](auto& generator) { return uniform(generator); });
  thalweg::compare_streams(
      "normal", [](auto& random) { return random.normal(); }, [&](auto& generator) { return normal(generator); });
  std::printf(
      "(digamma and trigamma are set against lgamma, normal_quantile against erf: libm has none; uniform and normal "
      "against mt19937_64)\n");
}
