#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "thalweg/core/error.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg {
namespace {

void write_real(std::string& out, double x) {
  if (std::isnan(x)) {
    out += "NaN";
  } else if (std::isinf(x)) {
    out += x < 0 ? "-Infinity" : "Infinity";
  } else {
    const std::size_t begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}", x);
    if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
  }
}

/// Level `depth` of the array whose next number is `position`.
void write_level(std::string& out, const DataValue& value, std::size_t depth, std::size_t& position) {
  if (depth == value.shape.size()) {
    if (value.is_integer)
      fmt::format_to(std::back_inserter(out), "{}", value.integers[position]);
    else
      write_real(out, value.reals[position]);
    ++position;
    return;
  }
  out += '[';
  for (std::int64_t i = 0; i < value.shape[depth]; ++i) {
    if (i > 0) out += ',';
    write_level(out, value, depth + 1, position);
  }
  out += ']';
}

}  // namespace

std::string write_json_data(const DataMap& data) {
  std::string out = "{";
  for (const auto& [name, value] : data.values) {
    std::size_t size = 1;
    for (const std::int64_t length : value.shape) size *= static_cast<std::size_t>(length);
    require(value.reals.size() == size, "\"{}\" must hold {} numbers, as its shape says; found {}", name, size,
            value.reals.size());
    require(!value.is_integer || value.integers.size() == size, "\"{}\" must hold {} integers; found {}", name, size,
            value.integers.size());
    out += out.size() > 1 ? ",\n" : "\n";
    out += nlohmann::json(name).dump();
    out += ": ";
    std::size_t position = 0;
    write_level(out, value, 0, position);
  }
  return out + "\n}\n";
}

}  // namespace thalweg
