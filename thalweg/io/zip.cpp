#include "thalweg/io/zip.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr std::uint64_t in_extra_field = 0xFFFFFFFF;  // stands for a number that the zip64 extra field holds
constexpr std::uint64_t crc_offset = 14;              // in a local header

/// tables[k][b]: what byte b does to the CRC when k more bytes follow.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t r = b;
    for (int i = 0; i < 8; ++i) r = (r >> 1) ^ (r & 1 ? 0xEDB88320u : 0u);
    tables[0][b] = r;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t r = tables[k - 1][b];
      tables[k][b] = (r >> 8) ^ tables[0][r & 0xFF];
    }
  return tables;
}
constexpr CrcTables crc_tables = make_crc_tables();

void put(std::string& out, std::uint64_t x, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(x >> (8 * i));
}

// Midnight of 1 January 1980: the archive of a run does not depend on when it was written.
constexpr std::uint64_t time_of_day = 0, date = 0x21;

}  // namespace

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  const auto& t = crc_tables;
  crc = ~crc;
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= t[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ t[0][(crc ^ static_cast<unsigned char>(*p)) & 0xFF];
  return ~crc;
}

void ZipWriter::begin(const std::string& name, std::uint64_t size) {
  end_entry();
  entries_.push_back({name, size, file_.size()});
  left_ = size;
  const bool large = size >= limits_.bytes;
  std::string header = "PK\x03\x04";
  put(header, large ? 45 : 20, 2);  // version needed
  put(header, 0x0800, 2);           // names are UTF-8
  put(header, 0, 2);                // stored
  put(header, time_of_day, 2);
  put(header, date, 2);
  put(header, 0, 4);                              // CRC, filled in at the end
  put(header, large ? in_extra_field : size, 4);  // compressed
  put(header, large ? in_extra_field : size, 4);  // uncompressed
  put(header, name.size(), 2);
  put(header, large ? 20 : 0, 2);
  header += name;
  if (large) {
    put(header, 1, 2);
    put(header, 16, 2);
    put(header, size, 8);
    put(header, size, 8);
  }
  file_.write(header);
}

void ZipWriter::write(std::string_view bytes) {
  require(bytes.size() <= left_, "an entry of a zip archive gets {} bytes more than announced", bytes.size() - left_);
  left_ -= bytes.size();
  entries_.back().crc = crc32(entries_.back().crc, bytes);
  file_.write(bytes);
}

void ZipWriter::end_entry() {
  require(left_ == 0, "an entry of a zip archive lacks {} bytes", left_);
  if (entries_.empty()) return;
  std::string crc;
  put(crc, entries_.back().crc, 4);
  file_.write_at(entries_.back().offset + crc_offset, crc);
}

std::string ZipWriter::directory_entry(const Entry& entry) const {
  const bool large = entry.size >= limits_.bytes, far = entry.offset >= limits_.bytes;
  std::string extra;
  if (large) put(extra, entry.size, 8), put(extra, entry.size, 8);
  if (far) put(extra, entry.offset, 8);
  std::string out = "PK\x01\x02";
  put(out, 3 << 8 | 45, 2);  // made on Unix, by version 4.5
  put(out, large || far ? 45 : 20, 2);
  put(out, 0x0800, 2);
  put(out, 0, 2);
  put(out, time_of_day, 2);
  put(out, date, 2);
  put(out, entry.crc, 4);
  put(out, large ? in_extra_field : entry.size, 4);
  put(out, large ? in_extra_field : entry.size, 4);
  put(out, entry.name.size(), 2);
  put(out, extra.empty() ? 0 : extra.size() + 4, 2);
  put(out, 0, 2);  // comment
  put(out, 0, 2);  // disk
  put(out, 0, 2);  // internal attributes
  put(out, std::uint64_t{0100644} << 16, 4);
  put(out, far ? in_extra_field : entry.offset, 4);
  out += entry.name;
  if (!extra.empty()) {
    put(out, 1, 2);
    put(out, extra.size(), 2);
    out += extra;
  }
  return out;
}

void ZipWriter::finish() {
  end_entry();
  const std::uint64_t start = file_.size();
  for (const Entry& entry : entries_) file_.write(directory_entry(entry));
  const std::uint64_t size = file_.size() - start, count = entries_.size();
  std::string end;
  const bool large = start >= limits_.bytes || size >= limits_.bytes || count >= limits_.entries;
  if (large) {
    const std::uint64_t here = file_.size();
    end += "PK\x06\x06";
    put(end, 44, 8);
    put(end, 3 << 8 | 45, 2);
    put(end, 45, 2);
    put(end, 0, 4);
    put(end, 0, 4);
    put(end, count, 8);
    put(end, count, 8);
    put(end, size, 8);
    put(end, start, 8);
    end += "PK\x06\x07";
    put(end, 0, 4);
    put(end, here, 8);
    put(end, 1, 4);
  }
  end += "PK\x05\x06";
  put(end, 0, 4);
  put(end, large ? 0xFFFF : count, 2);
  put(end, large ? 0xFFFF : count, 2);
  put(end, large ? in_extra_field : size, 4);
  put(end, large ? in_extra_field : start, 4);
  put(end, 0, 2);
  file_.write(end);
}

}  // namespace thalweg
