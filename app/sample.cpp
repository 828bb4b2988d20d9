// thalweg sample MODEL: draws from a density.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/company.hpp"
#include "app/interruption.hpp"
#include "app/methods.hpp"
#include "app/model_command.hpp"
#include "app/print.hpp"
#include "app/reference.hpp"
#include "app/run_settings.hpp"
#include "app/running.hpp"
#include "app/starts.hpp"
#include "app/status.hpp"
#include "app/until.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"
#include "thalweg/dynamics/choose.hpp"
#include "thalweg/dynamics/tail.hpp"

namespace thalweg::app {
namespace {

struct SampleCommand {
  ModelCommand common;
  std::string init = "2";    ///< a radius, a JSON file or a run, as given
  std::string keep = "all";  ///< as given
  bool thin_given = false, chains_given = false;
  bool automatic = false;             ///< --method auto
  std::optional<std::int64_t> draws;  ///< --draws
  UntilOptions until;
  SampleSettings sampling;
  std::int64_t tail = TailSettings{}.draws;  ///< of methods that take minibatches; 0: none
  std::optional<std::int64_t> starts;  ///< of the census of modes; absent: 32, as far as a share of the run pays for
};

/// --keep last|all|N.
std::int64_t draws_to_keep(const std::string& text) {
  if (text == "all") return 0;
  if (text == "last") return 1;
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 1 || n > 1'000'000'000)
    throw UsageError(fmt::format(
        "--keep: must be all, last, or a number of draws of each chain from 1 to 1000000000; found {}", text));
  return n;
}

/// --init R, FILE or RUN: a number is a radius, anything else must be a file.
void resolve_init(SampleCommand& c, const LoadedModel& loaded) {
  SampleSettings& s = c.sampling;
  if (const auto radius = parse_real(c.init)) {
    if (!std::isfinite(*radius) || *radius < 0)
      throw UsageError(fmt::format("--init: a radius must be finite and >= 0; found {}", c.init));
    s.init_radius = *radius;
    return;
  }
  if (c.init.ends_with(".run")) {
    RunStarts from = starts_of_run(loaded, c.common.model, c.init, s);
    s.starts = std::move(from.starts);
    s.initial_metric = std::move(from.metric);
    c.common.say(from.description);
  } else {
    s.starts = read_starts(loaded.model, c.init, s);
  }
  if (s.starts.size() == 1 && s.chains > 1)
    c.common.say("all chains start at the point in " + c.init + ": R-hat cannot show what all of them miss");
}

std::vector<std::string> names_with_auto() {
  std::vector<std::string> names = method_names();
  names.emplace_back("auto");
  return names;
}

int run_sample(SampleCommand& c) {
  SampleSettings& s = c.sampling;
  DataMap data;
  std::optional<LoadedModel> chosen_for;
  if (c.automatic) {
    chosen_for.emplace(open_model(c.common, data));
    s.seed = c.common.seed;
    const Choice choice = choose_method(chosen_for->model, s, {.threads = int(c.common.threads)});
    s.method = choice.method;
    c.common.say(fmt::format("--method auto: {}, as {}", to_string(s.method), choice.reason));
  }
  if (!c.thin_given) s.thin = traits_of(s.method).thin;
  if (!c.chains_given) s.chains = traits_of(s.method).chains;
  if (c.draws) s.draws = *c.draws;
  s.keep = draws_to_keep(c.keep);
  if (s.keep > 0 && s.chains < SampleSettings::least_streamed_chains)
    throw UsageError(
        fmt::format("--keep {}: needs at least {} chains, from whose means the errors are known when draws "
                    "are not kept; found {}",
                    c.keep, SampleSettings::least_streamed_chains, s.chains));
  if (s.keep > 0 && !c.until.accuracy.empty())
    throw UsageError(
        fmt::format("--until: looks at stored draws, which --keep {} leaves out; take --keep all", c.keep));
  std::optional<StoppingRule> rule;
  if (c.until.given() || c.until.min_draws) {
    rule = rule_of(c.until, c.draws, s);
    s.draws = *rule->max_draws;
    if (const std::string remark = remark_on(rule->accuracy); !remark.empty()) c.common.say(remark);
  }
  if ((c.draws || !rule) && s.draws % s.chains != 0) {
    c.common.say(fmt::format("--draws {} is rounded up to {}, a multiple of the {} chains", s.draws,
                             s.draws_per_chain() * s.chains, s.chains));
  }
  s.draws = s.draws_per_chain() * s.chains;
  if (rule) rule->max_draws = s.draws;

  const LoadedModel loaded = chosen_for ? std::move(*chosen_for)
                                        : open_model(c.common, data,
                                                     {.hessian = s.special.reference == Reference::laplace,
                                                      .subset = traits_of(s.method).minibatches,
                                                      .constants = follows_path(s.method)});
  const Model& model = loaded.model;
  s.seed = c.common.seed;
  resolve_init(c, loaded);
  const std::string undefined = choose_reference(s, loaded);
  if (!undefined.empty() && walks_path(s.method)) {
    print_err("{}", refusal(undefined));
    return status_untrusted;
  }
  if (wants_fitted_reference(s, loaded)) fit_reference(s, c.common, loaded);
  if (interrupted()) return 128 + signal_received();

  RunHeader header = header_of(c.common, loaded);
  nlohmann::json own = to_json(s, c.init, rule);
  if (traits_of(s.method).minibatches) own["tail"] = c.tail;
  own["undefined_evidence"] = undefined.empty() ? nlohmann::json() : nlohmann::json(undefined);
  own["starts"] = c.starts ? nlohmann::json(*c.starts) : nlohmann::json();
  header.settings = settings_of(c.common, own);
  header.chains = s.chains;
  header.columns = draw_columns(model);
  RunFile run = create_run(c.common, header, data);
  const std::int64_t threads = c.common.threads;
  if (!c.common.quiet) {
    print_err("{}: {}, {} chains, {}{}, seed {}, {} thread{}{}\n", c.common.model, count_parameters(model), s.chains,
              rule ? to_words(*rule) : fmt::format("{} draws", s.draws),
              s.thin > 1 ? fmt::format(" (every {}th transition)", s.thin) : "", s.seed, threads,
              threads == 1 ? "" : "s", in_processes());
  }
  const auto draw = [&](Clock& clock, ProgressDisplay& display) {
    const LoadOptions options{
        .seed = s.seed, .subset = traits_of(s.method).minibatches, .constants = follows_path(s.method)};
    return in_company(c.common.model, loaded.source, model, data, options, int(threads), [&](const Execution& e) {
      return rule ? sample_under(*rule, model, s, e, run, c.common.quiet, clock, display)
                  : sample(model, s, e, run, clock, display);
    });
  };
  try {
    return carry_out(run, model, int(threads), c.common.quiet, draw);
  } catch (const PriorNotSampled& error) {
    print_err("log Z is unknown: {}\n", error.what());
    return status_untrusted;
  }
}

}  // namespace

Action add_sample(CLI::App& parent) {
  auto c = std::make_shared<SampleCommand>();
  SampleSettings& s = c->sampling;
  CLI::App& app = *parent.add_subcommand("sample", "Draw from a posterior, summarise the draws and judge them");
  add_model_arguments(app, c->common);
  app.add_option_function<std::string>(
         "--method",
         [c = c.get()](const std::string& name) {
           c->automatic = name == "auto";
           if (!c->automatic) c->sampling.method = *method_called(name);
         },
         "How to draw: see thalweg methods; auto: nuts or laps, whichever a short run finds to suit")
      ->check(CLI::IsMember(names_with_auto()))
      ->type_name("NAME")
      ->default_str("nuts");
  integer_option(
      app, "--chains",
      [c = c.get()](std::int64_t n) {
        c->sampling.chains = n;
        c->chains_given = true;
      },
      1, 10'000'000, "Chains, or particles; left out: 32, which fill the lanes of a processor, and more for ensembles");
  integer_option(
      app, "--warmup", [&s](std::int64_t n) { s.warmup = n; }, 0, 1'000'000'000,
      "Transitions of warm-up a chain, exactly; left out: until settled, at most 1000 (mams, mclmc: 2000)");
  integer_option(
      app, "--draws", [c = c.get()](std::int64_t n) { c->draws = n; }, 1, 1'000'000'000'000,
      "Draws to store, over all chains; with --until or a budget: at most")
      ->default_str(std::to_string(s.draws));
  integer_option(
      app, "--thin",
      [c = c.get()](std::int64_t n) {
        c->sampling.thin = n;
        c->thin_given = true;
      },
      1, 1'000'000'000,
      "Transitions for each stored draw; left out: 1, or 8 or 16 where a transition is one gradient, more where it is "
      "one of a minibatch");
  app.add_option("--keep", c->keep,
                 "Draws that the run file keeps of each chain after warm-up: all, the last, or the last N. Means, "
                 "standard deviations, quantiles and the verdict are of all draws: what is not kept is counted as it "
                 "comes; 16 chains at least")
      ->type_name("last|all|N")
      ->check(not_empty())
      ->capture_default_str();
  app.add_option("--init", c->init,
                 "Start uniform on [-R, R] in the unconstrained space, at the values in a JSON file, or at points of a "
                 "run of optimize, laplace, pathfinder, vi, stein or sample, with its metric")
      ->type_name("R|FILE|RUN")
      ->check(not_empty())
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--metric",
         [&s](const std::string& name) {
           for (const MetricKind kind :
                {MetricKind::automatic, MetricKind::diagonal, MetricKind::dense, MetricKind::unit})
             if (name == to_string(kind)) s.metric = kind;
         },
         "Shape of the metric; automatic takes the dense one where it saves more steps than it costs; unit learns "
         "nothing")
      ->check(CLI::IsMember({"automatic", "diagonal", "dense", "unit"}))
      ->type_name("NAME")
      ->default_str("automatic");
  const auto positive = [](double v) { return v > 0; };
  real_option(
      app, "--temperature", s.special.temperature, [](double t) { return t >= 0; }, ">= 0",
      "Draw from p^(1/T) of the unconstrained space, Jacobian included: towards 0 the draws gather at the maximum that "
      "optimize --objective map finds, and which constrained law that is depends on the parametrisation; 0 itself is "
      "ascent, with ula, baoab, obabo, sgld and sghmc");
  optional_real(app, "--step-size", s.step_size, positive, "> 0",
                "A fixed step size, in the unit of the method (thalweg methods); left out: adapted in warm-up");
  optional_real(
      app, "--target-accept", s.target_acceptance, [](double p) { return p > 0 && p < 1; }, "between 0 and 1",
      "Acceptance rate that the step size aims at; nearer to 1 means smaller steps; left out: the method's");
  optional_real(
      app, "--length", s.special.length, positive, "> 0",
      "Length of a trajectory in the whitened space: hmc, tempering, smc and ais, left out pi/2; mams, and of "
      "forgetting: mclmc, left out the "
      "square root of the dimension");
  app.add_flag("!--no-jitter", s.special.jitter, "hmc: trajectories of one length");
  optional_real(app, "--friction", s.special.friction, positive, "> 0",
                "baoab, obabo, ghmc, sghmc: friction in the whitened space; left out: 1");
  integer_option(
      app, "--minibatch", [&s](std::int64_t n) { s.special.minibatch = n; }, 1, 2'000'000'000,
      "sgld, sghmc: observations that a step looks at, drawn without replacement; left out: the square root of their "
      "number, or a 32nd of it where that is more");
  optional_real(app, "--step-decay", s.special.step_decay, positive, "> 0",
                "sgld, sghmc: the step size falls as (1 + t/B)^-0.55 from the first transition, t = 0, on; left out: "
                "it stays");
  integer_option(
      app, "--tail", [c = c.get()](std::int64_t n) { c->tail = n; }, 0, 1'000'000'000,
      "sgld, sghmc: draws of nuts with all observations, from where the chains ended, that the bias is measured "
      "against; 0: none")
      ->default_str(std::to_string(TailSettings{}.draws));
  optional_real(
      app, "--tolerance", s.special.tolerance, positive, "> 0",
      "Methods without a Metropolis test: variance of the energy error a dimension that the step size aims at, left "
      "out 5e-4; walnuts: largest change of the energy along a step, in nats, left out 0.5; sgld, sghmc: share that an "
      "automatic step may add to a variance, left out 0.05");
  integer_option(
      app, "--rungs", [&s](std::int64_t n) { s.special.rungs = n; }, 2, most_rungs,
      "tempering: temperatures from the reference to the density; left out: chosen in warm-up, about twice the "
      "communication barrier");
  app.add_option_function<std::string>(
         "--reference",
         [&s](const std::string& name) {
           for (const Reference r : {Reference::automatic, Reference::prior, Reference::gaussian, Reference::laplace})
             if (name == to_string(r)) s.special.reference = r;
         },
         "Where the path to the density begins. tempering: automatic takes the prior where there is one that is not "
         "seen to be improper, else laplace where ascents find several modes, else gaussian, which warm-up fits; smc, "
         "ais: the prior, or laplace, a Gaussian over all modes that ascents find")
      ->check(CLI::IsMember({"automatic", "prior", "gaussian", "laplace"}))
      ->type_name("NAME")
      ->default_str("automatic");
  integer_option(
      app, "--max-depth", [&s](std::int64_t n) { s.max_depth = int(n); }, 1, 24, "Largest depth of a trajectory's tree")
      ->default_str("10");
  add_until_options(app, c->until);
  integer_option(
      app, "--starts", [c = c.get()](std::int64_t n) { c->starts = n; }, 0, 1'000'000,
      "Starts of the census of modes that the draws should reach, over-dispersed; 0: no census; left out: 32, or what "
      "a fifth of the run's gradients pays for")
      ->type_name("N");
  app.add_flag("--save-warmup", s.save_warmup, "Store the draws of warm-up too");
  add_run_options(app, c->common);
  return [c] { return run_sample(*c); };
}

}  // namespace thalweg::app
