#include "thalweg/dynamics/processes.hpp"

#include <memory>
#include <utility>

#include "thalweg/core/bytes.hpp"

namespace thalweg {
namespace {

constexpr unsigned char run_order = 1, end_order = 0;

/// The first process alone commits, and alone looks at the time.
struct Nowhere : Sink {
  void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint&) override {}
};
struct NoClock : Clock {
  double seconds() override { return 0; }
};

}  // namespace

void call_others(World& world, const Standing& standing) {
  require(world.leads(), "a run of several processes begins in the first of them; this is process {} of {}",
          world.rank() + 1, world.ranks());
  require(standing.settings.keep == 0,
          "draws that are not kept are counted in one process: keep must be all in a run of {}", world.ranks());
  const Checkpoint checkpoint = write_checkpoint(standing);
  const std::size_t pieces = checkpoint.pieces ? checkpoint.pieces->count() : 0;
  ByteWriter order;
  order.u8(run_order);
  order.u64(pieces);
  order.string({reinterpret_cast<const char*>(checkpoint.bytes.data()), checkpoint.bytes.size()});
  world.from_first(order.take());
  for (std::size_t i = 0; i < pieces; ++i) world.from_first(checkpoint.pieces->read(i));
}

void dismiss(World& world) { world.from_first({&end_order, 1}); }

void take_part(const Model& model, const Execution& execution, Observer& observer) {
  require(execution.world && !execution.world->leads(), "take_part is for every process of a world but the first");
  Nowhere sink;
  NoClock clock;
  for (;;) {
    const Bytes order = execution.world->from_first({});
    ByteReader in(order, "what the first process sent");
    if (in.u8() == end_order) return;
    const std::uint64_t pieces = in.u64();
    const std::string bytes = in.string();
    Checkpoint checkpoint{.bytes = {bytes.begin(), bytes.end()}};
    std::vector<Bytes> all;
    for (std::uint64_t i = 0; i < pieces; ++i) all.push_back(execution.world->from_first({}));
    if (pieces > 0) checkpoint.pieces = std::make_shared<StoredPieces>(std::move(all));
    run_on(model, read_checkpoint(checkpoint), execution, sink, clock, observer);
  }
}

}  // namespace thalweg
