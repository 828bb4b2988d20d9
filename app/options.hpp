// Options with a range, and messages that name the option, what was expected and what was found.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

namespace thalweg::app {

/// What a verb does once its options are parsed; gives the exit status.
using Action = std::function<int()>;

/// The whole of `text` as a number; nothing when it is not one.
std::optional<std::int64_t> parse_integer(const std::string& text);
std::optional<std::uint64_t> parse_unsigned(const std::string& text);
/// Beyond the range of a double: infinite, or 0.
std::optional<double> parse_real(const std::string& text);

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

/// For ->check(): refuses "", which is what a script's unset variable becomes.
const CLI::Validator& not_empty();

/// "--chains N": an integer from `least` to `most`.
CLI::Option* integer_option(CLI::App& app, const std::string& name, std::function<void(std::int64_t)> set,
                            std::int64_t least, std::int64_t most, const std::string& help);
inline CLI::Option* integer_option(CLI::App& app, const std::string& name, std::int64_t& target, std::int64_t least,
                                   std::int64_t most, const std::string& help) {
  return integer_option(
             app, name, [&target](std::int64_t v) { target = v; }, least, most, help)
      ->default_str(std::to_string(target));
}

/// "--target-accept P": a real number for which `holds`; `expected` says in words which those are.
CLI::Option* real_option(CLI::App& app, const std::string& name, double& target, std::function<bool(double)> holds,
                         const std::string& expected, const std::string& help);
/// The same for a number that may stay away.
CLI::Option* optional_real(CLI::App& app, const std::string& name, std::optional<double>& target,
                           std::function<bool(double)> holds, const std::string& expected, const std::string& help);

}  // namespace thalweg::app
