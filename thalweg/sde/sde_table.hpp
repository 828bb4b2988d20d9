// The versioned table of functions through which every compiled SDE is reached: C++ functors, named SDEs and units
// generated from Stan files. Plain data and plain functions only.
#pragma once
#include <cstdint>

#include "thalweg/density/model_table.hpp"

namespace thalweg {

inline constexpr std::uint32_t sde_abi = 1;

/// The schemes of thalweg/sde/schemes. The values are part of the format of a run: never renumber.
enum class Scheme : std::int32_t { euler = 0, milstein = 1, sra1 = 2, srid2 = 3, baoab = 4, tamed = 5, implicit = 6 };
inline constexpr std::int32_t scheme_count = 7;
/// The bit of a scheme in SdeTable::schemes.
inline constexpr std::int32_t bit_of(Scheme scheme) { return std::int32_t{1} << static_cast<std::int32_t>(scheme); }

/// A first passage: the time at which  y = functional · x + offset  first leaves (lower, upper); an end that is
/// infinite is none. Between two points of the path that lie inside, the Brownian bridge decides by chance.
struct SdePassage {
  const double* functional;  ///< [dimension]
  double lower, upper;
  std::int32_t corrected;  ///< 0: only the points themselves are looked at (biased by about 0.58 g√h of the level)
};

/// Many steps of a scheme for one pack of particles.
///
/// A particle's Brownian path is fixed by (seed, particle): increment n = 0, 1, 2, … belongs to it whatever the scheme
/// and whatever the step, when a step is made of `refine` increments of step/refine each; so paths of different steps
/// are the same paths. Increments of a call are numbered from first_increment.
struct SdeAdvance {
  std::int32_t scheme, calculus;
  std::uint64_t seed, first_particle;  ///< lane i is particle first_particle + i
  double start, step;                  ///< step n goes from start + n·step to start + (n + 1)·step
  std::int64_t first_step, steps;      ///< n = first_step, …, first_step + steps − 1
  std::int64_t first_increment, refine;
  double* x;                   ///< [dimension][width]: from the state before the first step to that after the last
  const SdePassage* passage;   ///< null: none is looked for
  double* passage_time;        ///< [width], in and out: +∞ while there was none
  std::int32_t* passage_side;  ///< [width], in and out: −1 lower, 1 upper, 0 none
  /// Out, [width]: the step n after which a lane's state was first not finite, or −1. Its state is then NaN.
  std::int64_t* failed_step;
  double* failed_x;  ///< [dimension][width]: the state before that step, of lanes that failed
};

/// One step with increments that are given: what adaptive steps are made of.
struct SdeStep {
  std::int32_t scheme, calculus;
  double t, step;
  const double* dW;    ///< [noise_dimension]: W(t + step) − W(t)
  const double* area;  ///< [noise_dimension]: ∫ (W(s) − W(t)) ds over the step
  double* x;           ///< [dimension], in and out
};

/// All functions are thread-safe on distinct workspaces. x, v and outputs are [row][width], lane fastest, 8-byte
/// aligned; d is the dimension, m the noise dimension, and a diffusion has d rows (diagonal) or d·m rows.
struct SdeTable {
  std::uint32_t abi;  ///< sde_abi
  const char* name;
  const char* fingerprint;     ///< compiler, flags and instruction set that the unit was built with
  const std::int32_t* widths;  ///< ascending; the first is always 1
  std::int32_t width_count;
  std::int32_t noise_shape;              ///< NoiseShape
  std::int32_t structure;                ///< Structure bits (thalweg/sde/sde.hpp)
  const char* const* structure_reasons;  ///< [6], one a bit: why it is or is not set, or null; null: none is said
  std::int32_t schemes;                  ///< bits of the schemes that were compiled in

  /// Reads and checks the data. Null on error, with the message in `error`.
  void* (*create)(const RawDataMap* data, char* error, std::int64_t error_size);
  void (*destroy)(void* instance);
  std::int64_t (*dimension)(const void* instance);
  std::int64_t (*noise_dimension)(const void* instance);
  /// The name of coordinate i, or null: "x[i + 1]".
  const char* (*coordinate)(const void* instance, std::int64_t i);

  /// A workspace belongs to one thread and one width.
  void* (*create_workspace)(const void* instance, std::int32_t width);
  void (*destroy_workspace)(void* workspace);

  /// f(x, t), g(x, t) as they were written, and the Itô drift of a calculus. t is the same in all lanes.
  void (*drift)(void* workspace, double t, const double* x, double* out);
  void (*diffusion)(void* workspace, double t, const double* x, double* out);
  void (*ito_drift)(void* workspace, std::int32_t calculus, double t, const double* x, double* out);
  /// The derivatives of f and g at x along v.
  void (*drift_along)(void* workspace, double t, const double* x, const double* v, double* out);
  void (*diffusion_along)(void* workspace, double t, const double* x, const double* v, double* out);
  /// γ of a kinetic SDE; null otherwise.
  double (*friction)(const void* instance);

  void (*advance)(void* workspace, const SdeAdvance* request);
  /// Of one particle: workspaces of width 1 only.
  void (*step)(void* workspace, const SdeStep* request);

  /// One start a lane, particles first_particle … ; null when the SDE has no initial law of its own.
  void (*initial)(void* workspace, std::uint64_t seed, std::uint64_t first_particle, double* x);
  /// The log density of the initial law, [width]; null when unknown.
  void (*log_initial)(void* workspace, const double* x, double* log_p);
};

/// The one symbol that a generated SDE unit exports.
using SdeTableFunction = const SdeTable* (*)();
inline constexpr const char* sde_table_symbol = "thalweg_sde_table";

}  // namespace thalweg
