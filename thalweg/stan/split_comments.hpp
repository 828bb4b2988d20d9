// The comments by which an author says what a term is. Private to split*.cpp.
#pragma once
#include <map>
#include <vector>

#include "thalweg/density/model_table.hpp"
#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// `// thalweg: prior`, and the statements that it speaks of: those on its line, or alone on its line the one behind it
/// with all that is in it.
struct SplitComment {
  Location location;
  Part part;
  std::vector<int> statements;  ///< Statement::id
};

/// Errors  Error at the word that is neither `prior` nor `likelihood`.
std::vector<SplitComment> read_split_comments(const Program& program);

}  // namespace thalweg::stan
