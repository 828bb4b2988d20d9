// The particles of a shard, in packs: the lanes of a pack are particles that follow one another.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/core/collective.hpp"
#include "thalweg/core/pack.hpp"

namespace thalweg {

inline namespace THALWEG_ISA {

/// What every particle has, beside its place x.
enum ParticleScalar : int {
  log_p_of = 0,
  acceptance_of_particle,  ///< of the last step
  energy_of,               ///< of the place, momentum included where there is one
  diverging_of,            ///< 1: the last step failed
  divergences_of,          ///< since warm-up began, or since it ended
  squared_errors_of,       ///< Σ W², likewise
  particle_scalars         ///< how many; those of the method follow
};

/// Vectors (x first, then those of the method) and scalars of each particle.
///
/// Shapes  a vector of a pack: [dimension][lanes], lane fastest; a scalar of a pack: [lanes]. 32 is a multiple of the
///         lanes, so that blocks of reductions are whole packs. The last pack of the ensemble may have lanes that are
///         no particle of it: they move as the others do and are counted nowhere.
class Particles {
 public:
  static constexpr int lanes = 16;  ///< the widest pack that units are compiled for, on every machine
  using Reals = Pack<lanes>;

  Particles(const Shard& shard, std::size_t dimension, int vectors, int scalars)
      : shard_(shard),
        dimension_(dimension),
        packs_((static_cast<std::size_t>(shard.count) + lanes - 1) / lanes),
        vectors_(static_cast<std::size_t>(vectors)),
        scalars_(static_cast<std::size_t>(scalars)) {
    for (auto& v : vectors_) v.resize(packs_ * dimension_);
    for (auto& s : scalars_) s.resize(packs_);
  }
  /// Room for another shard of the same ensemble.
  Particles like(const Shard& shard) const {
    return {shard, dimension_, static_cast<int>(vectors_.size()), static_cast<int>(scalars_.size())};
  }
  const Shard& shard() const { return shard_; }
  std::size_t dimension() const { return dimension_; }
  std::size_t packs() const { return packs_; }
  std::size_t count() const { return static_cast<std::size_t>(shard_.count); }
  /// Lanes of a pack that are particles.
  int live(std::size_t pack) const {
    const auto left = static_cast<std::int64_t>(count()) - static_cast<std::int64_t>(pack) * lanes;
    return left < lanes ? static_cast<int>(left) : lanes;
  }
  /// The number in the ensemble of a pack's first lane.
  std::uint64_t number(std::size_t pack) const {
    return static_cast<std::uint64_t>(shard_.first) + static_cast<std::uint64_t>(pack) * lanes;
  }
  double* vector(int v, std::size_t pack) {
    return reinterpret_cast<double*>(vectors_[static_cast<std::size_t>(v)].data() + pack * dimension_);
  }
  double* x(std::size_t pack) { return vector(0, pack); }
  double* scalar(int s, std::size_t pack) {
    return reinterpret_cast<double*>(scalars_[static_cast<std::size_t>(s)].data() + pack);
  }
  Reals& pack_scalar(int s, std::size_t pack) { return scalars_[static_cast<std::size_t>(s)][pack]; }

  /// Vector v of particle i of the shard.
  void read(int v, std::size_t i, double* out) {
    const double* const from = vector(v, i / lanes) + i % lanes;
    for (std::size_t j = 0; j < dimension_; ++j) out[j] = from[j * lanes];
  }
  void write(int v, std::size_t i, const double* values) {
    double* const to = vector(v, i / lanes) + i % lanes;
    for (std::size_t j = 0; j < dimension_; ++j) to[j * lanes] = values[j];
  }
  double& scalar_of(int s, std::size_t i) { return scalar(s, i / lanes)[i % lanes]; }

  /// All of a pack as it lies in memory, vectors then scalars; 0 for lanes that are no particle. A pack never belongs
  /// to two shards.
  std::size_t numbers_of_pack() const { return lanes * numbers_of_one(); }
  /// Returns where the next pack goes.
  unsigned char* save_pack(std::size_t pack, unsigned char* out) {
    const auto dead = static_cast<std::size_t>(lanes - live(pack)) * sizeof(double);
    const auto put = [&](const double* from, std::size_t rows) {
      std::memcpy(out, from, rows * lanes * sizeof(double));
      for (std::size_t row = 1; dead > 0 && row <= rows; ++row)
        std::memset(out + row * lanes * sizeof(double) - dead, 0, dead);
      out += rows * lanes * sizeof(double);
    };
    for (std::size_t v = 0; v < vectors_.size(); ++v) put(vector(static_cast<int>(v), pack), dimension_);
    for (std::size_t s = 0; s < scalars_.size(); ++s) put(scalar(static_cast<int>(s), pack), 1);
    return out;
  }
  /// Lanes that are no particle become 0: see fill_last_pack.
  void restore_pack(std::size_t pack, const unsigned char* from) {
    const auto take = [&](double* to, std::size_t numbers) {
      std::memcpy(to, from, numbers * sizeof(double));
      from += numbers * sizeof(double);
    };
    for (std::size_t v = 0; v < vectors_.size(); ++v) take(vector(static_cast<int>(v), pack), dimension_ * lanes);
    for (std::size_t s = 0; s < scalars_.size(); ++s) take(scalar(static_cast<int>(s), pack), lanes);
  }
  /// All of a particle, vectors then scalars.
  std::size_t numbers_of_one() const { return vectors_.size() * dimension_ + scalars_.size(); }
  void save(std::size_t i, double* out) {
    for (std::size_t v = 0; v < vectors_.size(); ++v) read(static_cast<int>(v), i, out + v * dimension_);
    for (std::size_t s = 0; s < scalars_.size(); ++s)
      out[vectors_.size() * dimension_ + s] = scalar_of(static_cast<int>(s), i);
  }
  void restore(std::size_t i, const double* from) {
    for (std::size_t v = 0; v < vectors_.size(); ++v) write(static_cast<int>(v), i, from + v * dimension_);
    for (std::size_t s = 0; s < scalars_.size(); ++s)
      scalar_of(static_cast<int>(s), i) = from[vectors_.size() * dimension_ + s];
  }
  /// Vector v becomes what vector `vectors[v]` was, scalar s what scalar `scalars[s]` was; there may be more or fewer
  /// of them than before.
  void rearrange(std::span<const int> vectors, std::span<const int> scalars) {
    const auto rearranged = [](std::vector<std::vector<Reals>>& all, std::span<const int> from) {
      std::vector<std::vector<Reals>> next;
      for (const int k : from) next.push_back(all[static_cast<std::size_t>(k)]);
      all = std::move(next);
    };
    rearranged(vectors_, vectors), rearranged(scalars_, scalars);
  }
  /// The same with places for other numbers of them; what they hold is left open.
  void resize(int vectors, int scalars) {
    vectors_.resize(static_cast<std::size_t>(vectors)), scalars_.resize(static_cast<std::size_t>(scalars));
    for (auto& v : vectors_) v.resize(packs_ * dimension_);
    for (auto& s : scalars_) s.resize(packs_);
  }
  /// Gives the lanes that are no particle the numbers of the last one that is.
  void fill_last_pack() {
    if (count() == 0) return;
    std::vector<double> one(numbers_of_one());
    save(count() - 1, one.data());
    for (std::size_t i = count(); i < packs_ * lanes; ++i) restore(i, one.data());
  }

 private:
  Shard shard_;
  std::size_t dimension_, packs_;
  std::vector<std::vector<Reals>> vectors_, scalars_;
};

/// Σ over the particles of each block, several quantities a block, in one order whatever the lanes: eight partial sums,
/// lane by lane, folded as sum_lanes folds them.
class BlockSums {
 public:
  explicit BlockSums(std::size_t quantities) : partial_(quantities), block_(quantities), tree_(quantities) {}
  void begin(const Shard& shard) {
    tree_ = BlockTree(partial_.size(), shard.first_block());
    clear();
  }
  /// Adds a pack's numbers; lanes from `live` on count as 0.
  template <int W>
  void add(std::size_t quantity, const Pack<W>& values, int live) {
    double* const to = partial_[quantity].sums;
    if (live == W) {
      for (int lane = 0; lane < W; ++lane) to[lane % 8] += values[lane];
    } else {
      for (int lane = 0; lane < live; ++lane) to[lane % 8] += values[lane];
    }
  }
  /// After a block's last pack.
  void end_block() {
    for (std::size_t q = 0; q < block_.size(); ++q) {
      const double* const s = partial_[q].sums;
      block_[q] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    }
    tree_.add(block_);
    clear();
  }
  /// Over the whole ensemble.
  void total(Collective& all, std::span<double> sums) const { all.sum_tree(tree_, sums); }

 private:
  struct alignas(64) Partial {
    double sums[8];
  };
  void clear() {
    for (auto& p : partial_)
      for (double& s : p.sums) s = 0;
  }
  std::vector<Partial> partial_;
  std::vector<double> block_;  ///< the sums of a block
  BlockTree tree_;
};

/// Packs of a block.
inline constexpr std::size_t packs_of_block = block_particles / Particles::lanes;
/// Whether a pack is the last of its block.
inline bool ends_block(const Particles& particles, std::size_t pack) {
  return (pack + 1) % packs_of_block == 0 || pack + 1 == particles.packs();
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
