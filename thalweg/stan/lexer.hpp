// Tokens of the Stan language.
#pragma once
#include <string_view>
#include <vector>

#include "thalweg/stan/diagnostics.hpp"
#include "thalweg/stan/source.hpp"

namespace thalweg::stan {

struct Token {
  enum class Kind {
    end,
    identifier,
    keyword,  ///< a reserved word; `target`, `lower`, `upper`, `offset`, `multiplier`, `jacobian` and `T` are
              ///< identifiers
    integer,
    real,
    imaginary,
    string,  ///< `text` with its quotes
    symbol   ///< an operator or punctuation
  };
  Kind kind = Kind::end;
  std::string_view text;  ///< into the source's text
  Location location;

  bool is(std::string_view word) const {
    return text == word && (kind == Kind::keyword || kind == Kind::symbol || kind == Kind::identifier);
  }
};

/// Cuts a program into tokens; the last one is Kind::end, behind the last character that counts. Comments and blanks
/// are dropped. Characters that start no token are reported to `diagnostics` and skipped.
std::vector<Token> tokenize(const Source& source, Diagnostics& diagnostics);

bool is_keyword(std::string_view word);

}  // namespace thalweg::stan
