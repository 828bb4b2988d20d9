// The posteriors that gradients are timed on: our own programs (bench/programs) with data made from fixed seeds.
#pragma once
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {

/// A program of bench/programs with its data, and what issue 2 asks of its gradients.
struct Problem {
  std::string program;      ///< stem of bench/programs/<program>.stan
  std::string hand;         ///< the hand-written gradient of the same model (bench/hand)
  std::string description;  ///< for the table
  DataMap data;
  double target_over_stan;  ///< Stan Math 2.21's time over ours must be at least this
};

/// All of them; two programs that are one model share their data.
std::vector<Problem> gradient_problems();
/// The data alone, by the stem of the program; throws Error when there is no such program.
DataMap problem_data(const std::string& program);

}  // namespace thalweg::bench
