// What the checker writes into the tree: types, promotions, variables, resolved calls.
#include "thalweg/stan/checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "outline.hpp"
#include "thalweg/stan/operators.hpp"
#include "thalweg/stan/signatures.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

Program checked(const std::string& text) { return parse_program(Source::from_text(text, "model.stan")); }

/// A model block with variables of every type in front.
std::string with_variables(const std::string& statements) {
  return "model { int i; real r; vector[3] v; row_vector[3] w; matrix[3, 3] m; array[3] int ai; array[3] real ar; "
         "array[3] vector[3] av; array[2, 3] real aar; array[2] matrix[3, 3] am; " +
         statements + " }";
}

const Statement& last(const Program& program) { return *program.statements(ProgramBlock::model).back(); }

/// The type of an expression, or the first line of its errors.
std::string type(const std::string& expression) {
  const std::string text = with_variables("print(" + expression + ");");
  const std::string errors = errors_of(text);
  if (!errors.empty()) return errors.substr(errors.find("error: ") + 7, errors.find('\n') - errors.find("error: ") - 7);
  const Program program = checked(text);
  return to_string(as<Message>(last(program))->items.front()->type);
}

/// Whether statements are accepted.
bool accepts(const std::string& statements) { return errors_of(with_variables(statements)).empty(); }

TEST(CheckerTypes, OfScalarOperators) {
  EXPECT_EQ(type("i + i"), "int");
  EXPECT_EQ(type("i / i"), "int");
  EXPECT_EQ(type("i % i"), "int");
  EXPECT_EQ(type("i %/% i"), "int");
  EXPECT_EQ(type("i * r"), "real");
  EXPECT_EQ(type("i ^ i"), "real");
  EXPECT_EQ(type("i < r"), "int");
  EXPECT_EQ(type("r == r"), "int");
  EXPECT_EQ(type("i && !i || i"), "int");
  EXPECT_EQ(type("-i"), "int");
  EXPECT_EQ(type("+r"), "real");
  EXPECT_EQ(type("r % i"), "'%' doesn't take real to the left and int to the right");
  EXPECT_EQ(type("r && i"), "'&&' doesn't take real to the left and int to the right");
  EXPECT_EQ(type("!r"), "'!' doesn't take real");
}

TEST(CheckerTypes, OfLinearOperators) {
  EXPECT_EQ(type("v + v"), "vector");
  EXPECT_EQ(type("v + r"), "vector");
  EXPECT_EQ(type("i - w"), "row_vector");
  EXPECT_EQ(type("v + w"), "'+' doesn't take vector to the left and row_vector to the right");
  EXPECT_EQ(type("v * w"), "matrix");
  EXPECT_EQ(type("w * v"), "real");
  EXPECT_EQ(type("m * v"), "vector");
  EXPECT_EQ(type("w * m"), "row_vector");
  EXPECT_EQ(type("m * m"), "matrix");
  EXPECT_EQ(type("i * m"), "matrix");
  EXPECT_EQ(type("v / r"), "vector");
  EXPECT_EQ(type("r / v"), "vector");
  EXPECT_EQ(type("w / m"), "row_vector");
  EXPECT_EQ(type("m / m"), "matrix");
  EXPECT_EQ(type("m \\ v"), "vector");
  EXPECT_EQ(type("m \\ m"), "matrix");
  EXPECT_EQ(type("v .* v"), "vector");
  EXPECT_EQ(type("v ./ r"), "vector");
  EXPECT_EQ(type("r ./ m"), "matrix");
  EXPECT_EQ(type("v .^ 2"), "vector");
  EXPECT_EQ(type("v ^ v"), "vector");
  EXPECT_EQ(type("v'"), "row_vector");
  EXPECT_EQ(type("m'"), "matrix");
  EXPECT_EQ(type("-av"), "array[] vector");
  EXPECT_EQ(type("ai + 1"), "'+' doesn't take array[] int to the left and int to the right");
  EXPECT_EQ(type("v < v"), "'<' doesn't take vector to the left and vector to the right");
}

TEST(CheckerTypes, OfIndexes) {
  EXPECT_EQ(type("v[1]"), "real");
  EXPECT_EQ(type("v[1:2]"), "vector");
  EXPECT_EQ(type("v[ai]"), "vector");
  EXPECT_EQ(type("v[:]"), "vector");
  EXPECT_EQ(type("m[1]"), "row_vector");
  EXPECT_EQ(type("m[1, 2]"), "real");
  EXPECT_EQ(type("m[1, 1:2]"), "row_vector");
  EXPECT_EQ(type("m[1:2, 1]"), "vector");
  EXPECT_EQ(type("m[, 1]"), "vector");
  EXPECT_EQ(type("m[ai, :2]"), "matrix");
  EXPECT_EQ(type("m[2:]"), "matrix");
  EXPECT_EQ(type("am[1]"), "matrix");
  EXPECT_EQ(type("am[1, 2]"), "row_vector");
  EXPECT_EQ(type("am[:, 2]"), "array[] row_vector");
  EXPECT_EQ(type("am[ai, 2, 3]"), "array[] real");
  EXPECT_EQ(type("am[1, , 3]"), "vector");
  EXPECT_EQ(type("aar[1]"), "array[] real");
  EXPECT_EQ(type("aar[:, 1]"), "array[] real");
  EXPECT_EQ(type("aar[1][2]"), "real");
  EXPECT_EQ(type("av[1:2][1]"), "vector");
  EXPECT_EQ(type("ai[ai]"), "array[] int");
  EXPECT_EQ(type("r[1]"), "real can't be indexed");
  EXPECT_EQ(type("m[1, 2, 3]"), "matrix takes at most 2 indexes, found 3");
  EXPECT_EQ(type("v[ai:i]"), "an index is int, found array[] int");
}

TEST(CheckerTypes, OfLiteralsAndConditionals) {
  EXPECT_EQ(type("{1, 2}"), "array[] int");
  EXPECT_EQ(type("{1, 2.5}"), "array[] real");
  EXPECT_EQ(type("{{1}, {2.5}}"), "array[,] real");
  EXPECT_EQ(type("{v, v}"), "array[] vector");
  EXPECT_EQ(type("[1, r]"), "row_vector");
  EXPECT_EQ(type("[w, [1, 2, 3]]"), "matrix");
  EXPECT_EQ(type("[]"), "row_vector");
  EXPECT_EQ(type("[v]"),
            "[…] takes scalars (a row vector) or row vectors (a matrix), not vector; an array is written "
            "{…}");
  EXPECT_EQ(type("i ? 1 : r"), "real");
  EXPECT_EQ(type("i ? v : w"), "both values of '?:' must have one type; found vector and row_vector");
  EXPECT_EQ(type("target()"), "real");
}

TEST(CheckerTypes, OfCalls) {
  EXPECT_EQ(type("exp(v)"), "vector");
  EXPECT_EQ(type("exp(i)"), "real");
  EXPECT_EQ(type("exp(aar)"), "array[,] real");
  EXPECT_EQ(type("abs(i)"), "int");
  EXPECT_EQ(type("abs(ar)"), "array[] real");
  EXPECT_EQ(type("fmax(v, 1)"), "vector");
  EXPECT_EQ(type("max(ai)"), "int");
  EXPECT_EQ(type("sum(m)"), "real");
  EXPECT_EQ(type("size(av)"), "int");
  EXPECT_EQ(type("dims(am)"), "array[] int");
  EXPECT_EQ(type("rep_array(v, 2, 3)"), "array[,] vector");
  EXPECT_EQ(type("append_array(ai, ar)"), "array[] real");
  EXPECT_EQ(type("to_matrix(v, 3, 1)"), "matrix");
  EXPECT_EQ(type("reverse(av)"), "array[] vector");
  EXPECT_EQ(type("log_sum_exp(v)"), "real");
  EXPECT_EQ(type("log_sum_exp(r, r)"), "real");
  EXPECT_EQ(type("log_mix(r, r, r)"), "real");
  EXPECT_EQ(type("log_mix(v, av)"), "real");
  EXPECT_EQ(type("normal_lpdf(v | w, ar)"), "real");
  EXPECT_EQ(type("abs(ai)"), "array[] int");
  EXPECT_EQ(type("choose(i, i)"), "int");
}

TEST(CheckerTypes, FunctionsWithoutImplementationOrDerivativeAreRefused) {
  EXPECT_THAT(type("owens_t(r, r)"), testing::HasSubstr("'owens_t' is not supported yet"));
  EXPECT_THAT(type("skew_normal_lcdf(r | r, r, r)"), testing::HasSubstr("'skew_normal_lcdf' is not supported yet"));
}

TEST(CheckerStatements, PromotesWhatItTakes) {
  EXPECT_TRUE(accepts("r = i; ar = ai; r += i; v += 1; m *= 2; v .*= v; v ./= r; m *= m;"));
  EXPECT_TRUE(accepts("v[1:2] = v[2:3]; m[1] = w; m[:, 1] = v; av[1][2] = r; aar[1, 2] = i;"));
  EXPECT_FALSE(accepts("i = r;"));
  EXPECT_FALSE(accepts("ai = ar;"));
  EXPECT_FALSE(accepts("r .*= r;"));
  EXPECT_FALSE(accepts("v += w;"));
  EXPECT_FALSE(accepts("av[1:2][1] = v;"));
}

TEST(CheckerStatements, LoopsRunOverContainers) {
  EXPECT_TRUE(accepts("for (x in av) v = x; for (x in m) r = x; for (x in aar) ar = x; for (x in v) r = x;"));
  EXPECT_FALSE(accepts("for (x in r) r = x;"));
  EXPECT_FALSE(accepts("for (n in 1:r) print(n);"));
  EXPECT_FALSE(accepts("break;"));
}

TEST(CheckerStatements, TildesFindTheirDensity) {
  const Program program = checked(with_variables("i ~ poisson(r); r ~ normal(0, 1) T[0, ]; ai ~ bernoulli(v) ;"));
  const auto& statements = program.statements(ProgramBlock::model);
  const Tilde& poisson = *as<Tilde>(*statements[statements.size() - 3]);
  EXPECT_TRUE(poisson.is_mass);
  EXPECT_EQ(builtin_signatures()[std::size_t(poisson.density.signature)].name, "poisson_lpmf");
  const Tilde& normal = *as<Tilde>(*statements[statements.size() - 2]);
  EXPECT_FALSE(normal.is_mass);
  EXPECT_EQ(builtin_signatures()[std::size_t(normal.upper_tail.signature)].name, "normal_lccdf");
  EXPECT_EQ(normal.lower_tail.kind, Resolution::Kind::none);
  EXPECT_EQ(normal.arguments[0]->type, int_type);
  EXPECT_EQ(normal.arguments[0]->promoted_type, real_type);
  EXPECT_EQ(to_string(as<Tilde>(*statements.back())->density.parameter_types), "(array[] int, vector)");
  EXPECT_FALSE(accepts("i ~ normal_id_glm(v, r, v, r);"));
  EXPECT_FALSE(accepts("v ~ multi_normal(v, m) T[0, ];"));
  EXPECT_FALSE(accepts("i ~ poisson(r) T[0.5, ];"));
  EXPECT_FALSE(accepts("i ~ poisson(r) T[v, ];"));
}

TEST(CheckerStatements, IntsServeARealDensity) { EXPECT_TRUE(accepts("i ~ normal(0, 1); ai ~ normal(ai, 1);")); }

TEST(CheckerFunctions, OverloadsPickTheFewestPromotions) {
  const Program program = checked(
      "functions { real f(real x) { return x; } real f(int x) { return x; } real f(vector x) { return x[1]; } }\n"
      "model { target += f(1) + f(1.5) + f([1, 2]'); }");
  std::vector<FunctionId> called;
  for_each_expression(last(program), [&](const Expression& e) {
    if (const Call* call = as<Call>(e)) called.push_back(call->resolution.function);
  });
  EXPECT_EQ(called, (std::vector<FunctionId>{1, 0, 2}));
}

TEST(CheckerFunctions, MayBeDeclaredFirstRecursiveAndMutual) {
  const Program program = checked(
      "functions { real f(int n); real g(int n) { return n < 1 ? 1 : f(n - 1); } real f(int n) { return g(n) + f(n - "
      "1); } }\nmodel { target += f(3); }");
  EXPECT_EQ(program.functions[0].definition, 2);
  EXPECT_EQ(program.functions[2].definition, 2);
  for_each_expression(last(program), [&](const Expression& e) {
    if (const Call* call = as<Call>(e)) {
      EXPECT_EQ(call->resolution.function, 2);
    }
  });
}

TEST(CheckerFunctions, UserDensitiesServeTildesAndUnnormalisedCalls) {
  EXPECT_EQ(errors_of("functions { real f_lpdf(real y, real a) { return -a * y; } real g_lpmf(array[] int k) { return "
                      "0; } real f_lcdf(real y, real a) { return 0; } real f_lccdf(real y, real a) { return 0; } void "
                      "h_lp(real x) { x ~ f(1); target += f_lupdf(x | 2); } real r_rng(real x) { return normal_rng(x, "
                      "1); } }\n"
                      "transformed data { real z = r_rng(1); }\n"
                      "parameters { real x; }\n"
                      "model { x ~ f(2) T[0, 3]; {1, 2} ~ g(); h_lp(x); target += f_lpdf(x | 1) + f_lupdf(x | 1); }\n"),
            "");
}

TEST(CheckerFunctions, MayShareTheNameOfAVariable) {
  EXPECT_EQ(errors_of("functions { real f(real x) { return x; } }\nmodel { real f = f(1); print(f); }"), "");
}

TEST(CheckerFunctions, WhileTrueReturns) {
  EXPECT_EQ(
      errors_of("functions { real f(real x) { while (1) { if (x > 0) return x; } } real g(real x) { reject(\"no\");"
                " } real h(int x) { if (x) return 1; else return 2; } }"),
      "");
  EXPECT_NE(errors_of("functions { real f(real x) { while (1) { if (x > 0) break; return x; } } }"), "");
  EXPECT_NE(errors_of("functions { real f(real x) { for (i in 1:3) print(i); } }"), "");
}

TEST(CheckerFunctions, DataArgumentsAreToldByDeclarations) {
  const auto call = [](const std::string& argument) {
    return errors_of(
        "functions { real f(data real x) { return x; } }\ndata { real d; array[2] int n; }\n"
        "transformed data { vector[2] t = [1, 2]'; }\nparameters { real p; }\nmodel { real l = d; "
        "target += f(" +
        argument + "); }\ngenerated quantities { real g = f(p); }");
  };
  EXPECT_EQ(call("d + t[n[1]] * 2"), "");
  EXPECT_EQ(call("n[1]"), "");
  EXPECT_NE(call("p"), "");
  EXPECT_NE(call("l"), "");
  EXPECT_NE(call("d * p"), "");
}

TEST(CheckerVariables, KnowTheirBlockAndRole) {
  const Program program = checked(
      "functions { real f(real x) { real y = x; return y; } }\ndata { int N; }\nparameters { vector[N] p; }\n"
      "transformed parameters { real t; { real local = 1; t = local; } }\nmodel { real m = 1; for (n in 1:N) p[n] ~ "
      "normal(m, f(t)); }\n");
  std::string all;
  for (const Variable& v : program.variables) {
    constexpr const char* roles[] = {"top", "local", "loop", "input"};
    all += v.name + ":" + roles[int(v.role)] + ":" + to_string(v.block) + " ";
  }
  EXPECT_EQ(all,
            "x:input:functions y:local:functions N:top:data p:top:parameters t:top:transformed parameters "
            "local:local:transformed parameters m:local:model n:loop:model ");
}

TEST(CheckerVariables, EveryExpressionAndStatementHasItsNumber) {
  const Program program =
      checked(with_variables("if (i > 1) { r = exp(v[1]) + f_max(1, 2); } "
                             "while (i) i -= 1;")
                  .replace(0, 0, "functions { real f_max(int a, int b) { return a > b ? a : b; } }\n"));
  std::vector<int> expressions, statements;
  const auto note = [&](const Statement& s) {
    for_each_statement(s, [&](const Statement& inner) { statements.push_back(inner.id); });
    for_each_expression(s, [&](const Expression& e) {
      expressions.push_back(e.id);
      EXPECT_TRUE(e.type.is_known());
    });
  };
  note(*program.functions[0].body);
  for (const auto& s : program.statements(ProgramBlock::model)) note(*s);
  std::sort(expressions.begin(), expressions.end());
  std::sort(statements.begin(), statements.end());
  ASSERT_EQ(int(expressions.size()), program.expression_count);
  ASSERT_EQ(int(statements.size()), program.statement_count);
  for (int i = 0; i < program.expression_count; ++i) EXPECT_EQ(expressions[std::size_t(i)], i);
  for (int i = 0; i < program.statement_count; ++i) EXPECT_EQ(statements[std::size_t(i)], i);
}

// ---- the table of signatures

TEST(Signatures, OperatorsAgreeWithTheirFunctions) {
  EXPECT_EQ(operator_types(BinaryOp::multiply, row_vector_type, vector_type)->result, real_type);
  EXPECT_EQ(operator_types(BinaryOp::add, int_type, real_type)->left, real_type);
  EXPECT_FALSE(operator_types(BinaryOp::add, vector_type, matrix_type));
  EXPECT_FALSE(operator_types(BinaryOp::integer_divide, int_type, real_type));
}

TEST(Signatures, DensitiesTakeAnyMixOfScalarsAndContainers) {
  for (const Type y : {int_type, real_type, vector_type, row_vector_type, array_of(real_type), array_of(int_type)}) {
    for (const Type mu : {int_type, real_type, vector_type, row_vector_type, array_of(real_type)}) {
      EXPECT_TRUE(best_builtin("normal_lpdf", {y, mu, real_type})) << to_string(y) << " " << to_string(mu);
      EXPECT_TRUE(best_builtin("normal_lupdf", {y, real_type, mu}));
    }
  }
  EXPECT_FALSE(best_builtin("normal_lpdf", {matrix_type, real_type, real_type}));
  EXPECT_FALSE(best_builtin("poisson_lpmf", {real_type, real_type}));
  EXPECT_FALSE(best_builtin("normal_lpmf", {int_type, real_type, real_type}));
}

TEST(Signatures, EveryDistributionHasADensityAndNoStrayForms) {
  for (const std::string_view name : distribution_names()) {
    const bool density = !signatures_named(std::string(name) + "_lpdf").empty();
    const bool mass = !signatures_named(std::string(name) + "_lpmf").empty();
    EXPECT_NE(density, mass) << name;
  }
  for (const std::string_view name : builtin_names()) {
    const auto ending = name.rfind('_');
    if (ending == std::string_view::npos) continue;
    const std::string_view suffix = name.substr(ending);
    if (suffix != "_lcdf" && suffix != "_lccdf" && suffix != "_cdf") continue;
    const std::string stem(name.substr(0, ending));
    EXPECT_FALSE(signatures_named(stem + "_lpdf").empty() && signatures_named(stem + "_lpmf").empty()) << name;
  }
}

TEST(Signatures, TheDistributionsOfTheIssueAreThereInAllTheirForms) {
  for (const char* name : {"normal", "student_t", "cauchy", "double_exponential", "logistic", "lognormal", "gamma",
                           "inv_gamma", "exponential", "weibull", "beta", "uniform"}) {
    for (const char* form : {"_lpdf", "_lupdf", "_lcdf", "_lccdf", "_cdf", "_rng"}) {
      EXPECT_FALSE(signatures_named(std::string(name) + form).empty()) << name << form;
    }
  }
  for (const char* name : {"bernoulli_logit", "bernoulli", "binomial", "poisson", "poisson_log", "neg_binomial_2",
                           "categorical", "categorical_logit"}) {
    for (const char* form : {"_lpmf", "_lupmf", "_rng"}) {
      EXPECT_FALSE(signatures_named(std::string(name) + form).empty()) << name << form;
    }
  }
  for (const char* name : {"std_normal_lpdf", "bernoulli_logit_glm_lpmf", "binomial_logit_lpmf", "dirichlet_lpdf",
                           "multi_normal_lpdf", "multi_normal_cholesky_lpdf", "lkj_corr_cholesky_lpdf",
                           "normal_id_glm_lpdf", "std_normal_lcdf", "std_normal_rng", "dirichlet_rng"}) {
    EXPECT_FALSE(signatures_named(name).empty()) << name;
  }
}

TEST(Signatures, GeneratorsReturnAsManyAsTheirArguments) {
  EXPECT_EQ(best_builtin("normal_rng", {real_type, int_type})->match.result, real_type);
  EXPECT_EQ(best_builtin("normal_rng", {vector_type, real_type})->match.result, array_of(real_type));
  EXPECT_EQ(best_builtin("poisson_rng", {array_of(real_type)})->match.result, array_of(int_type));
  EXPECT_EQ(best_builtin("multi_normal_rng", {vector_type, matrix_type})->match.result, vector_type);
  EXPECT_EQ(best_builtin("multi_normal_rng", {array_of(vector_type), matrix_type})->match.result,
            array_of(vector_type));
}

TEST(Signatures, ContainersOfOneElementwiseCallMustAgree) {
  EXPECT_EQ(best_builtin("pow", {vector_type, int_type})->match.result, vector_type);
  EXPECT_EQ(best_builtin("pow", {array_of(int_type), array_of(real_type)})->match.result, array_of(real_type));
  EXPECT_FALSE(best_builtin("pow", {vector_type, row_vector_type}));
  EXPECT_FALSE(best_builtin("fmax", {array_of(real_type), vector_type}));
  EXPECT_FALSE(best_builtin("bessel_first_kind", {array_of(int_type), matrix_type}));
  EXPECT_TRUE(best_builtin("bessel_first_kind", {array_of(int_type, 2), matrix_type}));
}

}  // namespace
}  // namespace thalweg::stan
