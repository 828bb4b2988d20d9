// What the benchmark of SDE paths has compiled for the machine at hand.
#pragma once
#include <cstdint>

#include "thalweg/sde/sde_table.hpp"

namespace thalweg::bench {

/// The double well as a user's C++ functor.
const SdeTable& double_well_table();

/// The sum of `count` normals of each of some packs' particles, and how many numbers that were: the generator alone.
struct NormalsDone {
  double sum;
  std::int64_t numbers;
};
NormalsDone normals_alone(std::int64_t packs, std::int64_t count);
/// The same of the library's general normals: two words of Threefry and two uniforms of 53 bits a pair.
NormalsDone general_normals_alone(std::int64_t packs, std::int64_t count);

}  // namespace thalweg::bench
