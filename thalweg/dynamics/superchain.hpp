// Superchains: groups of chains that share a start, so that few starts serve many chains.
#pragma once
#include <cstdint>

namespace thalweg {

/// One for each chain up to 8, then 8.
constexpr std::int64_t superchain_of(std::int64_t chain, std::int64_t chains) {
  return chains <= 8 ? chain : chain * 8 / chains;
}

}  // namespace thalweg
