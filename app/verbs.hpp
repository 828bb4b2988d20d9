// The verbs of the command line: each declares its options and gives back what to do with them.
#pragma once
#include "app/options.hpp"

namespace thalweg::app {

Action add_sample(CLI::App& parent);
Action add_optimize(CLI::App& parent);
Action add_laplace(CLI::App& parent);
Action add_pathfinder(CLI::App& parent);
Action add_vi(CLI::App& parent);
Action add_stein(CLI::App& parent);
Action add_simulate(CLI::App& parent);
Action add_fokker_planck(CLI::App& parent);
Action add_resume(CLI::App& parent);
Action add_summary(CLI::App& parent);
Action add_export(CLI::App& parent);
Action add_check(CLI::App& parent);
Action add_compile(CLI::App& parent);
Action add_methods(CLI::App& parent);

}  // namespace thalweg::app
