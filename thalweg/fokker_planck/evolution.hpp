// A law in time: the Fokker–Planck equation solved forward, with its books.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/fokker_planck/exponential.hpp"
#include "thalweg/fokker_planck/stepper.hpp"

namespace thalweg::fokker_planck {

enum class Scheme { automatic, implicit_euler, tr_bdf2, uniformisation, chebyshev, splitting };
const char* to_string(Scheme scheme);

struct EvolutionSettings {
  Scheme scheme = Scheme::automatic;
  double start_time = 0;
  double end_time = 0;      ///< of the whole evolution: the tolerance is spread over it
  double tolerance = 1e-6;  ///< L1 error of the law from time steps, at the end
  double step = 0;          ///< > 0: this step, never refused, its error stated by halving
  int threads = 1;
};

/// The probability at a side's outermost cells, and what it says of the grid.
struct Edge {
  double mass = 0;
  /// By how much to move the side so that about 1e-10 is left there, from the decay of the density towards it: 0 when
  /// the grid reaches far enough, NaN when the density does not fall towards this side.
  double extend = 0;
};
/// Only for reflecting sides: elsewhere the side belongs to the problem, and the edge is zero.
std::array<Edge, 6> edges_of(const Grid& grid, const std::vector<double>& masses);
/// A sentence for each edge that holds more than `least`; empty when all is fine.
std::vector<std::string> edge_advice(const Grid& grid, const std::array<Edge, 6>& edges, double least = 1e-10);

/// Books of an evolution, up to its present time.
struct EvolutionReport {
  Scheme scheme = Scheme::automatic;  ///< the one that ran
  double mass_defect = 0;             ///< |mass + left − entered − mass at the start|
  double smallest = 0;                ///< mass of a cell
  std::array<double, 6> left{};       ///< by absorbing side
  double entered = 0;
  std::array<Edge, 6> edges{};
  double time_error =
      0;  ///< L1: a bound for the two series, else the sum of local estimates (L1 contracts, so errors add)
  std::int64_t steps = 0, rejected = 0;
  std::int64_t applications = 0;  ///< of the operator, in the series
  std::int64_t fallbacks = 0;  ///< lines or steps that positivity sent to implicit Euler, or pieces to uniformisation
  double clipped = 0;          ///< negative mass that was set to zero, see StepAudit
};

/// What a checkpoint holds: an evolution made from it goes on to the same bits.
struct EvolutionState {
  double time = 0;
  std::vector<double> masses;
  double first_mass = 0, next_step = 0;
  EvolutionReport report{};
};

/// Masses of cells from an initial law to later times.
///
///   automatic   coefficients that change in time: TR-BDF2 in one dimension or with cross diffusion, else splitting.
///   Else
///               Chebyshev's series where detailed balance holds, nothing passes the sides and Λt > 1000;
///               uniformisation up to Λt = 1e5; beyond that TR-BDF2 (up to 300 000 cells in two dimensions), splitting
///               else.
///   chebyshev   goes by uniformisation until the law is near enough to equilibrium, ‖m‖ in L2(1/π), for 1e-10 in L1.
///
/// Steps are chosen by comparing a step with its two halves; the two halves are kept.
///
/// Shapes  masses: [cells], probabilities of cells; densities are masses over `grid.volume()`.
/// Errors  std::invalid_argument for settings out of range or a scheme that can't; Error from the coefficients, and
/// when
///         no step is small enough.
class Evolution {
 public:
  Evolution(Coefficients coefficients, const Grid& grid, std::vector<double> masses, const EvolutionSettings& settings);
  Evolution(Coefficients coefficients, const Grid& grid, EvolutionState state, const EvolutionSettings& settings);

  /// On to `time`, at most the end time. False when `keep_going`, asked between steps, said no: the state is then that
  /// of an earlier time.
  bool advance_to(double time, const std::function<bool()>& keep_going = {});

  const Grid& grid() const { return generator_.grid; }
  const Generator& generator() const { return generator_; }
  const std::vector<double>& masses() const { return state_.masses; }
  double time() const { return state_.time; }
  const EvolutionState& state() const { return state_; }
  /// Books closed at the present time.
  EvolutionReport report() const;

 private:
  Scheme choose() const;
  void check() const;
  void advance_series(double time);
  void advance_chebyshev(double time);
  bool advance_steps(double time, const std::function<bool()>& keep_going);
  double first_step() const;
  void book(const Ledger& ledger);

  Coefficients coefficients_;
  EvolutionSettings settings_;
  Generator generator_;
  EvolutionState state_;
  std::unique_ptr<Team> team_;
  std::optional<std::vector<double>> log_pi_;
  Scheme scheme_ = Scheme::automatic;
  std::unique_ptr<Stepper> stepper_;
};

}  // namespace thalweg::fokker_planck
