#include "thalweg/dynamics/ensemble/world.hpp"

#include <memory>
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

int shards_of(World& world, int threads) {
  const double mine = threads;
  int total = 0;
  for (const double n : world.gather(std::span(&mine, 1))) total += static_cast<int>(n);
  return total;
}

namespace {

Bytes words_of(Depot& depot) {
  ByteWriter out;
  for (Particles* shard : depot.shards) {
    if (!shard) continue;
    const Shard& s = shard->shard();
    out.u8(1);
    out.i64(s.rank);
    Pieces::Bytes packs(shard->packs() * shard->numbers_of_pack() * sizeof(double));
    unsigned char* to = packs.data();
    for (std::size_t pack = 0; pack < shard->packs(); ++pack) to = shard->save_pack(pack, to);
    out.string({reinterpret_cast<const char*>(packs.data()), packs.size()});
    for (std::int64_t k = s.first; k < s.first + s.count; ++k) {
      Rows& rows = depot.rows[static_cast<std::size_t>(k)];
      out.u8(rows.phase == Phase::sampling);
      out.i64(rows.first);
      out.reals(std::exchange(rows.values, {}));
    }
  }
  out.u8(0);
  return out.take();
}

/// One process's shards and rows, in the first.
void take_words(Depot& depot, const Bytes& words) {
  ByteReader in(words, "what another process sent");
  const Particles& own = *depot.shards.front();
  while (in.u8() != 0) {
    const std::int64_t rank = in.i64();
    const Shard shard = shard_of(own.shard().total, static_cast<int>(rank), static_cast<int>(depot.shards.size()));
    const std::string packs = in.string();
    auto copy = std::make_unique<Particles>(own.like(shard));
    const auto* from = reinterpret_cast<const unsigned char*>(packs.data());
    for (std::size_t pack = 0; pack < copy->packs(); ++pack)
      copy->restore_pack(pack, from + pack * copy->numbers_of_pack() * sizeof(double));
    depot.shards[static_cast<std::size_t>(rank)] = copy.get();
    depot.copies.push_back(std::move(copy));
    for (std::int64_t k = shard.first; k < shard.first + shard.count; ++k) {
      Rows& rows = depot.rows[static_cast<std::size_t>(k)];
      rows.phase = in.u8() ? Phase::sampling : Phase::warmup;
      rows.chain = k;
      rows.first = in.i64();
      rows.values = in.reals();
    }
  }
}

}  // namespace

void bring_to_first(World& world, Depot& depot) {
  if (world.ranks() == 1) return;
  const std::vector<Bytes> parts = world.to_first(world.leads() ? Bytes{} : words_of(depot));
  depot.copies.clear();
  for (std::size_t r = 1; r < parts.size(); ++r) take_words(depot, parts[r]);
}

}  // namespace thalweg
