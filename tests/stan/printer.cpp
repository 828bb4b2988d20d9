// The canonical form, and that it means the same program.
#include "thalweg/stan/printer.hpp"

#include <gtest/gtest.h>

#include "outline.hpp"

namespace thalweg::stan {
namespace {

const char* const every_construct = R"(functions {
  real f(data array[,] real x, int n);
  real f(data array[,] real x, int n) {
    if (n > 1) return x[1, 2]; else if (n == 0) { return 0; } else return f(x, n - 1);
  }
  void g_lp(vector a) { target += sum(a); a ~ normal(0, 1); return; }
  real d_lpdf(real y, real a) { return std_normal_lpdf(y | ) + normal_lpdf(y | a, 1); }
}
data { int<lower=0, upper=10> N; array[N] vector<lower=0>[3] x; matrix[2, 3] m; }
transformed data { real a, b = 1.5e-3, c; cholesky_factor_cov[3, 2] L; }
parameters {
  real<offset=(N > 1 ? 1 : 2), multiplier=-2 + N> mu; simplex[3] p; array[2, 2] corr_matrix[3] R;
  unit_vector[2] u; ordered[3] o; positive_ordered[3] q; sum_to_zero_vector[4] z; cov_matrix[2] S;
  cholesky_factor_corr[3] C; cholesky_factor_cov[2] D;
}
transformed parameters { vector[3] t; t[1] = (1 + 2) * 3; t[2:3] = -(mu ^ 2) ^ -mu * [1, 2]'; jacobian += mu; }
model {
  profile("likelihood") { mu ~ normal(0, 1) T[0, ]; mu ~ normal(0, 1) T[, 1]; mu ~ normal(0, 1) T[-1, 1]; }
  {mu, mu} ~ normal({1, 2}, 3);
  for (n in 1:N) for (v in x[n]) { if (v < 0) continue; while (1) break; }
  target += (mu ? 1 : 2) + (mu ? 1 ? 2 : 3 : 4) - (1 - (2 - 3)) - 2 ^ 3 ^ 4 - (2 ^ 3) ^ 4 + !(mu == 1) + -(-mu) .* mu';
  print("mu = ", mu, m[, 1], m[:, 1:2], m[1:][:2], (m + m)[1], target());
  m[1][2] += 1; m .*= m; m ./= m; m -= m; m *= 2; m /= 2;
  if (mu > 0) { reject("a"); } else { ; }
  if (mu > 0) { fatal_error("b"); } else if (mu < 1) print(1 \ 2 %/% 3 % 4); else { print([[1, 2], [3, 4]], []); }
}
generated quantities { real r = normal_rng(mu, 1); }
)";

TEST(Printer, PrintedProgramsParseToTheSameTree) {
  const Program once = parse_only(every_construct);
  const std::string printed = print(once);
  const Program twice = parse_only(printed, "printed.stan");
  EXPECT_EQ(outline(once), outline(twice));
  EXPECT_EQ(print(twice), printed);
}

TEST(Printer, WritesOneCanonicalForm) {
  EXPECT_EQ(print(parse_only("data{int<lower=0>N;array[N]real y;}model{for(n in 1:N){y[n]~normal(((1)),2)T[0,];}if(N>1)"
                             "print(\"x\");else{target+=-(1+2)*3^-N;}}")),
            "data {\n"
            "  int<lower=0> N;\n"
            "  array[N] real y;\n"
            "}\n"
            "model {\n"
            "  for (n in 1:N) {\n"
            "    y[n] ~ normal(1, 2) T[0, ];\n"
            "  }\n"
            "  if (N > 1)\n"
            "    print(\"x\");\n"
            "  else {\n"
            "    target += -(1 + 2) * 3 ^ -N;\n"
            "  }\n"
            "}\n");
}

TEST(Printer, KeepsOnlyTheParenthesesThatAreNeeded) {
  const auto canonical = [](const std::string& expression) {
    const Program program = parse_only("model { x = " + expression + "; }");
    return print(*as<Assignment>(*program.statements(ProgramBlock::model).front())->right);
  };
  EXPECT_EQ(canonical("((a * b) + c)"), "a * b + c");
  EXPECT_EQ(canonical("a * (b + c)"), "a * (b + c)");
  EXPECT_EQ(canonical("a - (b - c) - d"), "a - (b - c) - d");
  EXPECT_EQ(canonical("(a ^ b) ^ c"), "(a ^ b) ^ c");
  EXPECT_EQ(canonical("a ^ (b ^ c)"), "a ^ b ^ c");
  EXPECT_EQ(canonical("(-a) ^ b"), "(-a) ^ b");
  EXPECT_EQ(canonical("-(a ^ b)"), "-a ^ b");
  EXPECT_EQ(canonical("(a + b)'[1]"), "(a + b)'[1]");
  EXPECT_EQ(canonical("(-a)'"), "(-a)'");
  EXPECT_EQ(canonical("(a ? b : c) ? d : e"), "(a ? b : c) ? d : e");
}

}  // namespace
}  // namespace thalweg::stan
