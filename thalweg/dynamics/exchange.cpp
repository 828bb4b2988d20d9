#include "thalweg/dynamics/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace thalweg {
namespace {

/// The first chain of each superchain has found the start of all.
void spread_starts(std::vector<ChainState>& chains) {
  for (std::size_t k = 1; k < chains.size(); ++k) {
    if (chains[k].step_epoch == 0) continue;
    const ChainState& first = chains[k - 1];
    chains[k].x = first.x;
    chains[k].gradient = first.gradient;
    chains[k].log_p = first.log_p;
    chains[k].step_epoch = 0;
  }
}

}  // namespace

Exchange::Exchange(const Warmup& warmup, SharedState shared, std::vector<ChainState> chains, ChainShare share,
                   int workers, bool alone, std::shared_ptr<DrawStreams> streams, StreamMaker make_streams)
    : warmup_(warmup),
      make_streams_(std::move(make_streams)),
      share_(share),
      alone_(alone),
      shared_(std::make_shared<SharedState>(std::move(shared))),
      chains_(std::move(chains)),
      streams_(std::move(streams)),
      asked_(static_cast<std::size_t>(workers)),
      idle_(static_cast<std::size_t>(workers)),
      workers_(workers) {
  for (const ChainState& c : std::span(chains_).subspan(share.first, share.count))
    count(c.warmup.transitions + c.sampling.transitions, c.warmup.divergences + c.sampling.divergences);
}

std::shared_ptr<const SharedState> Exchange::shared() {
  const std::lock_guard lock(mutex_);
  return shared_;
}

void Exchange::hand_over(int worker, std::size_t first, std::span<const ChainState> states, std::vector<Rows> rows,
                         StreamShard<>* streams) {
  std::unique_lock lock(mutex_);
  asked_[static_cast<std::size_t>(worker)] = false;
  std::copy(states.begin(), states.end(), chains_.begin() + static_cast<std::ptrdiff_t>(first));
  if (streams) streams->hand_over(*streams_);
  for (Rows& r : rows) {
    if (r.values.empty()) continue;
    waiting_ += r.values.size();
    rows_.push_back(std::move(r));
  }
  to_owner_.notify_one();
  to_workers_.wait(lock, [&] { return waiting_ < most_waiting || stop_; });
}

std::shared_ptr<const SharedState> Exchange::arrive(int worker) {
  std::unique_lock lock(mutex_);
  const auto now = shared_;
  if (stop_) return nullptr;
  if (++arrived_ == workers_) {
    if (alone_)
      begin_next_epoch();
    else
      to_owner_.notify_one();
  }
  idle_[static_cast<std::size_t>(worker)] = true;
  to_workers_.wait(lock, [&] { return shared_ != now || finished_ || stop_; });
  idle_[static_cast<std::size_t>(worker)] = false;
  return shared_ == now ? nullptr : shared_;
}

void Exchange::begin_next_epoch() {
  arrived_ = 0;
  const EpochRole role = shared_->epoch.role;
  if (role == EpochRole::start) spread_starts(chains_);
  if (role == EpochRole::sampling) {
    finished_ = true;
  } else {
    auto next = std::make_shared<SharedState>(warmup_.next(*shared_, chains_, log_));
    if (make_streams_ && next->epoch.role == EpochRole::sampling) streams_ = make_streams_(*next, chains_);
    shared_ = std::move(next);
  }
  to_workers_.notify_all();
}

void Exchange::go_on(std::vector<ChainState> chains) {
  const std::lock_guard lock(mutex_);
  chains_ = std::move(chains);
  begin_next_epoch();
}

void Exchange::leave(int worker, std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  idle_[static_cast<std::size_t>(worker)] = true;
  asked_[static_cast<std::size_t>(worker)] = false;
  ++left_;
  if (error && !error_) error_ = error;
  if (error) stop_ = true;
  to_workers_.notify_all();
  to_owner_.notify_one();
}

void Exchange::wait(double seconds) {
  std::unique_lock lock(mutex_);
  const auto due = [&] {
    return left_ == workers_ || waiting_ >= most_waiting / 2 || (!alone_ && arrived_ == workers_);
  };
  to_owner_.wait_for(lock, std::chrono::duration<double>(seconds), due);
}

void Exchange::ask() {
  const std::lock_guard lock(mutex_);
  for (std::size_t w = 0; w < asked_.size(); ++w) asked_[w] = !idle_[w];
}

void Exchange::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  to_workers_.notify_all();
}

// A process without chains has no workers, and is over when the others are.
bool Exchange::over() {
  const std::lock_guard lock(mutex_);
  return left_ == workers_ && (workers_ > 0 || finished_ || stop_);
}

bool Exchange::is_full() {
  const std::lock_guard lock(mutex_);
  return waiting_ >= most_waiting / 2;
}

bool Exchange::at_epoch_end() {
  const std::lock_guard lock(mutex_);
  return !alone_ && arrived_ == workers_ && left_ == 0 && !stop_ && !finished_;
}

bool Exchange::untouched() {
  const std::lock_guard lock(mutex_);
  const auto own = std::span(chains_).subspan(share_.first, share_.count);
  return std::all_of(own.begin(), own.end(), [](const ChainState& c) { return c.transition == 0; });
}

bool Exchange::asking() const {
  return std::any_of(asked_.begin(), asked_.end(), [](const auto& a) { return a.load(); });
}

Progress Exchange::progress(std::int64_t transitions, std::int64_t divergences) {
  const std::lock_guard lock(mutex_);
  const auto m = static_cast<std::int64_t>(chains_.size());
  const bool sampling = shared_->epoch.role == EpochRole::sampling;
  const std::int64_t done = transitions, warmup = m * std::max<std::int64_t>(shared_->warmup, 0);
  Progress p{sampling ? "sampling" : "warm-up", sampling ? done - warmup : done,
             m * (sampling ? shared_->sampling : warmup_.expected(*shared_)), divergences, 0};
  p.fraction = static_cast<double>(done) /
               static_cast<double>(std::max<std::int64_t>(m * (warmup_.expected(*shared_) + shared_->sampling), 1));
  return p;
}

Exchange::Taken Exchange::take() {
  const std::lock_guard lock(mutex_);
  Taken taken{std::exchange(rows_, {}), std::exchange(log_, {}), *shared_, chains_, nullptr, finished_};
  if (streams_) taken.streams = std::make_shared<DrawStreams>(*streams_);
  waiting_ = 0;
  to_workers_.notify_all();
  return taken;
}

std::vector<ChainState> Exchange::own_chains() {
  const std::lock_guard lock(mutex_);
  const auto own = std::span(chains_).subspan(share_.first, share_.count);
  return {own.begin(), own.end()};
}

std::exception_ptr Exchange::error() {
  const std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace thalweg
