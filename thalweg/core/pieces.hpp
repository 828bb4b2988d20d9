// What is too large for one record, in pieces that are asked for one after another.
#pragma once
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

/// Nobody holds all of it at once: whoever has the numbers makes a piece when it is asked for.
class Pieces {
 public:
  using Bytes = std::vector<unsigned char>;
  static constexpr std::size_t most_bytes = std::size_t{64} << 20;  ///< of one piece

  virtual ~Pieces() = default;
  virtual std::size_t count() const = 0;
  /// Piece i < count().
  virtual Bytes read(std::size_t i) const = 0;
};

/// Pieces that are there already.
class StoredPieces final : public Pieces {
 public:
  explicit StoredPieces(std::vector<Bytes> pieces) : pieces_(std::move(pieces)) {}
  std::size_t count() const override { return pieces_.size(); }
  Bytes read(std::size_t i) const override { return pieces_.at(i); }

 private:
  std::vector<Bytes> pieces_;
};

/// Copies what must outlive its source; null for null.
inline std::shared_ptr<const Pieces> stored(const std::shared_ptr<const Pieces>& pieces) {
  if (!pieces) return nullptr;
  std::vector<Pieces::Bytes> all;
  for (std::size_t i = 0; i < pieces->count(); ++i) all.push_back(pieces->read(i));
  return std::make_shared<StoredPieces>(std::move(all));
}

}  // namespace thalweg
