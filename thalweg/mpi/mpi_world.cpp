#include "thalweg/mpi/mpi_world.hpp"

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <type_traits>

namespace thalweg {
namespace {

constexpr std::int64_t failed = -1;  ///< in the place of a size

/// Answers of processes that run at this moment come within microseconds; for others the core is better left to them. A
/// thread that sleeps, other than one that yields, is back soon on a busy machine.
void wait(MPI_Request& request) {
  constexpr int soon = 200;
  for (int tries = 0;; ++tries) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    if (tries >= soon) std::this_thread::sleep_for(std::chrono::microseconds(std::min(tries / 10, 1000)));
  }
}

/// What a process says first: how much it brings, and that itself when it is little.
struct Head {
  std::int64_t size = 0;
  unsigned char little[4096 - sizeof(std::int64_t)];
};

template <class Number>
MPI_Datatype type_of() {
  return std::is_same_v<Number, double> ? MPI_DOUBLE : MPI_UNSIGNED_CHAR;
}

class MpiWorld final : public World {
 public:
  MpiWorld(int rank, int ranks, std::int64_t most_of_a_message)
      : World(rank, ranks), most_of_a_message_(most_of_a_message), heads_(static_cast<std::size_t>(ranks)) {}
  ~MpiWorld() override { MPI_Finalize(); }

  std::vector<Bytes> gather(std::span<const unsigned char> mine) override {
    announce(std::ssize(mine), mine);
    std::vector<Bytes> all;
    std::vector<unsigned char*> places;
    for (const Head& h : heads_) all.emplace_back(static_cast<std::size_t>(h.size));
    for (Bytes& bytes : all) places.push_back(bytes.data());
    collect(mine, places);
    return all;
  }
  std::vector<double> gather(std::span<const double> mine) override {
    announce(std::ssize(mine), mine);
    std::int64_t total = 0;
    for (const Head& h : heads_) total += h.size;
    std::vector<double> all(static_cast<std::size_t>(total));
    std::vector<double*> places;
    std::int64_t at = 0;
    for (const Head& h : heads_) places.push_back(all.data() + at), at += h.size;
    collect(mine, places);
    return all;
  }
  std::vector<Bytes> trade(const std::vector<Bytes>& to) override {
    const auto n = static_cast<std::size_t>(ranks());
    require(to.size() == n, "World: expected something for each of {} processes; found {}", n, to.size());
    std::vector<std::int64_t> sending, receiving(n);
    for (const Bytes& bytes : to) sending.push_back(std::ssize(bytes));
    announce(*std::max_element(sending.begin(), sending.end()), std::span<const unsigned char>{});
    MPI_Request request;
    MPI_Ialltoall(sending.data(), 1, MPI_INT64_T, receiving.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, &request);
    wait(request);
    std::vector<Bytes> from;
    for (const std::int64_t size : receiving) from.emplace_back(static_cast<std::size_t>(size));
    const std::int64_t each = std::max<std::int64_t>(1, most_of_a_message_ / ranks()), most = largest();
    for (std::int64_t at = 0; at < most; at += each) trade_pieces(to, from, at, each);
    return from;
  }
  void abandon(const std::string& message) override {
    if (over_) return;
    message_ = message.empty() ? "another process failed" : message;
    try {
      announce(failed, std::span<const unsigned char>{});
    } catch (const ProcessFailed&) {
    }
  }

 private:
  /// How much each process brings, `little` at once if it fits. The one place where a failure is seen, so that nobody
  /// waits for who has failed.
  template <class Number>
  void announce(std::int64_t size, std::span<const Number> little) {
    if (over_) throw ProcessFailed(message_);
    Head mine;
    mine.size = size;
    if (!little.empty() && little.size_bytes() <= sizeof mine.little)
      std::memcpy(mine.little, little.data(), little.size_bytes());
    MPI_Request request;
    MPI_Iallgather(&mine, sizeof mine, MPI_UNSIGNED_CHAR, heads_.data(), sizeof mine, MPI_UNSIGNED_CHAR, MPI_COMM_WORLD,
                   &request);
    wait(request);
    const auto first = std::find_if(heads_.begin(), heads_.end(), [](const Head& h) { return h.size == failed; });
    if (first == heads_.end()) return;
    over_ = true;
    const int root = static_cast<int>(first - heads_.begin());
    std::int64_t length = std::ssize(message_);
    MPI_Bcast(&length, 1, MPI_INT64_T, root, MPI_COMM_WORLD);
    message_.resize(static_cast<std::size_t>(length));
    MPI_Bcast(message_.data(), static_cast<int>(length), MPI_CHAR, root, MPI_COMM_WORLD);
    throw ProcessFailed(message_);
  }
  std::int64_t largest() const {
    std::int64_t most = 0;
    for (const Head& h : heads_) most = std::max(most, h.size);
    return most;
  }
  /// Everyone's numbers to everyone: out of the heads, or in pieces that MPI can count.
  template <class Number>
  void collect(std::span<const Number> mine, const std::vector<Number*>& places) {
    const std::int64_t each = std::max<std::int64_t>(1, most_of_a_message_ / ranks()), most = largest();
    if (most * std::int64_t{sizeof(Number)} <= std::ssize(heads_.front().little)) {
      for (std::size_t r = 0; r < places.size(); ++r)
        if (heads_[r].size > 0)
          std::memcpy(places[r], heads_[r].little, static_cast<std::size_t>(heads_[r].size) * sizeof(Number));
      return;
    }
    std::vector<Number> piece;
    std::vector<int> counts(places.size()), offsets(places.size());
    for (std::int64_t at = 0; at < most; at += each) {
      int total = 0;
      for (std::size_t r = 0; r < places.size(); ++r) {
        counts[r] = static_cast<int>(std::clamp<std::int64_t>(heads_[r].size - at, 0, each));
        offsets[r] = total;
        total += counts[r];
      }
      piece.resize(static_cast<std::size_t>(total));
      const int own = counts[static_cast<std::size_t>(rank())];
      MPI_Request request;
      MPI_Iallgatherv(own > 0 ? mine.data() + at : nullptr, own, type_of<Number>(), piece.data(), counts.data(),
                      offsets.data(), type_of<Number>(), MPI_COMM_WORLD, &request);
      wait(request);
      for (std::size_t r = 0; r < places.size(); ++r)
        if (counts[r] > 0) std::copy_n(piece.begin() + offsets[r], counts[r], places[r] + at);
    }
  }
  void trade_pieces(const std::vector<Bytes>& to, std::vector<Bytes>& from, std::int64_t at, std::int64_t each) {
    const auto pieces = [&](const std::vector<Bytes>& all, std::vector<int>& counts, std::vector<int>& offsets) {
      int total = 0;
      for (const Bytes& bytes : all) {
        counts.push_back(static_cast<int>(std::clamp<std::int64_t>(std::ssize(bytes) - at, 0, each)));
        offsets.push_back(total);
        total += counts.back();
      }
      return Bytes(static_cast<std::size_t>(total));
    };
    std::vector<int> sent, sent_at, got, got_at;
    Bytes out = pieces(to, sent, sent_at), in = pieces(from, got, got_at);
    for (std::size_t r = 0; r < to.size(); ++r)
      if (sent[r] > 0) std::copy_n(to[r].begin() + at, sent[r], out.begin() + sent_at[r]);
    MPI_Request request;
    MPI_Ialltoallv(out.data(), sent.data(), sent_at.data(), MPI_UNSIGNED_CHAR, in.data(), got.data(), got_at.data(),
                   MPI_UNSIGNED_CHAR, MPI_COMM_WORLD, &request);
    wait(request);
    for (std::size_t r = 0; r < from.size(); ++r)
      if (got[r] > 0) std::copy_n(in.begin() + got_at[r], got[r], from[r].begin() + at);
  }

  const std::int64_t most_of_a_message_;
  std::vector<Head> heads_;  ///< what all said last
  bool over_ = false;
  std::string message_;
};

}  // namespace

std::unique_ptr<World> join_world(std::int64_t most_of_a_message) {
  setenv("OMPI_MCA_mpi_yield_when_idle", "0", 1);  // mpirun asks for it when cores are few; `wait` does better
  int given = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &given);
  int rank = 0, ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  auto world = std::make_unique<MpiWorld>(rank, ranks, most_of_a_message);
  if (given < MPI_THREAD_SERIALIZED) fail("this MPI allows no exchanges from several threads (MPI_THREAD_SERIALIZED)");
  return world;
}

}  // namespace thalweg
