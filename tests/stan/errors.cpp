// The exact text of messages: what a person sees, and that it helps.
#include <gtest/gtest.h>

#include "outline.hpp"

namespace thalweg::stan {
namespace {

/// Wraps statements into a model with some data and parameters; they begin in line 9.
std::string in_model(const std::string& statements) {
  return "data {\n  int N;\n  vector[N] x;\n  array[N] int k;\n}\nparameters {\n  real mu;\n}\nmodel { " + statements +
         " }\n";
}

// ---- lexical

TEST(LexicalErrors, NameTheCharacter) {
  EXPECT_EQ(errors_of("data {\n  int @N;\n}\n"),
            "model.stan:2:7: error: unexpected character '@'\n"
            "    int @N;\n"
            "        ^");
  EXPECT_EQ(errors_of("model {\n\treal ñ;\n}\n"),
            "model.stan:2:7: error: unexpected character 'ñ'; beyond ASCII only comments and strings are free\n"
            "  \treal ñ;\n"
            "  \t     ^\n"
            "model.stan:2:8: error: expected the variable's name, found ';'\n"
            "  \treal ñ;\n"
            "  \t      ^");
  EXPECT_EQ(errors_of(std::string("model { \x01 }")),
            "model.stan:1:9: error: unexpected control character 0x01\n"
            "  model { \x01 }\n"
            "          ^");
}

TEST(LexicalErrors, TellOfOpenCommentsAndStrings) {
  EXPECT_EQ(errors_of("model {\n}\n/* never\n"),
            "model.stan:3:1: error: this comment is never closed; expected '*/'\n"
            "  /* never\n"
            "  ^");
  EXPECT_EQ(errors_of("model {\n  print(\"a);\n}\n"),
            "model.stan:2:9: error: this string is not closed on its line; expected '\"'\n"
            "    print(\"a);\n"
            "          ^\n"
            "model.stan:3:1: error: expected ')' to close 'print', found '}'\n"
            "  }\n"
            "  ^");
}

TEST(LexicalErrors, TellOfNamesAndNumbers) {
  EXPECT_EQ(errors_of("data {\n  int _n;\n}\n"),
            "model.stan:2:7: error: a name starts with a letter; '_n' starts with an underscore\n"
            "    int _n;\n"
            "        ^\n"
            "model.stan:2:9: error: expected the variable's name, found ';'\n"
            "    int _n;\n"
            "          ^");
  EXPECT_EQ(errors_of("data {\n  int n__;\n}\n"),
            "model.stan:2:7: error: 'n__' can't be the name of a variable: names that end in two underscores are "
            "reserved\n"
            "    int n__;\n"
            "        ^");
  EXPECT_EQ(errors_of("data {\n  int vector;\n}\n"),
            "model.stan:2:7: error: expected a variable's name, found the type 'vector'; one declaration has one type\n"
            "    int vector;\n"
            "        ^");
  EXPECT_EQ(errors_of("data {\n  int model;\n}\n"),
            "model.stan:2:7: error: expected the variable's name, found 'model', which is a reserved word\n"
            "    int model;\n"
            "        ^");
  EXPECT_EQ(errors_of(in_model("real y = 3000000000;")),
            "model.stan:9:18: error: the integer 3000000000 is beyond 32 bits (at most 2147483647); write 3000000000.0 "
            "for a real\n"
            "  model { real y = 3000000000; }\n"
            "                   ^");
  EXPECT_EQ(errors_of(in_model("real y = 1e999;")),
            "model.stan:9:18: error: the number 1e999 is beyond the largest double; write positive_infinity() for "
            "infinity\n"
            "  model { real y = 1e999; }\n"
            "                   ^");
  EXPECT_EQ(errors_of(in_model("real y = 2i;")),
            "model.stan:9:18: error: complex numbers are not supported; '2i' is an imaginary number\n"
            "  model { real y = 2i; }\n"
            "                   ^");
}

// ---- syntax

TEST(SyntaxErrors, AMissingSemicolonPointsBehindTheTokenBefore) {
  EXPECT_EQ(errors_of("data {\n  int N  // how many\n  real y;\n}\n"),
            "model.stan:2:8: error: missing ';' behind this declaration\n"
            "    int N  // how many\n"
            "         ^");
  EXPECT_EQ(errors_of(in_model("mu ~ normal(0, 1)")),
            "model.stan:9:26: error: missing ';' behind this statement\n"
            "  model { mu ~ normal(0, 1) }\n"
            "                           ^");
  EXPECT_EQ(errors_of(in_model("real y = 1 2;")),
            "model.stan:9:19: error: expected ';' behind this declaration, found '2'\n"
            "  model { real y = 1 2; }\n"
            "                    ^");
}

TEST(SyntaxErrors, SeveralAreReportedInOneRun) {
  EXPECT_EQ(errors_of("data {\n  int N\n  real 3;\n}\nmodel {\n  N + ;\n  for (i in 1:N { x = 1; }\n  y = ];\n}\n"),
            "model.stan:2:8: error: missing ';' behind this declaration\n"
            "    int N\n"
            "         ^\n"
            "model.stan:3:8: error: expected the variable's name, found '3'\n"
            "    real 3;\n"
            "         ^\n"
            "model.stan:6:7: error: expected an expression, found ';'\n"
            "    N + ;\n"
            "        ^\n"
            "model.stan:7:17: error: expected ')' to close the range, found '{'\n"
            "    for (i in 1:N { x = 1; }\n"
            "                  ^\n"
            "model.stan:8:7: error: expected an expression, found ']'\n"
            "    y = ];\n"
            "        ^");
}

TEST(SyntaxErrors, NoMoreThanTwentyAreListed) {
  std::string text = "model {\n";
  for (int i = 0; i < 30; ++i) text += "  x = ;\n";
  const std::string errors = errors_of(text + "}\n");
  EXPECT_NE(errors.find("model.stan:21:7: error"), std::string::npos);
  EXPECT_EQ(errors.find("model.stan:22:7: error"), std::string::npos);
  EXPECT_EQ(errors.substr(errors.rfind('\n') + 1), "… and 10 more errors");
}

TEST(SyntaxErrors, TellOfBlocks) {
  EXPECT_EQ(errors_of("modle {\n}\n"),
            "model.stan:1:1: error: expected a block (functions, data, transformed data, parameters, transformed "
            "parameters, model or generated quantities), found 'modle'\n"
            "  modle {\n"
            "  ^");
  EXPECT_EQ(errors_of("model {\n}\ndata {\n}\n"),
            "model.stan:3:1: error: the block 'data' must stand before the block 'model'\n"
            "  data {\n"
            "  ^");
  EXPECT_EQ(errors_of("data {\n}\ndata {\n}\n"),
            "model.stan:3:1: error: there is a block 'data' already; a program has one of each\n"
            "  data {\n"
            "  ^");
  EXPECT_EQ(errors_of("data {\n  int N;\nmodel {\n}\n"),
            "model.stan:1:1: error: the block 'data' is never closed; expected '}'\n"
            "  data {\n"
            "  ^\n"
            "model.stan:3:1: error: expected a statement or '}', found the keyword 'model': is the block before it "
            "closed?\n"
            "  model {\n"
            "  ^");
  EXPECT_EQ(errors_of("transformed model {\n}\n"),
            "model.stan:1:13: error: expected 'data' or 'parameters' behind 'transformed', found the keyword 'model'\n"
            "  transformed model {\n"
            "              ^");
}

TEST(SyntaxErrors, OldFormsNameTheModernOne) {
  EXPECT_EQ(errors_of("data {\n  int N;\n  real<lower=0> y[N, 2];\n}\n"),
            "model.stan:3:18: error: the old array form 'real<lower=0> y[N, 2]' is no longer part of Stan: write "
            "'array[N, 2] real<lower=0> y'\n"
            "    real<lower=0> y[N, 2];\n"
            "                   ^");
  EXPECT_EQ(errors_of(in_model("real y; y <- 1;")),
            "model.stan:9:19: error: the old assignment '<-' is no longer part of Stan: write '='\n"
            "  model { real y; y <- 1; }\n"
            "                    ^");
  EXPECT_EQ(errors_of(in_model("x[1] <- 1;")),
            "model.stan:9:14: error: the old assignment '<-' is no longer part of Stan: write '='\n"
            "  model { x[1] <- 1; }\n"
            "               ^");
  EXPECT_EQ(errors_of(in_model("increment_log_prob(mu);")),
            "model.stan:9:9: error: increment_log_prob is no longer part of Stan: write 'target += …;'\n"
            "  model { increment_log_prob(mu); }\n"
            "          ^");
  EXPECT_EQ(errors_of("# a comment\nmodel {\n}\n"),
            "model.stan:1:1: error: comments start with '//'; the old form '#' is no longer part of Stan\n"
            "  # a comment\n"
            "  ^");
  EXPECT_EQ(errors_of("functions {\n  real f(real[,] x) {\n    return 1;\n  }\n}\n"),
            "model.stan:2:10: error: the old array type 'real[,]' is no longer part of Stan: write 'array[,] real'\n"
            "    real f(real[,] x) {\n"
            "           ^");
  EXPECT_EQ(errors_of(in_model("target += normal_log(mu, 0, 1);")),
            "model.stan:9:19: error: 'normal_log' is no longer part of Stan: write 'normal_lpdf(y | …)'\n"
            "  model { target += normal_log(mu, 0, 1); }\n"
            "                    ^");
  EXPECT_EQ(errors_of(in_model("print(get_lp());")),
            "model.stan:9:15: error: 'get_lp' is no longer part of Stan: write 'target()'\n"
            "  model { print(get_lp()); }\n"
            "                ^");
}

TEST(SyntaxErrors, RefusedTypesSayWhatToDo) {
  EXPECT_EQ(errors_of("data {\n  complex z;\n}\n"),
            "model.stan:2:3: error: complex numbers are not supported; keep real and imaginary part as two reals\n"
            "    complex z;\n"
            "    ^");
  EXPECT_EQ(errors_of("data {\n  tuple(int, real) z;\n}\n"),
            "model.stan:2:3: error: tuples are not supported; declare their parts as separate variables\n"
            "    tuple(int, real) z;\n"
            "    ^");
  EXPECT_EQ(errors_of("data {\n  row_stochastic_matrix[2, 2] z;\n}\n"),
            "model.stan:2:3: error: the type 'row_stochastic_matrix' is not supported; declare 'array[N] simplex[K]'\n"
            "    row_stochastic_matrix[2, 2] z;\n"
            "    ^");
}

TEST(SyntaxErrors, SmallSlipsAreNamed) {
  EXPECT_EQ(errors_of(in_model("if (N = 1) print(1);")),
            "model.stan:9:15: error: expected ')' to close the condition, found '='; equality is written '=='\n"
            "  model { if (N = 1) print(1); }\n"
            "                ^");
  EXPECT_EQ(errors_of(in_model("int i = 1; i++;")),
            "model.stan:9:21: error: there is no operator '++'; write 'x += 1'\n"
            "  model { int i = 1; i++; }\n"
            "                      ^");
  EXPECT_EQ(errors_of(in_model("real y = mu ** 2;")),
            "model.stan:9:21: error: there is no operator '**'; a power is written 'a ^ b'\n"
            "  model { real y = mu ** 2; }\n"
            "                      ^");
  EXPECT_EQ(errors_of(in_model("for (int i in 1:N) print(i);")),
            "model.stan:9:14: error: the loop variable needs no type: write 'for (n in 1:N)'\n"
            "  model { for (int i in 1:N) print(i); }\n"
            "               ^");
  EXPECT_EQ(errors_of(in_model("mu + 1;")),
            "model.stan:9:9: error: this expression does nothing; expected a statement\n"
            "  model { mu + 1; }\n"
            "          ^");
  EXPECT_EQ(errors_of("data {\n  real<lower=0, lower=1> y;\n}\n"),
            "model.stan:2:17: error: 'lower' is given twice\n"
            "    real<lower=0, lower=1> y;\n"
            "                  ^");
  EXPECT_EQ(errors_of("data {\n  matrix[3] y;\n}\n"),
            "model.stan:2:3: error: matrix takes 2 sizes, found 1\n"
            "    matrix[3] y;\n"
            "    ^");
  EXPECT_EQ(errors_of("data {\n  array[] real y;\n}\n"),
            "model.stan:2:9: error: a size is missing; every dimension of a variable needs one\n"
            "    array[] real y;\n"
            "          ^");
}

TEST(SyntaxErrors, VeryLongLinesAreCutAroundThePlace) {
  const std::string errors = errors_of("model { print(" + std::string(300, ' ') + "]" + std::string(300, ' ') + "); }");
  EXPECT_EQ(errors, "model.stan:1:315: error: expected an expression, found ']'\n  …" + std::string(60, ' ') + "]" +
                        std::string(59, ' ') + "…\n   " + std::string(60, ' ') + "^");
}

// ---- names

TEST(NameErrors, SuggestNearNames) {
  EXPECT_EQ(errors_of(in_model("real sigma_y = 1; mu ~ normal(0, sigmay);")),
            "model.stan:9:42: error: unknown variable 'sigmay'; did you mean 'sigma_y'?\n"
            "  model { real sigma_y = 1; mu ~ normal(0, sigmay); }\n"
            "                                           ^");
  EXPECT_EQ(errors_of(in_model("target += normal_lpfd(mu | 0, 1);")),
            "model.stan:9:19: error: unknown function 'normal_lpfd'; did you mean 'normal_lpdf' or 'normal_lcdf'?\n"
            "  model { target += normal_lpfd(mu | 0, 1); }\n"
            "                    ^");
  EXPECT_EQ(errors_of(in_model("mu ~ norml(0, 1);")),
            "model.stan:9:14: error: unknown distribution 'norml'; did you mean 'normal'?\n"
            "  model { mu ~ norml(0, 1); }\n"
            "               ^");
  EXPECT_EQ(errors_of(in_model("mu ~ zzz(0, 1);")),
            "model.stan:9:14: error: unknown distribution 'zzz'\n"
            "  model { mu ~ zzz(0, 1); }\n"
            "               ^");
}

TEST(NameErrors, UseBeforeDefinitionAndOutOfScope) {
  EXPECT_EQ(errors_of("model {\n  y = 1;\n  real y;\n}\n"),
            "model.stan:2:3: error: unknown variable 'y'\n"
            "    y = 1;\n"
            "    ^");
  EXPECT_EQ(errors_of("data {\n  vector[N] x;\n  int N;\n}\n"),
            "model.stan:2:10: error: unknown variable 'N'\n"
            "    vector[N] x;\n"
            "           ^");
  EXPECT_EQ(errors_of("model {\n  {\n    real y = 1;\n  }\n  print(y);\n}\n"),
            "model.stan:5:9: error: 'y' is not visible here: it was declared in an inner scope, in line 3\n"
            "    print(y);\n"
            "          ^");
}

TEST(NameErrors, NoNameTwice) {
  EXPECT_EQ(errors_of("data {\n  int N;\n}\nmodel {\n  real N;\n}\n"),
            "model.stan:5:8: error: 'N' is declared already, in line 2 of model.stan\n"
            "    real N;\n"
            "         ^");
  EXPECT_EQ(errors_of(in_model("for (mu in 1:3) print(mu);")),
            "model.stan:9:14: error: 'mu' is declared already, in line 7 of model.stan\n"
            "  model { for (mu in 1:3) print(mu); }\n"
            "               ^");
}

TEST(NameErrors, FunctionsAndVariablesAreToldApart) {
  EXPECT_EQ(errors_of(in_model("print(mu(1));")),
            "model.stan:9:15: error: 'mu' is a variable, not a function\n"
            "  model { print(mu(1)); }\n"
            "                ^");
  EXPECT_EQ(errors_of(in_model("print(exp);")),
            "model.stan:9:15: error: 'exp' is a function; its calls have parentheses: exp(…)\n"
            "  model { print(exp); }\n"
            "                ^");
  EXPECT_EQ(errors_of(in_model("target += normal(mu, 0, 1);")),
            "model.stan:9:19: error: 'normal' is a distribution; call its log density as normal_lpdf(y | …)\n"
            "  model { target += normal(mu, 0, 1); }\n"
            "                    ^");
}

TEST(NameErrors, HigherOrderFunctionsAreNotSupportedYet) {
  EXPECT_EQ(errors_of("functions {\n  vector f(real t, vector y) {\n    return y;\n  }\n}\nmodel {\n"
                      "  print(ode_rk45(f, [1]', 0, {1.0}));\n}\n"),
            "model.stan:7:9: error: 'ode_rk45' is not supported yet: functions that take functions as arguments are "
            "still missing\n"
            "    print(ode_rk45(f, [1]', 0, {1.0}));\n"
            "          ^");
}

// ---- calls

TEST(CallErrors, ShowTheCandidates) {
  EXPECT_EQ(errors_of(in_model("target += normal_lpdf(mu | x);")),
            "model.stan:9:19: error: no function 'normal_lpdf' takes (real, vector)\n"
            "  model { target += normal_lpdf(mu | x); }\n"
            "                    ^\n"
            "  candidates:\n"
            "    normal_lpdf(reals | reals, reals) => real\n"
            "  where\n"
            "    reals: real, vector, row_vector or array[] real");
  EXPECT_EQ(errors_of(in_model("print(dot_product(x, mu));")),
            "model.stan:9:15: error: no function 'dot_product' takes (vector, real)\n"
            "  model { print(dot_product(x, mu)); }\n"
            "                ^\n"
            "  candidates:\n"
            "    dot_product(vector/row_vector, vector/row_vector) => real\n"
            "    dot_product(real[], real[]) => real");
  EXPECT_EQ(errors_of(in_model("k ~ normal(0, x, 1);")),
            "model.stan:9:13: error: 'normal' doesn't take array[] int ~ normal(int, vector, int)\n"
            "  model { k ~ normal(0, x, 1); }\n"
            "              ^\n"
            "  candidates:\n"
            "    normal_lpdf(reals | reals, reals) => real\n"
            "  where\n"
            "    reals: real, vector, row_vector or array[] real");
  EXPECT_EQ(errors_of("functions {\n  real f(real a, data vector b) {\n    return a;\n  }\n  real f(int a) {\n"
                      "    return a;\n  }\n}\nparameters {\n  vector[2] v;\n}\nmodel {\n  target += f(1, v);\n}\n"),
            "model.stan:13:13: error: no function 'f' takes (int, vector)\n"
            "    target += f(1, v);\n"
            "              ^\n"
            "  candidates:\n"
            "    f(real a, data vector b) => real\n"
            "    f(int a) => real\n"
            "  a 'data' parameter takes only what doesn't depend on parameters");
}

TEST(CallErrors, TheBarBelongsToDensities) {
  EXPECT_EQ(errors_of(in_model("target += normal_lpdf(mu, 0, 1);")),
            "model.stan:9:19: error: a '|' stands behind the first argument of 'normal_lpdf': write "
            "'normal_lpdf(y | …)'\n"
            "  model { target += normal_lpdf(mu, 0, 1); }\n"
            "                    ^");
  EXPECT_EQ(errors_of(in_model("print(fmax(mu | 1));")),
            "model.stan:9:15: error: the arguments of 'fmax' are divided by commas; '|' belongs to densities and their "
            "kin\n"
            "  model { print(fmax(mu | 1)); }\n"
            "                ^");
  EXPECT_EQ(errors_of(in_model("mu ~ normal_lpdf(0, 1);")),
            "model.stan:9:14: error: behind '~' a distribution stands without its ending: write 'normal'\n"
            "  model { mu ~ normal_lpdf(0, 1); }\n"
            "               ^");
}

TEST(CallErrors, AmbiguousCallsNameBoth) {
  EXPECT_EQ(errors_of("functions {\n  real f(real a, int b) {\n    return a;\n  }\n  real f(int a, real b) {\n"
                      "    return b;\n  }\n}\nmodel {\n  target += f(1, 2);\n}\n"),
            "model.stan:10:13: error: 'f' with the arguments (int, int) is ambiguous; these fit equally well:\n"
            "    target += f(1, 2);\n"
            "              ^\n"
            "    f(real a, int b) => real\n"
            "    f(int a, real b) => real");
}

// ---- types and places

TEST(TypeErrors, AreNamedAtTheirPlace) {
  EXPECT_EQ(errors_of(in_model("real y; y = x;")),
            "model.stan:9:19: error: vector can't be assigned to 'y', which is real\n"
            "  model { real y; y = x; }\n"
            "                    ^");
  EXPECT_EQ(errors_of(in_model("int i = 1.5;")),
            "model.stan:9:17: error: 'i' is int, but its definition is real\n"
            "  model { int i = 1.5; }\n"
            "                  ^");
  EXPECT_EQ(errors_of(in_model("vector[N] y = x * x;")),
            "model.stan:9:25: error: '*' doesn't take vector to the left and vector to the right; write '.*' for the "
            "product of each element, or dot_product(a, b)\n"
            "  model { vector[N] y = x * x; }\n"
            "                          ^");
  EXPECT_EQ(errors_of(in_model("if (mu) print(1);")),
            "model.stan:9:13: error: a condition must be int, found real; compare it, as in 'x != 0'\n"
            "  model { if (mu) print(1); }\n"
            "              ^");
  EXPECT_EQ(errors_of(in_model("print(x[1, 2]);")),
            "model.stan:9:15: error: vector takes at most 1 index, found 2\n"
            "  model { print(x[1, 2]); }\n"
            "                ^");
  EXPECT_EQ(errors_of(in_model("print(x[mu]);")),
            "model.stan:9:17: error: an index is int or array[] int, found real\n"
            "  model { print(x[mu]); }\n"
            "                  ^");
  EXPECT_EQ(errors_of("data {\n  real N;\n  vector[N] x;\n}\n"),
            "model.stan:3:10: error: a size must be int, found real\n"
            "    vector[N] x;\n"
            "           ^");
  EXPECT_EQ(errors_of(in_model("int i = 1; i /= 2.5;")),
            "model.stan:9:22: error: '/=' doesn't take int to the left and real to the right\n"
            "  model { int i = 1; i /= 2.5; }\n"
            "                       ^");
  EXPECT_EQ(errors_of(in_model("print({1, x});")),
            "model.stan:9:19: error: the elements of an array have one type; found vector behind int\n"
            "  model { print({1, x}); }\n"
            "                    ^");
}

TEST(PlaceErrors, AssignmentsStayInTheirBlock) {
  EXPECT_EQ(errors_of("transformed parameters {\n  real a = 1;\n}\nmodel {\n  a = 2;\n}\n"),
            "model.stan:5:3: error: 'a' can't be assigned to here: it belongs to the block 'transformed parameters'\n"
            "    a = 2;\n"
            "    ^");
  EXPECT_EQ(errors_of(in_model("N = 2; mu = 1; x[1] = 2;")),
            "model.stan:9:9: error: 'N' can't be assigned to here: it belongs to the block 'data'\n"
            "  model { N = 2; mu = 1; x[1] = 2; }\n"
            "          ^\n"
            "model.stan:9:16: error: 'mu' can't be assigned to here: it belongs to the block 'parameters'\n"
            "  model { N = 2; mu = 1; x[1] = 2; }\n"
            "                 ^\n"
            "model.stan:9:24: error: 'x' can't be assigned to here: it belongs to the block 'data'\n"
            "  model { N = 2; mu = 1; x[1] = 2; }\n"
            "                         ^");
  EXPECT_EQ(errors_of(in_model("for (n in 1:N) n = 2;")),
            "model.stan:9:24: error: the loop variable 'n' can't be assigned to\n"
            "  model { for (n in 1:N) n = 2; }\n"
            "                         ^");
  EXPECT_EQ(errors_of("functions {\n  void f(real x) {\n    x = 1;\n  }\n}\n"),
            "model.stan:3:5: error: 'x' is a parameter of this function and can't be assigned to; copy it to a local "
            "variable\n"
            "      x = 1;\n"
            "      ^");
}

TEST(PlaceErrors, RandomNumbersAndTargetHaveTheirPlaces) {
  EXPECT_EQ(errors_of(in_model("real y = normal_rng(0, 1);")),
            "model.stan:9:18: error: 'normal_rng' takes random numbers and may be called only in transformed data, "
            "generated quantities and functions whose name ends in _rng\n"
            "  model { real y = normal_rng(0, 1); }\n"
            "                   ^");
  EXPECT_EQ(errors_of("transformed data {\n  target += 1;\n}\n"),
            "model.stan:2:3: error: 'target +=' may stand only in the model block and in functions whose name ends in "
            "_lp; this is the block 'transformed data'\n"
            "    target += 1;\n"
            "    ^");
  EXPECT_EQ(errors_of("functions {\n  real f(real x) {\n    x ~ normal(0, 1);\n    return x;\n  }\n}\n"),
            "model.stan:3:5: error: '~' may stand only in functions whose name ends in _lp\n"
            "      x ~ normal(0, 1);\n"
            "      ^");
  EXPECT_EQ(errors_of("generated quantities {\n  real y = normal_lupdf(1 | 0, 1);\n}\n"),
            "model.stan:2:12: error: 'normal_lupdf' drops constants and may be called only in the model block and in "
            "functions whose name ends in _lp, _lpdf or _lpmf; write 'normal_lpdf'\n"
            "    real y = normal_lupdf(1 | 0, 1);\n"
            "             ^");
}

TEST(PlaceErrors, ParametersAreRealAndTheirSizesKnown) {
  EXPECT_EQ(errors_of("parameters {\n  int<lower=0> k;\n}\n"),
            "model.stan:2:3: error: a parameter can't be int: the samplers move in continuous spaces; sum the integers "
            "out\n"
            "    int<lower=0> k;\n"
            "    ^");
  EXPECT_EQ(errors_of("parameters {\n  real x;\n}\ntransformed parameters {\n  vector[x > 0] y;\n}\n"),
            "model.stan:5:10: error: a size must depend on data only; 'x' is declared in the block 'parameters'\n"
            "    vector[x > 0] y;\n"
            "           ^");
  EXPECT_EQ(errors_of("parameters {\n  real x = 1;\n}\n"),
            "model.stan:2:12: error: a variable of the block 'parameters' has no definition; move it to 'transformed "
            "parameters'\n"
            "    real x = 1;\n"
            "             ^");
  EXPECT_EQ(errors_of("data {\n  int N;\n  N = 1;\n}\n"),
            "model.stan:3:3: error: the block 'data' holds declarations only; move this statement to 'transformed "
            "data'\n"
            "    N = 1;\n"
            "    ^");
  EXPECT_EQ(errors_of(in_model("real<lower=0> y = 1;")),
            "model.stan:9:9: error: a local variable has no constraint; declare it as real\n"
            "  model { real<lower=0> y = 1; }\n"
            "          ^");
}

TEST(FunctionErrors, ReturnOnEveryPath) {
  EXPECT_EQ(errors_of("functions {\n  real f(real x) {\n    if (x > 0) return 1;\n  }\n}\n"),
            "model.stan:2:8: error: 'f' must return real on every path; at least one path ends without 'return'\n"
            "    real f(real x) {\n"
            "         ^");
  EXPECT_EQ(errors_of("functions {\n  void f(real x) {\n    return x;\n  }\n}\n"),
            "model.stan:3:12: error: 'f' is void and returns no value\n"
            "      return x;\n"
            "             ^");
  EXPECT_EQ(errors_of("functions {\n  real f(real x);\n}\n"),
            "model.stan:2:8: error: 'f' is declared but never defined; add its body below\n"
            "    real f(real x);\n"
            "         ^");
  EXPECT_EQ(
      errors_of("functions {\n  real f(real x) {\n    return x;\n  }\n  real f(real y) {\n    return y;\n  }\n}\n"),
      "model.stan:5:8: error: 'f' with the parameters (real) is defined already, in line 2\n"
      "    real f(real y) {\n"
      "         ^");
  EXPECT_EQ(errors_of("functions {\n  real f_lpdf(int x) {\n    return 1;\n  }\n}\n"),
            "model.stan:2:8: error: the outcome of a density is real or a container of reals, found int; for a mass "
            "function write f_lpmf\n"
            "    real f_lpdf(int x) {\n"
            "         ^");
}

TEST(Warnings, PointAtWhatIsProbablyNotMeant) {
  EXPECT_EQ(
      warnings_of("parameters {\n  real a;\n  real b;\n}\nmodel {\n  real c = 1;\n  a ~ normal(0, 1 / 2);\n}\n"
                  "generated quantities {\n  real d;\n}\n"),
      "model.stan:3:8: warning: the parameter 'b' is used neither in transformed parameters nor in the model\n"
      "    real b;\n"
      "         ^\n"
      "model.stan:6:8: warning: the local variable 'c' is never read\n"
      "    real c = 1;\n"
      "         ^\n"
      "model.stan:7:19: warning: this division of ints drops the remainder; write '2.0' to divide reals, or '%/%' if "
      "it is meant\n"
      "    a ~ normal(0, 1 / 2);\n"
      "                    ^\n"
      "model.stan:10:8: warning: 'd' is never given a value\n"
      "    real d;\n"
      "         ^");
  EXPECT_EQ(warnings_of(in_model("profile(\"p\") { mu ~ normal(0, 1); }")),
            "model.stan:9:9: warning: profile(\"p\") is not timed; its statements run as usual\n"
            "  model { profile(\"p\") { mu ~ normal(0, 1); } }\n"
            "          ^");
  EXPECT_EQ(warnings_of(in_model("while (1) { break; } if (1 < N < 3) reject(\"x\"); mu ~ normal(0, 1);")),
            "model.stan:9:40: warning: 'a < b < c' compares the 0 or 1 of 'a < b' with c; write 'a < b && b < c'\n"
            "  model { while (1) { break; } if (1 < N < 3) reject(\"x\"); mu ~ normal(0, 1); }\n"
            "                                         ^");
}

}  // namespace
}  // namespace thalweg::stan
