// thalweg optimize MODEL: the peaks of a density.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "app/answer.hpp"
#include "app/census.hpp"
#include "app/draw_store.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_command.hpp"
#include "app/print.hpp"
#include "app/starts.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/optimize/laplace.hpp"

namespace thalweg::app {
namespace {

struct OptimizeCommand {
  ModelCommand common;
  OptimizeSettings settings;
  std::string init = "2";
  std::int64_t starts = 32;
};

constexpr std::size_t rows_shown = 40, modes_shown = 5;

constexpr Statistic statistics[] = {{"lp"},   {"energy"},          {"gradient_norm"},
                                    {"step"}, {"iteration", true}, {"end", true}};

void resolve_init(OptimizeCommand& c, const LoadedModel& loaded) {
  OptimizeSettings& s = c.settings;
  s.starts = static_cast<std::size_t>(c.starts);
  if (const auto radius = parse_real(c.init)) {
    if (!std::isfinite(*radius) || *radius < 0)
      throw UsageError(fmt::format("--init: a radius must be finite and >= 0; found {}", c.init));
    s.init_radius = *radius;
    return;
  }
  const SampleSettings chains{.chains = c.starts, .seed = c.common.seed};
  s.given = c.init.ends_with(".run") ? starts_of_run(loaded, c.common.model, c.init, chains).starts
                                     : read_starts(loaded.model, c.init, chains);
  if (s.given.size() == 1) s.starts = 1;
}

/// The starts that came to an end are the chains of the run; the draw of each is that end, its path the warm-up.
struct Stored {
  std::vector<std::size_t> climbs;
  std::vector<std::int64_t> end_of;  ///< by climb; −1: none
  std::vector<std::int64_t> chain_of;
};

Stored chains_of(const OptimizeResult& result) {
  Stored s;
  s.end_of.assign(result.climbs.size(), -1);
  s.chain_of.assign(result.climbs.size(), -1);
  for (std::size_t e = 0; e < result.census.ends.size(); ++e)
    for (const std::size_t k : result.census.ends[e].climbs) s.end_of[k] = static_cast<std::int64_t>(e);
  for (std::size_t k = 0; k < result.climbs.size(); ++k)
    if (result.climbs[k].found) {
      s.chain_of[k] = static_cast<std::int64_t>(s.climbs.size());
      s.climbs.push_back(k);
    }
  return s;
}

void store(RunFile& run, const OptimizeCommand& c, const Model& model, const OptimizeResult& result,
           const Stored& stored, const Answer& answer) {
  DrawStore draws(run, model, std::size(statistics), c.common.seed);
  std::size_t longest = 0;
  for (const Climb& climb : result.climbs) longest = std::max(longest, climb.path.size());
  for (std::size_t chain = 0; chain < stored.climbs.size(); ++chain) {
    const Climb& climb = result.climbs[stored.climbs[chain]];
    const std::int64_t at = stored.end_of[stored.climbs[chain]];
    const auto row = [&](double energy, double norm, double step, std::size_t iteration) {
      return std::vector<double>{-energy, energy, norm, step, double(iteration), double(at + 1)};
    };
    for (std::size_t k = 0; k < longest && !climb.path.empty(); ++k) {  // paths that ended early stay where they are
      const bool over = k >= climb.path.size();
      const PathPoint& p = over ? climb.path.back() : climb.path[k];
      draws.add(Phase::warmup, std::int64_t(chain), row(p.energy, p.gradient_norm, over ? 0 : p.step, k), p.x);
    }
    const End* end = at < 0 ? nullptr : &result.census.ends[std::size_t(at)];
    const bool best_of_end = end && end->climbs.front() == stored.climbs[chain];
    const double log_p = best_of_end ? end->log_p : climb.log_p;
    draws.add(Phase::sampling, std::int64_t(chain),
              row(-log_p, best_of_end ? end->gradient_norm : climb.ascent.gradient_norm, 0,
                  std::size_t(climb.ascent.iterations)),
              best_of_end ? end->x : climb.x);
  }
  store_answer(run, answer);
  std::vector<LogEntry> log;
  for (std::size_t k = 0; k < result.climbs.size(); ++k)
    if (!result.climbs[k].found)
      log.push_back({"warning", std::int64_t(k), 0, "start failed: " + result.climbs[k].ascent.evidence});
  draws.finish(log);
}

Answer answer_of(const OptimizeCommand& c, const OptimizeResult& result, const Stored& stored, double seconds) {
  Answer answer;
  const Census& census = result.census;
  answer.lines = {table_of(census), ""};
  answer.verdict = judge(census, c.settings, c.common.model);
  answer.facts = {{"command", "optimize"},
                  {"objective", to_string(c.settings.objective)},
                  {"method", to_string(c.settings.optimizer)},
                  {"seconds", seconds},
                  {"gradients", result.gradients},
                  {"hessian_products", result.products}};
  answer.facts["census"] = to_json(census);
  for (std::size_t e = 0; e < census.ends.size() && answer.points.size() < modes_shown; ++e) {
    if (census.ends[e].copy_of >= 0) continue;
    answer.points.push_back(stored.chain_of[census.ends[e].climbs.front()]);
    answer.headings.push_back(fmt::format("end {}", e + 1));
  }
  return answer;
}

/// −H⁻¹ at the best maximum, for samplers that start here: its diagonal is enough to begin with.
std::vector<double> metric_of(const Model& model, const Census& census, int threads) {
  const End* best = census.best();
  if (!best || best->kind != EndKind::maximum || !best->whole_hessian || best->x.size() > 512) return {};
  Model with_products = model;
  if (with_products.hessian_widths().empty()) with_products.add_hessian_differences("compiled without them");
  Points points(with_products, whole_density, threads);
  try {
    return laplace(points, best->x, {.draws = 0, .most_decrement = infinity}).q.covariance();
  } catch (const Error&) {
    return {};
  }
}

int run_optimize(OptimizeCommand& c) {
  DataMap data;
  const LoadedModel loaded = open_model(c.common, data, {.hessian = true});
  const Model& model = loaded.model;
  resolve_init(c, loaded);
  c.settings.seed = c.common.seed;
  c.settings.threads = int(c.common.threads);
  if (!c.common.quiet)
    print_err("{}: {}, {} by {} from {} start{}, seed {}\n", c.common.model, count_parameters(model),
              to_string(c.settings.objective), to_string(c.settings.optimizer), c.settings.starts,
              c.settings.starts == 1 ? "" : "s", c.common.seed);
  SteadyClock clock;
  const double began = clock.seconds();
  const OptimizeResult result = optimize(model, c.settings, [] { return !interrupted(); });
  const double seconds = clock.seconds() - began;
  if (interrupted()) return 128 + signal_received();

  const Stored stored = chains_of(result);
  const Answer answer = answer_of(c, result, stored, seconds);
  RunHeader header = header_of(c.common, loaded);
  header.chains = std::max<std::int64_t>(1, std::ssize(stored.climbs));
  header.columns = columns_of(model, statistics);
  const OptimizeSettings& s = c.settings;
  header.settings = settings_of(c.common, {{"objective", to_string(s.objective)},
                                           {"method", to_string(s.optimizer)},
                                           {"starts", s.starts},
                                           {"init", c.init},
                                           {"max_iterations", s.max_iterations},
                                           {"tolerance", s.tolerance},
                                           {"step_size", s.step_size},
                                           {"half_life", s.half_life},
                                           {"temperature", s.temperature},
                                           {"save_path", s.save_path},
                                           {"fix_untouched", s.fix_untouched}});
  RunFile run = create_run(c.common, header, data);
  store(run, c, model, result, stored, answer);
  if (s.objective == Objective::map)
    if (const auto metric = metric_of(model, result.census, s.threads); !metric.empty())
      run.write_adaptation({{-1, 0, metric}});
  c.common.say(fmt::format("{} gradients and {} Hessian-vector products in {}", result.gradients, result.products,
                           duration(seconds)));
  const int status = print_answer(run, answer, {}, rows_shown);
  print_out("Run file: {}\n", run.path());
  return status;
}

}  // namespace

Action add_optimize(CLI::App& parent) {
  auto c = std::make_shared<OptimizeCommand>();
  OptimizeSettings& s = c->settings;
  CLI::App& app =
      *parent.add_subcommand("optimize", "Climb to the peaks of a density: MAP, mode or maximum likelihood");
  add_model_arguments(app, c->common);
  app.add_option_function<std::string>(
         "--objective",
         [&s](const std::string& name) {
           for (const Objective o : {Objective::map, Objective::mode, Objective::mle})
             if (name == to_string(o)) s.objective = o;
         },
         "map: the peak on the unconstrained space, Jacobian included; mode: the peak of the constrained parameters' "
         "density, without it (what CmdStan's optimize finds by default); mle: the likelihood alone")
      ->check(CLI::IsMember({"map", "mode", "mle"}))
      ->type_name("NAME")
      ->default_str("map");
  app.add_option_function<std::string>(
         "--method",
         [&s](const std::string& name) {
           for (const Optimizer o : {Optimizer::lbfgs, Optimizer::newton, Optimizer::adam, Optimizer::gradient_descent,
                                     Optimizer::annealing})
             if (name == to_string(o)) s.optimizer = o;
         },
         "How to climb: see thalweg methods")
      ->check(CLI::IsMember({"lbfgs", "newton", "adam", "gradient-descent", "annealing"}))
      ->type_name("NAME")
      ->default_str("lbfgs");
  integer_option(app, "--starts", c->starts, 1, 1'000'000, "Starts, climbed together in packs");
  app.add_option(
         "--init", c->init,
         "Start uniform on [-R, R] in the unconstrained space, at the values in a JSON file, or at points of a run")
      ->type_name("R|FILE|RUN")
      ->check(not_empty())
      ->capture_default_str();
  integer_option(
      app, "--max-iterations", [&s](std::int64_t n) { s.max_iterations = n; }, 1, 1'000'000'000,
      "Iterations of each start; left out: 2000 (lbfgs), 500 (newton), 20000, annealing 5000");
  real_option(
      app, "--tolerance", s.tolerance, [](double t) { return t >= 0 && std::isfinite(t); }, "finite and >= 0",
      "Stop when no more than this is to be gained, in nats");
  real_option(
      app, "--step-size", s.step_size, [](double t) { return t >= 0 && std::isfinite(t); }, "finite and >= 0",
      "Of gradient-descent, annealing and adam; 0: automatic");
  real_option(
      app, "--half-life", s.half_life, [](double t) { return t >= 0 && std::isfinite(t); }, "finite and >= 0",
      "A given step size is divided by 1 + k/this at iteration k; 0: never falls");
  real_option(
      app, "--temperature", s.temperature, [](double t) { return t >= 0 && std::isfinite(t); }, "finite and >= 0",
      "Of annealing, at its start");
  app.add_flag("--save-path", s.save_path, "Store energy, gradient norm and step of every iterate");
  app.add_flag("--fix-untouched", s.fix_untouched,
               "With mle: parameters that no likelihood term touches stay at their starts");
  add_run_options(app, c->common);
  return [c] { return run_optimize(*c); };
}

}  // namespace thalweg::app
