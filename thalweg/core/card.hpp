// What a method says about itself: the command line's lists, `thalweg methods` and the documentation print these.
#pragma once
#include <string_view>

namespace thalweg {

struct Card {
  std::string_view name;     ///< as the command line takes it
  std::string_view purpose;  ///< one line
  std::string_view needs;    ///< of the density
  std::string_view exact;    ///< what the draws or the answer converge to, and in which limit
  std::string_view cost;     ///< per step
  std::string_view source;
};

}  // namespace thalweg
