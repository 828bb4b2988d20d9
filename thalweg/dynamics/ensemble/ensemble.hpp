// A method that moves all particles at once: what the driver of ensembles asks of it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/annealing/annealing_facts.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg {

/// One thread's share of an ensemble.
struct EnsembleShard {
  Particles& particles;
  Collective& all;
};

/// What a method knows after a step, the same on every shard.
struct EnsembleFacts {
  bool warming = true;                           ///< the step belongs to warm-up: what it leaves are no draws yet
  bool settled = false;                          ///< warm-up ended because it had settled, not at its cap
  double step_size = 0;                          ///< of the last step
  std::int64_t gradients = 0;                    ///< of a particle in the last step
  std::vector<double> variances = {};            ///< of the coordinates: the metric; empty: not yet known
  std::optional<double> log_evidence = {};       ///< log Z₁/Z₀, see AnnealingMethods
  double evidence_error = 0;                     ///< its standard error
  std::vector<std::string> notes = {};           ///< for the run's log; the driver takes them
  std::optional<LadderFacts> ladder = {};        ///< of a method that has one
  std::optional<AnnealingFacts> annealing = {};  ///< of a method that walks a path
  std::string failure = {};                      ///< why the run cannot go on; all shards say the same
};

/// Where particles begin when the method sees to that itself: a place for each, and the gradients that it took, over
/// all.
struct EnsembleStarts {
  std::vector<std::vector<double>> x = {};
  std::int64_t gradients = 0;
  bool interrupted = false;  ///< by the observer: there are none
};

/// Numbers of a method that are the same on every shard, in and out of a checkpoint.
class NumberArchive {
 public:
  NumberArchive() = default;  ///< collects
  explicit NumberArchive(std::span<const double> from) : from_(from), reading_(true) {}
  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }
  std::vector<double> take() { return std::move(numbers_); }

 private:
  template <class T>
  void one(T& value) requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    if (!reading_)
      numbers_.push_back(static_cast<double>(value));
    else
      value = static_cast<T>(next());
  }
  void one(AnnealingFacts& f) {
    (*this)(f.beta, f.ess, f.moves, f.acceptance, f.step_sizes, f.metrics, f.gaussian, f.lower_bound);
  }
  void one(std::vector<double>& values) {
    double size = static_cast<double>(values.size());
    one(size);
    values.resize(static_cast<std::size_t>(size));
    for (double& v : values) one(v);
  }
  double next() {
    if (at_ >= from_.size()) fail("checkpoint: the numbers of a method end too early; the run file is damaged");
    return from_[at_++];
  }
  std::span<const double> from_;
  std::vector<double> numbers_;
  std::size_t at_ = 0;
  bool reading_ = false;
};

/// One object a shard. Every shard's makes the same calls to `all` in the same order, and carries the same numbers.
class EnsembleMethod {
 public:
  virtual ~EnsembleMethod() = default;
  /// Vectors and scalars of a particle beside x and ParticleScalar. They may change in a step that rearranges the
  /// particles, and after `archive` has read.
  virtual int vectors() const { return 0; }
  virtual int scalars() const { return 0; }
  /// Called once, before there are shards. Nothing: the driver's own starts, one a superchain.
  virtual std::optional<EnsembleStarts> starts(const Execution&, Clock&, Observer&) { return {}; }
  /// Before the first step: every particle has a place; what else it has is for the method to set.
  virtual void start(EnsembleShard& shard) = 0;
  /// Step number `number` of every particle of the shard: a transition, or a stage of warm-up.
  virtual void step(EnsembleShard& shard, std::uint64_t number) = 0;
  /// The numbers that `step` goes on from, beside the particles.
  virtual void archive(NumberArchive& numbers) = 0;
  const EnsembleFacts& facts() const { return facts_; }
  std::vector<std::string> take_notes() { return std::exchange(facts_.notes, {}); }

 protected:
  EnsembleFacts facts_;
};

}  // namespace thalweg
