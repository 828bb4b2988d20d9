// The third outcome: the caller's mistake, thrown at the boundary.
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace thalweg {

/// Something in a file or on the machine: says where, what was expected, what was found and what to try.
/// The command line prints `what()` and exits with status 1.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> message, Args&&... args) {
  throw Error(fmt::format(message, std::forward<Args>(args)...));
}

/// A parameter of a call: throws std::invalid_argument with a formatted message unless `condition` holds. The
/// message names the argument, what was expected and what was found.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) throw std::invalid_argument(fmt::format(message, std::forward<Args>(args)...));
}

}  // namespace thalweg
