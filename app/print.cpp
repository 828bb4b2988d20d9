#include "app/print.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

namespace thalweg::app {
namespace {

int first_output_error = 0;

}  // namespace

void hold_standard_streams() {
  for (const int stream : {0, 1, 2}) {
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF) open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
  }
}

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && first_output_error == 0)
    first_output_error = errno;
}

void write_err(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int output_error() {
  if (std::fflush(stdout) != 0 && first_output_error == 0) first_output_error = errno;
  if (std::ferror(stdout) && first_output_error == 0) first_output_error = EIO;
  return first_output_error;
}

}  // namespace thalweg::app
