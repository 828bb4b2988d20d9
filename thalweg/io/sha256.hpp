// SHA-256, to recognise a file again.
#pragma once
#include <string>
#include <string_view>

namespace thalweg {

/// 64 hexadecimal digits. Source: FIPS 180-4.
std::string sha256(std::string_view bytes);
/// Of a whole file, read in pieces. Throws Error when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace thalweg
