// thalweg laplace MODEL: the Gaussian at the peak.
#include "thalweg/optimize/laplace.hpp"

#include <fmt/format.h>

#include <memory>

#include "app/approximation.hpp"
#include "app/census.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/starts.hpp"
#include "app/terminal.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::app {
namespace {

struct LaplaceCommand {
  ApproximationCommand base;
  std::string at;  ///< a run of optimize; empty: climb first
  bool large = false;
};

std::string setting(const RunFile& run, const std::string& key) {
  const auto found = run.header().settings.find(key);
  return found == run.header().settings.end() ? "" : nlohmann::json::parse(found->second).get<std::string>();
}

/// The best end of a run of `optimize --objective map` on this very model.
std::vector<double> point_of_run(const LaplaceCommand& c, const LoadedModel& loaded) {
  const RunFile run = RunFile::open(c.at);
  const auto answer = stored_answer(run);
  if (setting(run, "command") != "optimize" || !answer)
    fail("--at {}: is no run of optimize, whose end would be a peak; found one of {}", c.at, setting(run, "command"));
  if (setting(run, "objective") != "map")
    fail(
        "--at {}: is a run for the objective {}, and Laplace's approximation is made at the peak on the unconstrained "
        "space; optimize with --objective map",
        c.at, setting(run, "objective"));
  if (run.header().program_source != loaded.source ||
      (loaded.source.empty() && run.header().program_name != c.base.common.model))
    fail("--at {}: is a run of another program ({})", c.at, run.header().program_name);
  if (answer->points.empty()) fail("--at {}: has no end", c.at);
  std::vector<double> x(static_cast<std::size_t>(loaded.model.dimension()), 0.0);
  Workspace workspace = loaded.model.workspace(1);
  workspace.unconstrain(parameters_of_draw(loaded.model, run, answer->points.front(), 0), x);
  return x;
}

/// The best maximum that many starts find, with the census for the reader.
std::vector<double> climb(const LaplaceCommand& c, const LoadedModel& loaded, Found& found) {
  const ModelCommand& common = c.base.common;
  const OptimizeSettings settings{.starts = static_cast<std::size_t>(std::max<std::int64_t>(c.base.census, 1)),
                                  .seed = common.seed,
                                  .threads = static_cast<int>(common.threads)};
  const OptimizeResult result = optimize(loaded.model, settings, [] { return !interrupted(); });
  const End* best = result.census.best();
  if (!best) fail("{}: no ascent came to an end", common.model);
  if (best->kind != EndKind::maximum) {
    const Verdict verdict = judge(result.census, settings, common.model);
    fail("{}: no Laplace approximation: {}", common.model, verdict.findings.front().text);
  }
  found.lines.push_back(table_of(result.census));
  return best->x;
}

int run_laplace(LaplaceCommand& c) {
  DataMap data;
  const LoadedModel loaded = open_model(c.base.common, data, {.hessian = true});
  Model model = loaded.model;
  if (model.hessian_widths().empty()) model.add_hessian_differences("compiled without second derivatives");
  Found found;
  SteadyClock clock;
  const double began = clock.seconds();
  const std::vector<double> x = c.at.empty() ? climb(c, loaded, found) : point_of_run(c, loaded);
  if (interrupted()) return 128 + signal_received();
  Points points(model, whole_density, static_cast<int>(c.base.common.threads));
  LaplaceResult result = laplace(points, x,
                                 {.draws = static_cast<std::size_t>(c.base.draws),
                                  .seed = c.base.common.seed,
                                  .largest_dimension = c.large ? std::size_t{1} << 20 : std::size_t{2000}});
  found.seconds = clock.seconds() - began;
  if (!model.hessian_is_exact())
    c.base.common.say("the Hessian is of differences of the gradient: " + model.hessian_reason());
  found.lines.push_back(
      fmt::format("Laplace: log density {:.8g} at the peak, curvature {:.3g} to {:.3g}, log evidence {:.6g}",
                  result.log_p, result.smallest, result.largest, result.log_evidence));
  found.facts = {{"log_density", result.log_p},           {"log_evidence", result.log_evidence},
                 {"smallest_curvature", result.smallest}, {"largest_curvature", result.largest},
                 {"newton_decrement", result.decrement},  {"exact_hessian", model.hessian_is_exact()}};
  found.settings = {{"at", c.at}};
  if (result.q.dimension() <= 512) found.metric = result.q.covariance();
  found.q = std::move(result.draws);
  return finish_approximation(c.base, loaded, data, std::move(found));
}

}  // namespace

Action add_laplace(CLI::App& parent) {
  auto c = std::make_shared<LaplaceCommand>();
  CLI::App& app = *parent.add_subcommand("laplace", "The Gaussian with the curvature of log p at its peak");
  add_model_arguments(app, c->base.common);
  app.add_option("--at", c->at, "A run of optimize --objective map on the same model; left out: climb first")
      ->type_name("NAME.run")
      ->check(not_empty());
  app.add_flag("--form-hessian", c->large, "Form a Hessian of more than 2000 dimensions: 8 d² bytes, several times");
  add_approximation_options(app, c->base);
  return [c] { return run_laplace(*c); };
}

}  // namespace thalweg::app
