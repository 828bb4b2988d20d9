#include "thalweg/mpi/mpi_world.hpp"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <type_traits>

namespace thalweg {
namespace {

constexpr std::int64_t failed = -1;  ///< in the place of a size

/// Waits without burning the core that a worker of this process, or of another, could use.
void wait(MPI_Request& request) {
  constexpr int soon = 1000;
  for (int tries = 0;; ++tries) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    if (tries < soon)
      sched_yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(std::min(20 * (tries / soon), 1000)));
  }
}

template <class Number>
MPI_Datatype type_of() {
  return std::is_same_v<Number, double> ? MPI_DOUBLE : MPI_UNSIGNED_CHAR;
}

class MpiWorld final : public World {
 public:
  MpiWorld(int rank, int ranks, std::int64_t most_of_a_message)
      : World(rank, ranks), most_of_a_message_(most_of_a_message) {}
  ~MpiWorld() override { MPI_Finalize(); }

  std::vector<Bytes> gather(std::span<const unsigned char> mine) override {
    const std::vector<std::int64_t> sizes = announce(std::ssize(mine));
    std::vector<Bytes> all;
    for (const std::int64_t size : sizes) all.emplace_back(static_cast<std::size_t>(size));
    std::vector<unsigned char*> places;
    for (Bytes& bytes : all) places.push_back(bytes.data());
    collect(mine, sizes, places);
    return all;
  }
  std::vector<double> gather(std::span<const double> mine) override {
    const std::vector<std::int64_t> sizes = announce(std::ssize(mine));
    std::vector<double> all(static_cast<std::size_t>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0})));
    std::vector<double*> places;
    std::int64_t at = 0;
    for (const std::int64_t size : sizes) places.push_back(all.data() + at), at += size;
    collect(mine, sizes, places);
    return all;
  }
  std::vector<Bytes> trade(const std::vector<Bytes>& to) override {
    const auto n = static_cast<std::size_t>(ranks());
    require(to.size() == n, "World: expected something for each of {} processes; found {}", n, to.size());
    std::vector<std::int64_t> sending, receiving(n);
    for (const Bytes& bytes : to) sending.push_back(std::ssize(bytes));
    const std::vector<std::int64_t> largest = announce(*std::max_element(sending.begin(), sending.end()));
    MPI_Request request;
    MPI_Ialltoall(sending.data(), 1, MPI_INT64_T, receiving.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, &request);
    wait(request);
    std::vector<Bytes> from;
    for (const std::int64_t size : receiving) from.emplace_back(static_cast<std::size_t>(size));
    const std::int64_t each = std::max<std::int64_t>(1, most_of_a_message_ / ranks()),
                       most = *std::max_element(largest.begin(), largest.end());
    for (std::int64_t at = 0; at < most; at += each) trade_pieces(to, from, at, each);
    return from;
  }
  void abandon(const std::string& message) override {
    if (over_) return;
    message_ = message.empty() ? "another process failed" : message;
    try {
      announce(failed);
    } catch (const ProcessFailed&) {
    }
  }

 private:
  /// How much each process brings. The one place where a failure is seen, so that nobody waits for who has failed.
  std::vector<std::int64_t> announce(std::int64_t mine) {
    if (over_) throw ProcessFailed(message_);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(ranks()));
    MPI_Request request;
    MPI_Iallgather(&mine, 1, MPI_INT64_T, sizes.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, &request);
    wait(request);
    const auto first = std::find(sizes.begin(), sizes.end(), failed);
    if (first == sizes.end()) return sizes;
    over_ = true;
    const int root = static_cast<int>(first - sizes.begin());
    std::int64_t size = std::ssize(message_);
    MPI_Bcast(&size, 1, MPI_INT64_T, root, MPI_COMM_WORLD);
    message_.resize(static_cast<std::size_t>(size));
    MPI_Bcast(message_.data(), static_cast<int>(size), MPI_CHAR, root, MPI_COMM_WORLD);
    throw ProcessFailed(message_);
  }
  /// Everyone's numbers to everyone, in pieces that MPI can count.
  template <class Number>
  void collect(std::span<const Number> mine, const std::vector<std::int64_t>& sizes,
               const std::vector<Number*>& places) {
    const std::int64_t each = std::max<std::int64_t>(1, most_of_a_message_ / ranks()),
                       most = *std::max_element(sizes.begin(), sizes.end());
    std::vector<Number> piece;
    std::vector<int> counts(sizes.size()), offsets(sizes.size());
    for (std::int64_t at = 0; at < most; at += each) {
      int total = 0;
      for (std::size_t r = 0; r < sizes.size(); ++r) {
        counts[r] = static_cast<int>(std::clamp<std::int64_t>(sizes[r] - at, 0, each));
        offsets[r] = total;
        total += counts[r];
      }
      piece.resize(static_cast<std::size_t>(total));
      const int own = counts[static_cast<std::size_t>(rank())];
      MPI_Request request;
      MPI_Iallgatherv(own > 0 ? mine.data() + at : nullptr, own, type_of<Number>(), piece.data(), counts.data(),
                      offsets.data(), type_of<Number>(), MPI_COMM_WORLD, &request);
      wait(request);
      for (std::size_t r = 0; r < sizes.size(); ++r)
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
  bool over_ = false;
  std::string message_;
};

}  // namespace

std::unique_ptr<World> join_world(std::int64_t most_of_a_message) {
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
