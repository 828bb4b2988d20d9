// How an operation ends: fine, or as a numerical failure with its evidence. The caller's mistakes are thrown as Error
// (error.hpp) and never come back as a value.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "thalweg/core/error.hpp"

namespace thalweg {

/// The evidence of a numerical failure: where it happened, to which particle (−1: all), to which quantity, and how.
struct Failure {
  std::string where;  ///< "warm-up, transition 12"
  std::int64_t particle = -1;
  std::string quantity;  ///< "log p", "gradient[3]", …
  std::string reason;    ///< what was found and, where known, what to try

  std::string text() const {
    std::string s = where;
    if (particle >= 0) s += fmt::format("{}particle {}", s.empty() ? "" : ", ", particle);
    if (!quantity.empty()) s += fmt::format("{}{}", s.empty() ? "" : ", ", quantity);
    return s.empty() ? reason : s + ": " + reason;
  }
};

/// For operations that have no other result.
struct Done {};

/// A value, or the evidence why there is none.
template <class T = Done>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : content_(std::move(value)) {}
  Outcome(Failure failure) : content_(std::move(failure)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Throws Error with the evidence when there is no value.
  const T& value() const& {
    if (!ok()) throw Error(failure().text());
    return std::get<0>(content_);
  }
  T&& value() && {
    if (!ok()) throw Error(failure().text());
    return std::get<0>(std::move(content_));
  }
  /// Only when !ok().
  const Failure& failure() const { return std::get<1>(content_); }

 private:
  std::variant<T, Failure> content_;
};

}  // namespace thalweg
