#include "app/company.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/options.hpp"
#include "app/run_settings.hpp"
#include "thalweg/core/bytes.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/processes.hpp"
#include "thalweg/io/json_data.hpp"
#ifdef THALWEG_MPI
#include "thalweg/mpi/mpi_world.hpp"
#endif

namespace thalweg::app {
namespace {

/// This process's place: nothing for a command without a launcher.
std::unique_ptr<World> world;
int threads_by_default = 0;

enum class Order : std::uint8_t { end, model };

/// What a launcher says of the processes that it has started; nothing without one.
std::optional<std::int64_t> processes_of_launcher() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"})
    if (const char* const value = std::getenv(name)) return parse_integer(value).value_or(1);
  if (std::getenv("PMIX_RANK")) return 1;  // at least
  return {};
}

std::unique_ptr<World> join() {
  const auto launched = processes_of_launcher();
  if (!launched) return nullptr;
#ifdef THALWEG_MPI
  auto joined = join_world();
  if (joined->ranks() == 1 && *launched > 1)
    fail(
        "a launcher has started {} processes, but MPI finds this one alone: it is of another MPI than thalweg was "
        "built with, and each process would make a run of its own",
        *launched);
  return joined;
#else
  if (*launched > 1)
    fail(
        "a launcher has started {} processes, and this thalweg was built without MPI: each would make a run of its own "
        "and they would take each other's files\n  build it with MPI (libopenmpi-dev), or start it once: --threads "
        "uses "
        "the cores of one machine",
        *launched);
  return nullptr;
#endif
}

/// The cores of this process, shared with those that have the same on the same machine.
int share_of_cores() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const std::string here = fmt::format("{} {}", host, core_mask());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(here.data());
  const std::vector<Bytes> all = world->gather(std::span<const unsigned char>(bytes, here.size()));
  const auto sharing = std::count(all.begin(), all.end(), Bytes(bytes, bytes + here.size()));
  return std::max(1, cores_allowed() / int(sharing));
}

/// The fingerprints of all processes must agree, or their draws would not.
void compare_builds(const Model& model) {
  const std::string mine = run_fingerprint(model);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(mine.data());
  const std::vector<Bytes> all = world->gather(std::span<const unsigned char>(bytes, mine.size()));
  for (std::size_t r = 1; r < all.size(); ++r)
    if (all[r] != all[0])
      fail("the processes of this run are of different builds\n  the first: {}\n  process {}: {}",
           std::string(all[0].begin(), all[0].end()), r + 1, std::string(all[r].begin(), all[r].end()));
}

class SignalObserver final : public Observer {
 public:
  bool interrupted() override { return app::interrupted(); }
};

void take_part_in(ByteReader& order) {
  const std::int64_t threads = order.i64();
  LoadOptions options{.quiet = true, .tells = false};
  options.seed = order.u64();
  options.subset = order.u8() != 0;
  options.constants = order.u8() != 0;
  const std::string name = order.string(), source = order.string(), data = order.string();
  order.finish();
  const Model model = reload_model(name, source, parse_json_data(data, "data"), options);
  compare_builds(model);
  SignalObserver observer;
  take_part(model, {.threads = threads > 0 ? int(threads) : default_threads(), .world = world.get()}, observer);
}

/// Every process but the first.
void follow() {
  for (;;) {
    const Bytes words = world->from_first({});
    ByteReader order(words, "an order of the first process");
    if (Order(order.u8()) == Order::end) return;
    take_part_in(order);
  }
}

void tell(const ByteWriter& order) { world->from_first(order.bytes()); }

}  // namespace

int run_in_company(const std::function<int()>& first) {
  world = join();
  if (!world) return first();
  try {
    threads_by_default = share_of_cores();
    if (!world->leads()) {
      follow();
      world.reset();
      return 0;
    }
    const int status = first();
    ByteWriter end;
    end.u8(std::uint8_t(Order::end));
    tell(end);
    world.reset();
    return status;
  } catch (const std::exception& error) {
    const bool leads = world->leads();
    world->abandon(leads ? error.what()
                         : fmt::format("{}\n  (in process {} of {})", error.what(), world->rank() + 1, world->ranks()));
    world.reset();
    if (leads) throw;
    return 0;
  }
}

int default_threads() { return threads_by_default > 0 ? threads_by_default : cores_allowed(); }

SampleOutcome in_company(const std::string& name, const std::string& source, const Model& model, const DataMap& data,
                         const LoadOptions& options, int threads,
                         const std::function<SampleOutcome(const Execution&)>& go) {
  if (!world) return go({.threads = threads});
  ByteWriter order;
  order.u8(std::uint8_t(Order::model));
  order.i64(threads == default_threads() ? 0 : threads);  // 0: each its own default
  order.u64(options.seed);
  order.u8(options.subset);
  order.u8(options.constants);
  order.string(name);
  order.string(source);
  order.string(write_json_data(data));
  tell(order);
  compare_builds(model);
  const SampleOutcome outcome = go({.threads = threads, .world = world.get()});
  dismiss(*world);
  return outcome;
}

std::string in_processes() {
  return world && world->ranks() > 1 ? fmt::format(" in each of {} processes", world->ranks()) : "";
}

}  // namespace thalweg::app
