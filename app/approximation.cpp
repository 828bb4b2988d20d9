#include "app/approximation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/census.hpp"
#include "app/draw_store.hpp"
#include "app/interruption.hpp"
#include "app/print.hpp"
#include "app/report.hpp"
#include "app/starts.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/trust/resample.hpp"
#include "thalweg/variational/certificate.hpp"
#include "thalweg/variational/certificate_moved.hpp"
#include "thalweg/variational/gaussian_rows.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t rows_shown = 40;

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

std::vector<ColumnGroup> parameters_of(const Model& model) {
  std::vector<ColumnGroup> groups = columns_of(model, {});
  std::erase_if(groups, [](const ColumnGroup& group) { return group.kind != ColumnKind::parameter; });
  return groups;
}

/// The parameters that are not coordinates of the unconstrained space, as functions of it: what a reader wants bounds
/// of. A parameter is a coordinate when it has the name and, at some draws, the value of one.
class Parameters {
 public:
  Parameters(const Model& model, const Approximation& q)
      : workspace_(model.workspace(1)), values_(std::size_t(model.draw_size())), names_(coordinate_names(model)) {
    std::vector<std::string> elements;
    std::vector<std::size_t> columns;
    for (const ColumnGroup& group : parameters_of(model)) {
      for (std::int64_t k = 0; k < group.size; ++k) columns.push_back(std::size_t(group.first + k));
      for (std::string& name : element_names(group)) elements.push_back(std::move(name));
    }
    std::vector<bool> moved(elements.size(), elements != names_);
    for (std::size_t i = 0; elements == names_ && i < std::min<std::size_t>(q.count, 3); ++i) {
      if (!constrain(q.draw(i))) continue;
      for (std::size_t j = 0; j < elements.size(); ++j)
        if (values_[columns[j]] != q.draw(i)[j]) moved[j] = true;
    }
    for (std::size_t j = 0; j < elements.size(); ++j) {
      if (!moved[j]) continue;
      if (elements == names_) renamed_.push_back(j);
      functions_.push_back(elements[j]);
      columns_.push_back(columns[j]);
    }
    for (const std::size_t j : renamed_) names_[j] += ", unconstrained";
    if (functions_.size() > most) functions_.clear(), columns_.clear();
  }
  const std::vector<std::string>& coordinates() const { return names_; }
  NamedFunctions functions() {
    return {functions_, [this](std::span<const double> x, std::span<double> out) {
              const bool sound = constrain(x);
              for (std::size_t i = 0; i < columns_.size(); ++i) out[i] = sound ? values_[columns_[i]] : std::nan("");
            }};
  }

 private:
  static constexpr std::size_t most = 2000;
  bool constrain(std::span<const double> x) {
    try {
      workspace_.constrain(x, 0, 0, 0, false, values_);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  Workspace workspace_;
  std::vector<double> values_;
  std::vector<std::string> names_, functions_;
  std::vector<std::size_t> columns_, renamed_;
};

/// log p − log q at the draws of a run of sample.
DrawsOfTarget draws_of_target(const Model& model, const Approximation& q, const std::string& path) {
  const RunFile run = RunFile::open(path);
  const std::int64_t chains = run.header().chains,
                     draws = run.has_checkpoint() ? run.common_draw_count(Phase::sampling) : 0;
  if (stored_answer(run)) fail("--against {}: is no run of sample, whose draws are of the posterior", path);
  if (draws == 0) fail("--against {}: has no draws yet", path);
  DrawsOfTarget target;
  target.chains = chains;
  target.source = fmt::format("{}, {} draws", path, chains * draws);
  Workspace workspace = model.workspace(1);
  std::vector<double> x(q.dimension), gradient(q.dimension);
  for (std::int64_t c = 0; c < chains; ++c)
    for (std::int64_t k = 0; k < draws; ++k) {
      workspace.unconstrain(parameters_of_draw(model, run, c, k), x);
      double log_p = 0;
      workspace.evaluate(x.data(), gradient.data(), &log_p);
      double log_q = 0;
      log_mixture_rows(q.components, 1, q.dimension, x.data(), &log_q);
      target.log_ratios.push_back(log_p - log_q);
    }
  return target;
}

/// The draws that are stored: q's own, resampled by weight, or the ends of short chains.
struct Kept {
  std::size_t count = 0;
  std::vector<double> x, log_p, log_q;  ///< log_q: empty when it is not known
  std::vector<std::int32_t> component;
  double effective = 0;
};

Kept keep(const Approximation& q, const std::vector<std::size_t>& rows) {
  Kept kept;
  kept.count = rows.size();
  for (const std::size_t i : rows) {
    kept.x.insert(kept.x.end(), q.draw(i).begin(), q.draw(i).end());
    kept.log_p.push_back(q.log_p[i]);
    kept.log_q.push_back(q.log_q[i]);
    kept.component.push_back(q.component.empty() ? 0 : q.component[i]);
  }
  return kept;
}

/// The draws that weights have chosen, judged as such.
Kept weighted_draws(const Approximation& q, const Certificate& certificate, const Resampled& chosen,
                    const CertificateSettings& settings, Answer& answer) {
  Kept kept = keep(q, {chosen.index.begin(), chosen.index.end()});
  kept.effective = certificate.weights.effective_size;
  answer.verdict = judge_resampled(certificate, chosen, q, settings);
  answer.lines.push_back(fmt::format("resampled by weight: {} draws, {} distinct, effective size of the weights {:.0f}",
                                     kept.count, chosen.distinct, kept.effective));
  answer.facts["correction"] = {
      {"kind", "resample"}, {"distinct", chosen.distinct}, {"effective_size", number(kept.effective)}};
  answer.bounds.clear();
  return kept;
}

/// --correct resample.
Kept resampled(const ApproximationCommand& c, const Approximation& q, const Certificate& certificate,
               const CertificateSettings& settings, Answer& answer) {
  if (certificate.weights.state == TailState::invalid)
    fail("{}: no draw has a finite weight, so that none can be resampled: {}", c.common.model,
         certificate.weights.reason);
  return weighted_draws(
      q, certificate,
      resample(certificate.weights.log_weights, std::size_t(c.draws), Resampling::systematic, c.common.seed), settings,
      answer);
}

/// --correct chains: the ends of short chains, judged by what they can be judged by.
Kept moved_draws(const ApproximationCommand& c, Points& points, const Approximation& q,
                 std::span<const std::string> names, const std::string& run_file, Answer& answer) {
  ShortChains settings{.most = static_cast<std::size_t>(c.draws), .copies = 4};
  settings.transitions = 60;
  const MovedDraws moved = run_short_chains(points, q, settings, c.common.seed + 1);
  const MovedCertificate certificate = certify_moved(moved, names, {.model = c.common.model, .run_file = run_file});
  answer.verdict = certificate.verdict;
  answer.lines.push_back(
      fmt::format("moved by short chains: {} draws from {} starts", moved.chains, moved.chains / moved.copies));
  answer.facts["correction"] = {{"kind", "chains"},
                                {"chains", moved.chains},
                                {"starts", moved.chains / moved.copies},
                                {"acceptance", number(moved.acceptance)},
                                {"score_identities_failed", certificate.identities.failed.size()}};
  Kept kept;
  kept.count = moved.chains;
  kept.x = moved.end;
  kept.log_p = moved.log_p;
  kept.effective = static_cast<double>(moved.chains / moved.copies);
  return kept;
}

void store_bounds(const Certificate& certificate, Answer& answer) {
  auto& rows = answer.facts["certificate"]["quantities"] = ordered_json::array();
  for (const QuantityCertificate& quantity : certificate.quantities) {
    const ErrorBound& b = quantity.chains;
    rows.push_back({{"name", quantity.name},
                    {"k_mean", number(quantity.k_mean)},
                    {"k_sd", number(quantity.k_sd)},
                    {"mean_error_at_least", b.mean_reliable ? number(b.mean_error) : ordered_json()},
                    {"log_sd_error_at_least", b.sd_reliable ? number(b.sd_error) : ordered_json()},
                    {"wrong", quantity.wrong()}});
    if (certificate.chains == 0) continue;
    const double nan = std::nan("");
    answer.bounds[quantity.name] = {b.mean_reliable ? b.mean_error : nan,
                                    b.sd_reliable ? b.sd_start * std::expm1(b.sd_error) : nan};
  }
}

void describe(const Certificate& certificate, Answer& answer) {
  const EvidenceBounds& e = certificate.evidence;
  answer.lines.push_back(e.describe());
  ordered_json facts{{"k_hat", number(certificate.weights.k)},
                     {"k_hat_threshold", number(certificate.weights.threshold)},
                     {"weight_ess", number(certificate.weights.effective_size)},
                     {"elbo", number(e.lower.value)},
                     {"elbo_se", number(e.lower.standard_error)},
                     {"iw_elbo", number(e.importance_lower.value)},
                     {"iw_elbo_se", number(e.importance_lower.standard_error)}};
  if (e.upper) {
    facts["eubo"] = number(e.upper->value);
    facts["eubo_se"] = number(e.upper->standard_error);
    facts["eubo_source"] = e.upper_source;
  }
  answer.facts["certificate"] = std::move(facts);
}

std::size_t store_draws(RunFile& run, const ApproximationCommand& c, const Model& model, const Kept& kept,
                        bool components, const Answer& answer) {
  const std::size_t statistics = 1 + !kept.log_q.empty() + components;
  DrawStore store(run, model, statistics, c.common.seed);
  const auto d = std::size_t(model.dimension());
  std::size_t outside = 0;
  for (std::size_t i = 0; i < kept.count; ++i) {
    if (!std::isfinite(kept.log_p[i])) {
      ++outside;
      continue;
    }
    std::vector<double> row{kept.log_p[i]};
    if (!kept.log_q.empty()) row.push_back(kept.log_q[i]);
    if (components) row.push_back(kept.component[i] + 1);
    store.add(Phase::sampling, 0, row, {kept.x.data() + i * d, d});
  }
  store_answer(run, answer);
  std::vector<LogEntry> log;
  if (outside > 0)
    log.push_back({"warning", -1, -1, fmt::format("{} draws lie outside the support and were left out", outside)});
  store.finish(log);
  return outside;
}

}  // namespace

void add_approximation_options(CLI::App& app, ApproximationCommand& c) {
  integer_option(app, "--draws", c.draws, 10, 100'000'000, "Draws of the approximation to judge and to store");
  app.add_option("--correct", c.correct,
                 "Draws nearer to the posterior: resample by importance, or move each by a short chain")
      ->check(CLI::IsMember({"none", "resample", "chains"}))
      ->type_name("HOW")
      ->capture_default_str();
  integer_option(app, "--census", c.census, 0, 1'000'000,
                 "Starts of the census of modes, which knows of modes that the draws miss; 0: none");
  integer_option(app, "--short-chains", c.short_chains, 0, 100'000,
                 "Chains that bound the errors of the draws from below, the dearest part of the certificate; 0: none");
  app.add_option("--against", c.against, "A run of sample on the same model: gives the evidence an upper bound too")
      ->type_name("NAME.run")
      ->check(not_empty());
  add_run_options(app, c.common);
}

int finish_approximation(const ApproximationCommand& c, const LoadedModel& loaded, const DataMap& data, Found found) {
  const Model& model = loaded.model;
  const Approximation& q = found.q;
  Answer answer{.lines = found.lines, .facts = {{"command", c.common.verb}}};
  answer.facts.update(found.facts);
  answer.facts["seconds"] = found.seconds;

  RunHeader header = header_of(c.common, loaded);
  found.settings.update(nlohmann::json{{"draws", c.draws},
                                       {"correct", c.correct},
                                       {"census", c.census},
                                       {"short_chains", c.short_chains},
                                       {"against", c.against}});
  header.settings = settings_of(c.common, found.settings);
  const bool moved = c.correct == "chains", components = !moved && q.components.size() > 1;
  std::vector<Statistic> statistics{{"lp"}};
  if (!moved) statistics.push_back({"log_q"});
  if (components) statistics.push_back({"component", true});
  header.columns = columns_of(model, statistics);
  RunFile run = create_run(c.common, header, data);

  Points points(model, whole_density, int(c.common.threads));
  CertificateSettings settings{.seed = c.common.seed, .model = c.common.model, .run_file = run.path()};
  settings.short_chains = c.short_chains > 0;
  settings.chains.most = std::size_t(std::max<std::int64_t>(c.short_chains, 4));
  if (c.census > 0) settings.census = missed_modes(model, q, c.common, c.census, answer);
  if (!c.against.empty()) settings.target = draws_of_target(model, q, c.against);
  Parameters parameters(model, q);
  settings.functions = parameters.functions();
  if (interrupted()) return 128 + signal_received();
  const Certificate certificate = certify(points, q, parameters.coordinates(), settings);
  answer.verdict = certificate.verdict;
  describe(certificate, answer);
  store_bounds(certificate, answer);

  Kept kept;
  if (c.correct == "resample") {
    kept = resampled(c, q, certificate, settings, answer);
  } else if (moved) {
    kept = moved_draws(c, points, q, parameters.coordinates(), run.path(), answer);
    answer.bounds.clear();
  } else if (!found.resampled.index.empty()) {
    kept = weighted_draws(q, certificate, found.resampled, settings, answer);
  } else {
    std::vector<std::size_t> all(q.count);
    for (std::size_t i = 0; i < q.count; ++i) all[i] = i;
    kept = keep(q, all);
  }
  for (const std::string& failure : found.failures) {
    answer.verdict.trusted = false;
    answer.verdict.findings.insert(answer.verdict.findings.begin(), {Finding::Weight::failure, failure});
  }
  answer.effective_draws = kept.effective;
  if (interrupted()) return 128 + signal_received();
  const std::size_t outside = store_draws(run, c, model, kept, components, answer);
  if (!found.metric.empty()) run.write_adaptation({{-1, 0, found.metric}});
  if (outside > 0)
    c.common.say(fmt::format("{} of {} draws lie outside the support and are not stored", outside, kept.count));
  const int status = print_answer(run, answer, {}, rows_shown);
  print_out("Run file: {}\n", run.path());
  return status;
}

}  // namespace thalweg::app
