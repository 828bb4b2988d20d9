// Zip archives of stored (not compressed) entries.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/io/files.hpp"

namespace thalweg {

/// CRC-32 of ISO 3309, as zip and gzip use it; begin with 0 and feed the result back.
std::uint32_t crc32(std::uint32_t crc, std::string_view bytes);

/// Writes the entries of an archive one after another; the size of each is told before its bytes.
///
/// Errors  throws Error when the medium fails, std::invalid_argument when an entry gets other than its bytes.
/// Source  PKWARE, APPNOTE.TXT 6.3.10: sections 4.3 and 4.5.3 (zip64).
class ZipWriter {
 public:
  /// Sizes, offsets and counts from these limits on are written in the zip64 form.
  struct Limits {
    std::uint64_t bytes = 0xFFFFFFFF, entries = 0xFFFF;
  };
  explicit ZipWriter(OutputFile& file) : ZipWriter(file, Limits{}) {}
  ZipWriter(OutputFile& file, Limits limits) : file_(file), limits_(limits) {}

  void begin(const std::string& name, std::uint64_t size);
  void write(std::string_view bytes);
  /// Ends the last entry and writes the directory.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t size, offset;
    std::uint32_t crc = 0;
  };
  OutputFile& file_;
  Limits limits_;
  std::vector<Entry> entries_;
  std::uint64_t left_ = 0;  ///< bytes of the entry under way that are still to come

  void end_entry();
  std::string directory_entry(const Entry& entry) const;
};

}  // namespace thalweg
