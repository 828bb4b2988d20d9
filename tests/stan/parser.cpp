// The shape of what is parsed, construct by construct.
#include "thalweg/stan/parser.hpp"

#include <gtest/gtest.h>

#include "outline.hpp"
#include "thalweg/stan/lexer.hpp"

namespace thalweg::stan {
namespace {

std::string statement(const std::string& text) {
  const Program program = parse_only("model { " + text + " }");
  std::string all;
  for (const StatementPtr& s : program.statements(ProgramBlock::model)) all += (all.empty() ? "" : " ") + outline(*s);
  return all;
}

std::string data(const std::string& text) {
  return outline(*parse_only("data { " + text + " }").statements(ProgramBlock::data).front());
}

std::string function(const std::string& text) {
  std::string out = outline(parse_only("functions { " + text + " }"));
  return out.substr(0, out.find('\n'));
}

// ---- expressions

TEST(ParserExpressions, BindsFromConditionalsToPowers) {
  EXPECT_EQ(outline_of("a || b && c == d < e + f * g \\ h ^ i"),
            "(|| a (&& b (== c (< d (+ e (* f (\\ g (^ h i))))))))");
  EXPECT_EQ(outline_of("a ^ b \\ c * d + e < f == g && h || i"),
            "(|| (&& (== (< (+ (* (\\ (^ a b) c) d) e) f) g) h) i)");
  EXPECT_EQ(outline_of("a ? b : c || d"), "(?: a b (|| c d))");
  EXPECT_EQ(outline_of("a || b ? c : d"), "(?: (|| a b) c d)");
}

TEST(ParserExpressions, OperatorsOfOneRankGoFromTheLeft) {
  EXPECT_EQ(outline_of("a - b + c"), "(+ (- a b) c)");
  EXPECT_EQ(outline_of("a / b * c % d .* e ./ f"), "(./ (.* (% (* (/ a b) c) d) e) f)");
  EXPECT_EQ(outline_of("a %/% b \\ c"), "(\\ (%/% a b) c)");
  EXPECT_EQ(outline_of("a * b %/% c"), "(* a (%/% b c))");
  EXPECT_EQ(outline_of("a < b >= c <= d > e"), "(> (<= (>= (< a b) c) d) e)");
  EXPECT_EQ(outline_of("a != b == c"), "(== (!= a b) c)");
  EXPECT_EQ(outline_of("a || b || c"), "(|| (|| a b) c)");
}

TEST(ParserExpressions, PowersAndConditionalsGoFromTheRight) {
  EXPECT_EQ(outline_of("a ^ b ^ c"), "(^ a (^ b c))");
  EXPECT_EQ(outline_of("a .^ b ^ c"), "(.^ a (^ b c))");
  EXPECT_EQ(outline_of("a ? b : c ? d : e"), "(?: a b (?: c d e))");
  EXPECT_EQ(outline_of("a ? b ? c : d : e"), "(?: a (?: b c d) e)");
}

TEST(ParserExpressions, SignsStandBetweenProductsAndPowers) {
  EXPECT_EQ(outline_of("-a ^ b"), "(neg (^ a b))");
  EXPECT_EQ(outline_of("-a * b"), "(* (neg a) b)");
  EXPECT_EQ(outline_of("a ^ -b * c"), "(* (^ a (neg b)) c)");
  EXPECT_EQ(outline_of("a ^ -b ^ c"), "(^ a (neg (^ b c)))");
  EXPECT_EQ(outline_of("!a == b"), "(== (! a) b)");
  EXPECT_EQ(outline_of("- - +a"), "(neg (neg (+ a)))");
  EXPECT_EQ(outline_of("a - -b"), "(- a (neg b))");
  EXPECT_EQ(outline_of("-a'"), "(neg (' a))");
}

TEST(ParserExpressions, TranspositionAndIndexesBindTightest) {
  EXPECT_EQ(outline_of("a * b'"), "(* a (' b))");
  EXPECT_EQ(outline_of("a'' ^ b[1]'"), "(^ (' (' a)) (' (index b 1)))");
  EXPECT_EQ(outline_of("(a + b)[1]"), "(index (+ a b) 1)");
}

TEST(ParserExpressions, ReadsEveryKindOfIndex) {
  EXPECT_EQ(outline_of("x[1, i + 1, :, , a:b, a:, :b]"), "(index x 1 (+ i 1) : : (range a b) (from a) (to b))");
  EXPECT_EQ(outline_of("x[ ]"), "(index x :)");
  EXPECT_EQ(outline_of("x[,1]"), "(index x : 1)");
  EXPECT_EQ(outline_of("x[1,]"), "(index x 1 :)");
  EXPECT_EQ(outline_of("x[1][2:3][y[z]]"), "(index (index (index x 1) (range 2 3)) (index y z))");
  EXPECT_EQ(outline_of("x[a ? b : c : d]"), "(index x (range (?: a b c) d))");
}

TEST(ParserExpressions, ReadsCalls) {
  EXPECT_EQ(outline_of("pi()"), "(call pi)");
  EXPECT_EQ(outline_of("f(a, g(b), c + 1)"), "(call f a (call g b) (+ c 1))");
  EXPECT_EQ(outline_of("normal_lpdf(y | mu, sigma)"), "(call normal_lpdf y | mu sigma)");
  EXPECT_EQ(outline_of("std_normal_lpdf(y | )"), "(call std_normal_lpdf y |)");
  EXPECT_EQ(outline_of("f(a || b)"), "(call f (|| a b))");
  EXPECT_EQ(outline_of("target()"), "(target)");
}

TEST(ParserExpressions, ReadsLiterals) {
  EXPECT_EQ(outline_of("{1, {2.5}, [3]}"), "(array 1 (array 2.5) (row 3))");
  EXPECT_EQ(outline_of("[[1, 2], [3, 4]]"), "(row (row 1 2) (row 3 4))");
  EXPECT_EQ(outline_of("[]"), "(row)");
  EXPECT_EQ(outline_of("2147483647"), "2147483647");
  EXPECT_EQ(outline_of("1_000"), "1000");
}

TEST(ParserExpressions, ReadsRealsOfEveryForm) {
  const auto value = [](const std::string& text) {
    const Program program = parse_only("model { x = " + text + "; }");
    return as<RealLiteral>(*as<Assignment>(*program.statements(ProgramBlock::model).front())->right)->value;
  };
  EXPECT_EQ(value("1."), 1.0);
  EXPECT_EQ(value(".5"), 0.5);
  EXPECT_EQ(value("1e3"), 1000.0);
  EXPECT_EQ(value("1.5E-3"), 0.0015);
  EXPECT_EQ(value("1e+2"), 100.0);
  EXPECT_EQ(value("1_0.2_5"), 10.25);
  EXPECT_EQ(value("1e-400"), 0.0);
  EXPECT_EQ(outline_of("1./x"), "(/ 1. x)");
}

TEST(ParserExpressions, LessThanAMinusIsNoOldAssignment) {
  EXPECT_EQ(outline_of("a<-1"), "(< a (neg 1))");
  EXPECT_EQ(statement("if (a<-1) ;"), "(if (< a (neg 1)) (empty) _)");
}

// ---- declarations

TEST(ParserDeclarations, ReadsEveryType) {
  EXPECT_EQ(data("int n;"), "(declare (type int) n)");
  EXPECT_EQ(data("real x;"), "(declare (type real) x)");
  EXPECT_EQ(data("vector[N] x;"), "(declare (type vector (sizes N)) x)");
  EXPECT_EQ(data("row_vector[N] x;"), "(declare (type row_vector (sizes N)) x)");
  EXPECT_EQ(data("matrix[M, N] x;"), "(declare (type matrix (sizes M N)) x)");
  EXPECT_EQ(data("array[2, N] matrix[M, N] x;"), "(declare (type matrix (sizes M N) (array 2 N)) x)");
  EXPECT_EQ(data("simplex[K] x;"), "(declare (type simplex (sizes K)) x)");
  EXPECT_EQ(data("unit_vector[K] x;"), "(declare (type unit_vector (sizes K)) x)");
  EXPECT_EQ(data("ordered[K] x;"), "(declare (type ordered (sizes K)) x)");
  EXPECT_EQ(data("positive_ordered[K] x;"), "(declare (type positive_ordered (sizes K)) x)");
  EXPECT_EQ(data("sum_to_zero_vector[K] x;"), "(declare (type sum_to_zero_vector (sizes K)) x)");
  EXPECT_EQ(data("cholesky_factor_corr[K] x;"), "(declare (type cholesky_factor_corr (sizes K)) x)");
  EXPECT_EQ(data("cholesky_factor_cov[K] x;"), "(declare (type cholesky_factor_cov (sizes K)) x)");
  EXPECT_EQ(data("cholesky_factor_cov[M, N] x;"), "(declare (type cholesky_factor_cov (sizes M N)) x)");
  EXPECT_EQ(data("corr_matrix[K] x;"), "(declare (type corr_matrix (sizes K)) x)");
  EXPECT_EQ(data("array[J] cov_matrix[K] x;"), "(declare (type cov_matrix (sizes K) (array J)) x)");
}

TEST(ParserDeclarations, ReadsConstraints) {
  EXPECT_EQ(data("int<lower=0, upper=K> n;"), "(declare (type int (lower 0) (upper K)) n)");
  EXPECT_EQ(data("real<upper=1> x;"), "(declare (type real (upper 1)) x)");
  EXPECT_EQ(data("vector<lower=a - 1>[N] x;"), "(declare (type vector (lower (- a 1)) (sizes N)) x)");
  EXPECT_EQ(data("real<offset=mu, multiplier=tau> x;"), "(declare (type real (offset mu) (multiplier tau)) x)");
  EXPECT_EQ(data("real<multiplier=tau> x;"), "(declare (type real (multiplier tau)) x)");
  EXPECT_EQ(data("real<lower=(a > b)> x;"), "(declare (type real (lower (> a b))) x)");
}

TEST(ParserDeclarations, ReadsSeveralNamesWithDefinitions) {
  EXPECT_EQ(statement("real a, b = 1, c;"), "(declare (type real) a (= b 1) c)");
}

TEST(ParserDeclarations, WordsOfConstraintsAreNamesElsewhere) {
  EXPECT_EQ(data("real<lower=lower, upper=T> offset;"), "(declare (type real (lower lower) (upper T)) offset)");
}

TEST(ParserDeclarations, KeepsNamesThatBelongToCpp) {
  EXPECT_EQ(statement("real class = template + int_;"), "(declare (type real) (= class (+ template int_)))");
}

// ---- statements

TEST(ParserStatements, ReadsAssignments) {
  EXPECT_EQ(statement("x = 1; x += 2; x -= 3; x *= 4; x /= 5; x .*= 6; x ./= 7;"),
            "(= x 1) (+= x 2) (-= x 3) (*= x 4) (/= x 5) (.*= x 6) (./= x 7)");
  EXPECT_EQ(statement("x[1][2, :] = y;"), "(= (index (index x 1) 2 :) y)");
}

TEST(ParserStatements, ReadsTildesAndTruncations) {
  EXPECT_EQ(statement("y ~ normal(mu, sigma);"), "(~ normal y mu sigma)");
  EXPECT_EQ(statement("y ~ std_normal();"), "(~ std_normal y)");
  EXPECT_EQ(statement("y ~ normal(0, 1) T[0, 2];"), "(~ normal y 0 1 (T 0 2))");
  EXPECT_EQ(statement("y ~ normal(0, 1) T[0, ];"), "(~ normal y 0 1 (T 0 _))");
  EXPECT_EQ(statement("y ~ normal(0, 1) T[, 2];"), "(~ normal y 0 1 (T _ 2))");
  EXPECT_EQ(statement("log(y) - 1 ~ normal(0, 1);"), "(~ normal (- (call log y) 1) 0 1)");
  EXPECT_EQ(statement("{a, b} ~ normal(0, 1);"), "(~ normal (array a b) 0 1)");
  EXPECT_EQ(statement("[a, b]' ~ normal(0, 1);"), "(~ normal (' (row a b)) 0 1)");
}

TEST(ParserStatements, ReadsIncrements) {
  EXPECT_EQ(statement("target += x; jacobian += y;"), "(target x) (jacobian y)");
}

TEST(ParserStatements, ReadsControlFlow) {
  EXPECT_EQ(statement("if (a) b = 1; else if (c) { d = 2; } else e = 3;"),
            "(if a (= b 1) (if c (block (= d 2)) (= e 3)))");
  EXPECT_EQ(statement("if (a) if (b) c = 1; else d = 2;"), "(if a (if b (= c 1) (= d 2)) _)");
  EXPECT_EQ(statement("while (a < 1) { break; continue; }"), "(while (< a 1) (block (break) (continue)))");
  EXPECT_EQ(statement("for (n in 1:N + 1) x[n] = n;"), "(for n 1 (+ N 1) (= (index x n) n))");
  EXPECT_EQ(statement("for (x in xs) { }"), "(each x xs (block))");
  EXPECT_EQ(statement("{ { } ; }"), "(block (block) (empty))");
  EXPECT_EQ(statement("profile(\"likelihood\") { x = 1; }"), "(profile \"likelihood\" (= x 1))");
  EXPECT_EQ(statement("return; return a + b;"), "(return _) (return (+ a b))");
}

TEST(ParserStatements, ReadsMessagesAndCalls) {
  EXPECT_EQ(statement("print(\"x = \", x, \"; // not a comment\");"), "(print \"x = \" x \"; // not a comment\")");
  EXPECT_EQ(statement("reject(\"no\"); fatal_error(\"stop\");"), "(reject \"no\") (fatal_error \"stop\")");
  EXPECT_EQ(statement("f(x);"), "(do (call f x))");
}

TEST(ParserStatements, DeclarationsMayStandBetweenStatements) {
  EXPECT_EQ(statement("x = 1; real y = x; for (i in 1:2) real z;"),
            "(= x 1) (declare (type real) (= y x)) (for i 1 2 (declare (type real) z))");
}

TEST(ParserStatements, CommentsStandAnywhere) { EXPECT_EQ(statement("x /* é */ = // why\n 1 /**/ ;"), "(= x 1)"); }

// ---- functions and blocks

TEST(ParserFunctions, ReadsHeadingsAndBodies) {
  EXPECT_EQ(function("real f(data array[,] real x, int n);"), "(function f real (data array[,] real x) (int n) _)");
  EXPECT_EQ(function("void f() { }"), "(function f void (block))");
  EXPECT_EQ(function("array[] matrix f_lpdf(vector x, row_vector y) { return x; }"),
            "(function f_lpdf array[] matrix (vector x) (row_vector y) (block (return x)))");
}

TEST(ParserBlocks, ReadsThemAllInOrder) {
  const Program program = parse_only(
      "functions {} data {} transformed data {} parameters {} transformed\nparameters {} model {} generated quantities "
      "{}");
  for (const auto& block : program.blocks) EXPECT_TRUE(block.has_value());
  EXPECT_FALSE(parse_only("model {}").has(ProgramBlock::data));
  EXPECT_EQ(outline(parse_only("")), "");
}

TEST(ParserLocations, SpanWhatTheyName) {
  const Program program = parse_only("model {\n  x = (a + b) * c;\n}\n");
  const Statement& s = *program.statements(ProgramBlock::model).front();
  const auto text = [&](Location l) { return program.source.text().substr(l.begin, l.end - l.begin); };
  const Expression& right = *as<Assignment>(s)->right;
  EXPECT_EQ(text(s.location), "x = (a + b) * c;");
  EXPECT_EQ(text(right.location), "(a + b) * c");
  EXPECT_EQ(text(as<Binary>(right)->op_location), "*");
}

// ---- limits

TEST(ParserLimits, DeepNestingIsAnErrorAndNoOverflow) {
  const auto repeated = [](const std::string& text) {
    std::string all;
    for (int i = 0; i < 100000; ++i) all += text;
    return all;
  };
  const auto too_deep = [](const std::string& text) {
    return errors_of(text).find("nested too deeply: more than 400 levels") != std::string::npos;
  };
  EXPECT_TRUE(too_deep("model { print(" + repeated("(")));
  EXPECT_TRUE(too_deep("model { print(" + repeated("-")));
  EXPECT_TRUE(too_deep("model { print(" + repeated("[")));
  EXPECT_TRUE(too_deep("model { print(" + repeated("{")));
  EXPECT_TRUE(too_deep("model { print(" + repeated("x[")));
  EXPECT_TRUE(too_deep("model { print(" + repeated("f(")));
  EXPECT_TRUE(too_deep("model { print(1" + repeated("^1")));
  EXPECT_TRUE(too_deep("model { print(1" + repeated("?1:1")));
  EXPECT_TRUE(too_deep("model { " + repeated("{")));
  EXPECT_TRUE(too_deep("model { " + repeated("if (1) ")));
  EXPECT_TRUE(too_deep("model { " + repeated("if (1) ; else ")));
  EXPECT_EQ(errors_of("model { print(" + std::string(150, '(') + "1" + std::string(150, ')') + ");}"), "");
}

TEST(ParserLimits, LongSumsAreBoundedToo) {
  const auto sum = [](int terms) {
    std::string text = "model { print(1";
    for (int i = 1; i < terms; ++i) text += "+1";
    return text + "); }";
  };
  EXPECT_EQ(errors_of(sum(900)), "");
  EXPECT_NE(errors_of(sum(100000)).find("this expression has more than 1000 levels"), std::string::npos);
}

}  // namespace
}  // namespace thalweg::stan
