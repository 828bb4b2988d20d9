// Timing things against each other on a machine that does other work too.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace thalweg::bench {

/// One thing to be timed: `run(n)` does n repetitions, each of them worth `units` units.
struct Contender {
  std::string name;
  double units;
  std::function<void(long)> run;
};

/// CPU µs a unit, round after round: times[contender][round].
struct Rounds {
  std::vector<std::vector<double>> times;

  /// Median over rounds of contender's µs a unit.
  double microseconds(std::size_t contender) const;
  /// Median over rounds of (a's time / b's time), each from one and the same round.
  double ratio(std::size_t a, std::size_t b) const;
};

/// Runs all contenders in short alternating slices, forwards and backwards in turn, and counts CPU time of this thread:
/// what disturbs, disturbs all of them alike, and a ratio within a round hardly feels it.
///
/// Units  a slice lasts about `slice` seconds; repetitions are found before the first round, which warms caches too.
Rounds contest(const std::vector<Contender>& contenders, int rounds, double slice = 2e-3);

/// Keeps this thread on one core that it may use; no effect where the system refuses.
void pin_to_one_core();

double median(std::vector<double> values);

}  // namespace thalweg::bench
