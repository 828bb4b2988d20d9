// Superchains: groups of chains that share a start, so that few starts serve many chains.
#pragma once
#include <cstdint>

namespace thalweg {

/// Number of superchains, of methods that move chain by chain.
inline constexpr std::int64_t default_superchains = 8;
/// Of methods that move all particles at once, of which there are many.
inline constexpr std::int64_t ensemble_superchains = 32;

/// One for each chain up to `superchains`, then that many.
constexpr std::int64_t superchain_of(std::int64_t chain, std::int64_t chains,
                                     std::int64_t superchains = default_superchains) {
  return chains <= superchains ? chain : chain * superchains / chains;
}

}  // namespace thalweg
