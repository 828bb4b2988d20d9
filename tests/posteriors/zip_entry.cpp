#include "zip_entry.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace thalweg::testing {
namespace {

/// A prefix code of RFC 1951: how many codes there are of each length, and the symbols in the order of their codes.
struct PrefixCode {
  std::array<int, 16> count{};
  std::vector<int> symbols;

  explicit PrefixCode(const std::vector<int>& lengths) {
    for (const int n : lengths) ++count[static_cast<std::size_t>(n)];
    count[0] = 0;
    for (int length = 1; length < 16; ++length)
      for (std::size_t s = 0; s < lengths.size(); ++s)
        if (lengths[s] == length) symbols.push_back(static_cast<int>(s));
  }
};

class Inflater {
 public:
  explicit Inflater(std::string_view bytes) : bytes_(bytes) {}

  std::string inflate() {
    for (bool last = false; !last;) {
      last = bits(1) == 1;
      switch (bits(2)) {
        case 0:
          stored();
          break;
        case 1:
          block(fixed_lengths(), PrefixCode(std::vector<int>(30, 5)));
          break;
        case 2:
          dynamic();
          break;
        default:
          throw std::runtime_error("deflate: unknown kind of block");
      }
    }
    return std::move(out_);
  }

 private:
  int bits(int n) {
    int value = 0;
    for (int i = 0; i < n; ++i, ++at_) {
      if (at_ / 8 >= bytes_.size()) throw std::runtime_error("deflate: the data end early");
      value |= (static_cast<unsigned char>(bytes_[at_ / 8]) >> (at_ % 8) & 1) << i;
    }
    return value;
  }
  int symbol(const PrefixCode& code) {
    int value = 0, first = 0, index = 0;
    for (std::size_t length = 1; length < 16; ++length) {
      value |= bits(1);
      const int n = code.count[length];
      if (value - first < n) return code.symbols[static_cast<std::size_t>(index + value - first)];
      index += n;
      first = (first + n) << 1;
      value <<= 1;
    }
    throw std::runtime_error("deflate: no such code");
  }
  static PrefixCode fixed_lengths() {
    std::vector<int> lengths(288, 8);
    for (std::size_t i = 144; i < 256; ++i) lengths[i] = 9;
    for (std::size_t i = 256; i < 280; ++i) lengths[i] = 7;
    return PrefixCode(lengths);
  }
  void stored() {
    at_ = (at_ + 7) / 8 * 8;
    const int n = bits(16);
    bits(16);  // the complement of the length
    for (int i = 0; i < n; ++i) out_ += static_cast<char>(bits(8));
  }
  void dynamic() {
    static constexpr std::array<std::size_t, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                       11, 4,  12, 3, 13, 2, 14, 1, 15};
    const auto literals = static_cast<std::size_t>(bits(5) + 257), distances = static_cast<std::size_t>(bits(5) + 1);
    std::vector<int> lengths(19, 0);
    for (int i = 0, n = bits(4) + 4; i < n; ++i) lengths[order[static_cast<std::size_t>(i)]] = bits(3);
    const PrefixCode of_lengths(lengths);
    lengths.clear();
    while (lengths.size() < literals + distances) {
      const int s = symbol(of_lengths);
      if (s < 16)
        lengths.push_back(s);
      else if (s == 16)
        lengths.insert(lengths.end(), static_cast<std::size_t>(3 + bits(2)), lengths.back());
      else
        lengths.insert(lengths.end(), static_cast<std::size_t>(s == 17 ? 3 + bits(3) : 11 + bits(7)), 0);
    }
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
    block(PrefixCode({lengths.begin(), middle}), PrefixCode({middle, lengths.end()}));
  }
  void block(const PrefixCode& literals, const PrefixCode& distances) {
    for (int s; (s = symbol(literals)) != 256;) {
      if (s < 256) {
        out_ += static_cast<char>(s);
        continue;
      }
      // lengths 3 … 258: four codes an extra bit, the last one alone
      int length = s - 254;
      if (s >= 265 && s < 285) {
        const int extra = (s - 261) / 4;
        length = ((4 + (s - 261) % 4) << extra) + 3 + bits(extra);
      } else if (s == 285) {
        length = 258;
      }
      const int d = symbol(distances);
      int distance = d + 1;
      if (d >= 4) {
        const int extra = d / 2 - 1;
        distance = ((2 + d % 2) << extra) + 1 + bits(extra);
      }
      if (static_cast<std::size_t>(distance) > out_.size())
        throw std::runtime_error("deflate: a copy from before the start");
      for (int i = 0; i < length; ++i) out_ += out_[out_.size() - static_cast<std::size_t>(distance)];
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;  // in bits
  std::string out_;
};

std::size_t little_endian(const std::string& bytes, std::size_t at, int n) {
  if (at + static_cast<std::size_t>(n) > bytes.size()) throw std::runtime_error("zip: the file ends early");
  std::size_t value = 0;
  for (int i = n - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

}  // namespace

std::string read_first_zip_entry(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // the directory at the end knows the sizes; the header before the data need not
  const std::size_t end = bytes.rfind("PK\5\6");
  if (end == std::string::npos) throw std::runtime_error(path + " is not a zip archive");
  const std::size_t entry = little_endian(bytes, end + 16, 4), method = little_endian(bytes, entry + 10, 2),
                    size = little_endian(bytes, entry + 20, 4), header = little_endian(bytes, entry + 42, 4);
  const std::size_t start = header + 30 + little_endian(bytes, header + 26, 2) + little_endian(bytes, header + 28, 2);
  const std::string_view data = std::string_view(bytes).substr(start, size);
  if (method == 0) return std::string(data);
  if (method != 8) throw std::runtime_error(path + ": its compression is not deflate");
  return Inflater(data).inflate();
}

}  // namespace thalweg::testing
