// thalweg stein MODEL: particles that climb and push each other apart.
#include "thalweg/variational/stein.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "app/answer.hpp"
#include "app/draw_store.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_command.hpp"
#include "app/print.hpp"
#include "app/terminal.hpp"
#include "app/verbs.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/density/coordinate_names.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

struct SteinCommand {
  ModelCommand common;
  SteinSettings settings;
  std::int64_t particles = 256, iterations = 2000;
};

constexpr std::size_t rows_shown = 40;

Verdict judge(const SteinResult& r, const Model& model, const std::string& name) {
  Verdict verdict;
  const auto fails = [&](std::string text) {
    verdict.trusted = false;
    verdict.findings.push_back({Finding::Weight::failure, std::move(text)});
  };
  if (r.spread.collapsed) {
    const auto least = std::min_element(r.spread.factor.begin(), r.spread.factor.end()) - r.spread.factor.begin();
    fails(fmt::format("{}; the worst is {}, with {:.2f} of its variance", r.spread.sentence,
                      coordinate_names(model)[static_cast<std::size_t>(least)], r.spread.factor[std::size_t(least)]));
    verdict.advice.push_back("more --particles, in the low dimensions where they help");
    verdict.advice.push_back(fmt::format("thalweg vi {0} --family full-rank, or thalweg sample {0}", name));
  }
  if (!r.converged) {
    fails(fmt::format("the particles have not come to rest after {} iterations", r.iterations));
    verdict.advice.push_back("more --max-iterations");
  }
  if (r.failed > 0)
    verdict.findings.push_back(
        {Finding::Weight::note,
         fmt::format("{} moves ended where log p or its gradient is not finite, and were not made", r.failed)});
  verdict.evidence = fmt::format("{} of the variance by the particles' own gradients, {} iterations",
                                 fmt::format("{:.2f}", r.spread.overall), r.iterations);
  return verdict;
}

int run_stein(SteinCommand& c) {
  DataMap data;
  const LoadedModel loaded = open_model(c.common, data);
  const Model& model = loaded.model;
  SteinSettings& s = c.settings;
  s.particles = static_cast<std::size_t>(c.particles);
  s.max_iterations = static_cast<int>(c.iterations);
  s.start.seed = c.common.seed;
  s.threads = static_cast<int>(c.common.threads);
  SteadyClock clock;
  const double began = clock.seconds();
  const SteinResult r = stein(model, s, [](const SteinAt&) { return !interrupted(); });
  const double seconds = clock.seconds() - began;
  if (interrupted()) return 128 + signal_received();
  Answer answer;
  answer.lines = {fmt::format("{} particles, {} kernel, {} iterations, {} gradients", r.count,
                              s.kernel == SteinKernel::rbf ? "rbf" : "imq", r.iterations, r.gradients),
                  r.spread.sentence};
  answer.verdict = judge(r, model, c.common.model);
  answer.facts = {{"command", "stein"},
                  {"seconds", seconds},
                  {"iterations", r.iterations},
                  {"converged", r.converged},
                  {"gradients", r.gradients},
                  {"spread", r.spread.overall},
                  {"collapsed", r.spread.collapsed}};
  answer.facts["spread_theory"] = std::isfinite(r.spread.theory) ? ordered_json(r.spread.theory) : ordered_json();
  RunHeader header = header_of(c.common, loaded);
  header.settings = settings_of(c.common, {{"particles", c.particles},
                                           {"kernel", s.kernel == SteinKernel::rbf ? "rbf" : "imq"},
                                           {"max_iterations", c.iterations}});
  static constexpr Statistic statistics[] = {{"lp"}};
  header.columns = columns_of(model, statistics);
  RunFile run = create_run(c.common, header, data);
  DrawStore store(run, model, 1, c.common.seed);
  for (std::size_t i = 0; i < r.count; ++i)
    store.add(Phase::sampling, 0, {&r.log_p[i], 1}, {r.x.data() + i * r.dimension, r.dimension});
  store_answer(run, answer);
  store.finish({});
  const int status = print_answer(run, answer, {}, rows_shown);
  print_out("Run file: {}\n", run.path());
  return status;
}

}  // namespace

Action add_stein(CLI::App& parent) {
  auto c = std::make_shared<SteinCommand>();
  CLI::App& app = *parent.add_subcommand("stein", "Particles that climb log p and push each other apart");
  add_model_arguments(app, c->common);
  integer_option(app, "--particles", c->particles, 2, 100'000, "Particles; an iteration costs their number squared");
  app.add_option_function<std::string>(
         "--kernel",
         [c](const std::string& name) { c->settings.kernel = name == "imq" ? SteinKernel::imq : SteinKernel::rbf; },
         "What pushes them apart: rbf, or imq with longer tails")
      ->check(CLI::IsMember({"rbf", "imq"}))
      ->type_name("NAME")
      ->default_str("rbf");
  integer_option(app, "--max-iterations", c->iterations, 1, 100'000'000, "Iterations at the most");
  add_run_options(app, c->common);
  return [c] { return run_stein(*c); };
}

}  // namespace thalweg::app
