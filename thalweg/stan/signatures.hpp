// The functions of the Stan language: which argument types each takes and what it returns.
//
// The tables (signatures_*.cpp) are the truth about types; whether the emitter has an implementation is its own matter.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/stan/types.hpp"

namespace thalweg::stan {

/// What one parameter takes, or what a function returns. In the tables a pattern is one word:
///
///   int  real  vector  row_vector  matrix   the type itself; `real[]`, `int[,]` are arrays; `vector/matrix` is either
///   reals      real, vector, row_vector or array[] real: what a vectorised density takes
///   ints       int or array[] int
///   vectors    vector, row_vector, or an array of either
///   each       a scalar or any container of reals. Containers of one call have one shape, scalars are repeated, and
///              the result `each` has that shape, of reals
///   each_int   the same for int and arrays of ints; beside a container of reals an array of ints with as many indexes
///   T          any type, the same for all T of a signature; T[] an array of it
///   draw       (result) real, or array[] real if an argument is a container
///   draw_int   (result) int, or array[] int if an argument is a container
///   draw_vector  (result) vector, or array[] vector if an argument is an array of vectors
struct Pattern {
  enum class Kind { one_of, each, each_int, generic, draw, draw_int, draw_vector };
  Kind kind = Kind::one_of;
  std::vector<Type> types;  ///< of one_of
  int rank = 0;             ///< of generic: array dimensions around T
  std::string word;         ///< as in the table
};

struct Signature {
  std::string name;  ///< densities as `_lpdf` and `_lpmf`; calls of `_lupdf` and `_lupmf` refer to the same
  std::vector<Pattern> parameters;
  Pattern result;
};

/// All signatures, functions of one name one after the other.
const std::vector<Signature>& builtin_signatures();

/// Indexes of the signatures of a name, `_lupdf` and `_lupmf` too; empty when there is no such function.
std::vector<int> signatures_named(std::string_view name);

/// Every name once, in alphabetical order.
const std::vector<std::string_view>& builtin_names();

/// The distributions' names, for `~`.
const std::vector<std::string_view>& distribution_names();

/// How a call fits a signature.
struct Match {
  int promotions = 0;                 ///< how many arguments go from int to real
  std::vector<Type> parameter_types;  ///< what each argument becomes
  Type result;
};

/// Fits argument types to a signature; nothing when they don't fit.
std::optional<Match> match(const Signature& signature, const std::vector<Type>& arguments);

/// The signature of a name that takes the arguments with the fewest promotions; nothing when none does.
struct BestMatch {
  int signature;
  Match match;
};
std::optional<BestMatch> best_builtin(std::string_view name, const std::vector<Type>& arguments);

/// `normal_lpdf(reals | reals, reals) => real`
std::string to_string(const Signature& signature);

/// One line for each class word (reals, ints, vectors, each, T, …) in the signatures, so that messages explain
/// themselves; empty when there is none.
std::string explain_words(const std::vector<int>& signatures);

// ---- The tables -----------------------------------------------------------------------------------------------------

/// Several functions (names apart by blanks) that take the same and return the same.
struct FunctionRow {
  const char* names;
  const char* parameters;  ///< patterns apart by blanks
  const char* result;
};

/// Distributions that share their types. `forms` says what there is of `lpdf lpmf cdf rng`: cdf stands for _cdf, _lcdf
/// and _lccdf, rng for a generator with the parameters' types that returns draw or draw_int.
struct DistributionRow {
  const char* names;
  const char* outcome;
  const char* parameters;
  const char* forms;
};

std::vector<FunctionRow> scalar_functions();     // signatures_scalar.cpp
std::vector<FunctionRow> container_functions();  // signatures_containers.cpp
std::vector<FunctionRow> generators();           // signatures_distributions.cpp
std::vector<DistributionRow> distributions();    // signatures_distributions.cpp

}  // namespace thalweg::stan
