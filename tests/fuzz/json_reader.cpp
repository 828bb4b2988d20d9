// Any bytes are either read, and then written and read back to the same, or refused with an Error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "thalweg/core/error.hpp"
#include "thalweg/io/json_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace thalweg;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    const std::string once = write_json_data(parse_json_data(text, "fuzz"));
    if (once != write_json_data(parse_json_data(once, "again"))) std::abort();
  } catch (const Error&) {
  }
  try {
    parse_json_inits(text, "fuzz", 2);
  } catch (const Error&) {
  }
  return 0;
}
