// thalweg simulate SDE: paths of a stochastic differential equation, and what they say about its law.
#include "app/simulate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_command.hpp"
#include "app/passage_expression.hpp"
#include "app/print.hpp"
#include "app/sde_source.hpp"
#include "app/simulation_picture.hpp"
#include "app/simulation_report.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/sde/simulate.hpp"
#include "thalweg/trust/table.hpp"

namespace thalweg::app {
namespace {

struct SimulateCommand {
  ModelCommand common;
  SimulationSettings settings;
  std::vector<std::string> data;  ///< --set
  std::string calculus, scheme, initial, passage, times, plot, observe = "mean,variance,quantiles";
  bool variance = false, quantiles = false, order = false;
};

std::vector<double> numbers_of(const std::string& text, const char* option) {
  std::vector<double> numbers;
  for (const std::string& one : split_names(text)) {
    const auto value = parse_real(one);
    if (!value || !std::isfinite(*value))
      throw UsageError(fmt::format("{}: expected numbers separated by commas; found {}", option, one));
    numbers.push_back(*value);
  }
  return numbers;
}

/// "low:high:count", of one coordinate; without a coordinate in front, of all: "x[2]=-3:3:60".
Bins bins_of(const std::string& text, std::int64_t coordinate) {
  std::vector<double> parts;
  std::size_t from = 0;
  for (std::size_t to; from <= text.size(); from = to + 1) {
    to = std::min(text.find(':', from), text.size());
    const auto value = parse_real(text.substr(from, to - from));
    if (!value) break;
    parts.push_back(*value);
  }
  if (parts.size() != 3 || !(parts[0] < parts[1]) || parts[2] < 1 || parts[2] > 1e6 || parts[2] != std::floor(parts[2]))
    throw UsageError(fmt::format("--observe histogram:{}: expected LOW:HIGH:BINS, such as -3:3:60", text));
  return {coordinate, parts[0], parts[1], static_cast<std::int64_t>(parts[2])};
}

void read_observe(SimulateCommand& c, const SdeModel& model) {
  ObservationRequest& request = c.settings.statistics;
  request = {false, {}, {}};
  for (const std::string& what : split_names(c.observe)) {
    if (what == "mean") continue;
    if (what == "variance") {
      c.variance = true;
    } else if (what == "covariance") {
      request.covariance = true;
    } else if (what == "quantiles") {
      c.quantiles = true;
      request.probabilities = {0.05, 0.5, 0.95};
    } else if (what.starts_with("histogram:")) {
      for (std::int64_t i = 0; i < model.dimension(); ++i) request.histograms.push_back(bins_of(what.substr(10), i));
    } else if (const auto count = parse_integer(what.starts_with("paths:") ? what.substr(6) : "");
               count && *count > 0) {
      c.settings.keep_paths = *count;
    } else {
      throw UsageError(
          fmt::format("--observe: expected mean, variance, covariance, quantiles, histogram:LOW:HIGH:BINS "
                      "or paths:N; found {}",
                      what));
    }
  }
}

/// "0.5,1" or a JSON file with x: one point for all paths, or one a path.
void read_initial(SimulateCommand& c, const SdeModel& model) {
  if (c.initial.empty()) {
    if (!model.has_initial())
      throw UsageError(
          fmt::format("--initial: {} has no initial law of its own (initial_rng): give --initial X{}, the "
                      "start of all paths, or a JSON file with x, one start a path",
                      c.common.model, model.dimension() > 1 ? ",Y…" : ""));
    return;
  }
  if (c.initial.ends_with(".json")) {
    const DataMap data = read_json_data(c.initial);
    const auto found = data.values.find("x");
    if (found == data.values.end()) fail("{}: has no x, the starts of the paths", c.initial);
    c.settings.initial = found->second.reals;
  } else {
    c.settings.initial = numbers_of(c.initial, "--initial");
  }
  const auto d = static_cast<std::size_t>(model.dimension()), n = c.settings.initial.size();
  if (n != d && n != d * static_cast<std::size_t>(c.settings.paths))
    throw UsageError(
        fmt::format("--initial: {} has {} coordinates: expected {} numbers, or as many for each of {} paths; "
                    "found {}",
                    c.common.model, d, d, c.settings.paths, n));
}

/// The start says how many coordinates there are, where the file leaves that open.
void set_dimension(const SimulateCommand& c, DataMap& data) {
  if (c.initial.empty() || c.initial.ends_with(".json") || data.values.contains("dimension")) return;
  if (!c.common.model.ends_with(".stan")) return;
  set_datum(data, fmt::format("dimension={}", numbers_of(c.initial, "--initial").size()));
}

/// Kept paths as chains, and their times as draws.
std::vector<DrawBlock> blocks_of(const Simulation& s, std::size_t d) {
  std::vector<DrawBlock> blocks;
  const std::size_t times = s.observations.size() + 1, each = times * d;
  for (std::size_t p = 0; each > 0 && p < s.kept.size() / each; ++p) {
    DrawBlock block{.phase = Phase::sampling,
                    .chain = static_cast<std::int64_t>(p),
                    .first = 0,
                    .count = static_cast<std::int64_t>(times),
                    .values = std::vector<double>((1 + d) * times)};
    for (std::size_t t = 0; t < times; ++t) {
      block.values[t] = t == 0 ? 0 : s.observations[t - 1].time;
      for (std::size_t i = 0; i < d; ++i) block.values[(1 + i) * times + t] = s.kept[p * each + t * d + i];
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

/// What of a simulation the table shows.
struct Shown {
  bool variance = false, quantiles = false, end_only = false;
};

int finish(RunFile& run, const SdeModel& model, const Simulation& s, const Shown& shown) {
  if (!s.finished) {
    print_err("Stopped; what was done is saved. Go on with\n  thalweg resume {}\n", run.path());
    return 128 + signal_received();
  }
  Simulation table = s;
  if (shown.end_only) table.observations = {s.observations.back()};
  const Answer answer = answer_of(model, table, shown.variance, shown.quantiles);
  store_answer(run, answer);
  if (!s.kept.empty() && run.common_draw_count(Phase::sampling) == 0)
    run.commit(blocks_of(s, static_cast<std::size_t>(model.dimension())), {}, run.checkpoint());
  for (const std::string& line : answer.lines) print_out("{}\n", line);
  print_out("{}Run file: {}\n", render(answer.verdict), run.path());
  return answer.verdict.trusted ? status_fine : status_untrusted;
}

int study_order(const SimulateCommand& c, const SdeModel& model) {
  const SimulationSettings& s = c.settings;
  OrderSettings order{.calculus = s.calculus, .scheme = s.scheme, .end_time = s.end_time};
  order.paths = std::min<std::int64_t>(s.paths, 8192);
  order.seed = c.common.seed;
  order.initial = s.initial;
  const Answer answer = answer_of(order_study(model, order, {.threads = int(c.common.threads)}));
  for (const std::string& line : answer.lines) print_out("{}\n", line);
  print_out("{}", render(answer.verdict));
  return answer.verdict.trusted ? status_fine : status_untrusted;
}

/// Bands and some paths, at many times where none were asked for.
void prepare_picture(SimulateCommand& c) {
  SimulationSettings& s = c.settings;
  s.statistics.probabilities = picture_probabilities;
  s.keep_paths = std::max<std::int64_t>(s.keep_paths, picture_paths);
  if (!s.observe.empty()) return;
  for (int k = 1; k < picture_times; ++k) s.observe.push_back(s.end_time * k / picture_times);
}

int run_simulate(SimulateCommand& c) {
  SimulationSettings& s = c.settings;
  if (!c.plot.empty()) require_picture_name(c.plot);
  if (!c.common.seed_given) c.common.seed = draw_seed();
  DataMap data;
  if (!c.common.data_path.empty()) data = read_json_data(c.common.data_path);
  for (const std::string& one : c.data) set_datum(data, one);
  set_dimension(c, data);
  const LoadedSde loaded = load_sde(c.common.model, data, c.common.quiet);
  const SdeModel& model = loaded.model;
  if (!c.calculus.empty()) s.calculus = calculus_called(c.calculus);
  if (!c.scheme.empty() && c.scheme != "auto") s.scheme = scheme_called(c.scheme);
  s.seed = c.common.seed;
  read_observe(c, model);
  read_initial(c, model);
  if (!c.times.empty()) s.observe = numbers_of(c.times, "--times");
  if (!c.plot.empty()) prepare_picture(c);
  if (!c.passage.empty()) s.passage = parse_passage(c.passage, model);
  if (c.order) return study_order(c, model);

  RunHeader header;
  header.program_name = c.common.model;
  header.program_source = loaded.source;
  header.fingerprint = fmt::format("{}; model: {}", build_fingerprint(), model.table().fingerprint);
  header.chains = std::max<std::int64_t>(std::min(s.keep_paths, s.paths), 1);
  header.settings = settings_of(c.common, nlohmann::json{{"calculus", c.calculus},
                                                         {"scheme", c.scheme},
                                                         {"end_time", s.end_time},
                                                         {"paths", s.paths},
                                                         {"initial", c.initial},
                                                         {"observe", c.observe},
                                                         {"times", c.times},
                                                         {"first_passage", c.passage},
                                                         {"variance", c.variance},
                                                         {"quantiles", c.quantiles},
                                                         {"end_only", !c.plot.empty() && c.times.empty()}});
  header.columns = {{"time", "real", ColumnKind::statistic, {}, false, 0, 1}};
  for (std::int64_t i = 0; i < model.dimension(); ++i) {
    const std::string& name = model.coordinates()[static_cast<std::size_t>(i)];
    if (name == "x[1]") {
      header.columns.push_back(
          {"x", "vector", ColumnKind::parameter, {model.dimension()}, false, 1, model.dimension()});
      break;
    }
    header.columns.push_back({name, "real", ColumnKind::parameter, {}, false, 1 + i, 1});
  }
  RunFile run = create_run(c.common, header, data);
  SteadyClock clock;
  Simulation result;
  {
    ProgressDisplay display(clock, c.common.quiet);
    result = simulate(model, s, {.threads = int(c.common.threads)}, run, clock, display);
  }
  if (!c.plot.empty() && result.finished) {
    draw(picture_of(model, result), c.plot);
    c.common.say("picture: " + c.plot);
  }
  return finish(run, model, result, {c.variance, c.quantiles, !c.plot.empty() && c.times.empty()});
}

bool setting(const RunFile& run, const std::string& key) {
  const auto found = run.header().settings.find(key);
  return found != run.header().settings.end() && found->second == "true";
}

}  // namespace

bool is_open_simulation(const RunFile& run) {
  const auto command = run.header().settings.find("command");
  return command != run.header().settings.end() && command->second == R"("simulate")" && run.has_checkpoint() &&
         (!run.checkpoint().finished || !run.header().settings.contains("answer"));
}

int resume_simulation(RunFile& run, int threads, bool quiet) {
  const RunHeader& header = run.header();
  const SdeModel model = reload_sde(header.program_name, header.program_source, run.data(), quiet);
  SteadyClock clock;
  Simulation result;
  {
    ProgressDisplay display(clock, quiet);
    result = thalweg::resume_simulation(model, run.checkpoint(), {.threads = threads}, run, clock, display);
  }
  return finish(run, model, result, {setting(run, "variance"), setting(run, "quantiles"), setting(run, "end_only")});
}

Action add_simulate(CLI::App& parent) {
  auto c = std::make_shared<SimulateCommand>();
  SimulationSettings& s = c->settings;
  CLI::App& app =
      *parent.add_subcommand("simulate", "Paths of a stochastic differential equation, and its law at times");
  c->common.verb = "simulate";
  c->common.threads = cores_allowed();
  app.add_option("SDE", c->common.model,
                 "A Stan file whose functions block defines drift(real t, vector x, …) and diffusion(real t, vector x, "
                 "…), or a named SDE (ou, gbm, double-well, …)")
      ->required()
      ->check(not_empty());
  app.add_option("--data", c->common.data_path, "The data that further arguments are bound to, a JSON file")
      ->type_name("FILE")
      ->check(not_empty());
  app.add_option("--set", c->data, "A number among the data, such as kappa=2; may be repeated")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
  app.add_option("--calculus", c->calculus,
                 "How the noise is meant where it depends on x, which has no default: ito (taken at the start of a "
                 "step), stratonovich (in the middle) or isothermal (at the end)")
      ->type_name("NAME")
      ->check(CLI::IsMember({"ito", "stratonovich", "isothermal"}));
  const auto positive = [](double v) { return v > 0; };
  real_option(app, "--end-time", s.end_time, positive, "> 0", "Until when, from time 0")->required();
  integer_option(app, "--paths", s.paths, 2, 1'000'000'000, "How many");
  optional_real(app, "--step", s.step, positive, "> 0",
                "Largest step; left out: halved until no mean is biased by more than a third of its error of chance");
  app.add_option("--scheme", c->scheme,
                 "euler, milstein, sra1, srid2, baoab, tamed, implicit, or auto: the best that the structure admits")
      ->type_name("NAME")
      ->check(not_empty())
      ->default_str("auto");
  app.add_option("--initial", c->initial,
                 "Where all paths start, or a JSON file with x: one point, or one a path; left out: the SDE's own law")
      ->type_name("X,Y…|FILE")
      ->check(not_empty());
  app.add_option("--times", c->times, "When to look besides the end: 0.5,1,2")->type_name("T,…")->check(not_empty());
  app.add_option("--observe", c->observe,
                 "What to look at: mean, variance, covariance, quantiles, histogram:LOW:HIGH:BINS, paths:N (which are "
                 "stored, and exported as chains)")
      ->type_name("LIST")
      ->check(not_empty())
      ->capture_default_str();
  app.add_option("--first-passage", c->passage,
                 "When paths first pass: \"x[1] > 1\", \"-1 < x[1] < 1\" (leaving it), \"x[1] - x[2] > 0\"; between "
                 "steps the Brownian bridge decides")
      ->type_name("EVENT")
      ->check(not_empty());
  app.add_option("--plot", c->plot, "A picture of paths and quantile bands, by gnuplot")
      ->type_name("FILE.svg|.png")
      ->check(not_empty());
  app.add_flag("--order", c->order, "Measure the strong and weak order of the scheme on common paths instead");
  add_run_options(app, c->common);
  return [c] { return run_simulate(*c); };
}

}  // namespace thalweg::app
