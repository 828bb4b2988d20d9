// Names that the generated code could mistake, and what else a program means once it is compiled.
#include "compiled.hpp"

#include <cmath>
#include <fstream>

namespace thalweg::stan {
namespace {

TEST_F(Compiled, VariablesMayHaveTheNamesOfTheRuntime) {
  const Model model = model_of(R"(
data { }
transformed data { int d = 2; vector[d] sweep = [1, 2]'; int n_end = 3; array[2] int k = {1, 2}; }
parameters {
  real T; real T_; real T1; real define; real make; real square; real divide; real transpose; real elements;
  real THALWEG_ISA; real INT32_MAX; vector[d] x_all; real describer; real in_;
}
transformed parameters { vector[2] copied = x_all .* sweep; }
model {
  int seven = 7 %/% 2 + 4;
  for (n in 1:(k[1] + 1)) target += n_end * in_;
  for (x in x_all) target += x + 0 * x_all[1];
  target += T + 2 * T_ + 3 * T1 + 4 * define + 5 * make + 6 * square + seven * divide + 8 * transpose + 9 * elements;
  target += 10 * THALWEG_ISA + 11 * INT32_MAX + sum(copied') + 12 * describer + in_ ^ 2;
}
)");
  ASSERT_EQ(model.dimension(), 15);
  const Evaluated e = evaluate(model, std::vector<double>(15, 0.5));
  EXPECT_EQ(e.gradient, (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3, 12, 7}));
}

TEST_F(Compiled, UserFunctionsStandBesideTheRuntimesOfTheirName) {
  const Model model = model_of(R"(
functions {
  real logistic(real x) { return 3 * x; }
  real softplus(real x) { return 5 * x; }
  real square(real x, real y) { return x + y ^ 2 + square(x); }
  real define(real T, real T1) { vector[2] y = [T, T1]'; return sum(y); }
  real foo(real x) { return 7 * x; }
  real foo(int n) { return n; }
  real foo_2(real x) { return 11 * x; }
}
parameters { vector[5] v; }
model {
  target += logistic(v[1]) + softplus(v[2]) + square(v[3], 2) + square(2) + define(v[4], 1) + foo(v[4]) + foo(3) + foo_2(v[5]);
}
)");
  const Evaluated e = evaluate(model, {1, 1, 1, 1, 1});
  EXPECT_EQ(e.gradient, (std::vector<double>{3, 5, 3, 8, 11}));
  EXPECT_EQ(e.log_density, 3 + 5 + (1 + 4 + 1) + 4 + 2 + 7 + 3 + 11);
}

TEST_F(Compiled, TruncationsOfDataAndOfUserDensities) {
  const Model model = model_of(R"(
functions {
  real half_lpdf(real y, real m) { return normal_lupdf(y | m, 1); }
  real half_lcdf(real y, real m) { return normal_lcdf(y | m, 1); }
  real half_lcdf(int y, real m) { return 0; }
  real half_lccdf(real y, real m) { return normal_lccdf(y | m, 1); }
}
transformed data { real y = 0.5; int n = 2; }
parameters { real m; real<lower=0> lambda; }
model {
  y ~ normal(m, 1) T[0, ];
  y ~ normal(m, 1) T[0, 2];
  y ~ half(m) T[0.0, ];
  y ~ half(m) T[0.0, 2.0];
  n ~ poisson(lambda) T[1, ];
}
)");
  const auto slope = [](double m) {
    const auto density = [](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * M_PI); };
    const auto cdf = [](double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; };
    const double above = density(-m) / (1 - cdf(-m));
    const double between = (density(-m) - density(2 - m)) / (cdf(2 - m) - cdf(-m));
    return 2 * ((0.5 - m - above) + (0.5 - m - between));
  };
  const Evaluated e = evaluate(model, {0.3, 0});
  EXPECT_NEAR(e.gradient[0], slope(0.3), 1e-12);
  EXPECT_NEAR(e.gradient[1], 1 + 2 - 1 - std::exp(-1.0) / (1 - std::exp(-1.0)), 1e-12);  // with the log Jacobian
}

TEST_F(Compiled, FunctionsAddToTargetAndToTheJacobian) {
  const Model model = model_of(R"(
functions {
  real shift_jacobian(real x) { jacobian += 2 * x; return x; }
  void add_lp(real x) { target += normal_lupdf(x | 0, 1); x ~ normal(0, 1); }
}
parameters { real x; real y; }
transformed parameters { real z = shift_jacobian(x); }
model { add_lp(y); target += int_step(z) * z; if (target() < -1e300) target += 1; print("log p ", target()); }
)");
  const Evaluated e = evaluate(model, {0.5, 0.25});
  EXPECT_EQ(e.gradient, (std::vector<double>{3, -0.5}));
}

TEST_F(Compiled, GammaOfNegativeNumbers) {
  const Model model = model_of("parameters { vector[4] x; }\nmodel { target += sum(tgamma(x)) + 2 * tgamma(x[1]); }\n");
  const std::vector<double> x{-0.5, -1.5, 2.5, -3.25};
  const Evaluated e = evaluate(model, x);
  double expected = 2 * std::tgamma(x[0]);
  for (const double v : x) expected += std::tgamma(v);
  EXPECT_NEAR(e.log_density, expected, 1e-13 * 20);
  for (std::size_t i = 0; i < 4; ++i) {
    const double slope = (std::tgamma(x[i] + 1e-5) - std::tgamma(x[i] - 1e-5)) / 2e-5;
    EXPECT_NEAR(e.gradient[i], (i == 0 ? 3 : 1) * slope, 1e-6) << i;
  }
}

TEST_F(Compiled, TheDerivativeOfTargetIsRefused) {
  EXPECT_EQ(
      failure_of("parameters { real x; }\nmodel { target += 0.1 * target(); }\n"),
      "model.stan:2:25: error: the derivative of target() isn't compiled yet: it may stand in print, in reject and "
      "in conditions; keep a sum of your own beside it\n"
      "  model { target += 0.1 * target(); }\n"
      "                          ^");
}

TEST_F(Compiled, BrokenConstraintsSayWhichAndHow) {
  EXPECT_EQ(failure_of("transformed data { real<lower=0> s = -1; }\n"),
            "model.stan:1:20: s is outside the bounds that it is declared with");
  EXPECT_EQ(failure_of("transformed data { simplex[2] p = [0.3, 0.3]'; }\n"), "model.stan:1:20: p is not a simplex");
}

/// A compiler that crashes wherever it is told to optimise fully.
TEST_F(Compiled, ACompilerThatCrashesIsAskedForLess) {
  const std::filesystem::path crashing =
      std::filesystem::temp_directory_path() / ("thalweg_crash_" + std::to_string(getpid()));
  {
    std::ofstream script(crashing);
    script << "#!/bin/sh\ncase \"$*\" in *-O2*) echo 'internal compiler error: Segmentation fault' >&2; exit 1;; esac\n"
              "exec c++ \"$@\"\n";
  }
  std::filesystem::permissions(crashing, std::filesystem::perms::owner_all);
  const Model model = model_of("parameters { real x; } model { target += 2 * x; }", crashing.string());
  std::filesystem::remove(crashing);
  EXPECT_EQ(evaluate(model, {1}).gradient, std::vector<double>{2});
}

}  // namespace
}  // namespace thalweg::stan
