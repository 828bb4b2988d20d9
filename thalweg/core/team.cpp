#include "thalweg/core/team.hpp"

#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {

Team::Team(int threads) : errors_(static_cast<std::size_t>(threads > 0 ? threads : 1)) {
  require(threads > 0, "threads must be > 0; found {}", threads);
  for (std::size_t rank = 1; rank < static_cast<std::size_t>(threads); ++rank)
    others_.emplace_back([this, rank] { work(rank); });
}

Team::~Team() {
  leaving_ = true;
  ++call_;
  call_.notify_all();
}

void Team::run(std::size_t count, const Range& range) {
  if (others_.empty()) return range(0, count);
  range_ = &range;
  count_ = count;
  at_work_ = static_cast<std::uint32_t>(others_.size());
  ++call_;
  call_.notify_all();
  take(0);
  for (std::uint32_t left = at_work_; left != 0; left = at_work_) at_work_.wait(left);
  for (std::exception_ptr& error : errors_)
    if (error) {
      const std::exception_ptr first = std::exchange(error, nullptr);
      for (std::exception_ptr& other : errors_) other = nullptr;
      std::rethrow_exception(first);
    }
}

void Team::work(std::size_t rank) {
  for (std::uint32_t seen = 0;;) {
    call_.wait(seen);
    ++seen;  // no call begins before all have ended the one before
    if (leaving_) return;
    take(rank);
    if (--at_work_ == 0) at_work_.notify_one();
  }
}

void Team::take(std::size_t rank) {
  const std::size_t ranks = others_.size() + 1;
  try {
    (*range_)(count_ * rank / ranks, count_ * (rank + 1) / ranks);
  } catch (...) {
    errors_[rank] = std::current_exception();
  }
}

}  // namespace thalweg
