#include "thalweg/core/collective.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "thalweg/core/error.hpp"

namespace thalweg {

Shard shard_of(std::int64_t total, int rank, int ranks) {
  require(total >= 0, "shard_of: total must be >= 0; found {}", total);
  require(0 <= rank && rank < ranks, "shard_of: expected 0 <= rank < ranks; found rank {} of {}", rank, ranks);
  const std::int64_t blocks = (total + block_particles - 1) / block_particles;
  const auto begin = [&](int r) { return std::min(total, blocks * r / ranks * block_particles); };
  return {rank, ranks, begin(rank), begin(rank + 1) - begin(rank), total};
}

/// results[q] from the numbers mine[q][particle of the shard].
template <class Combine>
void Collective::reduce(std::span<const double> mine, double empty, std::span<double> results, Combine combine) {
  const auto quantities = results.size(), particles = static_cast<std::size_t>(shard_.count);
  require(mine.size() == quantities * particles,
          "Collective: expected {} numbers ({} quantities of {} particles); found {}", quantities * particles,
          quantities, particles, mine.size());
  std::vector<double> blocks;  // block after block, all quantities of each
  for (std::size_t first = 0; first < particles; first += block_particles) {
    const std::size_t last = std::min(particles, first + static_cast<std::size_t>(block_particles));
    for (std::size_t q = 0; q < quantities; ++q) {
      double value = mine[q * particles + first];
      for (std::size_t i = first + 1; i < last; ++i) value = combine(value, mine[q * particles + i]);
      blocks.push_back(value);
    }
  }
  combine_blocks(blocks, empty, results, combine);
}

template <class Combine>
void Collective::combine_blocks(std::span<const double> blocks, double empty, std::span<double> results,
                                Combine combine) {
  const auto quantities = results.size();
  std::vector<std::int64_t> counts;
  for (int r = 0; r < shard_.ranks; ++r)
    counts.push_back(shard_of(shard_.total, r, shard_.ranks).blocks() * static_cast<std::int64_t>(quantities));
  std::vector<double> tree = gather(blocks, counts);
  std::size_t nodes = quantities == 0 ? 0 : tree.size() / quantities;
  if (nodes == 0) {
    std::fill(results.begin(), results.end(), empty);
    return;
  }
  for (; nodes > 1; nodes = (nodes + 1) / 2)
    for (std::size_t node = 0; node < nodes; node += 2)
      for (std::size_t q = 0; q < quantities; ++q) {
        const double left = tree[node * quantities + q];
        tree[node / 2 * quantities + q] = node + 1 < nodes ? combine(left, tree[(node + 1) * quantities + q]) : left;
      }
  std::copy_n(tree.begin(), quantities, results.begin());
}

void Collective::sum(std::span<const double> mine, std::span<double> sums) {
  reduce(mine, 0.0, sums, [](double a, double b) { return a + b; });
}
void Collective::sum_blocks(std::span<const double> blocks, std::span<double> sums) {
  const auto expected = static_cast<std::size_t>(shard_.blocks()) * sums.size();
  require(blocks.size() == expected, "Collective: expected {} numbers ({} quantities of {} blocks); found {}", expected,
          sums.size(), shard_.blocks(), blocks.size());
  BlockTree tree(sums.size(), shard_.first_block());
  for (std::int64_t block = 0; block < shard_.blocks(); ++block)
    tree.add(blocks.subspan(static_cast<std::size_t>(block) * sums.size(), sums.size()));
  sum_tree(tree, sums);
}
void Collective::sum_tree(const BlockTree& mine, std::span<double> sums) {
  const std::int64_t expected = shard_.first_block() + shard_.blocks();
  require(mine.quantities() == sums.size() && mine.next_block() == expected,
          "Collective: expected {} quantities of the blocks up to {}; found {} up to {}", sums.size(), expected,
          mine.quantities(), mine.next_block());
  const std::vector<double> nodes = concatenate(mine.nodes());
  BlockTree whole(sums.size());
  whole.add_nodes(nodes);
  whole.total(sums);
}
double Collective::sum(std::span<const double> mine) {
  double result;
  sum(mine, {&result, 1});
  return result;
}
double Collective::max(std::span<const double> mine) {
  double result;
  reduce(mine, -std::numeric_limits<double>::infinity(), {&result, 1},
         [](double a, double b) { return a != a || a > b ? a : b; });
  return result;
}
bool Collective::all(bool mine) {
  const double flag = mine ? 1 : 0;
  const std::vector<std::int64_t> counts(static_cast<std::size_t>(shard_.ranks), 1);
  for (const double other : gather({&flag, 1}, counts))
    if (other == 0) return false;
  return true;
}

std::vector<double> Collective::everyone(std::span<const double> mine) {
  require(std::ssize(mine) == shard_.count, "Collective: expected {} numbers, one a particle; found {}", shard_.count,
          mine.size());
  std::vector<std::int64_t> counts;
  for (int r = 0; r < shard_.ranks; ++r) counts.push_back(shard_of(shard_.total, r, shard_.ranks).count);
  return gather(mine, counts);
}
std::vector<double> Collective::concatenate(std::span<const double> mine) {
  const double size = static_cast<double>(mine.size());
  std::vector<std::int64_t> counts(static_cast<std::size_t>(shard_.ranks), 1);
  const std::vector<double> sizes = gather({&size, 1}, counts);
  std::transform(sizes.begin(), sizes.end(), counts.begin(), [](double n) { return static_cast<std::int64_t>(n); });
  return gather(mine, counts);
}
std::vector<double> Collective::fetch(std::span<const double> mine, std::size_t size,
                                      std::span<const std::int64_t> wanted) {
  require(mine.size() == size * static_cast<std::size_t>(shard_.count),
          "Collective: expected {} rows of {} numbers; found {} numbers", shard_.count, size, mine.size());
  for (const std::int64_t k : wanted)
    require(0 <= k && k < shard_.total, "Collective: particles are 0 ... {}; {} is wanted", shard_.total - 1, k);
  std::vector<double> rows(size * wanted.size());
  exchange(mine, size, wanted, rows.data());
  return rows;
}

namespace {

/// Thrown in the other threads when one has failed.
struct Abandoned {};

/// Where the threads of one ensemble meet.
class Meeting {
 public:
  explicit Meeting(int ranks) : ranks_(ranks) {}

  std::vector<double> gather(int rank, std::span<const double> mine, std::span<const std::int64_t> counts) {
    std::unique_lock lock(mutex_);
    if (broken_) throw Abandoned{};
    // `table_` is filled by all, and read by all before anyone can fill it again: two phases a call.
    std::size_t offset = 0, size = 0;
    for (int r = 0; r < ranks_; ++r) {
      if (r < rank) offset += static_cast<std::size_t>(counts[static_cast<std::size_t>(r)]);
      size += static_cast<std::size_t>(counts[static_cast<std::size_t>(r)]);
    }
    table_.resize(size);
    std::copy(mine.begin(), mine.end(), table_.begin() + static_cast<std::ptrdiff_t>(offset));
    meet(lock);
    std::vector<double> all = table_;
    meet(lock);
    return all;
  }
  /// All show their rows, then each takes what it wants, then all may change theirs again.
  void exchange(const Shard& shard, std::span<const double> mine, std::size_t size,
                std::span<const std::int64_t> wanted, double* rows) {
    std::unique_lock lock(mutex_);
    if (broken_) throw Abandoned{};
    shown_.resize(static_cast<std::size_t>(ranks_));
    shown_[static_cast<std::size_t>(shard.rank)] = {shard.first, mine.data()};
    meet(lock);
    const auto shown = shown_;
    lock.unlock();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      // the last shard that begins at or before it, empty ones aside
      auto at = std::upper_bound(shown.begin(), shown.end(), wanted[i],
                                 [](std::int64_t k, const Shown& s) { return k < s.first; });
      --at;
      std::copy_n(at->rows + static_cast<std::size_t>(wanted[i] - at->first) * size, size, rows + i * size);
    }
    lock.lock();
    meet(lock);
  }
  /// A shard has returned: nobody may ask any more.
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    wake_.notify_all();
  }
  /// A shard has failed.
  void abandon() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    wake_.notify_all();
  }

 private:
  void meet(std::unique_lock<std::mutex>& lock) {
    const auto round = round_;
    if (++arrived_ == ranks_) {
      arrived_ = 0;
      ++round_;
      wake_.notify_all();
      return;
    }
    wake_.wait(lock, [&] { return round_ != round || broken_ || left_; });
    if (round_ != round) return;
    if (broken_) throw Abandoned{};
    throw std::logic_error("Collective: a shard asked a question that another shard, which has returned, did not ask");
  }
  struct Shown {
    std::int64_t first = 0;
    const double* rows = nullptr;
  };
  const int ranks_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<double> table_;
  std::vector<Shown> shown_;
  int arrived_ = 0;
  std::uint64_t round_ = 0;
  bool broken_ = false, left_ = false;
};

class ThreadCollective final : public Collective {
 public:
  ThreadCollective(const Shard& shard, Meeting& meeting) : Collective(shard), meeting_(meeting) {}

 protected:
  std::vector<double> gather(std::span<const double> mine, std::span<const std::int64_t> counts) override {
    return meeting_.gather(shard().rank, mine, counts);
  }
  void exchange(std::span<const double> mine, std::size_t size, std::span<const std::int64_t> wanted,
                double* rows) override {
    meeting_.exchange(shard(), mine, size, wanted, rows);
  }

 private:
  Meeting& meeting_;
};

}  // namespace

void run_shards(std::int64_t total, int threads, const std::function<void(Collective&)>& work) {
  require(threads >= 1, "run_shards: threads must be >= 1; found {}", threads);
  Meeting meeting(threads);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(threads));
  const auto run = [&](int rank) {
    try {
      ThreadCollective collective(shard_of(total, rank, threads), meeting);
      work(collective);
      meeting.leave();
    } catch (const Abandoned&) {
    } catch (...) {
      errors[static_cast<std::size_t>(rank)] = std::current_exception();
      meeting.abandon();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (int rank = 1; rank < threads; ++rank) others.emplace_back(run, rank);
    } catch (...) {  // no more threads on this machine
      meeting.abandon();
      throw;
    }
    run(0);
  }
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace thalweg
