// The one file of a zip archive, as data sets are published.
#pragma once
#include <string>

namespace thalweg::testing {

/// The content of the first entry of an archive, stored or deflated.
///
/// Errors  throws std::runtime_error on a file that cannot be read or isn't such an archive.
/// Source  PKWARE, APPNOTE.TXT 6.3.10, section 4.3; RFC 1951.
std::string read_first_zip_entry(const std::string& path);

}  // namespace thalweg::testing
