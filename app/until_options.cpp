// --until, --min-draws, --max-time and --max-gradients.
#include <fmt/format.h>

#include <cmath>

#include "app/status.hpp"
#include "app/text.hpp"
#include "app/until.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg::app {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& what) {
  throw CLI::ValidationError(option, what);
}

/// "ess=400" into its place.
void add_goal(Accuracy& accuracy, const std::string& text) {
  const struct {
    const char *name, *expected;
    std::optional<double>& value;
    double above;
  } goals[] = {{"ess", "> 0", accuracy.ess, 0},
               {"mcse", "> 0", accuracy.mcse, 0},
               {"nested-rhat", "> 1", accuracy.nested_rhat, 1}};
  const auto equals = text.find('=');
  const std::string name = text.substr(0, equals);
  for (const auto& goal : goals) {
    if (goal.name != name) continue;
    const std::string number = equals == text.npos ? "" : text.substr(equals + 1);
    const auto value = parse_real(number);
    if (!value || !std::isfinite(*value) || !(*value > goal.above))
      refuse("--until",
             fmt::format("{} must be {}; found {}", name, goal.expected, number.empty() ? "nothing" : number));
    if (goal.value) refuse("--until", name + " is given twice");
    goal.value = *value;
    return;
  }
  const std::string near = nearest(name, {"ess", "mcse", "nested-rhat"});
  refuse("--until", fmt::format("there is no {}; {}", name.empty() ? "empty goal" : name,
                                near.empty() ? "it takes ess=N, mcse=X and nested-rhat=X"
                                             : fmt::format("did you mean {}?", near)));
}

/// "90", "90s", "10m", "2h" in seconds.
double seconds_of(const std::string& text) {
  std::string number = text;
  double unit = 1;
  if (!number.empty()) {
    const char last = number.back();
    if (last == 's' || last == 'm' || last == 'h') {
      unit = last == 's' ? 1 : last == 'm' ? 60 : 3600;
      number.pop_back();
    }
  }
  const auto value = parse_real(number);
  if (!value || !std::isfinite(*value * unit) || !(*value > 0))
    refuse("--max-time",
           fmt::format("must be a time > 0, as 90, 90s, 10m or 2h; found {}", text.empty() ? "nothing" : text));
  return *value * unit;
}

/// An integer, also as 1e6.
std::int64_t count_of(const std::string& option, const std::string& text) {
  if (const auto exact = parse_integer(text); exact && *exact >= 1) return *exact;
  const auto value = parse_real(text);
  if (!value || !(*value >= 1) || !(*value <= 1e18) || *value != std::floor(*value))
    refuse(option, fmt::format("must be an integer of at least 1, as 1000000 or 1e6; found {}",
                               text.empty() ? "nothing" : text));
  return static_cast<std::int64_t>(*value);
}

}  // namespace

void add_until_options(CLI::App& app, UntilOptions& o) {
  app.add_option_function<std::vector<std::string>>(
         "--until",
         [&o](const std::vector<std::string>& goals) {
           for (const std::string& goal : goals) add_goal(o.accuracy, goal);
         },
         "Draw until ess=N (bulk and tail), mcse=X (error of a mean in standard deviations) or nested-rhat=X holds for "
         "every quantity; several, all together: repeated, or with commas. Looked at when the draws have doubled; "
         "--draws is then the most, left out 1024 times --min-draws")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("GOAL");
  app.add_option_function<std::string>(
         "--min-draws", [&o](const std::string& text) { o.min_draws = count_of("--min-draws", text); },
         "Draws at the first look of --until, over all chains; left out: 1000, and at least 4 a chain")
      ->type_name("N");
  app.add_option_function<std::string>(
         "--max-time", [&o](const std::string& text) { o.max_seconds = seconds_of(text); },
         "End after this time, warm-up included: 90, 90s, 10m, 2h; where that is no seed decides")
      ->type_name("TIME");
  app.add_option_function<std::string>(
         "--max-gradients", [&o](const std::string& text) { o.max_gradients = count_of("--max-gradients", text); },
         "End before this number of gradients over all chains, warm-up included, is exceeded; 1e6 is a number")
      ->type_name("N");
}

StoppingRule rule_of(const UntilOptions& o, std::optional<std::int64_t> draws, const SampleSettings& settings) {
  if (o.min_draws && o.accuracy.empty())
    throw UsageError("--min-draws: is where the looks of --until begin, which is not given");
  StoppingRule rule{.accuracy = o.accuracy, .max_gradients = o.max_gradients, .max_seconds = o.max_seconds};
  if (o.min_draws) rule.min_draws = *o.min_draws;
  rule.max_draws = draws ? *draws : o.accuracy.empty() ? settings.draws : 1024 * rule.min_draws;
  if (!o.accuracy.empty() && *rule.max_draws < rule.min_draws)
    throw UsageError(fmt::format("--draws {}: is less than the {} of the first look of --until{}", *rule.max_draws,
                                 rule.min_draws, o.min_draws ? "" : "; --min-draws makes it earlier"));
  require_sound(rule, settings);
  return rule;
}

std::string remark_on(const Accuracy& a) {
  const double ess = Limits{}.ess;
  if (!(a.ess && *a.ess < ess) && !(a.mcse && *a.mcse > 1 / std::sqrt(ess))) return "";
  return fmt::format("--until asks for less than the verdict does, an ESS of {:.0f}: it may end with status 3", ess);
}

}  // namespace thalweg::app
