#include "thalweg/dynamics/processes.hpp"

#include <utility>

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
  Checkpoint checkpoint = write_checkpoint(standing);
  checkpoint.bytes.push_back(run_order);
  world.from_first(checkpoint.bytes);
}

void dismiss(World& world) { world.from_first({&end_order, 1}); }

void take_part(const Model& model, const Execution& execution, Observer& observer) {
  require(execution.world && !execution.world->leads(), "take_part is for every process of a world but the first");
  Nowhere sink;
  NoClock clock;
  for (;;) {
    Bytes order = execution.world->from_first({});
    if (order.back() == end_order) return;
    order.pop_back();
    run_on(model, read_checkpoint({std::move(order), false}), execution, sink, clock, observer);
  }
}

}  // namespace thalweg
