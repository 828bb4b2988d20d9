#include "thalweg/io/sha256.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg {
namespace {

/// floor(2³² · frac(p^(1/root))) for integer p, by integer search: FIPS 180-4 defines its constants so.
std::uint32_t root_fraction(std::uint32_t p, int root) {
  __extension__ using Wide = unsigned __int128;
  // The largest r with r^root ≤ p · 2^(32 · root); r < 2^36, so that r² fits 128 bits and r³ does too.
  Wide low = 0, high = Wide{1} << 37;
  const Wide target = Wide{p} << (32 * root);
  while (high - low > 1) {
    const Wide middle = (low + high) / 2;
    const Wide power = root == 2 ? middle * middle : middle * middle * middle;
    (power <= target ? low : high) = middle;
  }
  return static_cast<std::uint32_t>(low);
}

struct Constants {
  std::array<std::uint32_t, 64> round;
  std::array<std::uint32_t, 8> start;
  Constants() {
    std::size_t n = 0;
    for (std::uint32_t p = 2; n < 64; ++p) {
      bool prime = true;
      for (std::uint32_t q = 2; q * q <= p; ++q) prime = prime && p % q != 0;
      if (!prime) continue;
      round[n] = root_fraction(p, 3);
      if (n < 8) start[n] = root_fraction(p, 2);
      ++n;
    }
  }
};

const Constants& constants() {
  static const Constants c;
  return c;
}

class Sha256 {
 public:
  void add(std::string_view bytes) {
    length_ += bytes.size();
    while (!bytes.empty()) {
      const std::size_t n = std::min(bytes.size(), block_.size() - filled_);
      std::memcpy(block_.data() + filled_, bytes.data(), n);
      filled_ += n;
      bytes.remove_prefix(n);
      if (filled_ == block_.size()) compress();
    }
  }
  std::string digest() {
    const std::uint64_t bits = 8 * length_;
    add("\x80");
    while (filled_ != 56) add(std::string_view("\0", 1));
    for (int shift = 56; shift >= 0; shift -= 8) {
      const char byte = static_cast<char>(bits >> shift);
      add({&byte, 1});
    }
    std::string hex;
    for (const std::uint32_t word : state_) hex += fmt::format("{:08x}", word);
    return hex;
  }

 private:
  std::array<std::uint32_t, 8> state_ = constants().start;
  std::array<unsigned char, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;

  void compress() {
    std::array<std::uint32_t, 64> w;
    for (std::size_t t = 0; t < 16; ++t)
      w[t] = std::uint32_t{block_[4 * t]} << 24 | std::uint32_t{block_[4 * t + 1]} << 16 |
             std::uint32_t{block_[4 * t + 2]} << 8 | block_[4 * t + 3];
    for (std::size_t t = 16; t < 64; ++t) {
      const std::uint32_t x = w[t - 15], y = w[t - 2];
      w[t] = w[t - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) + w[t - 7] +
             (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t t = 0; t < 64; ++t) {
      const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) +
                               constants().round[t] + w[t];
      const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> added{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state_[i] += added[i];
    filled_ = 0;
  }
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.digest();
}

std::string sha256_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) fail("{}: cannot be opened: {}", path, explain(errno));
  Sha256 hash;
  std::vector<char> piece(std::size_t{1} << 20);
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), file.get())) hash.add({piece.data(), n});
  if (std::ferror(file.get())) fail("{}: cannot be read: {}", path, explain(errno));
  return hash.digest();
}

}  // namespace thalweg
