// The parser's inside: one member function a rule of the grammar. Private to parser*.cpp.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/lexer.hpp"
#include "thalweg/stan/parser.hpp"

namespace thalweg::stan {

/// Leaves the rule under way after its error was reported; caught where parsing can go on.
struct SyntaxError {};
/// Leaves the program: after nesting beyond its bound there is nothing sensible to go on with.
struct TooDeep {};

class Parser {
 public:
  Parser(Program& program, Diagnostics& diagnostics)
      : program_(program), diagnostics_(diagnostics), tokens_(tokenize(program.source, diagnostics)) {}

  void program();  // parser.cpp

 private:
  // ---- tokens (parser.cpp)
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& previous() const { return tokens_[at_ > 0 ? at_ - 1 : 0]; }
  bool at(std::string_view word) const { return peek().is(word); }
  bool at_end() const { return peek().kind == Token::Kind::end; }
  Token take();
  bool accept(std::string_view word);
  /// Takes `word` or reports what was found instead; `role` says what it is for (" to close the call").
  Token expect(std::string_view word, std::string_view role = "");
  Token expect_name(std::string_view role);
  void expect_semicolon(std::string_view what);
  std::string found() const;  ///< the current token in words
  std::string_view text(Location where) const;
  Location behind_previous() const { return {previous().location.end, previous().location.end}; }
  Location since(Location first) const { return {first.begin, previous().location.end}; }
  template <class... Args>
  [[noreturn]] void refuse(Location where, fmt::format_string<Args...> message, Args&&... args) {
    diagnostics_.error(where, message, std::forward<Args>(args)...);
    throw SyntaxError{};
  }

  /// Counts one level of nesting for as long as it lives.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > deepest_nesting) parser_.too_deep();
    }
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };
  [[noreturn]] void too_deep();

  // ---- blocks (parser.cpp)
  void block();
  ProgramBlock block_header(Location& where);
  void functions();
  FunctionDefinition function();
  FunctionParameter function_parameter();
  Type unsized_type(std::string_view role);
  std::vector<StatementPtr> statements_until_brace();
  void synchronize(std::size_t begin);

  // ---- declarations (parser_declarations.cpp)
  bool at_type() const;
  StatementPtr declaration();
  DeclaredType declared_type();
  void element_type(DeclaredType& type);
  void refuse_unsupported_type();
  void constraints(DeclaredType& type);
  void sizes(DeclaredType& type, std::string_view name);
  Declarator declarator(Location type_location);
  std::vector<ExpressionPtr> size_list(std::string_view role);

  // ---- statements (parser_statements.cpp)
  StatementPtr statement();
  bool at_array_literal() const;
  StatementPtr if_statement();
  StatementPtr while_statement();
  StatementPtr for_statement();
  StatementPtr return_statement();
  StatementPtr message_statement();
  StatementPtr profile_statement();
  StatementPtr increment_statement();
  StatementPtr expression_statement();
  StatementPtr tilde(ExpressionPtr left, Location first);
  StatementPtr assignment(ExpressionPtr left, Location first);
  void refuse_old_statements();
  template <class Node>
  StatementPtr make_statement(Node node, Location first) {
    auto made = std::make_unique<Statement>();
    made->node = std::move(node);
    made->location = since(first);
    return made;
  }

  // ---- expressions (parser_expressions.cpp)
  ExpressionPtr expression();
  ExpressionPtr binary(int lowest_precedence);
  ExpressionPtr unary();
  ExpressionPtr postfix();
  ExpressionPtr primary();
  ExpressionPtr call(const Token& name);
  ExpressionPtr number(const Token& token);
  ExpressionPtr indexed(ExpressionPtr base);
  Index index();
  std::vector<ExpressionPtr> expression_list(std::string_view close);
  ExpressionPtr make_expression(Expression::Node node, Location where);

  Program& program_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace thalweg::stan
