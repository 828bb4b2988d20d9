// mpirun -n 3 test_mpi: every process runs the same tests. A failed one is told by the exit status of its process.
#include <gtest/gtest.h>

#include <memory>

#include "tests/mpi/world.hpp"
#include "thalweg/mpi/mpi_world.hpp"

namespace thalweg::test {
namespace {

std::unique_ptr<World> joined;

}  // namespace

World& world() { return *joined; }

}  // namespace thalweg::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  thalweg::test::joined = thalweg::join_world(48);
  const int status = RUN_ALL_TESTS();
  thalweg::test::joined.reset();
  return status;
}
