// thalweg sample MODEL: draws from a density.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/methods.hpp"
#include "app/model_source.hpp"
#include "app/print.hpp"
#include "app/run_settings.hpp"
#include "app/running.hpp"
#include "app/starts.hpp"
#include "app/status.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg::app {
namespace {

struct SampleCommand {
  RunSettings settings;
  std::string out;
  std::int64_t threads = 0;
  bool seed_given = false, overwrite = false, quiet = false;
};

void say(const SampleCommand& c, const std::string& text) {
  if (!c.quiet) note(text);
}

/// --init R or FILE: a number is a radius, anything else must be a file.
void resolve_init(SampleCommand& c, const Model& model) {
  SampleSettings& s = c.settings.sampling;
  if (const auto radius = parse_real(c.settings.init)) {
    if (!std::isfinite(*radius) || *radius < 0)
      throw UsageError(fmt::format("--init: a radius must be finite and >= 0; found {}", c.settings.init));
    s.init_radius = *radius;
    return;
  }
  s.starts = read_starts(model, c.settings.init, s);
  if (s.starts.size() == 1 && s.chains > 1)
    say(c, "all chains start at the point in " + c.settings.init + ": R-hat cannot show what all of them miss");
}

RunFile create_run(SampleCommand& c, const RunHeader& header, const DataMap& data) {
  const RunFile::Creation options{.overwrite = c.overwrite, .data_path = c.settings.data_path};
  if (!c.out.empty()) return RunFile::create(c.out, header, data, options);
  for (;;) {  // a name that was free may be taken by another process before the file is made
    const std::string name = free_run_name(stem_of(c.settings.model));
    try {
      return RunFile::create(name, header, data, options);
    } catch (const Error&) {
      if (!file_exists(name)) throw;
    }
  }
}

int run_sample(SampleCommand& c) {
  SampleSettings& s = c.settings.sampling;
  if (!c.overwrite && !c.out.empty() && file_exists(c.out))  // before the work of compiling
    fail("{}: exists already; --overwrite replaces it, another --out keeps it", c.out);
  if (!c.seed_given) s.seed = draw_seed();
  if (s.draws % s.chains != 0) {
    say(c, fmt::format("--draws {} is rounded up to {}, a multiple of the {} chains", s.draws,
                       s.draws_per_chain() * s.chains, s.chains));
  }
  s.draws = s.draws_per_chain() * s.chains;

  const DataMap data = c.settings.data_path.empty() ? DataMap{} : read_json_data(c.settings.data_path);
  const LoadedModel loaded = load_model(
      c.settings.model, data, {.seed = s.seed, .data_given = !c.settings.data_path.empty(), .quiet = c.quiet});
  const Model& model = loaded.model;
  if (model.dimension() == 0) fail("{}: has no parameters, so that there is nothing to sample", c.settings.model);
  resolve_init(c, model);
  if (interrupted()) return 128 + signal_received();

  RunHeader header;
  header.settings = to_settings(c.settings);
  header.program_name = c.settings.model;
  header.program_source = loaded.source;
  header.fingerprint = run_fingerprint(model);
  header.chains = s.chains;
  header.columns = draw_columns(model);
  RunFile run = create_run(c, header, data);
  if (!c.quiet) {
    print_err("{}: {} parameters, {} chains, {} draws{}, seed {}, {} thread{}\n", c.settings.model, model.dimension(),
              s.chains, s.draws, s.thin > 1 ? fmt::format(" (every {}th transition)", s.thin) : "", s.seed, c.threads,
              c.threads == 1 ? "" : "s");
  }
  return carry_out(run, c.quiet, [&](Clock& clock, Observer& observer) {
    return sample(model, s, {.threads = int(c.threads)}, run, clock, observer);
  });
}

}  // namespace

Action add_sample(CLI::App& parent) {
  auto c = std::make_shared<SampleCommand>();
  SampleSettings& s = c->settings.sampling;
  c->threads = cores_allowed();
  CLI::App& app = *parent.add_subcommand("sample", "Draw from a posterior, summarise the draws and judge them");
  app.add_option("MODEL", c->settings.model, "A Stan program, or a test density (funnel, banana:2, …)")
      ->required()
      ->check(not_empty());
  app.add_option("--data", c->settings.data_path, "The data, a JSON file; may be left out when the program has none")
      ->type_name("FILE")
      ->check(not_empty());
  app.add_option("--method", c->settings.method, "How to draw: see thalweg methods")
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  integer_option(app, "--chains", s.chains, 1, 1'000'000, "Chains; 32 fill the lanes of a processor");
  integer_option(
      app, "--warmup", [&s](std::int64_t n) { s.warmup = n; }, 0, 1'000'000'000,
      "Transitions of warm-up a chain, exactly; left out: until settled, at most 1000");
  integer_option(app, "--draws", s.draws, 1, 1'000'000'000'000, "Draws to store, over all chains");
  integer_option(app, "--thin", s.thin, 1, 1'000'000'000, "Transitions for each stored draw");
  app.add_option_function<std::string>(
         "--seed",
         [c, &s](const std::string& text) {
           const auto seed = parse_unsigned(text);
           if (!seed) throw CLI::ValidationError("--seed", "must be an integer from 0 to 2^64 - 1; found " + text);
           s.seed = *seed;
           c->seed_given = true;
         },
         "Seed of all random numbers; left out: drawn, printed and stored")
      ->type_name("N");
  integer_option(app, "--threads", c->threads, 1, 4096, "Threads; they change no bit of the draws");
  app.add_option("--init", c->settings.init,
                 "Start uniform on [-R, R] in the unconstrained space, or at the values in a JSON file")
      ->type_name("R|FILE")
      ->check(not_empty())
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--metric",
         [&s](const std::string& name) {
           for (const MetricKind kind : {MetricKind::automatic, MetricKind::diagonal, MetricKind::dense})
             if (name == to_string(kind)) s.metric = kind;
         },
         "Shape of the metric; automatic takes the dense one where it saves more steps than it costs")
      ->check(CLI::IsMember({"automatic", "diagonal", "dense"}))
      ->type_name("NAME")
      ->default_str("automatic");
  real_option(
      app, "--target-accept", s.target_acceptance, [](double p) { return p > 0 && p < 1; }, "between 0 and 1",
      "Acceptance rate that the step size aims at; nearer to 1 means smaller steps");
  integer_option(
      app, "--max-depth", [&s](std::int64_t n) { s.max_depth = int(n); }, 1, 24, "Largest depth of a trajectory's tree")
      ->default_str("10");
  app.add_option("--out", c->out, "The run file; left out: MODEL's stem + .run here, with -2, -3 … if taken")
      ->type_name("NAME.run")
      ->check(not_empty());
  app.add_flag("--overwrite", c->overwrite, "Replace an existing --out, at the first commit");
  app.add_flag("--save-warmup", s.save_warmup, "Store the draws of warm-up too");
  app.add_flag("--quiet", c->quiet, "No progress and no notes; the summary only");
  return [c] { return run_sample(*c); };
}

}  // namespace thalweg::app
