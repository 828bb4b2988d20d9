// How a command ends.
#pragma once
#include <stdexcept>

namespace thalweg::app {

/// Exit statuses, the same for every command. An interrupted command ends with 128 + the signal's number.
enum Status : int {
  status_fine = 0,
  status_failed = 1,     ///< something in a file or on the machine
  status_usage = 2,      ///< the command line itself
  status_untrusted = 3,  ///< an answer, but not one to be trusted
};

/// The command line is wrong in a way that shows only after parsing: status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace thalweg::app
