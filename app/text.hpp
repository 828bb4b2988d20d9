// Small things that messages need.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::app {

/// Levenshtein distance in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word`, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// "a, b,c[1,2]" → {"a", "b", "c[1,2]"}: commas inside brackets do not separate.
std::vector<std::string> split_names(std::string_view text);
/// A duration for people: "0.8 s", "42 s", "3 min 10 s", "2 h 5 min".
std::string duration(double seconds);

}  // namespace thalweg::app
