// One chain of a run: which task comes next, and what a finished task leaves behind.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/core/driver_lanes.hpp"
#include "thalweg/dynamics/exchange.hpp"
#include "thalweg/dynamics/hamiltonian/nuts.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/dynamics/relax.hpp"

namespace thalweg {

/// The decisions of the driver that tests replace by planted errors, beside those of the transition and the lanes.
struct SamplerRules : NutsRules, OwnLane {
  static bool adapts(EpochRole role) { return role == EpochRole::metric || role == EpochRole::step; }
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
        tree_(dimension_) {
    point_ = {place_[0], place_[1], 0};
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
  /// As of the last task that was completed.
  ChainState state() const {
    ChainState s = state_;
    s.x.assign(point_.x, point_.x + dimension_);
    s.gradient.assign(point_.gradient, point_.gradient + dimension_);
    s.log_p = point_.log_p;
    return s;
  }
  TransitionCounts counts() const {
    TransitionCounts c = state_.warmup;
    return c += state_.sampling;
  }
  std::size_t row_numbers() const { return rows_.values.size(); }
  Rows take_rows() {
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
    if (state_.step_epoch != epoch.index && (adapting || epoch.role == EpochRole::start)) return prepare(shared);
    if (state_.transition >= epoch.end) return false;
    if (epoch.role == EpochRole::sampling && state_.moments.count > 0) state_.moments = {};
    doing_ = Doing::transition;
    step_size_ = exp(adapting ? state_.step.log_step : shared.log_step);
    const auto t = static_cast<std::uint64_t>(state_.transition);
    const Nuts nuts{.max_depth = std::min(settings_.max_depth, epoch.max_depth)};
    task_ = nuts_transition(strand_, nuts, shared.metric, step_size_, tree_, point_,
                            Random<double>(settings_.seed, Purpose::momentum, number_, t),
                            Random<double>(settings_.seed, Purpose::tree, number_, t), info_);
    return true;
  }
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
      const auto e = static_cast<std::uint64_t>(epoch.index);
      task_ = find_step_size(strand_, StepSearch{}, shared.metric, tree_, point_,
                             Random<double>(settings_.seed, Purpose::step_size, number_, e), found_log_step_);
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
      state_.step_epoch = epoch.index;
      state_.restarts += is_restarted(shared);
      state_.step = dual_averaging().start(found_log_step_, found_log_step_);
      state_.moments.reset(dimension_, collects_products(settings_.metric, dimension_));
    }
  }
  void finish_transition(const SharedState& shared, Workspace& scalar) {
    const bool sampling = shared.epoch.role == EpochRole::sampling;
    const std::int64_t number = state_.transition - (sampling ? shared.warmup : 0);
    if (sampling ? (number + 1) % settings_.thin == 0 : settings_.save_warmup)
      store_draw(scalar, sampling,
                 sampling ? (number + 1) / settings_.thin - 1 : number);  // may throw: nothing has changed yet
    tree_.take(point_);
    if (Rules::adapts(shared.epoch.role)) {
      dual_averaging().step(state_.step, info_.acceptance_rate);
      state_.moments.gradients += info_.n_steps;
      state_.moments.add(point_.x, point_.gradient, point_.log_p, info_.acceptance_rate, info_.moved);
      if (state_.transition + 1 == (shared.epoch.begin + shared.epoch.end) / 2) state_.moments.mark_half();
    }
    TransitionCounts& counts = sampling ? state_.sampling : state_.warmup;
    counts += {1, info_.n_steps, info_.diverging, info_.tree_depth >= settings_.max_depth};
    ++state_.transition;
  }
  DualAveraging dual_averaging() const {
    return {.target = settings_.target_acceptance,
            .gamma = 0.05 * std::clamp(std::sqrt(static_cast<double>(settings_.chains)), 3.0, 6.0)};
  }
  void store_draw(Workspace& scalar, bool sampling, std::int64_t index) {
    if (rows_.values.empty())
      rows_ = {sampling ? Phase::sampling : Phase::warmup, static_cast<std::int64_t>(number_), index, {}};
    const std::size_t at = rows_.values.size();
    const Stretch& whole = tree_.whole();
    rows_.values.insert(rows_.values.end(),
                        {whole.log_p, info_.acceptance_rate, step_size_, static_cast<double>(info_.tree_depth),
                         static_cast<double>(info_.n_steps), info_.diverging ? 1.0 : 0.0, info_.energy});
    rows_.values.resize(at + columns_);
    const std::uint64_t step = static_cast<std::uint64_t>(index) | (sampling ? 0 : std::uint64_t{1} << 63);
    try {
      scalar.constrain({whole.x, dimension_}, settings_.seed, number_, step, true,
                       {rows_.values.data() + at + statistic_count, columns_ - statistic_count});
    } catch (...) {
      rows_.values.resize(at);
      throw;
    }
  }

  const SampleSettings& settings_;
  std::size_t number_, dimension_, columns_;
  ChainState state_;
  Vectors place_;
  Point point_;
  Tree<Rules> tree_;
  Strand strand_;
  Task task_;
  int tries_ = 0;           ///< of new starts in one epoch
  std::int64_t asked_ = 0;  ///< resumptions of the task: one more than its gradients
  Doing doing_ = Doing::nothing;
  double step_size_ = 0, found_log_step_ = 0;
  Nuts::Info info_;
  Rows rows_;
};

}  // namespace thalweg
