// Declarations: types with sizes, constraints and definitions.
#include <algorithm>

#include "thalweg/stan/recursive_descent.hpp"

namespace thalweg::stan {

namespace {

struct TypeWord {
  std::string_view word;
  Base base;
  Constraint constraint;
  int least_sizes, most_sizes;
};

constexpr TypeWord type_words[] = {
    {"int", Base::integer, Constraint::none, 0, 0},
    {"real", Base::real, Constraint::none, 0, 0},
    {"vector", Base::vector, Constraint::none, 1, 1},
    {"row_vector", Base::row_vector, Constraint::none, 1, 1},
    {"matrix", Base::matrix, Constraint::none, 2, 2},
    {"simplex", Base::vector, Constraint::simplex, 1, 1},
    {"unit_vector", Base::vector, Constraint::unit_vector, 1, 1},
    {"ordered", Base::vector, Constraint::ordered, 1, 1},
    {"positive_ordered", Base::vector, Constraint::positive_ordered, 1, 1},
    {"sum_to_zero_vector", Base::vector, Constraint::sum_to_zero_vector, 1, 1},
    {"cholesky_factor_corr", Base::matrix, Constraint::cholesky_factor_corr, 1, 1},
    {"cholesky_factor_cov", Base::matrix, Constraint::cholesky_factor_cov, 1, 2},
    {"corr_matrix", Base::matrix, Constraint::corr_matrix, 1, 1},
    {"cov_matrix", Base::matrix, Constraint::cov_matrix, 1, 1},
};

constexpr std::string_view refused_types[] = {
    "complex", "complex_vector",           "complex_row_vector",    "complex_matrix",
    "tuple",   "column_stochastic_matrix", "row_stochastic_matrix", "sum_to_zero_matrix"};

const TypeWord* type_word(std::string_view word) {
  const auto found =
      std::find_if(std::begin(type_words), std::end(type_words), [&](const TypeWord& t) { return t.word == word; });
  return found == std::end(type_words) ? nullptr : found;
}

bool is_refused(std::string_view word) {
  return std::find(std::begin(refused_types), std::end(refused_types), word) != std::end(refused_types);
}

}  // namespace

bool Parser::at_type() const {
  if (peek().kind != Token::Kind::keyword) return false;
  return at("array") || type_word(peek().text) != nullptr || is_refused(peek().text);
}

void Parser::refuse_unsupported_type() {
  if (peek().kind != Token::Kind::keyword || !is_refused(peek().text)) return;
  const std::string_view word = peek().text;
  if (word.starts_with("complex")) {
    refuse(peek().location, "complex numbers are not supported; keep real and imaginary part as two reals");
  }
  if (word == "tuple") refuse(peek().location, "tuples are not supported; declare their parts as separate variables");
  if (word == "sum_to_zero_matrix") {
    refuse(peek().location, "the type '{}' is not supported; declare an array of sum_to_zero_vector", word);
  }
  refuse(peek().location, "the type '{}' is not supported; declare 'array[N] simplex[K]'", word);
}

StatementPtr Parser::declaration() {
  const Location first = peek().location;
  Declaration declaration;
  declaration.type = declared_type();
  const Location type_location = declaration.type.location;
  do {
    declaration.declarators.push_back(declarator(type_location));
  } while (accept(","));
  expect_semicolon("this declaration");
  return make_statement(std::move(declaration), first);
}

DeclaredType Parser::declared_type() {
  DeclaredType type;
  const Location first = peek().location;
  if (accept("array")) {
    type.array_sizes = size_list(" behind 'array'");
    if (at("array")) refuse(peek().location, "an array of arrays is written with several sizes: array[M, N]");
  }
  element_type(type);
  type.location = since(first);
  return type;
}

void Parser::element_type(DeclaredType& type) {
  refuse_unsupported_type();
  const TypeWord* word = peek().kind == Token::Kind::keyword ? type_word(peek().text) : nullptr;
  if (word == nullptr) refuse(peek().location, "expected a type, found {}", found());
  const Token token = take();
  type.base = word->base;
  type.constraint = word->constraint;
  if (at("<")) constraints(type);
  if (word->most_sizes == 0) {
    if (at("[")) refuse(peek().location, "{} has no size; arrays are written 'array[N] {} x'", word->word, word->word);
    return;
  }
  type.sizes = size_list(fmt::format(" behind '{}'", token.text));
  const int count = static_cast<int>(type.sizes.size());
  if (count < word->least_sizes || count > word->most_sizes) {
    const auto wanted = word->least_sizes == word->most_sizes
                            ? fmt::format("{}", word->least_sizes)
                            : fmt::format("{} or {}", word->least_sizes, word->most_sizes);
    refuse(token.location, "{} takes {} size{}, found {}", word->word, wanted, wanted == "1" ? "" : "s", count);
  }
}

/// `<lower=…, upper=…>` or `<offset=…, multiplier=…>`. Values end at additive operators: comparisons need parentheses.
void Parser::constraints(DeclaredType& type) {
  const Token open = take();
  if (type.constraint != Constraint::none) {
    refuse(open.location, "the type '{}' takes no bounds, offset or multiplier", to_string(type.constraint));
  }
  do {
    const Token name = expect_name("lower, upper, offset or multiplier");
    ExpressionPtr* slot = name.is("lower")        ? &type.lower
                          : name.is("upper")      ? &type.upper
                          : name.is("offset")     ? &type.offset
                          : name.is("multiplier") ? &type.multiplier
                                                  : nullptr;
    if (slot == nullptr) {
      refuse(name.location, "expected lower, upper, offset or multiplier, found '{}'", name.text);
    }
    if (*slot) refuse(name.location, "'{}' is given twice", name.text);
    expect("=", fmt::format(" behind '{}'", name.text));
    *slot = binary(additive_precedence);
  } while (accept(","));
  expect(">", " to close the constraint (put comparisons in parentheses)");
  const bool bounded = type.lower || type.upper;
  if (bounded && (type.offset || type.multiplier)) {
    refuse(since(open.location), "bounds and offset or multiplier can't be combined");
  }
  if (type.base == Base::integer && !bounded) {
    refuse(since(open.location), "an int takes lower and upper only, not offset or multiplier");
  }
  type.constraint = bounded ? Constraint::bounds : Constraint::affine;
}

std::vector<ExpressionPtr> Parser::size_list(std::string_view role) {
  expect("[", role);
  std::vector<ExpressionPtr> sizes;
  do {
    if (at("]") || at(",")) refuse(peek().location, "a size is missing; every dimension of a variable needs one");
    sizes.push_back(expression());
  } while (accept(","));
  expect("]", " to close the sizes");
  return sizes;
}

Declarator Parser::declarator(Location type_location) {
  Declarator declarator;
  if (at_type()) {
    refuse(peek().location, "expected a variable's name, found the type '{}'; one declaration has one type",
           peek().text);
  }
  const Token name = expect_name("the variable's name");
  declarator.name = name.text;
  declarator.location = name.location;
  if (at("[")) {
    const Location open = peek().location;
    size_list("");
    const std::string_view sizes = text(since(open));
    refuse(open, "the old array form '{} {}{}' is no longer part of Stan: write 'array{} {} {}'", text(type_location),
           name.text, sizes, sizes, text(type_location), name.text);
  }
  if (at("<") && peek(1).is("-")) {
    refuse(peek().location, "the old assignment '<-' is no longer part of Stan: write '='");
  }
  if (accept("=")) declarator.value = expression();
  return declarator;
}

}  // namespace thalweg::stan
