// Compares a compiled program with log densities and gradients from an independent implementation.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace thalweg::testing {

/// One posterior of the database: a program's name, its data, and where the reference is.
struct Posterior {
  std::string name, program, data_path, reference_path;
};
/// All posteriors that have a reference, by name. `database` is the folder with posteriors/, data/ and log_density/.
std::vector<Posterior> posteriors_of(const std::string& database);

/// The points of the reference, in the unconstrained space.
std::vector<std::vector<double>> reference_points(const Posterior& posterior);

/// How a program and the reference compare.
struct Agreement {
  enum class Kind {
    agrees,
    differs,  ///< another log density or gradient, or bits that depend on the width
    refused,  ///< the front end or the emitter says that something isn't there
    failed    ///< C++ that doesn't compile, data that don't fit: a bug
  };
  Kind kind = Kind::failed;
  std::string words;                             ///< what differs, or the message
  double density_error = 0, gradient_error = 0;  ///< largest, relative to the tolerance: above 1 differs
  int points = 0;
  double compile_seconds = 0;
};

/// Evaluates at the points of the reference, at width 1 and at the preferred width, and compares.
///
///   |Δ(log p) − Δ(reference)| ≤ tolerance · max(1, |log p|),   ‖∇ − reference‖∞ ≤ tolerance · max(1, ‖reference‖∞)
///
/// where Δ is the difference to the first point with a finite log density. Both widths must give the same bits. Points
/// that the reference refused, and gradients that it gives as NaN, are left out.
Agreement compare(const Posterior& posterior, const std::string& program_path, double tolerance = 1e-9);

/// The same for many, `threads` at a time. The result has the order of the posteriors; `done` is called as each is
/// ready, from one thread at a time.
std::vector<Agreement> compare_all(const std::vector<Posterior>& posteriors, const std::string& program_folder,
                                   int threads,
                                   const std::function<void(const Posterior&, const Agreement&)>& done = {});

}  // namespace thalweg::testing
