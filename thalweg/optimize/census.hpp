// A census of modes: what many ascents ended at, how often, and what each end is.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/optimize/ascent.hpp"

namespace thalweg {

/// What an end of ascents is, by the curvature there and by log p on both sides along the flattest direction.
enum class EndKind {
  maximum,
  ridge,      ///< flat along some direction, to both sides
  infinity,   ///< log p goes on rising along some direction without end, towards a finite value: no maximum exists
  unbounded,  ///< log p rises without bound
  saddle,
  unfinished,  ///< neither a stationary point nor a known reason why not
};
const char* to_string(EndKind kind);

struct End {
  std::vector<double> x{};  ///< after Newton's method
  double log_p = 0, gradient_norm = 0;
  double decrement = 0;  ///< ½ gᵀ(−H)⁻¹g: nats still to be gained; NaN when −H is not positive definite
  std::vector<std::size_t> climbs{};  ///< that ended here
  EndKind kind = EndKind::unfinished;
  /// Extreme eigenvalues of −∇²log p and their ratio, from the whole matrix, or by Lanczos' iteration.
  double smallest = 0, largest = 0, condition = 0;
  bool whole_hessian = false;
  std::vector<double> direction{};  ///< of the smallest eigenvalue, or along which log p rises without end
  std::string words{};              ///< the direction in names of parameters, where the kind needs it
  double log_evidence = 0;          ///< Laplace: log p + ½ d log 2π − ½ log |−H|; NaN where it is not defined
  double weight = 0;                ///< share of the evidence of all maxima
  std::int64_t copy_of = -1;        ///< index of an end that is the same but for a relabelling
};

struct Census {
  std::vector<End> ends;   ///< best first; those without bound lead
  std::size_t climbs = 0;  ///< all
  std::size_t failed = 0;  ///< without a finite start
  std::int64_t products = 0, gradients = 0;
  /// Distinct maxima, copies apart.
  std::size_t modes() const;
  const End* best() const { return ends.empty() ? nullptr : &ends.front(); }
};

struct CensusSettings {
  std::size_t whole_hessian = 2000;  ///< dimension up to which Hessians are formed
  std::size_t most_ends = 64;        ///< ends looked at closely; what is left counts as unfinished
  std::size_t lanczos_steps = 40;
  /// false: Newton's method takes five steps at most, and ascents that have not arrived stay what they are, unfinished
  bool patient = true;
  std::vector<std::size_t> fixed{};  ///< coordinates that do not count: nothing depends on them
};

/// An end of one ascent.
struct Arrived {
  std::size_t climb = 0;
  std::vector<double> x, gradient;
  double log_p = 0;
  Ending ending = Ending::converged;
  std::vector<double> halfway;      ///< an iterate at about half of its iterations; empty when unknown
  std::vector<double> direction{};  ///< see Ascent
};

/// Ends whose distance in the metric −H of the better one is below 3 % of a standard deviation are one; so are those as
/// high as a ridge, which may bend, and those on the way to the same limit.
///
/// Cost    for each distinct end a few Newton iterations, d products and d³ operations up to `whole_hessian`
///         dimensions, lanczos_steps products above.
/// Errors  none throws but the model's own.
Census take_census(const Model& model, Parts parts, std::span<const Arrived> arrived, const CensusSettings& settings,
                   int threads, const std::function<bool()>& keep_going = {});

/// "0.92 tau - 0.38 theta[3] …": the largest components of a direction, by name.
std::string direction_in_words(std::span<const double> direction, std::span<const std::string> names);

}  // namespace thalweg
