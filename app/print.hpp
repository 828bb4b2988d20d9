// Words to standard output and standard error, where a reader may have gone.
#pragma once
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace thalweg::app {

/// A standard stream that the caller closed gives its number to the next file that is opened, which would then receive
/// the words meant for people. This puts something there that can't be written.
void hold_standard_streams();

/// Never throw: a run goes on when nobody reads what it says. `output_error` knows whether something was lost.
void write_out(std::string_view text);
void write_err(std::string_view text);

/// The errno of the first failure of standard output, which is flushed first; 0 when all of it was written.
int output_error();

/// fmt::print, which throws when the stream fails, without that.
template <class... Args>
void print_out(fmt::format_string<Args...> text, Args&&... args) {
  write_out(fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void print_err(fmt::format_string<Args...> text, Args&&... args) {
  write_err(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace thalweg::app
