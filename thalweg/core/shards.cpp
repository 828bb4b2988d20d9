// Where the shards of an ensemble meet: threads of one process, and through them the processes of a run.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "thalweg/core/collective.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

/// Thrown in the other threads when one has failed.
struct Abandoned {};

/// The shards of each process: those of process p are [first[p], first[p + 1]).
struct Seats {
  std::vector<int> first;
  int total() const { return first.back(); }
};
Seats seats_of(World& world, int threads) {
  const double mine = threads;
  Seats seats{{0}};
  for (const double n : world.gather(std::span(&mine, 1)))
    seats.first.push_back(seats.first.back() + static_cast<int>(n));
  return seats;
}

/// What a shard shows while the others look at it, and what it wants of them.
struct Shown {
  std::span<const double> numbers = {};
  std::int64_t first = 0, count = 0;
  std::span<const std::int64_t> wanted = {};
  double* rows = nullptr;
};

/// Rows that lie with other processes: who wants them says so, who has them sends them.
class RowTrade {
 public:
  RowTrade(World& world, const Seats& seats, std::int64_t total, std::span<const Shown> shown, std::size_t size)
      : world_(world), shown_(shown), size_(size) {
    for (const int seat : seats.first)
      first_.push_back(seat == seats.total() ? total : shard_of(total, seat, seats.total()).first);
  }
  void carry_out() {
    const auto n = static_cast<std::size_t>(world_.ranks());
    std::vector<Bytes> wishes(n), answers;
    std::vector<std::vector<double*>> places(n);
    for (const Shown& s : shown_)
      for (std::size_t i = 0; i < s.wanted.size(); ++i) {
        const std::size_t owner = owner_of(s.wanted[i]);
        if (owner == static_cast<std::size_t>(world_.rank())) continue;
        append(wishes[owner], &s.wanted[i], 1);
        places[owner].push_back(s.rows + i * size_);
      }
    for (const Bytes& theirs : world_.trade(wishes)) {
      Bytes& answer = answers.emplace_back();
      for (std::size_t at = 0; at < theirs.size(); at += sizeof(std::int64_t)) {
        std::int64_t k;
        std::memcpy(&k, theirs.data() + at, sizeof k);
        append(answer, row(k), size_);
      }
    }
    const std::vector<Bytes> got = world_.trade(answers);
    for (std::size_t r = 0; r < n; ++r)
      for (std::size_t i = 0; i < places[r].size(); ++i)
        std::memcpy(places[r][i], got[r].data() + i * size_ * sizeof(double), size_ * sizeof(double));
  }
  /// A row of this process.
  const double* row(std::int64_t k) const {
    for (const Shown& s : shown_)
      if (k < s.first + s.count) return s.numbers.data() + static_cast<std::size_t>(k - s.first) * size_;
    throw std::logic_error("Collective: a row is asked of a process that does not have it");
  }
  bool is_here(std::int64_t k) const { return owner_of(k) == static_cast<std::size_t>(world_.rank()); }

 private:
  template <class Number>
  static void append(Bytes& bytes, const Number* numbers, std::size_t count) {
    const std::size_t at = bytes.size();
    bytes.resize(at + count * sizeof(Number));
    if (count > 0) std::memcpy(bytes.data() + at, numbers, count * sizeof(Number));
  }
  std::size_t owner_of(std::int64_t k) const {  // the last that begins at or before it: empty shares have none
    return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end() - 1, k) - first_.begin()) - 1;
  }

  World& world_;
  std::span<const Shown> shown_;
  std::size_t size_;
  std::vector<std::int64_t> first_;  ///< particle of each process, and the end
};

/// Where the threads of one process meet. The last to come exchanges with the other processes for all.
class Meeting {
 public:
  Meeting(World& world, const Seats& seats)
      : world_(world),
        seats_(seats),
        first_(seats.first[static_cast<std::size_t>(world.rank())]),
        threads_(seats.first[static_cast<std::size_t>(world.rank()) + 1] - first_),
        shown_(static_cast<std::size_t>(threads_)) {}

  std::vector<double> gather(const Shard& shard, std::span<const double> mine) {
    std::unique_lock lock(mutex_);
    // `table_` is filled from what all show, and read by all before anyone can show again: two phases a call.
    show(shard, {.numbers = mine});
    meet(lock, [&] {
      table_.clear();
      for (const Shown& s : shown_) table_.insert(table_.end(), s.numbers.begin(), s.numbers.end());
      if (world_.ranks() > 1) table_ = world_.gather(table_);
    });
    std::vector<double> all = table_;
    meet(lock);
    return all;
  }
  /// All show their rows, then each takes what it wants, then all may change theirs again.
  void exchange(const Shard& shard, std::span<const double> mine, std::size_t size,
                std::span<const std::int64_t> wanted, double* rows) {
    std::unique_lock lock(mutex_);
    show(shard, {mine, shard.first, shard.count, wanted, rows});
    meet(lock);
    lock.unlock();
    RowTrade trade(world_, seats_, shard.total, shown_, size);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (trade.is_here(wanted[i])) std::copy_n(trade.row(wanted[i]), size, rows + i * size);
    lock.lock();
    meet(lock, [&] {
      if (world_.ranks() > 1) trade.carry_out();
    });
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
  void show(const Shard& shard, const Shown& what) {
    if (broken_) throw Abandoned{};
    shown_[static_cast<std::size_t>(shard.rank - first_)] = what;
  }
  /// The last to come does what is to be done `for_all`, before anyone goes on.
  void meet(std::unique_lock<std::mutex>& lock, const std::function<void()>& for_all = {}) {
    const auto round = round_;
    if (++arrived_ == threads_) {
      if (for_all) for_all();
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
  World& world_;
  const Seats& seats_;
  const int first_, threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<double> table_;
  std::vector<Shown> shown_;
  int arrived_ = 0;
  std::uint64_t round_ = 0;
  bool broken_ = false, left_ = false;
};

class MeetingCollective final : public Collective {
 public:
  MeetingCollective(const Shard& shard, Meeting& meeting) : Collective(shard), meeting_(meeting) {}

 protected:
  std::vector<double> gather(std::span<const double> mine) override { return meeting_.gather(shard(), mine); }
  void exchange(std::span<const double> mine, std::size_t size, std::span<const std::int64_t> wanted,
                double* rows) override {
    meeting_.exchange(shard(), mine, size, wanted, rows);
  }

 private:
  Meeting& meeting_;
};

}  // namespace

Shard share_of(World& world, std::int64_t total, int threads) {
  const Seats seats = seats_of(world, threads);
  const auto begin = [&](int process) {
    const int seat = seats.first[static_cast<std::size_t>(process)];
    return seat == seats.total() ? total : shard_of(total, seat, seats.total()).first;
  };
  const int rank = world.rank();
  return {rank, world.ranks(), begin(rank), begin(rank + 1) - begin(rank), total};
}

void run_shards(std::int64_t total, int threads, const std::function<void(Collective&)>& work, World* world) {
  require(threads >= 1, "run_shards: threads must be >= 1; found {}", threads);
  Alone alone;
  World& all = world ? *world : alone;
  const Seats seats = seats_of(all, threads);
  Meeting meeting(all, seats);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(threads));
  const auto run = [&](int thread) {
    try {
      const int seat = seats.first[static_cast<std::size_t>(all.rank())] + thread;
      MeetingCollective collective(shard_of(total, seat, seats.total()), meeting);
      work(collective);
      meeting.leave();
    } catch (const Abandoned&) {
    } catch (...) {
      errors[static_cast<std::size_t>(thread)] = std::current_exception();
      meeting.abandon();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (int thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
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
