// Dataflow, particles that part, loops that sweep locally.
#include "thalweg/stan/analysis.hpp"

#include <gtest/gtest.h>

#include "outline.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/printer.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

const char* const head =
    "data { int N; vector[N] y; array[N] int g; } parameters { real mu; vector[N] theta; simplex[3] p; } ";

struct Analysed {
  Program program;
  Analysis analysis;
  explicit Analysed(const std::string& text)
      : program(parse_program(Source::from_text(text, "model.stan"))), analysis(analyse(program)) {}

  /// The names of the variables that depend on parameters, those of the block `parameters` aside.
  std::string dependent() const {
    std::string names;
    for (std::size_t i = 0; i < program.variables.size(); ++i) {
      const Variable& v = program.variables[i];
      if (v.block == ProgramBlock::parameters || !analysis.depends(static_cast<VariableId>(i))) continue;
      names += (names.empty() ? "" : " ") + v.name;
    }
    return names;
  }
  /// The source of each reason, with its kind.
  std::string reasons() const {
    constexpr const char* kinds[] = {"if", "while", "range", "conditional", "index", "integer"};
    std::string all;
    for (const LaneReason& r : analysis.lane_reasons()) {
      all += (all.empty() ? "" : "; ") + std::string(kinds[static_cast<int>(r.kind)]) + (r.only_rejects ? "*" : "") +
             ": " + program.source.text().substr(r.location.begin, r.location.end - r.location.begin);
    }
    return all;
  }
  /// A + or - for each loop of the density in order: whether its iterations are independent.
  std::string loops() const {
    std::string flags;
    const auto note = [&](const Statement& s) {
      if (as<ForRange>(s) || as<ForEach>(s) || as<While>(s)) flags += analysis.is_independent(s) ? "+" : "-";
    };
    for (const FunctionDefinition& f : program.functions) for_each_statement(*f.body, note);
    for (const auto& block : program.blocks) {
      if (!block) continue;
      for (const StatementPtr& s : *block) for_each_statement(*s, note);
    }
    return flags;
  }
};

Analysed model(const std::string& statements, const std::string& functions = "") {
  return Analysed((functions.empty() ? "" : "functions { " + functions + " } ") + head + "model { " + statements +
                  " }");
}

// ---- dataflow

TEST(Dataflow, FollowsDefinitionsAndAssignments) {
  EXPECT_EQ(model("real a = mu; real b = a + 1; real c = 2; real d; d = b; vector[N] e = y; e[1] = d;").dependent(),
            "a b d e");
  EXPECT_EQ(model("real a = y[1]; int k = g[1]; real b = a * k;").dependent(), "");
}

TEST(Dataflow, ReachesAFixedPointThroughLoops) {
  EXPECT_EQ(model("real a = 0; real b = 0; real c = 0; for (n in 1:N) { c = b; b = a; a = mu; }").dependent(), "a b c");
}

TEST(Dataflow, IntsFromParametersDependToo) {
  EXPECT_EQ(model("int k = mu > 0; int j = k + 1; int n = size(theta); int r = num_elements(theta) + rows(theta);")
                .dependent(),
            "k j");
}

TEST(Dataflow, IndexesCarryDependence) {
  EXPECT_EQ(model("int k = mu > 0 ? 1 : 2; real a = y[k]; vector[N] b = y; b[k] = 1;").dependent(), "k a b");
}

TEST(Dataflow, PathsCarryDependence) {
  EXPECT_EQ(model("real a = 0; real b = 0; if (mu > 0) a = 1; else a = 2; if (N > 0) b = 1;").dependent(), "a");
  EXPECT_EQ(model("int k = 0; while (k < mu) k += 1;").dependent(), "k");
  EXPECT_EQ(model("int k = 0; while (1) { if (k > mu) break; k += 1; }").dependent(), "k");
  EXPECT_EQ(model("int k = 0; for (n in 1:N) { if (mu > n) continue; k += 1; } int j = 0; for (n in 1:N) j += 1;")
                .dependent(),
            "k");
}

TEST(Dataflow, ContainersHandTheirDependenceToLoopVariables) {
  EXPECT_EQ(model("real a = 0; for (t in theta) a += t; for (v in y) print(v);").dependent(), "a t");
}

TEST(Dataflow, LooksIntoFunctionsForEachKindOfCall) {
  const char* const f = "real f(real x, real z) { real a = x; return a; }";
  EXPECT_EQ(model("real a = f(y[1], mu); real b = f(mu, 1);", f).dependent(), "x z a b");  // f's own a, for both calls
  EXPECT_EQ(model("real b = f(y[1], mu);", f).dependent(), "z");
  EXPECT_EQ(model("real b = f(y[1], 1);", f).dependent(), "");
}

TEST(Dataflow, RecursionEnds) {
  EXPECT_EQ(model("real a = f(3, y[1]); real b = f(3, mu);",
                  "real f(int n, real x) { return n < 1 ? 0 : f(n - 1, x) + g(n, x); } "
                  "real g(int n, real x) { if (n < 1) return x; return f(n - 1, x); }")
                .dependent(),
            "x x b");
}

TEST(Dataflow, AFunctionThatReturnsOnADependentPathDepends) {
  EXPECT_EQ(model("real a = f(mu);", "real f(real x) { if (x > 0) return 1; return 2; }").dependent(), "x a");
}

TEST(Dataflow, TargetDepends) { EXPECT_EQ(model("real a = target();").dependent(), "a"); }

TEST(Dataflow, GeneratedQuantitiesDependOnNothing) {
  const Analysed a(std::string(head) + "model { } generated quantities { real z = mu; if (z > 0) z = 1; }");
  EXPECT_EQ(a.dependent(), "");
  EXPECT_EQ(a.reasons(), "");
}

TEST(Dataflow, TransformedParametersDepend) {
  EXPECT_EQ(Analysed(std::string(head) + "transformed parameters { real t = mu * 2; real c = 1; }").dependent(), "t");
}

// ---- where particles part

TEST(Lanes, RunInStepWhileOnlyDataDecide) {
  EXPECT_EQ(model("for (n in 1:N) { if (y[n] > 0) mu ~ normal(theta[g[n]], 1); else theta[1:n] ~ normal(mu, 1); } "
                  "for (t in theta) t ~ normal(0, 1); int k = 1; while (k < 10) k *= 2; print(mu);")
                .reasons(),
            "");
  EXPECT_FALSE(model("").analysis.one_lane_reason());
}

TEST(Lanes, PartWhereAPathDependsOnParameters) {
  EXPECT_EQ(model("if (mu > 0) mu ~ normal(0, 1);").reasons(), "if: if (mu > 0");
  EXPECT_EQ(model("int k = 1; while (k < mu) k += 1;").reasons(), "while: while (k < mu; integer: k");
  EXPECT_EQ(model("real a = mu > 0 ? 1 : 2;").reasons(), "conditional: mu > 0 ? 1 : 2");
  EXPECT_EQ(model("for (n in 1:(mu > 0)) print(1);").reasons(), "range: for (n in 1:(mu > 0)");
}

TEST(Lanes, PartWhereIntegersDependOnParameters) {
  EXPECT_EQ(model("real a = (mu > 0) * mu;").reasons(), "integer: (mu > 0)");
  EXPECT_EQ(model("real a = y[sort_indices_asc(theta)[1]];").reasons(),
            "index: y[sort_indices_asc(theta)[1]]; integer: sort_indices_asc(theta)[1]");
  EXPECT_EQ(model("vector[N] a = theta[1:size(theta)];").reasons(), "");
}

TEST(Lanes, NameTheFirstPlaceOfAll) {
  const Analysed a(std::string("functions { real f(real x) { return x > 0 ? 1 : 2; } } ") + head +
                   "transformed parameters { real t = f(mu); } model { if (t > 0) mu ~ normal(0, 1); }");
  const Location first = *a.analysis.one_lane_reason();
  EXPECT_EQ(a.program.source.text().substr(first.begin, first.end - first.begin), "if (t > 0");
  EXPECT_EQ(a.analysis.lane_reasons().size(), 2u);
}

TEST(Lanes, TellARejectionFromAPath) {
  EXPECT_EQ(model("if (mu < 0) reject(\"mu = \", mu);").reasons(), "if*: if (mu < 0");
  EXPECT_EQ(model("if (mu < 0) { reject(\"no\"); }").reasons(), "if*: if (mu < 0");
  EXPECT_EQ(model("if (mu < 0) { reject(\"no\"); } else mu ~ normal(0, 1);").reasons(), "if: if (mu < 0");
  EXPECT_EQ(model("if (mu < 0) print(\"no\");").reasons(), "if: if (mu < 0");
}

TEST(Lanes, LookIntoFunctionsThatTheDensityCalls) {
  const char* const f = "real f(real x) { if (x > 0) return 1; return 2; }";
  EXPECT_EQ(model("mu ~ normal(f(mu), 1);", f).reasons(), "if: if (x > 0");
  EXPECT_EQ(model("mu ~ normal(f(y[1]), 1);", f).reasons(), "");
  EXPECT_EQ(
      Analysed(std::string("functions { ") + f + " } " + head + "model { } generated quantities { real z = f(mu); }")
          .reasons(),
      "");
}

// ---- loops

TEST(Loops, SweepLocallyWhenIterationsShareOnlyTarget) {
  EXPECT_EQ(model("for (n in 1:N) y[n] ~ normal(theta[g[n]], 1);").loops(), "+");
  EXPECT_EQ(model("for (n in 1:N) { real a = mu; a += theta[n]; target += a; }").loops(), "+");
  EXPECT_EQ(model("real a = 0; for (n in 1:N) a += theta[n]; target += a;").loops(), "-");
  EXPECT_EQ(model("int pos = 1; for (n in 1:N) { y[pos] ~ normal(mu, 1); pos += g[n]; }").loops(), "+");
  EXPECT_EQ(model("for (n in 1:N) { vector[2] lp = [0, 0]'; for (k in 1:2) lp[k] += mu * k; target += "
                  "log_sum_exp(lp); }")
                .loops(),
            "+-");
  EXPECT_EQ(model("for (v in y) v ~ normal(mu, 1);").loops(), "+");
  EXPECT_EQ(model("for (n in 1:N) { if (y[n] > 3) break; y[n] ~ normal(mu, 1); }").loops(), "+");
}

TEST(Loops, KeepTheirTapeWhenLaterIterationsReadEarlierOnes) {
  EXPECT_EQ(model("vector[N] s; s[1] = mu; for (n in 2:N) { s[n] = s[n - 1] * mu; y[n] ~ normal(s[n], 1); }").loops(),
            "-");
  EXPECT_EQ(model("real last = 0; for (n in 1:N) { y[n] ~ normal(last, 1); last = mu * n; }").loops(), "-");
}

TEST(Loops, ScratchVariablesTieNothing) {
  EXPECT_EQ(model("vector[N] m; for (n in 1:N) { m[n] = mu * n; y[n] ~ normal(m[n], 1); }").loops(), "+");
  EXPECT_EQ(model("real m; for (n in 1:N) { m = mu * n; y[n] ~ normal(m, 1); }").loops(), "+");
  EXPECT_EQ(model("real m; for (n in 1:N) { if (g[n]) m = mu; else m = 2 * mu; y[n] ~ normal(m, 1); }").loops(), "+");
  EXPECT_EQ(model("array[3] real s; for (n in 1:N) { for (k in 1:3) s[k] = log(p[k]) + mu; target += "
                  "log_sum_exp(s); }")
                .loops(),
            "+-");
  EXPECT_EQ(model("matrix[N, 3] m; for (n in 1:N) for (k in 1:3) { m[n, k] = mu; target += m[n, k]; }").loops(), "++");
}

TEST(Loops, ScratchMustBeWrittenFirstOnEveryPathAndReadNowhereElse) {
  EXPECT_EQ(model("vector[N] m; for (n in 1:N) m[n] = mu * n; y ~ normal(m, 1);").loops(), "-");
  EXPECT_EQ(model("real m = mu; for (n in 1:N) { y[n] ~ normal(m, 1); m = mu * n; }").loops(), "-");
  EXPECT_EQ(model("real m = mu; for (n in 1:N) { if (g[n]) m = mu * n; y[n] ~ normal(m, 1); }").loops(), "-");
  EXPECT_EQ(model("real m = mu; for (n in 1:N) { m *= mu; y[n] ~ normal(m, 1); }").loops(), "-");
  EXPECT_EQ(model("vector[N] m = theta; for (n in 1:N) { m[n] = mu; y[n] ~ normal(m[g[n]], 1); }").loops(), "-");
  EXPECT_EQ(model("vector[N] m = theta; for (n in 1:N) { m[n] = mu; target += sum(m); }").loops(), "-");
  EXPECT_EQ(model("array[3] real s = {mu, mu, mu}; for (n in 1:N) { for (k in 1:2) s[k] = mu; target += "
                  "log_sum_exp(s); }")
                .loops(),
            "--");
  EXPECT_EQ(model("array[3] real s = {mu, mu, mu}; for (n in 1:N) { for (k in 1:3) { if (k > n) break; s[k] = mu; } "
                  "target += log_sum_exp(s); }")
                .loops(),
            "--");
  EXPECT_EQ(model("vector[N] m = theta; int i = 1; for (n in 1:N) { m[i] = mu; i += 1; target += m[i]; }").loops(),
            "-");
  EXPECT_EQ(
      model("array[2] vector[2] m = {[mu, 1]', [1, mu]'}; for (n in 1:N) { m[1][1] = mu; target += m[1][2]; }").loops(),
      "-");
}

TEST(Loops, TransformedParametersKeepTheirTape) {
  EXPECT_EQ(
      Analysed(std::string(head) + "transformed parameters { vector[N] t; for (n in 1:N) t[n] = mu * n; } model { "
                                   "y ~ normal(t, 1); }")
          .loops(),
      "-");
}

TEST(Loops, ReadingTargetTiesThemAll) {
  EXPECT_EQ(model("for (n in 1:N) y[n] ~ normal(mu, 1); target += 0.5 * target();").loops(), "-");
  EXPECT_EQ(model("for (n in 1:N) y[n] ~ normal(mu, 1); print(\"target = \", target());").loops(), "+");
  EXPECT_EQ(
      model("for (n in 1:N) y[n] ~ normal(mu, 1); h_lp(mu);", "void h_lp(real x) { target += target() * x; }").loops(),
      "-");
}

TEST(Loops, InFunctionsReturnsAndAccumulatorsTie) {
  EXPECT_EQ(model("target += f(theta);",
                  "real f(vector x) { real s = 0; for (v in x) s += v; for (v in x) if (v > 0) return v; return s; }")
                .loops(),
            "--");
  EXPECT_EQ(model("h_lp(theta);", "void h_lp(vector x) { for (v in x) v ~ normal(0, 1); }").loops(), "+");
}

TEST(Loops, KnowWhetherTheyAddToTarget) {
  const Analysed a = model(
      "for (n in 1:N) print(n); for (n in 1:N) { if (n > 1) h_lp(mu); } for (n in 1:N) mu ~ "
      "normal(0, 1);",
      "void h_lp(real x) { target += x; }");
  std::string adds;
  for (const StatementPtr& s : a.program.statements(ProgramBlock::model))
    adds += a.analysis.adds_to_target(*s) ? "+" : "-";
  EXPECT_EQ(adds, "-++");
}

TEST(Assignments, ToElementsAreNoted) {
  const Analysed a = model("vector[3] u = p; vector[3] v; v[1] = 2; v[2:3] = [1, 2]'; vector[3] w; w = v;");
  std::string names;
  for (std::size_t i = 0; i < a.program.variables.size(); ++i) {
    if (a.analysis.has_assigned_elements(VariableId(i))) names += a.program.variables[i].name;
  }
  EXPECT_EQ(names, "v");
}

}  // namespace
}  // namespace thalweg::stan
