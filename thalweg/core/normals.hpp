// Many standard normals of one stream at once.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "thalweg/core/random.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// out[0 … n) = what n calls of Random<double>(seed, purpose, particle, step).normal() give, eight indexes of the
/// stream a pass; or what they give from index `first` of the stream on. An index gives four normals.
///
/// Cost  a fifth of the calls.
inline void fill_normals(std::uint64_t seed, Purpose purpose, std::uint64_t particle, std::uint64_t step, double* out,
                         std::size_t n, std::uint64_t first = 0) {
  constexpr std::size_t lanes = 8, each = 4;  // an index of the stream gives four numbers
  using Parts = detail::Registers<Pack<8>>;
  using R = Parts::R;
  using U = reg::Unsigned<R>;
  constexpr int per = reg::lanes_of<R>;
  const U key[4] = {U{} + seed, U{} + static_cast<std::uint64_t>(purpose), U{}, U{}};
  std::uint64_t index = first;
  for (std::size_t done = 0; done < n; done += lanes * each, index += lanes) {
    Pack<8> uniform[each], normal[each];
    for (int i = 0; i < Parts::count; ++i) {
      U indexes{};
      for (int j = 0; j < per; ++j) indexes[j] = index + static_cast<std::uint64_t>(i * per + j);
      Threefry<U> block{{U{} + particle, U{} + step, indexes, U{}}};
      block.encrypt(key);
      for (std::size_t k = 0; k < each; ++k) detail::register_of(uniform[k], i) = kernel::unit_interval<R>(block.x[k]);
    }
    box_muller(uniform[0], uniform[1], normal[0], normal[1]);
    box_muller(uniform[2], uniform[3], normal[2], normal[3]);
    for (std::size_t j = 0; j < lanes; ++j)
      for (std::size_t k = 0; k < each; ++k)
        if (const std::size_t at = done + each * j + k; at < n) out[at] = normal[k][static_cast<int>(j)];
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
