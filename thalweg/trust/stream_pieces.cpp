#include "thalweg/trust/stream_pieces.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "thalweg/core/bytes.hpp"

namespace thalweg {
namespace {

static_assert(std::endian::native == std::endian::little, "sums are copied as they lie in memory");

/// Seven bits a byte, the lowest first; the last has no high bit. Most counters are 0 or small.
void write_short(Pieces::Bytes& bytes, std::uint64_t n) {
  for (; n >= 128; n >>= 7) bytes.push_back(static_cast<unsigned char>(n | 128));
  bytes.push_back(static_cast<unsigned char>(n));
}
std::uint64_t read_short(const Pieces::Bytes& bytes, std::size_t& at) {
  std::uint64_t n = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at == bytes.size()) break;
    const unsigned char byte = bytes[at++];
    n |= std::uint64_t{byte & 127U} << shift;
    if (byte < 128) return n;
  }
  fail("checkpoint: the counts of the streams end too early; the run file is damaged");
}

std::size_t pieces_of(std::size_t bytes) { return (bytes + Pieces::most_bytes - 1) / Pieces::most_bytes; }

/// Bytes [at, at + 64 MiB) of an array.
template <class T>
Pieces::Bytes cut(const std::vector<T>& values, std::size_t piece) {
  const std::size_t at = piece * Pieces::most_bytes,
                    size = std::min(values.size() * sizeof(T) - at, Pieces::most_bytes);
  Pieces::Bytes bytes(size);
  std::memcpy(bytes.data(), reinterpret_cast<const unsigned char*>(values.data()) + at, size);
  return bytes;
}
template <class T>
void fill(std::vector<T>& values, const Pieces& pieces, std::size_t& next) {
  for (std::size_t at = 0; at < values.size() * sizeof(T);) {
    const Pieces::Bytes bytes = pieces.read(next++);
    if (bytes.empty() || bytes.size() > values.size() * sizeof(T) - at)
      fail("checkpoint: a piece of the streams has {} bytes; the run file is damaged", bytes.size());
    std::memcpy(reinterpret_cast<unsigned char*>(values.data()) + at, bytes.data(), bytes.size());
    at += bytes.size();
  }
}
template <class T>
void write(ByteWriter& out, const std::vector<T>& values) {
  out.u64(values.size());
  for (const T& v : values) out.u64(std::bit_cast<std::uint64_t>(v));
}
template <class T>
void read(ByteReader& in, std::vector<T>& values) {
  if (const std::uint64_t size = in.u64(); size != values.size())
    fail("checkpoint: {} numbers where the streams have {}; the run file is damaged", size, values.size());
  for (T& v : values) v = std::bit_cast<T>(in.u64());
}

}  // namespace

StreamPieces::StreamPieces(std::shared_ptr<const DrawStreams> streams) : streams_(std::move(streams)) {}

std::size_t StreamPieces::count() const {
  return 1 + static_cast<std::size_t>(streams_->layout.groups()) + pieces_of(8 * streams_->sums.size());
}

Pieces::Bytes StreamPieces::read(std::size_t i) const {
  const DrawStreams& s = *streams_;
  const auto groups = static_cast<std::size_t>(s.layout.groups());
  if (i > groups) return cut(s.sums, i - 1 - groups);
  if (i > 0) {
    const std::size_t each = s.counts.size() / groups;
    Bytes bytes;
    bytes.reserve(each + each / 8);
    for (std::size_t k = (i - 1) * each; k < i * each; ++k) write_short(bytes, s.counts[k]);
    return bytes;
  }
  ByteWriter out;
  for (const std::int64_t n : {s.layout.chains, s.layout.columns, s.layout.cell, s.layout.energy}) out.i64(n);
  write(out, s.grid.centre), write(out, s.grid.scale);
  write(out, s.nans), write(out, s.infinities), write(out, s.low), write(out, s.high);
  write(out, s.draws), write(out, s.last), write(out, s.steps);
  return out.take();
}

DrawStreams read_streams(const Pieces& pieces, std::size_t first) {
  const Pieces::Bytes record = pieces.read(first++);
  ByteReader in(record, "checkpoint, streams");
  StreamLayout layout;
  for (std::int64_t* n : {&layout.chains, &layout.columns, &layout.cell, &layout.energy}) *n = in.i64();
  if (layout.chains < 1 || layout.columns < 1 || layout.cell < 1 || layout.energy >= layout.columns ||
      static_cast<std::uint64_t>(layout.columns) > record.size() / 8)
    fail("checkpoint: streams of {} chains and {} columns; the run file is damaged", layout.chains, layout.columns);
  StreamGrid grid;
  grid.centre.resize(static_cast<std::size_t>(layout.columns)), grid.scale.resize(grid.centre.size());
  read(in, grid.centre), read(in, grid.scale);
  DrawStreams s(layout, std::move(grid));
  read(in, s.nans), read(in, s.infinities), read(in, s.low), read(in, s.high);
  read(in, s.draws), read(in, s.last), read(in, s.steps);
  in.finish();
  const std::size_t each = s.counts.size() / static_cast<std::size_t>(layout.groups());
  for (std::size_t k = 0; k < s.counts.size();) {
    const Pieces::Bytes bytes = pieces.read(first++);
    std::size_t at = 0;
    for (const std::size_t end = k + each; k < end; ++k) s.counts[k] = read_short(bytes, at);
    if (at != bytes.size()) fail("checkpoint: the counts of the streams go on too long; the run file is damaged");
  }
  fill(s.sums, pieces, first);
  return s;
}

}  // namespace thalweg
