// thalweg pathfinder MODEL: Gaussians along the ways up.
#include "thalweg/variational/pathfinder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "app/approximation.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/terminal.hpp"
#include "app/verbs.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

struct PathfinderCommand {
  ApproximationCommand base;
  PathfinderSettings settings;
  std::int64_t paths = 16;
};

ordered_json to_json(const Path& path) {
  const auto number = [](double v) { return std::isfinite(v) ? ordered_json(v) : ordered_json(nullptr); };
  return {{"iterations", path.ascent.iterations}, {"gradients", path.ascent.gradients}, {"best_iteration", path.best},
          {"elbo", number(path.elbo.value)},      {"elbo_se", number(path.elbo.se)},    {"failure", path.failure}};
}

int run_pathfinder(PathfinderCommand& c) {
  DataMap data;
  const LoadedModel loaded = open_model(c.base.common, data);
  PathfinderSettings& s = c.settings;
  s.search.paths = static_cast<std::size_t>(c.paths);
  s.search.seed = c.base.common.seed;
  s.draws = static_cast<std::size_t>(c.base.draws);
  s.threads = static_cast<int>(c.base.common.threads);
  SteadyClock clock;
  const double began = clock.seconds();
  PathfinderResult result = pathfinder(loaded.model, s);
  Found found;
  found.seconds = clock.seconds() - began;
  if (interrupted()) return 128 + signal_received();
  const auto failed =
      std::count_if(result.paths.begin(), result.paths.end(), [](const Path& p) { return !p.failure.empty(); });
  const Path& best = *best_path(result.paths);  // pathfinder() throws when there is none
  found.lines.push_back(fmt::format("{} paths{}, best ELBO {:.5g}, {} gradients", result.paths.size(),
                                    failed > 0 ? fmt::format(" ({} failed)", failed) : "", best.elbo.value,
                                    result.gradients));
  if (failed > 0) c.base.common.say("paths that came to nothing: " + failures_of(result.paths));
  found.facts = {{"gradients", result.gradients}, {"failed_paths", failed}};
  auto& paths = found.facts["paths"] = ordered_json::array();
  for (const Path& p : result.paths) paths.push_back(to_json(p));
  found.settings = {{"paths", c.paths}, {"resample", s.resample ? "psis" : "none"}};
  found.resampled = std::move(result.resampled);
  found.q = std::move(result.approximation);
  if (found.q.dimension <= 512) found.metric = best.q.covariance();
  return finish_approximation(c.base, loaded, data, std::move(found));
}

}  // namespace

Action add_pathfinder(CLI::App& parent) {
  auto c = std::make_shared<PathfinderCommand>();
  CLI::App& app = *parent.add_subcommand("pathfinder", "Gaussians along the ways up to the modes; milliseconds");
  add_model_arguments(app, c->base.common);
  integer_option(app, "--paths", c->paths, 1, 100'000, "Paths, each from a start of its own");
  app.add_option_function<std::string>(
         "--resample",
         [c](const std::string& how) {
           if (how == "none") c->settings.resample.reset();
         },
         "Draws of all paths by Pareto-smoothed weights of their mixture, or as they come")
      ->check(CLI::IsMember({"psis", "none"}))
      ->type_name("HOW")
      ->default_str("psis");
  add_approximation_options(app, c->base);
  return [c] { return run_pathfinder(*c); };
}

}  // namespace thalweg::app
