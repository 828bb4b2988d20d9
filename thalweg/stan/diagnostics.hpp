// Errors and warnings in a Stan program, as a person reads them.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/stan/source.hpp"

namespace thalweg::stan {

enum class Severity { error, warning, note };

/// One finding. `message` may have several lines; the first stands behind the place.
struct Diagnostic {
  Severity severity = Severity::error;
  Location location;
  std::string message;
};

/// `model.stan:12:7: error: message`, the source line, and a caret under the first character:
///
///     model.stan:2:3: error: unknown variable 'z'
///       z ~ normal(0, 1);
///       ^
///
/// Further lines of the message follow the caret. No line end at the end.
std::string render(const Source& source, const Diagnostic& diagnostic);

/// Collects findings. Errors beyond `most_errors` are counted, not kept; of several at one place the first is kept.
class Diagnostics {
 public:
  template <class... Args>
  void error(Location where, fmt::format_string<Args...> message, Args&&... args) {
    add({Severity::error, where, fmt::format(message, std::forward<Args>(args)...)});
  }
  template <class... Args>
  void warning(Location where, fmt::format_string<Args...> message, Args&&... args) {
    add({Severity::warning, where, fmt::format(message, std::forward<Args>(args)...)});
  }
  void add(Diagnostic diagnostic);

  bool has_errors() const { return error_count_ > 0; }
  const std::vector<Diagnostic>& all() const { return all_; }
  std::vector<Diagnostic> warnings() const;  ///< in the order of the source

  /// Throws thalweg::Error with all errors rendered in the order of the source, if there are any.
  void throw_errors(const Source& source) const;

  static constexpr int most_errors = 20;

 private:
  std::vector<Diagnostic> all_;
  int error_count_ = 0;
};

/// The names nearest to `name` by edit distance (at most a third of its length, at least 1), best first, three at most.
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string_view>& known);

/// `; did you mean 'a' or 'b'?`, or nothing when no known name is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace thalweg::stan
