// The syntax tree: operators and expressions. ast.hpp says who fills in what.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "thalweg/stan/source.hpp"
#include "thalweg/stan/types.hpp"

namespace thalweg::stan {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using StatementPtr = std::unique_ptr<Statement>;

/// Index into Program::variables; one per declared name, loop variables and function parameters included.
using VariableId = int;
/// Index into Program::functions.
using FunctionId = int;
inline constexpr int no_id = -1;

// ---- Operators ------------------------------------------------------------------------------------------------------

enum class UnaryOp { minus, plus, logical_not, transpose };

enum class BinaryOp {
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  elementwise_multiply,  ///< .*
  elementwise_divide,    ///< ./
  left_divide,           ///< \ : a⁻¹ b
  integer_divide,        ///< %/%
  power,                 ///< ^
  elementwise_power      ///< .^
};

inline constexpr int binary_op_count = 19;

/// How tightly an operator binds: higher is tighter. Signs and `!` stand between 8 and power: -a^b is -(a^b), -a*b is
/// (-a)*b. The conditional operator is looser than all (0); transposition and indexes are tighter than all.
int precedence(BinaryOp op);
inline constexpr int conditional_precedence = 0;
inline constexpr int additive_precedence = 6;
inline constexpr int prefix_precedence = 9;
inline constexpr int power_precedence = 10;
inline constexpr int postfix_precedence = 11;
/// `a ^ b ^ c` is a ^ (b ^ c); all but the powers associate to the left.
bool right_associative(BinaryOp op);

enum class AssignOp { assign, add, subtract, multiply, divide, elementwise_multiply, elementwise_divide };

const char* to_string(UnaryOp op);
const char* to_string(BinaryOp op);
const char* to_string(AssignOp op);  ///< "=", "+=", …
/// The operator that a compound assignment applies; empty for `=`.
std::optional<BinaryOp> operator_of(AssignOp op);

// ---- Expressions ----------------------------------------------------------------------------------------------------

/// `17`
struct IntLiteral {
  std::int32_t value = 0;
};

/// `1.5e-3`; `text` is as written.
struct RealLiteral {
  double value = 0;
  std::string text;
};

/// `"text"`, without its quotes. Only in print, reject, fatal_error; type Base::string.
struct StringLiteral {
  std::string text;
};

/// `{a, b}`: an array. Elements are promoted to one type.
struct ArrayLiteral {
  std::vector<ExpressionPtr> elements;
};

/// `[a, b]`: a row vector of scalars, or a matrix of row vectors (see the expression's type). `[]` is an empty
/// row vector.
struct RowLiteral {
  std::vector<ExpressionPtr> elements;
};

/// A name that stands for a value.
struct VariableRef {
  std::string name;
  VariableId variable = no_id;  ///< [checker]
};

/// Which function a call, or a `~`, means. Filled by the checker.
struct Resolution {
  enum class Kind { none, builtin, user };
  Kind kind = Kind::none;
  /// builtin: index into builtin_signatures() (signatures.hpp).
  int signature = no_id;
  /// user: the entry of Program::functions with the body.
  FunctionId function = no_id;
  /// The type each argument is promoted to, in order; same length as the arguments.
  std::vector<Type> parameter_types;
  Type result;
};

/// `name(arguments)`, or with `bar` `name(first | rest)`. A call that stands as a statement is in a CallStatement.
/// Density calls keep their written name: `normal_lpdf` keeps constants, `normal_lupdf` drops them.
struct Call {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool bar = false;  ///< the first two arguments are divided by `|`
  Location name_location;
  Resolution resolution;  ///< [checker]
};

/// `target()`
struct TargetValue {};

/// One index of an Indexed expression. `upper` and `lower` are inclusive and count from 1.
struct Index {
  enum class Kind {
    all,     ///< `:` or nothing between commas
    single,  ///< an int; drops the dimension
    multi,   ///< an array of ints; keeps the dimension. [checker]: the parser writes `single`
    from,    ///< `lower:`
    to,      ///< `:upper`
    range    ///< `lower:upper`
  };
  Kind kind = Kind::all;
  ExpressionPtr lower;  ///< single, multi, from, range
  ExpressionPtr upper;  ///< to, range
  Location location;
};

/// `base[indexes]`. `x[1][2]` is nested: Indexed{Indexed{x, 1}, 2}; after a range it means something else than `x[1,
/// 2]`. At least one index. Indexes beyond those written are `all`.
struct Indexed {
  ExpressionPtr base;
  std::vector<Index> indexes;
};

struct Unary {
  UnaryOp op;
  ExpressionPtr operand;
};

/// [checker]: operands of mixed int and real are promoted to real (Expression::promoted_type of the int).
struct Binary {
  BinaryOp op;
  ExpressionPtr left, right;
  Location op_location;
};

/// `condition ? if_true : if_false`
struct Conditional {
  ExpressionPtr condition, if_true, if_false;
};

struct Expression {
  using Node = std::variant<IntLiteral, RealLiteral, StringLiteral, ArrayLiteral, RowLiteral, VariableRef, Call,
                            TargetValue, Indexed, Unary, Binary, Conditional>;
  Node node;
  Location location;
  int depth = 1;  ///< height of the tree, for the bound on nesting

  /// [checker] Numbered from 0 through the program: index into the analysis' tables.
  int id = no_id;
  /// [checker] Its own type.
  Type type;
  /// [checker] The type its context wants: differs from `type` only where int is promoted to real (also inside arrays).
  Type promoted_type;
  /// [checker] Stan's data-only rule, by declarations alone: built from literals, data, transformed data, ints that are
  /// not parameters, and `data` arguments. What may be passed to a `data` argument. The dataflow answer, which is
  /// sharper, is in analysis.hpp.
  bool data_only = false;
};

}  // namespace thalweg::stan
