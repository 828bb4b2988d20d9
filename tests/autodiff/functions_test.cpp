// Scalar functions and operators: alone, inside formulas, and element by element.
#include <functional>

#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::Values;

/// f of a x + b, element by element, for points in (0.2, 1.8).
template <class F, class Plain>
void unary(const char* name, const F& f, Plain plain, double a = 1, double b = 0, const law::Options& options = {}) {
  check(
      name, 2, [&](auto x) { return f(a * x + b); },
      [&](Values x) {
        for (double& v : x) v = plain(a * v + b);
        return x;
      },
      options);
}
#define THALWEG_FUNCTION(name) [](const auto& x) { return name(x); }

double plain_logistic(double x) { return 1 / (1 + std::exp(-x)); }
double plain_normal_cdf(double x) { return std::erfc(-x / std::sqrt(2)) / 2; }
/// ψ from its recurrence and asymptotic series.
double plain_digamma(double x) {
  double shift = 0;
  for (; x < 20; x += 1) shift -= 1 / x;
  const double w = 1 / (x * x);
  return shift + std::log(x) - 0.5 / x - w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w / 240)));
}

TEST(functions, exponentials) {
  unary("exp", THALWEG_FUNCTION(exp), [](double x) { return std::exp(x); });
  unary(
      "exp2", THALWEG_FUNCTION(exp2), [](double x) { return std::exp2(x); }, 2, -2);
  unary(
      "expm1", THALWEG_FUNCTION(expm1), [](double x) { return std::expm1(x); }, 1, -1);
  unary(
      "log", THALWEG_FUNCTION(log), [](double x) { return std::log(x); }, 2);
  unary(
      "log2", THALWEG_FUNCTION(log2), [](double x) { return std::log2(x); }, 2);
  unary(
      "log10", THALWEG_FUNCTION(log10), [](double x) { return std::log10(x); }, 2);
  unary(
      "log1p", THALWEG_FUNCTION(log1p), [](double x) { return std::log1p(x); }, 1, -0.4);
  unary(
      "log1m", THALWEG_FUNCTION(log1m), [](double x) { return std::log1p(-x); }, -1, 0.4);
  unary(
      "log1p_exp", THALWEG_FUNCTION(log1p_exp), [](double x) { return std::log1p(std::exp(x)); }, 3, -3);
  unary(
      "log1m_exp", THALWEG_FUNCTION(log1m_exp), [](double x) { return std::log1p(-std::exp(x)); }, -2);
  unary("logistic", THALWEG_FUNCTION(logistic), plain_logistic, 3, -3);
  unary(
      "log_logistic", THALWEG_FUNCTION(log_logistic), [](double x) { return std::log(plain_logistic(x)); }, 3, -3);
  unary(
      "logit", THALWEG_FUNCTION(logit), [](double x) { return std::log(x / (1 - x)); }, 0.5);
  unary(
      "inv_cloglog", THALWEG_FUNCTION(inv_cloglog), [](double x) { return -std::expm1(-std::exp(x)); }, 2, -2);
}
TEST(functions, trigonometry) {
  unary(
      "sin", THALWEG_FUNCTION(sin), [](double x) { return std::sin(x); }, 5, -5);
  unary(
      "cos", THALWEG_FUNCTION(cos), [](double x) { return std::cos(x); }, 5, -5);
  unary(
      "tan", THALWEG_FUNCTION(tan), [](double x) { return std::tan(x); }, 1, -1);
  unary(
      "asin", THALWEG_FUNCTION(asin), [](double x) { return std::asin(x); }, 0.5, -0.2);
  unary(
      "acos", THALWEG_FUNCTION(acos), [](double x) { return std::acos(x); }, 0.5, -0.2);
  unary(
      "atan", THALWEG_FUNCTION(atan), [](double x) { return std::atan(x); }, 3, -3);
  unary(
      "sinh", THALWEG_FUNCTION(sinh), [](double x) { return std::sinh(x); }, 2, -2);
  unary(
      "cosh", THALWEG_FUNCTION(cosh), [](double x) { return std::cosh(x); }, 2, -2);
  unary(
      "tanh", THALWEG_FUNCTION(tanh), [](double x) { return std::tanh(x); }, 2, -2);
  unary(
      "asinh", THALWEG_FUNCTION(asinh), [](double x) { return std::asinh(x); }, 2, -2);
  unary(
      "acosh", THALWEG_FUNCTION(acosh), [](double x) { return std::acosh(x); }, 1, 1);
  unary(
      "atanh", THALWEG_FUNCTION(atanh), [](double x) { return std::atanh(x); }, 0.5, -0.3);
}
TEST(functions, special) {
  unary(
      "erf", THALWEG_FUNCTION(erf), [](double x) { return std::erf(x); }, 2, -2);
  unary(
      "erfc", THALWEG_FUNCTION(erfc), [](double x) { return std::erfc(x); }, 2, -2);
  unary("normal_cdf", THALWEG_FUNCTION(normal_cdf), plain_normal_cdf, 2, -2);
  unary(
      "log_normal_cdf", THALWEG_FUNCTION(log_normal_cdf), [](double x) { return std::log(plain_normal_cdf(x)); }, 2,
      -2);
  // against its inverse: f(normal_cdf(x)) = x
  unary(
      "normal_quantile", [](const auto& x) { return normal_quantile(normal_cdf(x)); }, [](double x) { return x; }, 2,
      -2);
  unary(
      "lgamma", THALWEG_FUNCTION(lgamma), [](double x) { return std::lgamma(x); }, 2);
  unary("digamma", THALWEG_FUNCTION(digamma), plain_digamma, 2);
  // ψ′ by its own series: Σ 1/(x + k)², the tail by Euler–Maclaurin
  unary(
      "trigamma", THALWEG_FUNCTION(trigamma),
      [](double x) {
        double sum = 0;
        for (; x < 30; x += 1) sum += 1 / (x * x);
        const double w = 1 / x;
        return sum + w * (1 + w * (0.5 + w * (1.0 / 6 - w * w * (1.0 / 30 - w * w / 42))));
      },
      2);
}
/// For functions with jumps: steps that do not reach the next one.
constexpr law::Options jumps{.gradient_tolerance = 1e-8, .step = 1e-6};

TEST(functions, algebra) {
  unary("sqrt", THALWEG_FUNCTION(sqrt), [](double x) { return std::sqrt(x); });
  unary("cbrt", THALWEG_FUNCTION(cbrt), [](double x) { return std::cbrt(x); });
  unary(
      "square", THALWEG_FUNCTION(square), [](double x) { return x * x; }, 2, -2);
  unary("inv", THALWEG_FUNCTION(inv), [](double x) { return 1 / x; });
  unary(
      "abs", THALWEG_FUNCTION(abs), [](double x) { return std::abs(x); }, 2, -2.2);
  unary("minus", THALWEG_FUNCTION(-), std::negate<>());
  unary(
      "floor", THALWEG_FUNCTION(floor), [](double x) { return std::floor(x); }, 4, -3.3, jumps);
  unary(
      "ceil", THALWEG_FUNCTION(ceil), [](double x) { return std::ceil(x); }, 4, -3.3, jumps);
  unary(
      "round", THALWEG_FUNCTION(round), [](double x) { return std::round(x); }, 4, -3.3, jumps);
  unary(
      "trunc", THALWEG_FUNCTION(trunc), [](double x) { return std::trunc(x); }, 4, -3.3, jumps);
  unary(
      "step", THALWEG_FUNCTION(step), [](double x) { return x < 0 ? 0.0 : 1.0; }, 1, -1.1);
}

/// f of two containers, and of a container and a number.
template <class F, class Plain>
void binary(const char* name, const F& f, Plain plain, double number, const law::Options& options = {}) {
  check(
      name, 2,
      [&](auto x) { return append_row(f(2.0 + x, 0.5 * x), append_row(f(2.0 + x, number), f(number, 0.5 * x))); },
      [&](Values x) {
        Values y;
        for (const double v : x) y.push_back(plain(2 + v, 0.5 * v));
        for (const double v : x) y.push_back(plain(2 + v, number));
        for (const double v : x) y.push_back(plain(number, 0.5 * v));
        return y;
      },
      options);
}
#define THALWEG_FUNCTION2(name) [](const auto& a, const auto& b) { return name(a, b); }
#define THALWEG_INFIX(op) [](const auto& a, const auto& b) { return a op b; }

TEST(functions, of_two_arguments) {
  binary("+", THALWEG_INFIX(+), std::plus<>(), 1.5);
  binary("-", THALWEG_INFIX(-), std::minus<>(), 1.5);
  const auto quotient = []<class A, class B>(const A& a, const B& b) {
    if constexpr (Container<A> && Container<B>)
      return elt_divide(a, b);
    else
      return a / b;
  };
  binary("/", quotient, std::divides<>(), 1.5);
  binary(
      "pow", THALWEG_FUNCTION2(pow), [](double a, double b) { return std::pow(a, b); }, 1.5);
  binary(
      "fmin", THALWEG_FUNCTION2(fmin), [](double a, double b) { return std::fmin(a, b); }, 1.1);
  binary(
      "fmax", THALWEG_FUNCTION2(fmax), [](double a, double b) { return std::fmax(a, b); }, 1.1);
  binary(
      "fdim", THALWEG_FUNCTION2(fdim), [](double a, double b) { return std::fdim(a, b); }, 1.1);
  binary(
      "log_diff_exp", THALWEG_FUNCTION2(log_diff_exp),
      [](double a, double b) { return std::log(std::exp(a) - std::exp(b)); }, 1.3);
  binary(
      "log_sum_exp", THALWEG_FUNCTION2(log_sum_exp),
      [](double a, double b) { return std::log(std::exp(a) + std::exp(b)); }, 1.3);
  binary(
      "atan2", THALWEG_FUNCTION2(atan2), [](double a, double b) { return std::atan2(a, b); }, 1.5);
  binary(
      "hypot", THALWEG_FUNCTION2(hypot), [](double a, double b) { return std::hypot(a, b); }, 1.5);
  binary(
      "fmod", THALWEG_FUNCTION2(fmod), [](double a, double b) { return std::fmod(a, b); }, 1.23, jumps);
  binary(
      "lbeta", THALWEG_FUNCTION2(lbeta),
      [](double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }, 1.5);
  binary(
      "lmultiply", THALWEG_FUNCTION2(lmultiply), [](double a, double b) { return a * std::log(b); }, 1.5);
}
TEST(functions, of_scalars) {
  // formulas in which values are kept, read again from variables, or not needed at all
  check(
      "one argument", 2, [](auto x) { return exp(x[0] * x[1]) * sqrt(x[0]) - log_normal_cdf(lgamma(x[1]) + 1.0); },
      [](Values x) {
        return std::exp(x[0] * x[1]) * std::sqrt(x[0]) - std::log(plain_normal_cdf(std::lgamma(x[1]) + 1));
      });
  check(
      "two arguments", 2,
      [](auto x) { return pow(2.0 + x[0], x[1]) * pow(x[0], 2.5) / pow(1.5, x[1]) - hypot(x[0] * 2.0, x[1]); },
      [](Values x) {
        return std::pow(2 + x[0], x[1]) * std::pow(x[0], 2.5) / std::pow(1.5, x[1]) - std::hypot(2 * x[0], x[1]);
      });
  check(
      "a scalar and a container", 3,
      [](auto x) { return append_row(pow(x[0] * 2.0, x), elt_divide(pow(x, x[1] + 1.0), x[2] / x)); },
      [](Values x) {
        Values y;
        for (const double v : x) y.push_back(std::pow(2 * x[0], v));
        for (const double v : x) y.push_back(std::pow(v, x[1] + 1) / (x[2] / v));
        return y;
      });
  check(
      "flat", 1, [](auto x) { return floor(3.0 * x[0]) * x[0]; }, [](Values x) { return std::floor(3 * x[0]) * x[0]; },
      jumps);
  check(
      "*", 2, [](auto x) { return x[0] * x[1] * 2.0 * (x[0] * 3.0); }, [](Values x) { return 6 * x[0] * x[0] * x[1]; });
  check(
      "log_sum_exp", 2,
      [](auto x) { return log_sum_exp(x[0], x[1] * 2.0) + log_sum_exp(x[0], 1.0) + log_sum_exp(0.5, x[1]); },
      [](Values x) {
        const auto plain = [](double a, double b) { return std::log(std::exp(a) + std::exp(b)); };
        return plain(x[0], 2 * x[1]) + plain(x[0], 1) + plain(0.5, x[1]);
      });
  check(
      "elt_multiply, elt_divide", 3, [](auto x) { return elt_multiply(x, elt_divide(exp(x), 1.0 + x)); },
      [](Values x) {
        for (double& v : x) v *= std::exp(v) / (1 + v);
        return x;
      });
  check(
      "dot_product", 3, [](auto x) { return dot_product(x, exp(transpose(x))) * dot_self(x); },
      [](Values x) {
        double a = 0, b = 0;
        for (const double v : x) a += v * std::exp(v), b += v * v;
        return a * b;
      });
  check(
      "distance", 4, [](auto x) { return distance(head(x, 2), tail(x, 2)) + squared_distance(x, 2.0 * x); },
      [](Values x) {
        double s = 0;
        for (const double v : x) s += v * v;
        return std::hypot(x[0] - x[2], x[1] - x[3]) + s;
      });
}

TEST(functions, at_their_edges) {
  const auto gradient = [](auto f, Values x) { return law::differentiate(f, x).gradient; };
  const auto power = [](auto x) { return pow(x[0], x[1]); };
  EXPECT_EQ(gradient(power, {0, 2})[1], 0);                                                 // 0ᵇ stays 0
  EXPECT_EQ(gradient([](auto x) { return abs(x[0]); }, {0})[0], 0);                         // both sides in balance
  EXPECT_EQ(gradient([](auto x) { return fmin(x[0], x[1]); }, {1, 1})[0], law::weight(0));  // a tie: the first
  EXPECT_EQ(gradient([](auto x) { return log_sum_exp(x[0], x[1]); }, {-infinity, 1})[0], 0);
  EXPECT_EQ(gradient([](auto x) { return log_sum_exp(x); }, {-infinity, 1})[0], 0);
  EXPECT_EQ(gradient([](auto x) { return max(x); }, {2, 2})[1], 0);
  // a power with a whole exponent has a slope for negative bases, second derivatives included
  std::vector<Dual<double>> x{{-2.0, 1.0}};
  const auto cube = law::differentiate([](auto v) { return pow(v[0], 3.0); }, x);
  EXPECT_NEAR(cube.gradient[0].value, 12 * law::weight(0), 1e-12);
  EXPECT_NEAR(cube.gradient[0].tangent, -12 * law::weight(0), 1e-12);
}

}  // namespace
}  // namespace thalweg
