// mpirun -n 3 test_mpi: every process runs the same tests. A failed one is told by the exit status of its process.
#include <gtest/gtest.h>

#include <memory>

#include "tests/mpi/world.hpp"
#include "thalweg/mpi/mpi_world.hpp"

namespace thalweg::mpi_test {
namespace {

std::unique_ptr<World> joined;

}  // namespace

World& world() { return *joined; }

}  // namespace thalweg::mpi_test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  thalweg::mpi_test::joined = thalweg::join_world(3000);
  const int status = RUN_ALL_TESTS();
  thalweg::mpi_test::joined.reset();
  return status;
}
