// Strong and weak order of a scheme, measured on common paths.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "thalweg/sde/simulate.hpp"

namespace thalweg {

struct OrderSettings {
  std::optional<Calculus> calculus = {};
  std::optional<Scheme> scheme = {};  ///< absent: the best that the structure admits
  double end_time = 1, start_time = 0;
  std::int64_t coarsest = 8;                    ///< steps of the coarsest run; each next one has twice as many
  int levels = 6;                               ///< runs
  std::int64_t reference = 4096;                ///< steps of the reference, a multiple of all others
  std::optional<Scheme> reference_scheme = {};  ///< absent: the scheme itself
  std::int64_t paths = 2048;
  std::uint64_t seed = 0;
  std::vector<double> initial = {};
};

/// One step size.
struct OrderRow {
  double step;
  double strong, strong_error;  ///< root of E|x_h − x|² at the end, with its standard error
  double weak, weak_error;      ///< |E x_h − E x|, with its standard error
};

struct OrderStudy {
  Scheme scheme, reference_scheme;
  Calculus calculus;
  std::vector<OrderRow> rows;  ///< coarsest first
  double strong_slope, strong_slope_error;
  double weak_slope, weak_slope_error;
  std::int64_t failed;  ///< paths that exploded in some run; they are left out of all
};

/// Runs the same Brownian paths with each step and with the reference's, and fits log error against log step by least
/// squares. Standard errors come from 32 groups of paths: jackknife.
///
/// Cost    about 2 + (reference / finest) times the finest run.
/// Errors  throws std::invalid_argument on numbers of steps that do not divide, Error on a scheme that is not admitted.
OrderStudy order_study(const SdeModel& model, const OrderSettings& settings, const SimulationExecution& execution = {});

}  // namespace thalweg
