#include "thalweg/dynamics/checkpoint.hpp"

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/core/bytes.hpp"
#include "thalweg/trust/stream_pieces.hpp"

namespace thalweg {
namespace {

constexpr const char* format = "thalweg sampler 8";

// One list of fields a type, in the order of the record, for both directions.

template <class Visitor>
void fields(MethodSettings& s, Visitor& v) {
  v(s.length, s.jitter, s.friction, s.tolerance, s.temperature, s.minibatch, s.step_decay, s.rungs, s.reference);
}
template <class Visitor>
void fields(SampleSettings& s, Visitor& v) {
  v(s.chains, s.draws, s.keep, s.thin, s.warmup, s.save_warmup, s.seed, s.init_radius, s.starts, s.metric);
  v(s.initial_metric);
  v(s.method, s.special, s.target_acceptance, s.step_size, s.max_depth);
}
template <class Visitor>
void fields(Epoch& e, Visitor& v) {
  v(e.index, e.begin, e.end, e.role, e.max_depth);
}
template <class Visitor>
void fields(SharedState& s, Visitor& v) {
  v(s.epoch, s.metric, s.log_step, s.length, s.length_known, s.restarted, s.lowest_log_p, s.settled, s.warmup,
    s.sampling);
}
template <class Visitor>
void fields(TransitionCounts& c, Visitor& v) {
  v(c.transitions, c.gradients, c.divergences, c.deepest, c.squared_errors);
}
template <class Visitor>
void fields(RunningMoment& m, Visitor& v) {
  v(m.count, m.mean, m.squares);
}
template <class Visitor>
void fields(EpochMoments& m, Visitor& v) {
  v(m.count, m.moved, m.gradients, m.path, m.errors, m.x_mean, m.x_squares, m.gradient_mean, m.gradient_squares,
    m.x_products);
  v(m.gradient_products, m.log_p, m.acceptance, m.x_mean_of_half, m.log_p_mean_of_half);
}
template <class Visitor>
void fields(DualAveraging::State& s, Visitor& v) {
  v(s.mu, s.count, s.error, s.log_step, s.log_step_average, s.log_step_spread, s.acceptance_average);
}
template <class Visitor>
void fields(ChainState& c, Visitor& v) {
  v(c.transition, c.step_epoch, c.restarts, c.log_p, c.x, c.gradient, c.carried, c.step, c.moments, c.warmup,
    c.sampling);
}
template <class Visitor>
void fields(EnsembleState& s, Visitor& v) {
  v(s.step, s.warmup, s.gradients, s.warmup_counts, s.sampling_counts, s.facts, s.numbers, s.pack_numbers,
    s.particle_pieces);
}
template <class Visitor>
void fields(Standing& s, Visitor& v) {
  v(s.settings, s.dimension, s.shared, s.chains, s.ensemble, s.finished);
}

class Writer {
 public:
  Writer() = default;
  explicit Writer(const char* head) { out_.string(head); }
  template <class... T>
  void operator()(T&... values) {
    (write(values), ...);
  }
  std::vector<unsigned char> take() { return out_.take(); }

 private:
  void write(double v) { out_.f64(v); }
  void write(bool v) { out_.u8(v); }
  void write(const std::vector<double>& v) { out_.reals(v); }
  void write(Metric& m) {
    out_.i64(static_cast<std::int64_t>(m.kind()));
    out_.u64(m.dimension());
    out_.reals(m.numbers());
  }
  template <class T>
  void write(T& v) {
    if constexpr (std::is_class_v<T>)
      fields(v, *this);
    else
      out_.i64(static_cast<std::int64_t>(v));
  }
  template <class T>
  void write(std::optional<T>& v) {
    out_.u8(v.has_value());
    if (v) write(*v);
  }
  template <class T>
  void write(std::vector<T>& v) {
    out_.u64(v.size());
    for (T& each : v) write(each);
  }
  ByteWriter out_;
};

class Reader {
 public:
  explicit Reader(std::span<const unsigned char> bytes) : in_(bytes, "checkpoint") {}
  template <class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }
  void finish() const { in_.finish(); }

 private:
  void read(double& v) { v = in_.f64(); }
  void read(bool& v) { v = in_.u8() != 0; }
  void read(std::vector<double>& v) { v = in_.reals(); }
  void read(Metric& m) {
    const auto kind = static_cast<MetricKind>(in_.i64());
    const std::uint64_t d = in_.u64();
    const std::vector<double> numbers = in_.reals();
    if (numbers.size() != (kind == MetricKind::dense ? d * d : d))
      fail("checkpoint: a metric of {} dimensions has {} numbers; the run file is damaged", d, numbers.size());
    m = Metric::restore(kind, d, numbers);
  }
  template <class T>
  void read(T& v) {
    if constexpr (std::is_class_v<T>)
      fields(v, *this);
    else
      v = static_cast<T>(in_.i64());
  }
  template <class T>
  void read(std::optional<T>& v) {
    v.reset();
    if (in_.u8()) read(v.emplace());
  }
  template <class T>
  void read(std::vector<T>& v) {
    const std::uint64_t size = in_.u64();
    if (size > in_.left()) fail("checkpoint: a list of {} does not fit; the run file is damaged", size);
    v.resize(size);
    for (T& each : v) read(each);
  }
  ByteReader in_;
};

/// Pieces of particles, then those of streams.
class CheckpointPieces final : public Pieces {
 public:
  explicit CheckpointPieces(const Standing& s)
      : particles_(s.particles), particle_count_(static_cast<std::size_t>(s.ensemble.particle_pieces)) {
    if (s.streams) streams_ = std::make_unique<StreamPieces>(s.streams);
  }
  std::size_t count() const override { return particle_count_ + (streams_ ? streams_->count() : 0); }
  Bytes read(std::size_t i) const override {
    return i < particle_count_ ? particles_->read(i) : streams_->read(i - particle_count_);
  }

 private:
  std::shared_ptr<const Pieces> particles_;
  std::size_t particle_count_;
  std::unique_ptr<StreamPieces> streams_;
};

}  // namespace

Checkpoint write_checkpoint(const Standing& standing) {
  Writer writer(format);
  writer(const_cast<Standing&>(standing));  // one list of fields for both directions: a writer only looks
  Checkpoint checkpoint{writer.take(), standing.finished};
  if (standing.particles || standing.streams) checkpoint.pieces = std::make_shared<CheckpointPieces>(standing);
  return checkpoint;
}

Standing read_checkpoint(const Checkpoint& checkpoint) {
  const std::span<const unsigned char> bytes = checkpoint.bytes;
  ByteReader head(bytes, "checkpoint");
  if (head.string() != format)
    fail("checkpoint: expected \"{}\", found another format; it was written by another version of thalweg", format);
  Reader reader(bytes.subspan(bytes.size() - head.left()));
  Standing standing;
  reader(standing);
  reader.finish();
  if (standing.ensemble.particle_pieces > 0) {
    if (!checkpoint.pieces) fail("checkpoint: the particles are missing; the run file is damaged");
    standing.particles = checkpoint.pieces;
  }
  return standing;
}

std::shared_ptr<const DrawStreams> streams_of(const Checkpoint& checkpoint) {
  if (!checkpoint.pieces) return nullptr;
  const auto first = static_cast<std::size_t>(read_checkpoint(checkpoint).ensemble.particle_pieces);
  if (first == checkpoint.pieces->count()) return nullptr;
  return std::make_shared<DrawStreams>(read_streams(*checkpoint.pieces, first));
}

std::vector<unsigned char> write_chains(std::vector<ChainState> chains) {
  Writer writer;
  writer(chains);
  return writer.take();
}

std::vector<ChainState> read_chains(std::span<const unsigned char> bytes) {
  Reader reader(bytes);
  std::vector<ChainState> chains;
  reader(chains);
  reader.finish();
  return chains;
}

}  // namespace thalweg
