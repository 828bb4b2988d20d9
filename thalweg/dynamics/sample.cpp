#include "thalweg/dynamics/sample.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/processes.hpp"
#include "thalweg/dynamics/sampler.hpp"

namespace thalweg {
namespace {

/// Transitions are counted over all chains.
void require_countable(const SampleSettings& s) {
  constexpr double most = 1e18;
  const double transitions = static_cast<double>(s.draws) * static_cast<double>(s.thin);
  require(transitions <= most, "draws times thin must be at most {:g} transitions; found {} times {}", most, s.draws,
          s.thin);
}

void require_method(const SampleSettings& s) {
  const MethodTraits& traits = traits_of(s.method);
  const char* const name = to_string(s.method);
  const MethodSettings& m = s.special;
  require(s.target() > 0 && s.target() < 1, "target acceptance must be in (0, 1); found {}", s.target());
  require(
      !s.target_acceptance || traits.adjusted,
      "{} makes no Metropolis test, so that it has no target acceptance; its step size follows the tolerance of the "
      "energy error",
      name);
  require(!s.step_size || (std::isfinite(*s.step_size) && *s.step_size > 0),
          "step size must be finite and > 0; found {}", s.step_size.value_or(0));
  require(std::isfinite(m.temperature) && m.temperature >= 0, "temperature must be finite and >= 0; found {}",
          m.temperature);
  require(m.temperature > 0 || traits.own_temperature,
          "{} has no limit at temperature 0; take ula, baoab, obabo, sgld or sghmc, or a temperature > 0", name);
  require(m.temperature > 0 || s.step_size,
          "at temperature 0 there is no error to adapt the step size to: it must be given");
  const auto positive = [&](const std::optional<double>& value, const char* what, bool has) {
    require(!value || has, "{} has no {}", name, what);
    require(!value || (std::isfinite(*value) && *value > 0), "{} must be finite and > 0; found {}", what,
            value.value_or(0));
  };
  const bool underdamped =
      s.method == Method::baoab || s.method == Method::obabo || s.method == Method::ghmc || s.method == Method::sghmc;
  positive(m.length, "length",
           s.method == Method::hmc || s.method == Method::mclmc || s.method == Method::mams || follows_path(s.method));
  positive(m.friction, "friction", underdamped);
  const bool walks = walks_path(s.method), on_path = follows_path(s.method);
  require(m.temperature == 1 || !on_path,
          "{} has temperatures of its own and draws at T = 1; found temperature {}: another method draws from p^(1/T)",
          name, m.temperature);
  require(!walks || !s.warmup, "{} warms up until it has come from its reference to the density; found warmup {}", name,
          s.warmup.value_or(0));
  const bool given = m.reference == Reference::laplace;
  require(!walks || given || s.starts.empty(), "{} begins at draws of the prior, not at given starts", name);
  require(!given || (on_path && s.starts.size() == 1 && !s.initial_metric.empty()),
          "the reference laplace is for tempering, smc and ais, and needs one start, its mean, and an initial metric, "
          "its covariance; found {}, {} starts and {} numbers of a metric",
          name, s.starts.size(), s.initial_metric.size());
  require(!walks || m.reference != Reference::gaussian, "{} has no way to tune a Gaussian; try the reference laplace",
          name);
  require(!m.rungs || s.method == Method::tempering, "{} has no rungs", name);
  require(!m.rungs || (*m.rungs >= 2 && *m.rungs <= most_rungs), "rungs must be in [2, {}]; found {}", most_rungs,
          m.rungs.value_or(0));
  require(m.reference == Reference::automatic || on_path, "{} has no reference", name);
  positive(m.tolerance, "tolerance of the energy error", !traits.adjusted || s.method == Method::walnuts);
  positive(m.step_decay, "step decay", traits.minibatches);
  require(!m.minibatch || traits.minibatches, "{} takes no minibatches: it needs all observations at every step", name);
}

void require_settings(const SampleSettings& s, std::int64_t dimension) {
  require(dimension > 0, "the model must have at least one parameter to sample; found none");
  require(s.chains > 0, "chains must be > 0; found {}", s.chains);
  require(s.draws > 0, "draws must be > 0; found {}", s.draws);
  require(s.thin > 0, "thin must be > 0; found {}", s.thin);
  require_countable(s);
  require(s.keep >= 0, "keep must be >= 0; found {}", s.keep);
  require(s.keep == 0 || s.chains >= SampleSettings::least_streamed_chains,
          "at least {} chains are needed to keep less than all draws: the spread of their means is then what the error "
          "is known from; found {}",
          SampleSettings::least_streamed_chains, s.chains);
  require(!s.warmup || *s.warmup >= 0, "warmup must be >= 0; found {}", s.warmup.value_or(0));
  require(std::isfinite(s.init_radius) && s.init_radius >= 0, "init radius must be finite and >= 0; found {}",
          s.init_radius);
  require_method(s);
  const std::int64_t least = traits_of(s.method).least_chains;
  require(s.chains >= least, "{} needs at least {} chains: it learns from all of them at once; found {}",
          to_string(s.method), least, s.chains);
  require(s.max_depth >= 1 && s.max_depth <= 24, "max depth must be in [1, 24]; found {}", s.max_depth);
  require(s.metric != MetricKind::dense || dimension <= static_cast<std::int64_t>(most_dense),
          "a dense metric is for at most {} parameters; the model has {}: use the diagonal one", most_dense, dimension);
  const auto known = static_cast<std::int64_t>(s.initial_metric.size());
  require(known == 0 || known == dimension || known == dimension * dimension,
          "the initial metric must hold {} variances or a covariance of {} x {} numbers; found {} numbers", dimension,
          dimension, dimension, known);
  require(s.starts.size() <= 1 || std::ssize(s.starts) == s.chains,
          "starts must hold one point, or one a chain ({}); found {}", s.chains, s.starts.size());
  for (const auto& x : s.starts)
    require(std::ssize(x) == dimension, "a start must have {} unconstrained coordinates; found {}", dimension,
            x.size());
}

/// DrawStreams must fit into memory; all but those of very wide models do.
void require_room(const SampleSettings& s, const Model& model) {
  constexpr double most = 4;
  const auto columns = static_cast<std::int64_t>(statistic_count) + model.draw_size();
  const double gib = StreamLayout::of(s.chains, columns, traits_of(s.method).lockstep).bytes() / (1 << 30);
  require(gib <= most,
          "the streams of {} quantities of {} chains would take {:.1f} GiB (at most {}); keep all draws, or compute "
          "fewer generated quantities",
          columns, s.chains, gib, most);
}

void require_execution(const Execution& e, const Model& model) {
  require(e.threads > 0, "threads must be > 0; found {}", e.threads);
  const auto widths = model.widths();
  std::string known;
  for (const int w : widths) known += (known.empty() ? "" : ", ") + std::to_string(w);
  require(e.width == 0 || std::find(widths.begin(), widths.end(), e.width) != widths.end(),
          "width must be one that model {} was compiled for ({}); found {}", model.name(), known, e.width);
}

SampleOutcome outcome_of_ensemble(const Standing& s) {
  const EnsembleFacts facts = facts_from(s.ensemble.facts);
  return {.finished = s.finished,
          .warmup = s.ensemble.warmup,
          .settled = facts.settled,
          .step_size = facts.step_size,
          .dimension = s.dimension,
          .metric = MetricKind::diagonal,
          .variances = facts.variances,
          .log_evidence = facts.log_evidence,
          .evidence_error = facts.evidence_error,
          .ladder = facts.ladder,
          .annealing = facts.annealing,
          .warmup_counts = s.ensemble.warmup_counts,
          .sampling_counts = s.ensemble.sampling_counts};
}

/// The others of a world go along.
Standing begin_run(const Model& model, Standing standing, const Execution& execution, Sink& sink, Clock& clock,
                   Observer& observer) {
  if (execution.world && execution.world->ranks() > 1) call_others(*execution.world, standing);
  return run_on(model, std::move(standing), execution, sink, clock, observer);
}

}  // namespace

Standing run_on(const Model& model, Standing standing, const Execution& execution, Sink& sink, Clock& clock,
                Observer& observer) {
  if (traits_of(standing.settings.method).lockstep) {
    const SampleSettings settings = standing.settings;
    const EnsembleMaker make = ensemble_maker(model, settings, execution);
    return run_ensemble(model, std::move(standing), make, execution, sink, clock, observer);
  }
  return run_sampler<SamplerRules>(model, std::move(standing), execution, sink, clock, observer);
}

SampleOutcome outcome_of(const Standing& s) {
  if (traits_of(s.settings.method).lockstep) return outcome_of_ensemble(s);
  SampleOutcome o{.finished = s.finished,
                  .warmup = s.shared.warmup,
                  .settled = s.shared.settled,
                  .step_size = s.settings.step_size.value_or(exp(s.shared.log_step)),
                  .dimension = s.dimension,
                  .metric = s.shared.metric.kind(),
                  .variances = {},
                  .warmup_counts = {},
                  .sampling_counts = {}};
  if (s.shared.warmup >= 0) o.variances = s.shared.metric.variances();
  for (const ChainState& c : s.chains) {
    o.warmup_counts += c.warmup;
    o.sampling_counts += c.sampling;
  }
  return o;
}

std::vector<ColumnGroup> draw_columns(const Model& model) {
  static constexpr Statistic statistics[] = {
      {"lp"},    {"acceptance_rate"}, {"step_size"}, {"tree_depth", true}, {"n_steps", true}, {"diverging", true},
      {"energy"}};
  return columns_of(model, statistics);
}

Standing starting_point(const Model& model, const SampleSettings& settings) {
  require_settings(settings, model.dimension());
  if (settings.keep > 0) require_room(settings, model);
  const auto d = static_cast<std::size_t>(model.dimension());
  Standing start{.settings = settings, .dimension = model.dimension(), .shared = {}, .chains = {}};
  if (traits_of(settings.method).lockstep) {
    ensemble_maker(model, settings, {})();  // refuses what does not fit
    return start;
  }
  start.chains.resize(static_cast<std::size_t>(settings.chains));
  if (settings.method != Method::nuts) make_kernel(settings.method, settings.special, d);  // refuses what does not fit
  start.shared.sampling = settings.draws_per_chain() * settings.thin;
  for (ChainState& c : start.chains) {
    c.x.assign(d, 0);
    c.gradient.assign(d, 0);
  }
  return start;
}

SampleOutcome sample(const Model& model, const SampleSettings& settings, const Execution& execution, Sink& sink,
                     Clock& clock, Observer& observer) {
  require_execution(execution, model);
  return outcome_of(begin_run(model, starting_point(model, settings), execution, sink, clock, observer));
}

SampleOutcome resume(const Model& model, const Checkpoint& checkpoint, std::int64_t more_draws,
                     const Execution& execution, Sink& sink, Clock& clock, Observer& observer) {
  require_execution(execution, model);
  require(more_draws >= 0, "more draws must be >= 0; found {}", more_draws);
  Standing standing = read_checkpoint(checkpoint);
  standing.streams = streams_of(checkpoint);
  const std::int64_t d = standing.dimension;
  if (d != model.dimension())
    fail("resume: the checkpoint is of a model with {} unconstrained coordinates, model {} has {}", d, model.name(),
         model.dimension());
  if (more_draws > 0) {
    SampleSettings& s = standing.settings;
    s.draws = (s.draws_per_chain() + (more_draws + s.chains - 1) / s.chains) * s.chains;
    require_countable(s);
    if (!traits_of(s.method).lockstep) standing.shared.sampling = s.draws_per_chain() * s.thin;
    if (standing.shared.epoch.role == EpochRole::sampling)
      standing.shared.epoch.end = standing.shared.epoch.begin + standing.shared.sampling;
    standing.finished = false;
  }
  if (standing.finished) return outcome_of(standing);
  return outcome_of(begin_run(model, std::move(standing), execution, sink, clock, observer));
}

CheckpointSummary describe(const Checkpoint& checkpoint) {
  const Standing s = read_checkpoint(checkpoint);
  return {s.settings, outcome_of(s)};
}

}  // namespace thalweg
