// The checker's inside. Private to checker*.cpp.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {

class Checker {
 public:
  Checker(Program& program, Diagnostics& diagnostics) : program_(program), diagnostics_(diagnostics) {}
  void run();  // checker.cpp

 private:
  /// How control leaves a statement.
  enum class Flow {
    goes_on,  ///< may reach the next statement
    leaves,   ///< returns or stops the program on every path
    jumps     ///< may leave a loop by `break`
  };

  template <class... Args>
  void error(Location where, fmt::format_string<Args...> message, Args&&... args) {
    diagnostics_.error(where, message, std::forward<Args>(args)...);
  }

  // ---- scopes (checker.cpp)
  class Scope {
   public:
    explicit Scope(Checker& checker) : checker_(checker) { checker_.scopes_.emplace_back(); }
    ~Scope() { checker_.scopes_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Checker& checker_;
  };
  VariableId declare(Variable variable);
  VariableId find(std::string_view name) const;
  Variable& variable(VariableId id) { return program_.variables[static_cast<std::size_t>(id)]; }
  std::vector<std::string_view> visible_names() const;
  void check_block(ProgramBlock block);

  // ---- functions (checker_functions.cpp)
  void check_functions();
  void check_heading(FunctionId id);
  void check_body(FunctionId id);
  void link_definitions();
  bool in_function(std::initializer_list<Ending> endings) const;

  // ---- declarations (checker_declarations.cpp)
  void check_declaration(Statement& statement, Declaration& declaration);
  void check_sizes(DeclaredType& type, bool top_level);
  void check_constraints(DeclaredType& type);
  void check_constraint_value(Expression* value, const char* what, const DeclaredType& type);
  void check_declared_here(const Declaration& declaration, Location where, bool top_level);
  void refuse_parameters_in_size(const Expression& size);

  // ---- statements (checker_statements.cpp)
  Flow check_statement(Statement& statement);
  Flow check_statements(std::vector<StatementPtr>& statements);
  Flow check_if(If& branch);
  Flow check_while(While& loop);
  Flow check_for(Statement& statement, ForRange& loop);
  Flow check_for(Statement& statement, ForEach& loop);
  Flow check_return(Statement& statement, Return& node);
  void check_assignment(Assignment& assignment);
  void check_nested_indexes(const Expression& left);
  void check_assignable(const VariableRef& reference, Location where);
  void check_call_statement(CallStatement& statement);
  void check_message(Message& message);
  void check_condition(Expression& condition, const char* what);

  // ---- target (checker_target.cpp)
  void check_adds_to_target(Location where, const char* what);
  void check_increment(Statement& statement, TargetIncrement& increment);
  void check_tilde(Statement& statement, Tilde& tilde);
  void check_truncation(Tilde& tilde, const std::vector<Expression*>& arguments);

  // ---- expressions (checker_expressions.cpp)
  /// Fills an expression in and returns its type; void and string only where allowed by the caller.
  Type check_any(Expression& e);
  /// A value: reports void calls and string literals.
  Type check_value(Expression& e);
  /// Marks what a context makes of an expression; reports when it can't. `what` names the place.
  void promote(Expression& e, Type to);
  Type type_of(Expression& e, VariableRef& node);
  Type type_of(Expression& e, ArrayLiteral& node);
  Type type_of(Expression& e, RowLiteral& node);
  Type type_of(Expression& e, Indexed& node);
  Type type_of(Expression& e, Unary& node);
  Type type_of(Expression& e, Binary& node);
  Type type_of(Expression& e, Conditional& node);
  Type type_of(Expression& e, Call& node);
  Type type_of(Expression& e, TargetValue& node);
  Type check_index(Index& index);
  Type indexed_type(Type base, const std::vector<Index>& indexes, Location where);

  // ---- calls (checker_calls.cpp)
  struct Choice {
    Resolution resolution;
    int promotions = 0;
  };
  bool check_call_place(const Call& call);
  bool check_bar(const Call& call);
  /// The best function of that name for the arguments; reports ambiguity. Nothing when none fits.
  std::optional<Choice> choose(std::string_view name, const std::vector<Expression*>& arguments, Location where);
  std::optional<Choice> choose_user(std::string_view name, const std::vector<Expression*>& arguments, Location where);
  std::vector<FunctionId> functions_named(std::string_view name) const;
  void report_unknown(const Call& call);
  void report_mismatch(std::string_view name, const std::vector<Expression*>& arguments, Location where);
  std::string candidates(const std::vector<std::string>& names, const std::vector<Expression*>& arguments) const;
  void promote_arguments(const Resolution& resolution, const std::vector<Expression*>& arguments);

  Program& program_;
  Diagnostics& diagnostics_;
  std::vector<std::unordered_map<std::string, VariableId>> scopes_;
  ProgramBlock block_ = ProgramBlock::functions;
  FunctionId function_ = no_id;
  int loops_ = 0;
  bool in_size_ = false;  ///< in a top-level declaration's sizes
};

}  // namespace thalweg::stan
