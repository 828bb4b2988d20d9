// Many paths of an SDE in memory, moved together.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/bytes.hpp"
#include "thalweg/sde/adaptive.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

/// Leaving (lower, upper) for the first time, by y = functional · x; an infinite end is none.
struct PassageSettings {
  std::vector<double> functional;  ///< [dimension]
  double lower, upper;
  bool corrected = true;  ///< the Brownian bridge decides between points; false shows what that is worth
};

/// What all paths of an ensemble share.
struct EnsembleSettings {
  Scheme scheme;
  Calculus calculus;
  std::uint64_t seed = 0;
  std::int64_t first_particle = 0, count = 1;
  std::optional<PassageSettings> passage = {};
  int width = 0;  ///< of the packs; 0: the model's preferred width
};

/// A stretch of equal steps: step n goes from start + n·step to start + (n + 1)·step for n = first_step, …; each spans
/// `refine` increments of the Brownian path, the first of which is number first_increment.
struct Stretch {
  double start, step;
  std::int64_t first_step, steps, first_increment, refine = 1;
};

/// A path whose state became infinite or NaN: the numerical failure of a scheme.
struct PathFailure {
  std::int64_t particle;
  double time;            ///< at the end of the step that failed
  std::vector<double> x;  ///< before that step
};

/// `count` paths. All that they do depends on (seed, particle) alone: the same bits for any width and thread count.
///
/// Cost  memory for the states; `advance` makes one call a pack.
class Ensemble {
 public:
  /// Throws std::invalid_argument on settings that do not fit the model.
  Ensemble(const SdeModel& model, EnsembleSettings settings);

  /// One point for all paths, or one a path; empty: the SDE's own initial law. Throws Error when it has none, or on a
  /// start that is not finite. Paths that start outside of the passage's interval have passed at time t.
  void start(std::span<const double> points, double t);
  void advance(const Stretch& stretch, int threads);
  /// With steps of each path's own, on the Brownian tree of [start, start + length], to `end` in ticks of the tree. A
  /// path whose step would be below the least one has failed. First passage is not looked at.
  void advance_adaptively(double start, double length, std::int64_t end, const AdaptiveSettings& settings, int threads);
  /// Steps that were accepted and rejected, over all paths.
  std::int64_t accepted() const;
  std::int64_t rejected() const;

  const EnsembleSettings& settings() const { return settings_; }
  std::size_t dimension() const { return d_; }
  std::int64_t count() const { return settings_.count; }
  double x(std::int64_t path, std::int64_t i) const { return x_[index(path, i)]; }
  bool alive(std::int64_t path) const { return x(path, 0) == x(path, 0); }
  double passage_time(std::int64_t path) const { return passage_time_[static_cast<std::size_t>(path)]; }
  int passage_side(std::int64_t path) const { return passage_side_[static_cast<std::size_t>(path)]; }
  /// Of all paths so far; the first ones, in order of time and path, with their evidence.
  std::int64_t failed() const { return failed_; }
  const std::vector<PathFailure>& failures() const { return failures_; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  static constexpr std::size_t most_failures = 10;
  std::size_t index(std::int64_t path, std::int64_t i) const {
    const auto p = static_cast<std::size_t>(path), w = static_cast<std::size_t>(width_);
    return ((p / w) * d_ + static_cast<std::size_t>(i)) * w + p % w;
  }
  struct Share {
    std::vector<PathFailure> failures;
    std::int64_t failed = 0;
    void add(PathFailure failure);
  };
  /// Runs work(worker, workers, share) on some threads and puts their failures together.
  template <class Work>
  void share_out(std::size_t items, int threads, const Work& work);

  void advance_packs(const Stretch& stretch, std::size_t first, std::size_t last, SdeWorkspace& workspace,
                     Share& share);

  const SdeModel& model_;
  EnsembleSettings settings_;
  int width_;
  std::size_t d_, packs_;
  std::vector<double> x_;             ///< [pack][dimension][width]
  std::vector<double> passage_time_;  ///< [pack][width]; +∞: not yet
  std::vector<std::int32_t> passage_side_;
  std::vector<AdaptiveState> adaptive_;   ///< one a path, once steps are adaptive
  std::vector<SdeWorkspace> workspaces_;  ///< one a thread
  std::int64_t failed_ = 0;
  std::vector<PathFailure> failures_;
};

}  // namespace thalweg
