// The world that mpirun has put this test program in.
#pragma once
#include "thalweg/core/world.hpp"

namespace thalweg::mpi_test {

/// Set by main; messages go in small pieces, so that exchanges take several.
World& world();

}  // namespace thalweg::mpi_test
