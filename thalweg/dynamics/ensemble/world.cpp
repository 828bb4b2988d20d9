#include "thalweg/dynamics/ensemble/world.hpp"

#include <utility>

#include "thalweg/core/bytes.hpp"

namespace thalweg {

EnsembleStarts starts_of_first(World& world, EnsembleStarts starts) {
  if (world.ranks() == 1) return starts;
  ByteWriter out;
  out.u8(starts.interrupted);
  out.i64(starts.gradients);
  out.u64(starts.x.size());
  for (const std::vector<double>& x : starts.x) out.reals(x);
  const Bytes words = world.from_first(out.bytes());
  ByteReader in(words, "what the first process sent");
  EnsembleStarts found;
  found.interrupted = in.u8() != 0;
  found.gradients = in.i64();
  for (std::uint64_t k = in.u64(); k > 0; --k) found.x.push_back(in.reals());
  return found;
}

void bring_to_first(World& world, const Shard& share, std::vector<double>& particles,
                    std::vector<std::vector<double>>& rows) {
  if (world.ranks() == 1) return;
  const auto count = static_cast<std::size_t>(share.count), each = count == 0 ? 0 : particles.size() / count;
  Bytes mine;
  if (!world.leads()) {
    const double sizes[] = {static_cast<double>(count), static_cast<double>(each)};
    mine = bytes_of(sizes);
    const auto add = [&](const std::vector<double>& numbers) {
      const Bytes bytes = bytes_of(numbers);
      mine.insert(mine.end(), bytes.begin(), bytes.end());
    };
    add(particles);
    for (std::vector<double>& row : rows) add(std::exchange(row, {}));
  }
  const std::vector<Bytes> parts = world.to_first(std::move(mine));
  std::size_t at = count;
  for (std::size_t r = 1; r < parts.size(); ++r) {
    const std::vector<double> part = numbers_in(parts[r]);
    const auto theirs = static_cast<std::size_t>(part[0]), of_one = static_cast<std::size_t>(part[1]);
    const auto begin = part.begin() + 2, end_of_particles = begin + static_cast<std::ptrdiff_t>(theirs * of_one);
    particles.insert(particles.end(), begin, end_of_particles);
    const std::ptrdiff_t row = theirs == 0 ? 0 : (part.end() - end_of_particles) / static_cast<std::ptrdiff_t>(theirs);
    for (std::size_t i = 0; i < theirs; ++i, ++at)
      rows[at].assign(end_of_particles + row * static_cast<std::ptrdiff_t>(i),
                      end_of_particles + row * static_cast<std::ptrdiff_t>(i + 1));
  }
}

}  // namespace thalweg
