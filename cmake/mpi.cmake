# Runs of several processes (mpirun -n 4 thalweg sample …): AUTO builds them where MPI is found, ON demands it.
set(THALWEG_MPI AUTO CACHE STRING "Build runs of several processes, with MPI: AUTO, ON or OFF")
set_property(CACHE THALWEG_MPI PROPERTY STRINGS AUTO ON OFF)
if(THALWEG_MPI STREQUAL "AUTO")
  find_package(MPI QUIET COMPONENTS CXX)
  set(THALWEG_MPI ${MPI_CXX_FOUND})  # hides the cache's AUTO in this run of cmake
  message(STATUS "Runs of several processes (MPI): ${THALWEG_MPI}")
elseif(THALWEG_MPI)
  find_package(MPI REQUIRED COMPONENTS CXX)
endif()
