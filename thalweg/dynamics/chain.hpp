// One chain of a run: which task comes next, and what a finished task leaves behind.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/core/driver_lanes.hpp"
#include "thalweg/dynamics/exchange.hpp"
#include "thalweg/dynamics/hamiltonian/nuts.hpp"
#include "thalweg/dynamics/hamiltonian/warmup.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/dynamics/method.hpp"
#include "thalweg/dynamics/relax.hpp"
#include "thalweg/trust/stream_shard.hpp"

namespace thalweg {

/// The decisions of the driver that tests replace by planted errors, beside those of the transition and the lanes.
struct SamplerRules : NutsRules, OwnLane {
  static bool adapts(EpochRole role) { return role == EpochRole::metric || role == EpochRole::step; }
  /// How the chains are warmed up.
  static Warmup warmup(const Warmup& w, std::size_t /*dimension*/) { return w; }
  /// What a resumed chain takes from its checkpoint of the step size adaptation.
  static DualAveraging::State resumed(const DualAveraging::State& s) { return s; }
};

/// Statistics in front of the variables of a draw, in the order of draw_columns.
inline constexpr std::size_t statistic_count = 7;

template <class Rules = SamplerRules>
class Chain {
 public:
  Chain(const SampleSettings& settings, const Model& model, std::size_t number, const ChainState& state)
      : settings_(settings),
        number_(number),
        dimension_(static_cast<std::size_t>(model.dimension())),
        columns_(statistic_count + static_cast<std::size_t>(model.draw_size())),
        state_(state),
        place_(2, dimension_),
        kernel_(settings.method == Method::nuts
                    ? std::make_unique<NutsKernel<Rules>>(dimension_, Nuts{.max_depth = settings.max_depth})
                    : make_kernel(settings.method, settings.special, dimension_)) {
    point_ = {place_[0], place_[1], 0};
    if (!traits_of(settings.method).own_temperature) log_p_unit_ = settings.special.temperature;
    restore(state);
  }
  /// Goes on from `state`, dropping whatever was under way.
  void restore(const ChainState& state) {
    task_.destroy();
    doing_ = Doing::nothing;
    state_ = state;
    state_.step = Rules::resumed(state.step);
    std::copy(state.x.begin(), state.x.end(), point_.x);
    std::copy(state.gradient.begin(), state.gradient.end(), point_.gradient);
    point_.log_p = state.log_p;
    std::fill(kernel_->carried().begin(), kernel_->carried().end(), 0.0);
    std::copy(state.carried.begin(), state.carried.end(), kernel_->carried().begin());
  }
  /// Runs up to the next request for a gradient (true) or the end of the epoch (false). `scalar` computes the
  /// quantities of stored draws.
  bool advance(const SharedState& shared, Workspace& scalar) {
    for (;;) {
      if (!task_) {
        if (!begin_task(shared)) return false;
        asked_ = 0;
      }
      task_.resume();
      ++asked_;
      if (!task_.done()) return true;
      task_.destroy();
      finish_task(shared, scalar);
    }
  }
  GradientRequest& request() { return strand_.request(); }
  /// The answer to the request is there: p^{1/T} for a method that knows of no temperature.
  void temper() {
    if (log_p_unit_ == 1) return;
    GradientRequest& r = strand_.request();
    r.log_p /= log_p_unit_;
    for (std::size_t i = 0; i < dimension_; ++i) r.gradient[i] /= log_p_unit_;
  }
  /// As of the last task that was completed.
  ChainState state() const {
    ChainState s = state_;
    s.x.assign(point_.x, point_.x + dimension_);
    s.gradient.assign(point_.gradient, point_.gradient + dimension_);
    s.log_p = point_.log_p;
    s.carried.assign(kernel_->carried().begin(), kernel_->carried().end());
    return s;
  }
  TransitionCounts counts() const {
    TransitionCounts c = state_.warmup;
    return c += state_.sampling;
  }
  std::size_t row_numbers() const { return rows_.values.size(); }
  /// Draws after warm-up are added to `streams`, too.
  void stream_to(StreamShard<>* streams) { streams_ = streams; }
  Rows take_rows() {
    if (keeps_last()) keep_last(rows_, columns_, settings_.keep, false);
    Rows taken = std::move(rows_);
    rows_ = {};
    return taken;
  }

 private:
  static constexpr int most_tries = 20;
  enum class Doing { nothing, start, relaxing, search, transition };

  bool begin_task(const SharedState& shared) {
    const Epoch& epoch = shared.epoch;
    const bool adapting = Rules::adapts(epoch.role);
    if (settings_.step_size && adapting && state_.step_epoch != epoch.index && !is_restarted(shared))
      begin_adaptation(epoch, log(*settings_.step_size));
    if (epoch.role == EpochRole::length && state_.step_epoch != epoch.index) begin_measuring(epoch);
    if (state_.step_epoch != epoch.index && (adapting || epoch.role == EpochRole::start)) return prepare(shared);
    if (state_.transition >= epoch.end) return false;
    if (epoch.role == EpochRole::sampling && state_.moments.count > 0) state_.moments = {};
    doing_ = Doing::transition;
    step_size_ = settings_.step_size.value_or(exp(adapting ? state_.step.log_step : shared.log_step));
    tuning_ = {&shared.metric, step_size_, std::min(settings_.max_depth, epoch.max_depth), shared.length};
    task_ = kernel_->transition(strand_, tuning_, point_, streams(state_.transition));
    return true;
  }
  Streams streams(std::int64_t step) const { return {settings_.seed, number_, static_cast<std::uint64_t>(step)}; }
  /// What comes before the transitions of an epoch: a start, its relaxation, a step size. Redone from the beginning
  /// when it was interrupted.
  bool prepare(const SharedState& shared) {
    const Epoch& epoch = shared.epoch;
    const bool fresh = epoch.role == EpochRole::start ? starts_itself() : is_restarted(shared);
    if (fresh && doing_ != Doing::start && doing_ != Doing::relaxing) {
      doing_ = Doing::start;
      tries_ = 0;
      begin_start(epoch);
    } else if (fresh && doing_ == Doing::start && settings_.warmup != 0) {
      doing_ = Doing::relaxing;
      task_ = relax(strand_, Relaxation{}, dimension_, point_, state_.moments);
    } else if (fresh && epoch.role != EpochRole::start && point_.log_p < shared.lowest_log_p && ++tries_ < most_tries) {
      doing_ = Doing::start;
      begin_start(epoch);
    } else if (epoch.role != EpochRole::start) {
      doing_ = Doing::search;
      found_log_step_ = shared.log_step;
      tuning_ = {&shared.metric, 0, epoch.max_depth};
      task_ = kernel_->find_step(strand_, tuning_, point_, streams(epoch.index), found_log_step_);
    } else {
      return false;
    }
    return true;
  }
  /// With drawn starts only the first chain of a superchain; the others copy it between epochs.
  bool starts_itself() const {
    const auto k = static_cast<std::int64_t>(number_);
    return !settings_.starts.empty() || k == 0 ||
           superchain_of(k - 1, settings_.chains) != superchain_of(k, settings_.chains);
  }
  bool is_restarted(const SharedState& shared) const {
    const auto& r = shared.restarted;
    return std::find(r.begin(), r.end(), static_cast<std::int64_t>(number_)) != r.end();
  }
  void begin_start(const Epoch& epoch) {
    if (!settings_.starts.empty()) {
      const auto& given = settings_.starts[settings_.starts.size() == 1 ? 0 : number_];
      std::copy(given.begin(), given.end(), point_.x);
      task_ = check_start(strand_, dimension_, number_, point_);
      return;
    }
    // Superchains draw from particles 0 … 7, chains given a new start from those behind.
    const bool again = epoch.role != EpochRole::start;
    const std::size_t particle =
        again ? 8 + number_
              : static_cast<std::size_t>(superchain_of(static_cast<std::int64_t>(number_), settings_.chains));
    task_ = find_start(strand_, UniformStart{.radius = settings_.init_radius}, dimension_, settings_.seed, particle,
                       static_cast<std::uint64_t>(state_.restarts * most_tries + tries_), !again, point_);
  }

  void finish_task(const SharedState& shared, Workspace& scalar) {
    const Epoch& epoch = shared.epoch;
    if (doing_ == Doing::transition) return finish_transition(shared, scalar);
    state_.warmup.gradients += asked_ - 1;
    if (epoch.role == EpochRole::start) {
      if (doing_ == Doing::relaxing || settings_.warmup == 0) state_.step_epoch = epoch.index;
    } else if (doing_ == Doing::search) {
      state_.restarts += is_restarted(shared);
      begin_adaptation(epoch, found_log_step_);
    }
  }
  void begin_adaptation(const Epoch& epoch, double log_step) {
    begin_measuring(epoch);
    state_.step = dual_averaging().start(log_step, log_step);
  }
  void begin_measuring(const Epoch& epoch) {
    state_.step_epoch = epoch.index;
    state_.moments.reset(dimension_, collects_products(settings_.metric, dimension_));
  }
  void finish_transition(const SharedState& shared, Workspace& scalar) {
    const bool sampling = shared.epoch.role == EpochRole::sampling;
    const std::int64_t number = state_.transition - (sampling ? shared.warmup : 0);
    if (sampling ? (number + 1) % settings_.thin == 0 : settings_.save_warmup)
      store_draw(scalar, sampling,
                 sampling ? (number + 1) / settings_.thin - 1 : number);  // may throw: nothing has changed yet
    const TransitionInfo& info = kernel_->info();
    kernel_->take(point_);
    if (Rules::adapts(shared.epoch.role)) dual_averaging().step(state_.step, info.steering);
    if (Rules::adapts(shared.epoch.role) || shared.epoch.role == EpochRole::length) measure(info, shared.epoch);
    TransitionCounts& counts = sampling ? state_.sampling : state_.warmup;
    const bool deepest = (settings_.method == Method::nuts || settings_.method == Method::walnuts) &&
                         info.tree_depth >= settings_.max_depth;
    counts += {1, info.n_steps, info.diverging, deepest, info.error * info.error};
    ++state_.transition;
  }
  void measure(const TransitionInfo& info, const Epoch& epoch) {
    EpochMoments& m = state_.moments;
    m.gradients += info.n_steps;
    m.path += info.path;
    const double most = static_cast<double>(dimension_);  // no wild step decides alone
    const double square = info.diverging ? most : std::min(info.error * info.error, most);
    m.errors += square * exp(-traits_of(settings_.method).energy_power * log(step_size_));
    m.add(point_.x, point_.gradient, point_.log_p, info.acceptance_rate, info.moved);
    if (state_.transition + 1 == (epoch.begin + epoch.end) / 2) m.mark_half();
  }
  DualAveraging dual_averaging() const {
    return {.target = settings_.target(),
            .gamma = 0.05 * std::clamp(std::sqrt(static_cast<double>(settings_.chains)), 3.0, 6.0)};
  }
  void store_draw(Workspace& scalar, bool sampling, std::int64_t index) {
    if (rows_.values.empty())
      rows_ = {sampling ? Phase::sampling : Phase::warmup, static_cast<std::int64_t>(number_), index, {}};
    const std::size_t at = rows_.values.size();
    const Point place = kernel_->place();
    const TransitionInfo& info = kernel_->info();
    rows_.values.insert(rows_.values.end(), {place.log_p * log_p_unit_, info.acceptance_rate, step_size_,
                                             static_cast<double>(info.tree_depth), static_cast<double>(info.n_steps),
                                             info.diverging ? 1.0 : 0.0, info.energy});
    rows_.values.resize(at + columns_);
    const std::uint64_t step = static_cast<std::uint64_t>(index) | (sampling ? 0 : std::uint64_t{1} << 63);
    try {
      scalar.constrain({place.x, dimension_}, settings_.seed, number_, step, true,
                       {rows_.values.data() + at + statistic_count, columns_ - statistic_count});
    } catch (...) {
      rows_.values.resize(at);
      throw;
    }
    if (!sampling || !streams_) return;
    streams_->add(static_cast<std::int64_t>(number_), std::span(rows_.values).subspan(at));
    keep_last(rows_, columns_, settings_.keep, true);
  }
  bool keeps_last() const { return settings_.keep > 0 && rows_.phase == Phase::sampling; }

  const SampleSettings& settings_;
  std::size_t number_, dimension_, columns_;
  ChainState state_;
  Vectors place_;
  Point point_;
  std::unique_ptr<Kernel> kernel_;
  Tuning tuning_;
  Strand strand_;
  Task task_;
  int tries_ = 0;           ///< of new starts in one epoch
  std::int64_t asked_ = 0;  ///< resumptions of the task: one more than its gradients
  Doing doing_ = Doing::nothing;
  double step_size_ = 0, found_log_step_ = 0;
  double log_p_unit_ = 1;  ///< the temperature, where the method sees log p divided by it
  Rows rows_;
  StreamShard<>* streams_ = nullptr;
};

}  // namespace thalweg
