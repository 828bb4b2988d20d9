#include "app/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <utility>

namespace thalweg::app {
namespace {

template <class Number>
std::optional<Number> parse(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return {};
  return value;
}

[[noreturn]] void refuse(const std::string& name, const std::string& expected, const std::string& found) {
  throw CLI::ValidationError(name, fmt::format("must be {}; found {}", expected, found.empty() ? "nothing" : found));
}

}  // namespace

std::optional<std::int64_t> parse_integer(const std::string& text) { return parse<std::int64_t>(text); }
std::optional<std::uint64_t> parse_unsigned(const std::string& text) { return parse<std::uint64_t>(text); }
std::optional<double> parse_real(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (stopped != end || error == std::errc::invalid_argument) return {};
  return error == std::errc{} ? value : std::strtod(text.c_str(), nullptr);
}

const CLI::Validator& not_empty() {
  static const CLI::Validator validator([](std::string& text) { return text.empty() ? "must not be empty" : ""; }, "");
  return validator;
}

CLI::Option* integer_option(CLI::App& app, const std::string& name, std::function<void(std::int64_t)> set,
                            std::int64_t least, std::int64_t most, const std::string& help) {
  const std::string expected = most == no_limit ? fmt::format("an integer of at least {}", least)
                                                : fmt::format("an integer from {} to {}", least, most);
  return app
      .add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const auto value = parse_integer(text);
            if (!value || *value < least || *value > most) refuse(name, expected, text);
            set(*value);
          },
          help)
      ->type_name("N");
}

namespace {

CLI::Option* add_real(CLI::App& app, const std::string& name, std::function<void(double)> set,
                      std::function<bool(double)> holds, const std::string& expected, const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const auto value = parse_real(text);
            if (!value || !holds(*value)) refuse(name, expected, text);
            set(*value);
          },
          help)
      ->type_name("X");
}

}  // namespace

CLI::Option* real_option(CLI::App& app, const std::string& name, double& target, std::function<bool(double)> holds,
                         const std::string& expected, const std::string& help) {
  return add_real(
             app, name, [&target](double v) { target = v; }, std::move(holds), expected, help)
      ->default_str(fmt::format("{}", target));
}

CLI::Option* optional_real(CLI::App& app, const std::string& name, std::optional<double>& target,
                           std::function<bool(double)> holds, const std::string& expected, const std::string& help) {
  return add_real(
      app, name, [&target](double v) { target = v; }, std::move(holds), expected, help);
}

}  // namespace thalweg::app
