// The versioned table of functions through which every compiled density is reached: units generated from Stan
// programs, C++ functors and the named test densities. Plain data and plain functions only, so that other languages
// can bind to it and a unit needs no library of ours at run time.
#pragma once
#include <cstdint>

namespace thalweg {

inline constexpr std::uint32_t model_abi = 3;

/// One variable of the data, as handed to a unit. Values are stored with the last index fastest.
struct RawData {
  const char* name;
  std::int32_t rank;
  const std::int64_t* shape;
  std::int64_t size;
  const double* reals;
  const std::int32_t* integers;  ///< null unless every number is an integer
};

struct RawDataMap {
  const RawData* values;
  std::int64_t count;
  const char* origin;  ///< file name, for messages
};

/// Where a variable is declared.
enum class Block : std::int32_t { parameters = 0, transformed_parameters = 1, generated_quantities = 2 };

/// One named quantity of a draw. Values of a draw are stored variable after variable; inside an array the last index
/// runs fastest, as in `shape`; vectors and matrices follow: a matrix's elements are in the order of its rank-2 shape
/// with the last index (column) fastest. Exports reorder to the column-major order that Stan's own files use.
struct RawVariable {
  const char* name;
  const char* type;  ///< the declared Stan type without sizes: "real", "vector", "array[] matrix", "int" …
  Block block;
  std::int32_t rank;
  const std::int64_t* shape;
  std::int32_t is_integer;
};

/// Why a lane has log density −∞ or NaN: the statement (index into `ModelTable::statements`, −1 when none) and a
/// reason.
struct RawEvidence {
  std::int32_t statement;
  const char* reason;
};

/// A statement's place in the source, for evidence and profiles.
struct RawStatement {
  const char* text;
  const char* file;
  std::int32_t line, column;
};

/// Receives what `print` writes.
using PrintSink = void (*)(void* receiver, const char* text);

/// What the terms of a log density are: log p = prior + likelihood + Jacobian (+ undecided), each a sum of terms.
///
/// prior: the log density of parameters. likelihood: that of data. jacobian: of the transforms to the unconstrained
/// space, `jacobian +=` included. undecided: terms of which nobody has said what they are.
enum Part : std::int32_t { part_prior = 1, part_likelihood = 2, part_jacobian = 4, part_undecided = 8 };
/// Sums of parts.
using Parts = std::int32_t;
inline constexpr Parts whole_density = part_prior | part_likelihood | part_jacobian | part_undecided;

/// A term of the log density: where it stands, what it is and why.
struct RawTerm {
  std::int32_t statement;  ///< index into `ModelTable::statements`, −1 when none
  Part part;
  const char* text;    ///< of the term, as the source has it
  const char* reason;  ///< "the outcome y depends on data" …
  /// Which index over observations it is a sum over, one summand a number of it; -1: it is evaluated whole.
  std::int32_t index = -1;
  const char* subset = nullptr;  ///< "n in 1:N", or why it is whole; null: not said
};

/// All functions are thread-safe on distinct workspaces. Those that return an error message return null when all is
/// well; the message belongs to the instance or workspace and lives until its next call. `create` puts it in `error`.
struct ModelTable {
  std::uint32_t abi;        ///< model_abi
  const char* name;         ///< the program's stem, or the test density's name
  const char* fingerprint;  ///< compiler, flags and instruction set that the unit was built with
  /// Widths compiled in, ascending; the first is always 1.
  const std::int32_t* widths;
  std::int32_t width_count;
  /// Control flow depends on parameters: only width 1 may be evaluated.
  std::int32_t one_lane_only;
  const char* one_lane_reason;  ///< the statement that makes it so, or null
  const RawStatement* statements;
  std::int32_t statement_count;
  /// The terms of log p; a unit whose terms are known can evaluate any sum of parts. Without terms only the whole
  /// density, with or without its Jacobian, can be evaluated.
  const RawTerm* terms;
  std::int32_t term_count;

  /// Reads and checks the data and runs transformed data. `seed` feeds `_rng` calls there. Null on error.
  void* (*create)(const RawDataMap* data, std::uint64_t seed, PrintSink print, void* receiver, char* error,
                  std::int64_t error_size);
  void (*destroy)(void* instance);
  std::int64_t (*dimension)(const void* instance);  ///< of the unconstrained space
  std::int32_t (*variable_count)(const void* instance);
  const RawVariable* (*variable)(const void* instance, std::int32_t index);

  /// A workspace belongs to one thread and one width.
  void* (*create_workspace)(const void* instance, std::int32_t width);
  void (*destroy_workspace)(void* workspace);
  /// The sum of some parts of log p, and its gradient, at `width` points. x and gradient: [dimension][width]; log_p:
  /// [width]; all 8-byte aligned. Never throws and never fails: a lane that does not work has log_p −∞ (or NaN) and
  /// evidence.
  void (*evaluate)(void* workspace, Parts parts, const double* x, double* gradient, double* log_p);
  RawEvidence (*evidence)(void* workspace, std::int32_t lane);
  /// Hessian–vector product of the same sum: out = ∇²log p(x)·v, all [dimension][width]. Null when the unit was built
  /// without. A lane whose log p is not finite has NaN in `out`.
  void (*hessian_vector)(void* workspace, Parts parts, const double* x, const double* v, double* out);

  // ---- subsets of the observations; all null when nothing is known of them ----

  /// How many numbers an index of `RawTerm::index` has.
  std::int64_t (*index_size)(const void* instance, std::int32_t index);
  /// The index whose numbers subsets choose from: the first of the largest. -1: there is none, or no observation.
  std::int32_t (*subset_index)(const void* instance);
  /// As `evaluate`, with the terms of some observations alone, each `scale` times:
  ///   Σ whole terms + Jacobian + scale · Σₖ term(numbers[k]),   0 ≤ numbers[k] < index_size(subset_index).
  /// Terms of other indexes are whole. All lanes have the same subset. Null when the unit was built without.
  void (*evaluate_subset)(void* workspace, Parts parts, const std::int32_t* numbers, std::int64_t count, double scale,
                          const double* x, double* gradient, double* log_p);

  /// From one unconstrained point (width-1 workspace) to the values of all variables: parameters, transformed
  /// parameters and, unless `generate` is 0, generated quantities with random numbers from (seed, particle, step).
  const char* (*constrain)(void* workspace, const double* x, std::uint64_t seed, std::uint64_t particle,
                           std::uint64_t step, std::int32_t generate, double* out);
  /// The inverse for parameters given by name (initial values); those absent are taken from x as it comes in.
  const char* (*unconstrain)(void* workspace, const RawDataMap* parameters, double* x);
};

/// The one symbol that a generated unit exports.
using ModelTableFunction = const ModelTable* (*)();
inline constexpr const char* model_table_symbol = "thalweg_model_table";

}  // namespace thalweg
