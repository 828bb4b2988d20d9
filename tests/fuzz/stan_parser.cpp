// Any bytes are either a Stan program, and then one that prints and reads again as the same, or refused with an Error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/printer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace thalweg::stan;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (text.find("#include") != std::string::npos) return 0;  // would read files
  std::string printed;
  try {
    const Program program = parse_program(Source::from_text(text, "fuzz.stan"));
    analyse(program);
    printed = print(program);
  } catch (const thalweg::Error&) {
    return 0;
  }
  try {
    if (print(parse_program(Source::from_text(printed, "again.stan"))) != printed) std::abort();
  } catch (const thalweg::Error&) {
    std::abort();  // what was accepted is accepted again
  }
  return 0;
}
