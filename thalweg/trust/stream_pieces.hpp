// DrawStreams as the pieces of a checkpoint.
#pragma once
#include <cstddef>
#include <memory>

#include "thalweg/core/pieces.hpp"
#include "thalweg/trust/streams.hpp"

namespace thalweg {

/// A record of all but counts and sums, then the counts of each group in as few bytes as they need, then sums, cut
/// every 64 MiB; all little-endian.
class StreamPieces final : public Pieces {
 public:
  explicit StreamPieces(std::shared_ptr<const DrawStreams> streams);
  std::size_t count() const override;
  Bytes read(std::size_t i) const override;

 private:
  std::shared_ptr<const DrawStreams> streams_;
};

/// The streams that begin with piece `first`. Throws Error on pieces that are not of streams.
DrawStreams read_streams(const Pieces& pieces, std::size_t first);

}  // namespace thalweg
