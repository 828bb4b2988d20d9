// Threads that stay, for loops that are repeated thousands of times.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace thalweg {

/// A loop is cut into one range a thread; the caller's thread takes the first. What a range writes must not depend on
/// where the cuts are: then all numbers of threads give the same bits.
///
/// Cost    some microseconds a call; loops shorter than that should run on a team of one.
/// Errors  an exception of any range is rethrown when all have ended.
class Team {
 public:
  using Range = std::function<void(std::size_t first, std::size_t last)>;

  explicit Team(int threads = 1);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team();

  int threads() const { return static_cast<int>(others_.size()) + 1; }
  /// range(first, last) over 0 … count.
  void run(std::size_t count, const Range& range);

 private:
  void work(std::size_t rank);
  void take(std::size_t rank);

  const Range* range_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::uint32_t> call_{0};     ///< number of the call; waited for by the others
  std::atomic<std::uint32_t> at_work_{0};  ///< others that have not ended their range; waited for by the caller
  bool leaving_ = false;
  std::vector<std::exception_ptr> errors_;
  std::vector<std::jthread> others_;  // last: they end before what they use
};

}  // namespace thalweg
