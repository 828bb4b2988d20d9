// Adaptive steps on a path that is there before it is asked for: a rejected step changes nothing of it.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

/// The error of a step is the distance between one step and two of half its length on the same path, over
/// absolute + relative·|x| in the worst coordinate; it is accepted at 1 or below, and the two half steps are kept. The
/// next step is  h · 0.9 · e^{−0.7/q} · e_last^{0.4/q}  with q = strong order + ½, grown by at most 1.4 and shrunk by
/// at most 0.2.
///
/// Below `least` of the whole time a step is a failure, never accepted.
struct AdaptiveSettings {
  double relative = 1e-3, absolute = 1e-4;
  double least = 1e-8;
};

/// Where a path stands between two calls.
struct AdaptiveState {
  std::int64_t tick = 0;  ///< of the path's grid
  double step = 0;        ///< the next one to try; 0: not chosen yet
  double last_error = 1;
  std::int64_t accepted = 0, rejected = 0;
};

/// One particle from where it stands to `end` (a tick), by steps of a model with a scheme. Path has `ticks`, `time`,
/// `length` and `between` as BrownianTree does.
///
/// Returns  false when a step would be below the least one: state and x stay where they are.
template <class Path>
class AdaptiveStepper {
 public:
  AdaptiveStepper(SdeWorkspace& workspace, std::size_t d, std::size_t m, Scheme scheme, Calculus calculus,
                  double strong_order, const AdaptiveSettings& settings)
      : workspace_(workspace),
        scheme_(scheme),
        calculus_(calculus),
        order_(strong_order + 0.5),
        settings_(settings),
        dW_(m),
        area_(m),
        whole_(d),
        halves_(d) {}

  bool run(const Path& path, std::int64_t end, AdaptiveState& state, std::vector<double>& x) {
    const double tick = path.length() / static_cast<double>(Path::ticks);
    if (state.step <= 0) state.step = path.length() / 128;
    const auto least =
        std::max<std::int64_t>(16, 2 * static_cast<std::int64_t>(settings_.least * path.length() / (2 * tick)));
    while (state.tick < end) {
      const std::int64_t wanted = std::max(static_cast<std::int64_t>(state.step / tick), least);
      const bool is_last = wanted >= end - state.tick;
      const std::int64_t span = is_last ? end - state.tick : round_end(state.tick, wanted) - state.tick;
      const double error = attempt(path, state.tick, span, x);
      const double h = static_cast<double>(span) * tick;
      if (error <= 1) {
        x = halves_;
        state.tick += span;
        ++state.accepted;
        const double grown = h * next_factor(error, state.last_error);
        // a step that was cut short by `end` says nothing against a longer one
        state.step = is_last ? std::max(grown, std::min(state.step, 1.4 * h)) : grown;
        state.last_error = std::max(error, 1e-4);
        continue;
      }
      ++state.rejected;
      if (wanted <= least) return false;
      state.step = h * std::min(next_factor(error, state.last_error), 0.9);
    }
    return true;
  }

 private:
  /// The end of a step from `tick` of about `span`, at a time of few binary places: it is cheaper to ask for.
  static std::int64_t round_end(std::int64_t tick, std::int64_t span) {
    const auto grid = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(span)) / 8);
    return (tick + span) / grid * grid;
  }
  double next_factor(double error, double last) const {
    if (!(error < std::numeric_limits<double>::infinity())) return 0.2;
    const double e = std::max(error, 1e-4);
    return std::clamp(0.9 * std::pow(e, -0.7 / order_) * std::pow(last, 0.4 / order_), 0.2, 1.4);
  }
  void step(const Path& path, std::int64_t from, std::int64_t to, std::vector<double>& x) {
    path.between(from, to, dW_.data(), area_.data());
    workspace_.step({static_cast<std::int32_t>(scheme_), static_cast<std::int32_t>(calculus_), path.time(from),
                     path.time(to) - path.time(from), dW_.data(), area_.data(), x.data()});
  }
  /// The error of a step; `halves_` is where two half steps lead.
  double attempt(const Path& path, std::int64_t from, std::int64_t span, const std::vector<double>& x) {
    whole_ = halves_ = x;
    step(path, from, from + span, whole_);
    step(path, from, from + span / 2, halves_);
    step(path, from + span / 2, from + span, halves_);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double scale = settings_.absolute + settings_.relative * std::max(std::fabs(x[i]), std::fabs(halves_[i]));
      const double error = std::fabs(whole_[i] - halves_[i]) / scale;
      worst = error > worst || error != error ? error : worst;
      if (worst != worst) return worst;
    }
    return worst;
  }

  SdeWorkspace& workspace_;
  Scheme scheme_;
  Calculus calculus_;
  double order_;
  AdaptiveSettings settings_;
  std::vector<double> dW_, area_, whole_, halves_;
};

}  // namespace thalweg
