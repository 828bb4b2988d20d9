// thalweg vi MODEL: the nearest Gaussian of a family.
#include "thalweg/variational/vi.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "app/approximation.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/terminal.hpp"
#include "app/verbs.hpp"
#include "thalweg/density/coordinate_names.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

struct ViCommand {
  ApproximationCommand base;
  ViSettings settings;
  std::int64_t rank = 0, fixed_draws = 0;
};

ordered_json number(double v) { return std::isfinite(v) ? ordered_json(v) : ordered_json(nullptr); }

const char* to_string(Estimator e) { return e == Estimator::fixed_sample ? "fixed-sample" : "stochastic"; }

/// The way up, about ten lines of it.
std::vector<std::string> trace_lines(const std::vector<ElboAt>& trace) {
  std::vector<std::string> lines;
  const std::size_t every = std::max<std::size_t>(1, (trace.size() + 8) / 9);
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (i % every == 0 || i + 1 == trace.size())
      lines.push_back(fmt::format("  iteration {:>6}  ELBO {:.6g} (se {:.2g})", trace[i].iteration, trace[i].elbo.value,
                                  trace[i].elbo.se));
  return lines;
}

ordered_json facts_of(const ViResult& r, const Model& model) {
  ordered_json facts{{"elbo", number(r.elbo.value)},           {"elbo_se", number(r.elbo.se)},
                     {"objective", number(r.objective)},       {"fixed_draws", r.fixed_draws},
                     {"exact_for_gaussians", r.exact_moments}, {"gradients", r.gradients},
                     {"hessian_products", r.products},         {"notes", r.notes}};
  auto& trace = facts["trace"] = ordered_json::array();
  for (const ElboAt& at : r.trace) trace.push_back({at.iteration, number(at.elbo.value), number(at.elbo.se)});
  if (model.dimension() > 10000) return facts;
  const std::vector<double> variances = r.q.variances();
  const std::vector<std::string> names = coordinate_names(model);
  auto& rows = facts["unconstrained"] = ordered_json::array();
  for (std::size_t j = 0; j < names.size(); ++j) {
    ordered_json row{{"name", names[j]}, {"mean", r.q.mean()[j]}, {"sd", std::sqrt(variances[j])}};
    if (!r.response.sds.empty()) row["linear_response_sd"] = number(r.response.sds[j]);
    if (!r.response.sampling_error.empty()) row["sampling_error"] = number(r.response.sampling_error[j]);
    rows.push_back(std::move(row));
  }
  return facts;
}

int run_vi(ViCommand& c) {
  DataMap data;
  ModelCommand& common = c.base.common;
  ViSettings& s = c.settings;
  const LoadedModel loaded = open_model(common, data, {.hessian = s.estimator == Estimator::fixed_sample});
  s.rank = static_cast<std::size_t>(c.rank);
  s.fixed_draws = static_cast<std::size_t>(c.fixed_draws);
  s.draws = static_cast<std::size_t>(c.base.draws);
  s.start.seed = common.seed;
  s.threads = static_cast<int>(common.threads);
  SteadyClock clock;
  const double began = clock.seconds();
  ViResult result = variational_inference(loaded.model, s, [](const ElboAt&) { return !interrupted(); });
  Found found;
  found.seconds = clock.seconds() - began;
  if (interrupted()) return 128 + signal_received();
  found.lines.push_back(
      fmt::format("{} Gaussian by {}: ELBO {:.6g} (se {:.2g}), {} gradients{}", to_string(s.family),
                  to_string(s.estimator), result.elbo.value, result.elbo.se, result.gradients,
                  result.products > 0 ? fmt::format(", {} Hessian-vector products", result.products) : std::string()));
  for (std::string& line : trace_lines(result.trace)) found.lines.push_back(std::move(line));
  for (const std::string& text : result.notes) common.say(text);
  const bool fixed = s.estimator == Estimator::fixed_sample;
  if (fixed && result.ascent.ending == Ending::iterations)
    found.failures.push_back(fmt::format("the ELBO has not reached its maximum after {} iterations: {}",
                                         result.ascent.iterations,
                                         "try another --seed, more --fixed-draws, or --estimator stochastic"));
  if (!fixed && !result.stochastic.stationary)
    found.failures.push_back(fmt::format("the iterates are not stationary after {} iterations (largest R-hat {:.2f})",
                                         result.stochastic.iterations, result.stochastic.r_hat));
  found.facts = facts_of(result, loaded.model);
  found.facts["arrived"] = found.failures.empty();
  found.settings = {{"family", std::string(to_string(s.family))},
                    {"estimator", to_string(s.estimator)},
                    {"rank", c.rank},
                    {"fixed_draws", c.fixed_draws}};
  if (!result.response.covariance.empty() && loaded.model.dimension() <= 512)
    found.metric = result.response.covariance;
  else if (s.family == Family::mean_field)
    found.metric = result.q.variances();
  else if (loaded.model.dimension() <= 512)
    found.metric = result.q.covariance();
  found.q = std::move(result.draws);
  return finish_approximation(c.base, loaded, data, std::move(found));
}

}  // namespace

Action add_vi(CLI::App& parent) {
  auto c = std::make_shared<ViCommand>();
  ViSettings& s = c->settings;
  CLI::App& app =
      *parent.add_subcommand("vi", "The Gaussian of a family that is nearest to the posterior, by the ELBO");
  add_model_arguments(app, c->base.common);
  app.add_option_function<std::string>(
         "--family",
         [&s](const std::string& name) {
           for (const Family f : {Family::mean_field, Family::full_rank, Family::low_rank})
             if (name == to_string(f)) s.family = f;
         },
         "mean-field: independent coordinates, sds corrected by linear response; full-rank; low-rank")
      ->check(CLI::IsMember({"mean-field", "full-rank", "low-rank"}))
      ->type_name("NAME")
      ->default_str("mean-field");
  app.add_option_function<std::string>(
         "--estimator",
         [&s](const std::string& name) {
           s.estimator = name == "stochastic" ? Estimator::stochastic : Estimator::fixed_sample;
         },
         "fixed-sample: draws that stay, climbed to rounding; stochastic: new ones at every step")
      ->check(CLI::IsMember({"fixed-sample", "stochastic"}))
      ->type_name("NAME")
      ->default_str("fixed-sample");
  integer_option(app, "--rank", c->rank, 0, 10'000, "Of the low-rank family; 0: the smaller of 8 and d - 1");
  integer_option(app, "--fixed-draws", c->fixed_draws, 0, 10'000'000,
                 "Draws that stay; 0: 64, or enough that Gaussian posteriors come out exactly");
  app.add_flag_callback(
      "--no-linear-response", [&s] { s.respond = false; },
      "Leave out what repairs the sds of mean-field: it costs N products for each coordinate");
  add_approximation_options(app, c->base);
  return [c] { return run_vi(*c); };
}

}  // namespace thalweg::app
