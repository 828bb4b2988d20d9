// The particles of an ensemble as the pieces of a checkpoint, made from the shards where they are.
#pragma once
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/pieces.hpp"
#include "thalweg/dynamics/ensemble/ensemble_state.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"

namespace thalweg {

static_assert(std::endian::native == std::endian::little, "particles are copied as they lie in memory");

/// Packs in a piece, when one holds so many numbers.
inline std::size_t packs_of_piece(std::size_t pack_numbers) {
  return std::max<std::size_t>(Pieces::most_bytes / (sizeof(double) * pack_numbers), 1);
}

/// Whole packs, one after another, in pieces of at most 64 MiB (one pack at least). Shards must stand still meanwhile.
class ParticlePieces final : public Pieces {
 public:
  /// `shards` in the order of their particles.
  explicit ParticlePieces(std::vector<Particles*> shards) : shards_(std::move(shards)) {
    for (Particles* shard : shards_) packs_ += shard->packs();
  }
  std::size_t pack_numbers() const { return shards_.front()->numbers_of_pack(); }
  std::size_t count() const override {
    const std::size_t each = packs_of_piece(pack_numbers());
    return (packs_ + each - 1) / each;
  }
  Bytes read(std::size_t i) const override {
    const std::size_t each = packs_of_piece(pack_numbers()), first = i * each, last = std::min(first + each, packs_);
    Bytes bytes((last - first) * pack_numbers() * sizeof(double));
    unsigned char* out = bytes.data();
    std::size_t begin = 0;
    for (Particles* shard : shards_) {
      for (std::size_t pack = std::max(first, begin); pack < std::min(last, begin + shard->packs()); ++pack)
        out = shard->save_pack(pack - begin, out);
      begin += shard->packs();
    }
    return bytes;
  }

 private:
  std::vector<Particles*> shards_;
  std::size_t packs_ = 0;
};

/// Calls `visit(pack, bytes)` for each of the packs [first, last) of the ensemble; pieces that hold none of them are
/// not read. Throws Error on pieces of another size.
template <class Visit>
void visit_packs(const Pieces& pieces, const EnsembleState& state, std::size_t first, std::size_t last,
                 const Visit& visit) {
  const auto numbers = static_cast<std::size_t>(state.pack_numbers);
  const std::size_t each = packs_of_piece(std::max<std::size_t>(numbers, 1)), size = numbers * sizeof(double);
  for (std::size_t piece = first / each; piece * each < last; ++piece) {
    if (piece >= static_cast<std::size_t>(state.particle_pieces) || piece >= pieces.count())
      fail("checkpoint: {} pieces of particles where more are needed; the run file is damaged", state.particle_pieces);
    const Pieces::Bytes bytes = pieces.read(piece);
    for (std::size_t pack = std::max(first, piece * each); pack < std::min(last, (piece + 1) * each); ++pack) {
      const std::size_t at = (pack - piece * each) * size;
      if (at + size > bytes.size())
        fail("checkpoint: a piece of {} bytes ends before pack {}; the run file is damaged", bytes.size(), pack);
      visit(pack, bytes.data() + at);
    }
  }
}

/// The places of all particles, [particle][dimension].
inline std::vector<double> places_of(const Pieces& pieces, const EnsembleState& state, std::int64_t particles,
                                     std::size_t dimension) {
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  const auto count = static_cast<std::size_t>(particles);
  if (static_cast<std::size_t>(state.pack_numbers) < lanes * dimension)
    fail("checkpoint: {} numbers a pack of particles of {} coordinates; the run file is damaged", state.pack_numbers,
         dimension);
  std::vector<double> x(count * dimension), of_pack(lanes * dimension);
  visit_packs(pieces, state, 0, (count + lanes - 1) / lanes, [&](std::size_t pack, const unsigned char* bytes) {
    std::memcpy(of_pack.data(), bytes, of_pack.size() * sizeof(double));
    for (std::size_t lane = 0; lane < std::min(lanes, count - pack * lanes); ++lane)
      for (std::size_t j = 0; j < dimension; ++j) x[(pack * lanes + lane) * dimension + j] = of_pack[j * lanes + lane];
  });
  return x;
}

}  // namespace thalweg
