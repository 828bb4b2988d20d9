#include "app/until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/interruption.hpp"
#include "app/print.hpp"
#include "app/report.hpp"
#include "app/text.hpp"
#include "thalweg/dynamics/checkpoint.hpp"

namespace thalweg::app {
namespace {

using nlohmann::json;

/// "ess=400,mcse=0.05"
std::string to_words(const Accuracy& a) {
  std::string words;
  const auto add = [&](const char* name, const std::optional<double>& goal) {
    if (goal) words += fmt::format("{}{}={}", words.empty() ? "" : ",", name, *goal);
  };
  add("ess", a.ess);
  add("mcse", a.mcse);
  add("nested-rhat", a.nested_rhat);
  return words;
}

/// "212 (theta[3])", or with several goals "ess 212 (theta[3]), mcse 0.07 (mu)".
std::string to_words(const AccuracyLook& look) {
  std::vector<std::pair<const char*, std::string>> parts;
  if (look.ess) parts.emplace_back("ess", fmt::format("{:.0f} ({})", look.ess->value, look.ess->quantity));
  if (look.mcse) parts.emplace_back("mcse", fmt::format("{:.3g} ({})", look.mcse->value, look.mcse->quantity));
  if (const auto& r = look.nested_rhat)
    parts.emplace_back("nested-rhat",
                       fmt::format("{:.4f} ({}, limit with chance {:.4f})", r->value, r->quantity, r->limit));
  std::string words;
  for (const auto& [name, found] : parts)
    words += (words.empty() ? "" : ", ") + (parts.size() > 1 ? std::string(name) + ' ' : "") + found;
  return words.empty() ? "nothing that could be measured" : words;
}

const char* name_of(StoppedBy by) {
  switch (by) {
    case StoppedBy::accuracy:
      return "until";
    case StoppedBy::draws:
      return "draws";
    case StoppedBy::gradients:
      return "max-gradients";
    case StoppedBy::time:
      return "max-time";
    case StoppedBy::obstacle:
      return "obstacle";
    case StoppedBy::interruption:
      break;
  }
  return "interruption";
}

json to_json(const AccuracyLook& look, std::int64_t chains) {
  json one{{"draws", look.draws * chains}, {"draws_per_chain", look.draws}, {"holds", look.holds}};
  const auto add = [&](const char* name, const std::optional<Attained>& a) {
    if (a) one[name] = {{"value", a->value}, {"limit", a->limit}, {"quantity", a->quantity}};
  };
  add("ess", look.ess);
  add("mcse", look.mcse);
  add("nested_rhat", look.nested_rhat);
  return one;
}

/// The completed transitions of each chain, or of an ensemble, warm-up included: where a clock stopped them.
std::vector<std::int64_t> transitions_of(const RunFile& run) {
  std::vector<std::int64_t> transitions;
  const Standing standing = read_checkpoint(run.checkpoint());
  for (const ChainState& chain : standing.chains) transitions.push_back(chain.transition);
  if (transitions.empty()) transitions.push_back(standing.ensemble.step);  // all particles at once
  return transitions;
}

std::string what_ended(const StoppingRule& rule, const Stop& stop, std::int64_t chains,
                       const std::vector<std::int64_t>& transitions) {
  const std::int64_t draws = stop.draws * chains;
  switch (stop.by) {
    case StoppedBy::gradients:
      return stop.in_warmup ? fmt::format("--max-gradients {}", *rule.max_gradients)
                            : fmt::format("{} gradients, of --max-gradients {}", stop.gradients(), *rule.max_gradients);
    case StoppedBy::time: {
      const auto [least, most] = std::minmax_element(transitions.begin(), transitions.end());
      const std::string where = transitions.empty() ? ""
                                : *least == *most   ? fmt::format(" (transition {} of each chain)", *least)
                                                    : fmt::format(" (transitions {} to {})", *least, *most);
      return fmt::format("{}, of --max-time{}", duration(stop.seconds), where);
    }
    default:
      return fmt::format("{} draws and {} gradients", draws, stop.gradients());
  }
}

/// What ended the run, and what was reached.
std::string to_words(const StoppingRule& rule, const Stop& stop, std::int64_t chains,
                     const std::vector<std::int64_t>& transitions) {
  const std::string end = what_ended(rule, stop, chains, transitions);
  const std::int64_t draws = stop.draws * chains;
  if (stop.in_warmup) return fmt::format("{} ended the run in its warm-up: there is nothing to report", end);
  if (rule.accuracy.empty() && stop.by == StoppedBy::draws)
    return fmt::format("All {} draws were made within the budget: {} gradients", draws, stop.gradients());
  if (rule.accuracy.empty()) return fmt::format("The run ended after {}: {} of {} draws", end, draws, *rule.max_draws);
  const std::string asked = "--until " + to_words(rule.accuracy);
  if (stop.by == StoppedBy::obstacle) return fmt::format("{} cannot be reached: {}", asked, stop.looks.back().obstacle);
  const std::string found = stop.looks.empty() ? "nothing that could be measured" : to_words(stop.looks.back());
  return fmt::format("{}: {} {} after {}", asked, stop.reached ? "reached, with" : "reached", found, end);
}

/// The option of `resume` that goes on.
std::string more_of(const Stop& stop, bool has_accuracy) {
  if (stop.by == StoppedBy::time) return "";
  if (stop.reached && has_accuracy) return "-";
  if (stop.by == StoppedBy::gradients) return "--max-gradients N";
  return stop.by == StoppedBy::draws && has_accuracy ? "--draws N" : "-";
}

void store_stop(RunFile& run, const StoppingRule& rule, const Stop& stop) {
  const std::int64_t chains = run.header().chains;
  const bool by_time = stop.by == StoppedBy::time;
  const auto transitions = by_time && run.has_checkpoint() ? transitions_of(run) : std::vector<std::int64_t>{};
  json stored{{"by", name_of(stop.by)},
              {"reached", rule.accuracy.empty() ? json() : json(stop.reached)},
              {"until", rule.accuracy.empty() ? json() : json(to_words(rule.accuracy))},
              {"in_warmup", stop.in_warmup},
              {"draws", stop.draws * chains},
              {"draws_per_chain", stop.draws},
              {"text", to_words(rule, stop, chains, transitions)},
              {"more", more_of(stop, !rule.accuracy.empty())}};
  if (!stop.in_warmup) stored["gradients"] = stop.gradients();
  if (by_time) {
    stored["seconds"] = stop.seconds;
    stored["transitions"] = transitions;
  }
  stored["looks"] = json::array();
  for (const AccuracyLook& look : stop.looks) stored["looks"].push_back(to_json(look, chains));
  run.set_setting("stopped", stored.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!stop.in_warmup) run.set_setting("draws", json(stop.draws * chains).dump());
}

json setting(const RunFile& run, const char* key) {
  const auto found = run.header().settings.find(key);
  return found == run.header().settings.end() ? json() : json::parse(found->second);
}

/// Looks at what is in the run file, and says what it saw.
class DrawsOfRun final : public DrawnSoFar {
 public:
  DrawsOfRun(const RunFile& run, std::int64_t superchains, bool quiet, ProgressDisplay& display)
      : run_(run),
        quantities_(quantities_of(run, {})),
        superchains_(int(superchains)),
        quiet_(quiet),
        display_(display) {}
  std::int64_t draws() const override { return run_.has_checkpoint() ? run_.common_made_count() : 0; }
  AccuracyLook look(const Accuracy& asked, std::int64_t draws) override {
    const RunFile::Reading reading(run_);
    const std::int64_t chains = run_.header().chains;
    const AccuracyLook seen = thalweg::look(asked, chains, draws, quantities_, column_reader(run_, draws), superchains_,
                                            [] { return !interrupted(); });
    if (!quiet_ && !interrupted()) {
      display_.clear();
      print_err("look at {} draws: {}\n", draws * chains,
                seen.obstacle.empty() ? to_words(asked) + ": " + to_words(seen) : seen.obstacle);
    }
    return seen;
  }

 private:
  const RunFile& run_;
  std::vector<Quantity> quantities_;
  int superchains_;
  bool quiet_;
  ProgressDisplay& display_;
};

}  // namespace

std::string to_words(const StoppingRule& rule) {
  std::string words = rule.accuracy.empty() ? "" : "until " + to_words(rule.accuracy) + ", ";
  words += fmt::format("at most {} draws", *rule.max_draws);
  if (rule.max_gradients) words += fmt::format(", {} gradients", *rule.max_gradients);
  if (rule.max_seconds) words += ", " + duration(*rule.max_seconds);
  return words;
}

json to_json(const StoppingRule& rule) {
  const auto or_null = [](const auto& value) { return value ? json(*value) : json(); };
  return {{"ess", or_null(rule.accuracy.ess)},
          {"mcse", or_null(rule.accuracy.mcse)},
          {"nested_rhat", or_null(rule.accuracy.nested_rhat)},
          {"min_draws", rule.min_draws},
          {"max_draws", or_null(rule.max_draws)},
          {"max_gradients", or_null(rule.max_gradients)},
          {"max_seconds", or_null(rule.max_seconds)}};
}

std::optional<StoppingRule> stored_rule(const RunFile& run) {
  const json stored = setting(run, "until");
  if (stored.is_null()) return {};
  const auto read = [&]<class Number>(const char* key, std::optional<Number>& value) {
    if (const auto found = stored.find(key); found != stored.end() && found->is_number()) value = found->get<Number>();
  };
  StoppingRule rule;
  read("ess", rule.accuracy.ess);
  read("mcse", rule.accuracy.mcse);
  read("nested_rhat", rule.accuracy.nested_rhat);
  rule.min_draws = stored.at("min_draws");
  read("max_draws", rule.max_draws);
  read("max_gradients", rule.max_gradients);
  read("max_seconds", rule.max_seconds);
  return rule;
}

std::optional<StoredStop> stored_stop(const RunFile& run) {
  const json stored = setting(run, "stopped");
  if (stored.is_null()) return {};
  return StoredStop{.by_time = stored.at("by") == "max-time",
                    .reached = stored.at("reached") != false,
                    .in_warmup = stored.at("in_warmup"),
                    .text = stored.at("text"),
                    .more = stored.at("more")};
}

nlohmann::ordered_json stop_as_json(const RunFile& run) {
  nlohmann::ordered_json stored = setting(run, "stopped");
  if (!stored.is_null()) stored.erase("more");
  return stored;
}

std::string describe_stop(const RunFile& run) {
  const auto stop = stored_stop(run);
  if (!stop) return "";
  std::string text = (stop->reached && !stop->in_warmup ? "" : "NOT REACHED: ") + stop->text + ".\n";
  if (stop->in_warmup) text = stop->text + ".\n";
  if (stop->more != "-")
    text += fmt::format("  thalweg resume {}{} goes on{}\n", run.path(), stop->more.empty() ? "" : " " + stop->more,
                        stop->by_time ? ", for as long again" : "");
  return text;
}

SampleOutcome sample_under(const StoppingRule& rule, const Model& model, const SampleSettings& settings,
                           const Execution& execution, RunFile& run, bool quiet, Clock& clock,
                           ProgressDisplay& display) {
  DrawsOfRun drawn(run, settings.superchains(), quiet, display);
  Stop stop = run.has_checkpoint() ? resume_until(model, run.checkpoint(), rule, execution, run, clock, display, drawn)
                                   : sample_until(model, settings, rule, execution, run, clock, display, drawn);
  if (stop.by != StoppedBy::interruption) store_stop(run, rule, stop);
  stop.outcome.finished = stop.by != StoppedBy::interruption;
  return stop.outcome;
}

}  // namespace thalweg::app
