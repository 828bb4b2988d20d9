// The syntax tree: declarations, statements, functions. ast.hpp says who fills in what.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "thalweg/stan/ast_expressions.hpp"

namespace thalweg::stan {

// ---- Declarations ---------------------------------------------------------------------------------------------------

/// How a declared variable is constrained. `bounds` has lower, upper or both; `affine` has offset, multiplier or both.
enum class Constraint {
  none,
  bounds,
  affine,
  simplex,
  unit_vector,
  ordered,
  positive_ordered,
  sum_to_zero_vector,
  cholesky_factor_corr,
  cholesky_factor_cov,
  corr_matrix,
  cov_matrix
};
const char* to_string(Constraint constraint);  ///< "simplex", …; "" for none, bounds and affine

/// A type as a declaration writes it: sizes, constraints and array dimensions.
///
/// Shapes  `sizes` is empty for int and real; one for vectors and the square matrix types (`corr_matrix[K]`,
///         `cov_matrix[K]`, `cholesky_factor_corr[K]`); two for `matrix[M, N]`; one or two for cholesky_factor_cov.
///         In local scopes of functions sizes are always there too.
struct DeclaredType {
  std::vector<ExpressionPtr> array_sizes;
  Base base = Base::real;  ///< simplex, ordered, … have vector; cov_matrix, … have matrix
  Constraint constraint = Constraint::none;
  ExpressionPtr lower, upper;        ///< of Constraint::bounds
  ExpressionPtr offset, multiplier;  ///< of Constraint::affine
  std::vector<ExpressionPtr> sizes;
  Location location;

  Type type() const { return {base, static_cast<int>(array_sizes.size())}; }
};

/// One name of a declaration, with its definition if it has one.
struct Declarator {
  std::string name;
  ExpressionPtr value;  ///< null without a definition; promoted to the declared type
  Location location;
  VariableId variable = no_id;  ///< [checker]
};

/// `type a, b = 1;` in a program block or a local scope.
struct Declaration {
  DeclaredType type;
  std::vector<Declarator> declarators;
};

// ---- Statements -----------------------------------------------------------------------------------------------------

/// `left op right`. `left` is a VariableRef, or Indexed levels around one.
struct Assignment {
  ExpressionPtr left;
  AssignOp op = AssignOp::assign;
  ExpressionPtr right;
  Location op_location;
};

/// `left ~ name(arguments) T[lower, upper]`. Adds the unnormalised density `name_lupdf` (or `_lupmf`), and for a
/// truncation subtracts the log of the probability between the bounds (of each element).
struct Tilde {
  ExpressionPtr left;
  std::string name;  ///< without `_lpdf`
  std::vector<ExpressionPtr> arguments;
  bool truncated = false;
  ExpressionPtr truncation_lower, truncation_upper;  ///< each may be null
  Location name_location;
  /// [checker] The density: the signature of `name_lpdf` or `name_lpmf`, or the user's function of that name, with
  /// `left` as its first parameter type.
  Resolution density;
  bool is_mass = false;  ///< [checker] `density` is an _lpmf
  /// [checker] `name_lcdf` and `name_lccdf` at the same types, resolved as far as the truncation needs them: `[L, ]`
  /// needs upper_tail, `[, U]` needs lower_tail, `[L, U]` needs both.
  Resolution lower_tail, upper_tail;
};

/// `target += value` (all elements of a container are summed), or with `jacobian` `jacobian += value`.
struct TargetIncrement {
  ExpressionPtr value;
  bool jacobian = false;
};

/// A call of a void function. `call` holds a Call.
struct CallStatement {
  ExpressionPtr call;
};

struct If {
  ExpressionPtr condition;
  StatementPtr then_branch, else_branch;  ///< else_branch may be null
};

struct While {
  ExpressionPtr condition;
  StatementPtr body;
};

/// `for (name in lower:upper) body`
struct ForRange {
  std::string name;
  Location name_location;
  ExpressionPtr lower, upper;
  StatementPtr body;
  VariableId variable = no_id;  ///< [checker]
};

/// `for (name in container) body`: the elements of an array or vector, of a matrix column by column.
struct ForEach {
  std::string name;
  Location name_location;
  ExpressionPtr container;
  StatementPtr body;
  VariableId variable = no_id;  ///< [checker]
};

/// `{ … }`: a scope of its own.
struct BlockStatement {
  std::vector<StatementPtr> body;
};

/// `profile("label") { … }`: a scope of its own.
struct Profile {
  std::string label;
  std::vector<StatementPtr> body;
};

struct Break {};
struct Continue {};

struct Return {
  ExpressionPtr value;  ///< null in void functions; promoted to the return type
};

/// `print(…)`, `reject(…)`, `fatal_error(…)`: string literals and expressions, written one after the other.
struct Message {
  enum class Kind { print, reject, fatal_error };
  Kind kind;
  std::vector<ExpressionPtr> items;
};

/// A lone `;`
struct Empty {};

struct Statement {
  using Node = std::variant<Declaration, Assignment, Tilde, TargetIncrement, CallStatement, If, While, ForRange,
                            ForEach, BlockStatement, Profile, Break, Continue, Return, Message, Empty>;
  Node node;
  Location location;  ///< from its first token to its last
  int id = no_id;     ///< [checker] numbered from 0 through the program: index into the analysis' tables
};

// ---- Functions ------------------------------------------------------------------------------------------------------

struct FunctionParameter {
  Type type;
  std::string name;
  bool data_only = false;  ///< `data real x`
  Location location;
  VariableId variable = no_id;  ///< [checker]; no_id in forward declarations
};

struct FunctionDefinition {
  Type return_type;  ///< void_type for `void`
  std::string name;  ///< with its ending (`foo_lpdf`)
  std::vector<FunctionParameter> parameters;
  StatementPtr body;  ///< a BlockStatement; null for a forward declaration
  Location location;
  Location name_location;
  /// [checker] Index of the entry with the body: itself, or for a forward declaration the later one.
  FunctionId definition = no_id;

  std::vector<Type> parameter_types() const;
};

}  // namespace thalweg::stan
