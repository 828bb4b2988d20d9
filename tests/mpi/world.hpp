// The world that mpirun has put this test program in.
#pragma once
#include "thalweg/core/world.hpp"

namespace thalweg::test {

/// Set by main; messages go in pieces of a few bytes, so that every exchange takes several.
World& world();

}  // namespace thalweg::test
