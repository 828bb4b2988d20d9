// Little-endian records in memory: what checkpoints are made of.
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/core/error.hpp"

namespace thalweg {

/// Appends values to a record. Every value has a fixed width, on every machine.
class ByteWriter {
 public:
  void u8(std::uint8_t v) { bytes_.push_back(v); }
  void u32(std::uint32_t v) { unsigned_number(v, 4); }
  void u64(std::uint64_t v) { unsigned_number(v, 8); }
  void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
  /// All 64 bits, those of NaN and −0 too.
  void f64(double v) { u64(std::bit_cast<std::uint64_t>(v)); }
  /// The length, then the bytes or numbers.
  void string(std::string_view v) {
    u64(v.size());
    bytes_.insert(bytes_.end(), v.begin(), v.end());
  }
  void reals(std::span<const double> v) {
    u64(v.size());
    bytes_.reserve(bytes_.size() + 8 * v.size());
    for (const double x : v) f64(x);
  }

  const std::vector<unsigned char>& bytes() const { return bytes_; }
  std::vector<unsigned char> take() { return std::move(bytes_); }

 private:
  void unsigned_number(std::uint64_t v, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<unsigned char>(v >> (8 * i)));
  }
  std::vector<unsigned char> bytes_;
};

/// Reads a record in the order it was written. A record that is too short, or a length that does not fit, throws Error
/// and names the record; nothing is ever read or allocated beyond its end.
class ByteReader {
 public:
  /// `bytes` must outlive the reader; `name` is for messages: "checkpoint of run.run".
  ByteReader(std::span<const unsigned char> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_number(4)); }
  std::uint64_t u64() { return unsigned_number(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  double f64() { return std::bit_cast<double>(u64()); }
  std::string string() {
    const std::size_t size = length(1);
    const auto* p = reinterpret_cast<const char*>(bytes_.data() + at_);
    at_ += size;
    return std::string(p, size);
  }
  std::vector<double> reals() {
    std::vector<double> v(length(8));
    for (double& x : v) x = f64();
    return v;
  }

  std::size_t left() const { return bytes_.size() - at_; }
  /// Throws Error unless everything has been read.
  void finish() const {
    if (left() != 0)
      fail("{}: expected the end at byte {}, found {} more bytes; it was written by another version or is damaged",
           name_, at_, left());
  }

 private:
  std::uint64_t unsigned_number(std::size_t size) {
    need(size);
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < size; ++i) v |= std::uint64_t{bytes_[at_ + i]} << (8 * i);
    at_ += size;
    return v;
  }
  std::size_t length(std::size_t each) {
    const std::uint64_t count = u64();
    if (count > left() / each)
      fail("{}: expected {} values of {} bytes at byte {}, found only {} bytes; it is truncated or damaged", name_,
           count, each, at_, left());
    return static_cast<std::size_t>(count);
  }
  void need(std::size_t size) const {
    if (size > left())
      fail("{}: expected {} bytes at byte {}, found only {}; it is truncated", name_, size, at_, left());
  }
  std::span<const unsigned char> bytes_;
  std::string name_;
  std::size_t at_ = 0;
};

}  // namespace thalweg
