#include "thalweg/stan/parser.hpp"

#include <algorithm>

#include "thalweg/stan/recursive_descent.hpp"

namespace thalweg::stan {

Program parse(Source source, Diagnostics& diagnostics) {
  Program program;
  program.source = std::move(source);
  Parser(program, diagnostics).program();
  return program;
}

// ---- Tokens ---------------------------------------------------------------------------------------------------------

Token Parser::take() {
  const Token token = peek();
  if (!at_end()) ++at_;
  return token;
}

bool Parser::accept(std::string_view word) {
  if (!at(word)) return false;
  ++at_;
  return true;
}

std::string Parser::found() const {
  if (at_end()) return "the end of the program";
  if (peek().kind == Token::Kind::keyword) return fmt::format("the keyword '{}'", peek().text);
  if (peek().text.size() > 40) return fmt::format("'{}…'", peek().text.substr(0, 30));
  return fmt::format("'{}'", peek().text);
}

std::string_view Parser::text(Location where) const {
  return std::string_view(program_.source.text()).substr(where.begin, where.end - where.begin);
}

Token Parser::expect(std::string_view word, std::string_view role) {
  if (at(word)) return take();
  std::string hint;
  if (at("=") && (word == ")" || word == ":")) hint = "; equality is written '=='";
  refuse(at_end() ? behind_previous() : peek().location, "expected '{}'{}, found {}{}", word, role, found(), hint);
}

Token Parser::expect_name(std::string_view role) {
  if (peek().kind == Token::Kind::identifier) return take();
  if (peek().kind == Token::Kind::keyword) {
    refuse(peek().location, "expected {}, found '{}', which is a reserved word", role, peek().text);
  }
  refuse(peek().location, "expected {}, found {}", role, found());
}

void Parser::expect_semicolon(std::string_view what) {
  if (accept(";")) return;
  const auto line = [&](const Token& token) { return program_.source.line_begin(token.location.begin); };
  const bool next_line = at_end() || line(peek()) != line(previous());
  if (next_line || at("}")) {
    diagnostics_.error(behind_previous(), "missing ';' behind {}", what);
    return;
  }
  refuse(behind_previous(), "expected ';' behind {}, found {}", what, found());
}

void Parser::too_deep() {
  --nesting_;
  diagnostics_.error(peek().location, "nested too deeply: more than {} levels", deepest_nesting);
  throw TooDeep{};
}

// ---- Blocks ---------------------------------------------------------------------------------------------------------

void Parser::program() {
  try {
    while (!at_end()) block();
  } catch (const SyntaxError&) {
  } catch (const TooDeep&) {
  }
}

ProgramBlock Parser::block_header(Location& where) {
  const Token first = peek();
  where = first.location;
  const auto second_word = [&](std::string_view data, std::string_view parameters) {
    take();
    const bool known = at(data) || (!parameters.empty() && at(parameters));
    if (!known) {
      refuse(peek().location, "expected '{}'{} behind '{}', found {}", data,
             parameters.empty() ? "" : fmt::format(" or '{}'", parameters), first.text, found());
    }
    return take().text;
  };
  if (accept("functions")) return ProgramBlock::functions;
  if (accept("data")) return ProgramBlock::data;
  if (accept("parameters")) return ProgramBlock::parameters;
  if (accept("model")) return ProgramBlock::model;
  if (at("transformed")) {
    return second_word("data", "parameters") == "data" ? ProgramBlock::transformed_data
                                                       : ProgramBlock::transformed_parameters;
  }
  if (at("generated")) {
    second_word("quantities", "");
    return ProgramBlock::generated_quantities;
  }
  refuse(first.location,
         "expected a block (functions, data, transformed data, parameters, transformed parameters, model or generated "
         "quantities), found {}",
         found());
}

void Parser::block() {
  Location where;
  const ProgramBlock kind = block_header(where);
  where = since(where);
  if (program_.has(kind)) {
    diagnostics_.error(where, "there is a block '{}' already; a program has one of each", to_string(kind));
  }
  for (int later = static_cast<int>(kind) + 1; later < program_block_count; ++later) {
    if (!program_.blocks[later]) continue;
    diagnostics_.error(where, "the block '{}' must stand before the block '{}'", to_string(kind),
                       to_string(static_cast<ProgramBlock>(later)));
    break;
  }
  expect("{", fmt::format(" behind '{}'", to_string(kind)));
  auto& statements = program_.blocks[static_cast<int>(kind)].emplace();
  if (kind == ProgramBlock::functions) {
    functions();
  } else {
    statements = statements_until_brace();
  }
  if (at_end()) refuse(where, "the block '{}' is never closed; expected '}}'", to_string(kind));
  expect("}");
}

std::vector<StatementPtr> Parser::statements_until_brace() {
  std::vector<StatementPtr> statements;
  while (!at("}") && !at_end()) {
    const std::size_t begin = at_;
    try {
      statements.push_back(statement());
    } catch (const SyntaxError&) {
      synchronize(begin);
    }
  }
  return statements;
}

/// Goes on behind the statement that begins at `begin` and has an error at the current token. Braces are counted from
/// its beginning, so that those of array literals and of blocks under way are not taken for the end of this scope.
void Parser::synchronize(std::size_t begin) {
  const std::size_t error = std::max(at_, begin);
  at_ = begin;
  for (int depth = 0; !at_end(); take()) {
    if (at("{")) ++depth;
    const bool closes = at("}");
    if (closes && --depth < 0) return;
    if (depth > 0 || at_ < error) continue;
    constexpr std::string_view behind_literals[] = {";", ",", ")", "]", "[", "~", "'"};
    const bool literal = closes && std::any_of(std::begin(behind_literals), std::end(behind_literals),
                                               [&](std::string_view s) { return peek(1).is(s); });
    if (at(";") || (closes && !literal)) {
      take();
      return;
    }
  }
}

// ---- Functions ------------------------------------------------------------------------------------------------------

void Parser::functions() {
  while (!at("}") && !at_end()) {
    const std::size_t begin = at_;
    try {
      program_.functions.push_back(function());
    } catch (const SyntaxError&) {
      synchronize(begin);
    }
  }
}

FunctionDefinition Parser::function() {
  FunctionDefinition function;
  const Location first = peek().location;
  function.return_type = accept("void") ? void_type : unsized_type("a return type");
  const Token name = expect_name("the function's name");
  function.name = name.text;
  function.name_location = name.location;
  expect("(", " behind the function's name");
  while (!at(")")) {
    function.parameters.push_back(function_parameter());
    if (!at(")")) expect(",", " or ')' in the list of parameters");
  }
  take();
  function.location = since(first);
  if (accept(";")) return function;
  if (!at("{")) refuse(peek().location, "expected '{{' or ';' behind the function's parameters, found {}", found());
  function.body = statement();
  function.location = since(first);
  return function;
}

FunctionParameter Parser::function_parameter() {
  FunctionParameter parameter;
  const Location first = peek().location;
  parameter.data_only = accept("data");
  parameter.type = unsized_type("a parameter's type");
  parameter.name = expect_name("the parameter's name").text;
  parameter.location = since(first);
  if (at("[")) {
    refuse(peek().location, "an array parameter is written 'array[] {} {}'", to_string(parameter.type), parameter.name);
  }
  return parameter;
}

/// `array[,] vector`: dimensions without sizes, for functions.
Type Parser::unsized_type(std::string_view role) {
  const Location first = peek().location;
  int rank = 0;
  if (accept("array")) {
    expect("[", " behind 'array'");
    for (rank = 1; accept(",");) ++rank;
    if (!at("]")) refuse(peek().location, "types of functions have no sizes: write 'array[]' or 'array[,]'");
    take();
  }
  refuse_unsupported_type();
  constexpr std::pair<std::string_view, Base> bases[] = {{"int", Base::integer},
                                                         {"real", Base::real},
                                                         {"vector", Base::vector},
                                                         {"row_vector", Base::row_vector},
                                                         {"matrix", Base::matrix}};
  const auto base = std::find_if(std::begin(bases), std::end(bases), [&](const auto& b) { return at(b.first); });
  if (base == std::end(bases)) {
    if (at_type()) {
      refuse(peek().location, "a function's types have no constraints; use vector or matrix in place of '{}'",
             peek().text);
    }
    refuse(peek().location, "expected {}, found {}", role, found());
  }
  take();
  if (at("<")) refuse(peek().location, "a function's types have no constraints");
  if (at("[")) {
    const bool sized = !peek(1).is("]") && !peek(1).is(",");
    if (sized) refuse(peek().location, "types of functions have no sizes: write '{}'", base->first);
    std::string dimensions;
    for (take(); accept(",");) dimensions += ',';
    refuse(since(first), "the old array type '{}[{}]' is no longer part of Stan: write 'array[{}] {}'", base->first,
           dimensions, dimensions, base->first);
  }
  return {base->second, rank};
}

}  // namespace thalweg::stan
