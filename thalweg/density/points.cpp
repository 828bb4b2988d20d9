#include "thalweg/density/points.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

/// The widths that up to `most` points can fill.
std::vector<int> fitting(std::vector<int> widths, std::size_t most) {
  std::size_t n = 0;
  while (n < widths.size() && (n == 0 || static_cast<std::size_t>(widths[n - 1]) < most)) ++n;
  widths.resize(n);
  return widths;
}

std::vector<int> usable(const Model& model) {
  std::vector<int> widths = model.widths();
  std::erase_if(widths, [&](int w) { return w > model.preferred_width(); });
  return widths;
}

}  // namespace

Lanes<Workspace> lanes_of(const Model& model, Parts parts, std::size_t most, bool hessian) {
  std::vector<Workspace> gradients, products;
  for (const int w : fitting(usable(model), most)) gradients.push_back(model.workspace(w, parts));
  if (hessian)
    for (const int w : fitting(model.hessian_widths(), most)) products.push_back(model.hessian_workspace(w, parts));
  return {std::move(gradients), static_cast<std::size_t>(model.dimension()), std::move(products)};
}

bool run_jobs(const Model& model, Parts parts, std::vector<Job>& jobs, int threads, bool hessian,
              const std::function<bool()>& keep_going) {
  require(threads > 0, "threads must be > 0; found {}", threads);
  const std::size_t n = jobs.size(), workers = std::min(static_cast<std::size_t>(threads), n);
  std::vector<std::exception_ptr> errors(workers);
  std::atomic<bool> stopped{false};
  const auto work = [&](std::size_t w) {
    const std::size_t first = w * n / workers, last = (w + 1) * n / workers;
    try {
      Lanes<Workspace> lanes = lanes_of(model, parts, last - first, hessian);
      std::vector<Job*> mine;
      for (std::size_t i = first; i < last; ++i) mine.push_back(&jobs[i]);
      const auto goes_on = [&] { return !stopped && (w != 0 || !keep_going || keep_going()); };
      if (!run_jobs(std::move(mine), lanes, goes_on)) stopped = true;
    } catch (...) {
      errors[w] = std::current_exception();
      stopped = true;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t w = 1; w < workers; ++w) others.emplace_back(work, w);
    if (workers > 0) work(0);
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
  return !stopped;
}

/// The threads of a Points. The caller's works too, and waits for nobody who has not begun: a thread that wakes late
/// finds the work done.
class Points::Team {
 public:
  Team(const Model& m, Parts p, int threads)
      : model(m), parts(p), dimension(static_cast<std::size_t>(m.dimension())), own_(model, parts) {
    for (int w = 1; w < threads; ++w) threads_.emplace_back([this] { help(); });
  }
  ~Team() {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
    to_helpers_.notify_all();
  }

  struct Call {
    std::size_t n, stride;
    const double *x, *v;
    double *out, *log_p;
  };
  void run(const Call& call) {
    next_ = 0;
    if (threads_.empty() || call.n < worth_sharing) return take_part(own_, call);
    {
      const std::lock_guard lock(mutex_);
      call_ = call;
      open_ = true;
      ++number_;
    }
    to_helpers_.notify_all();
    take_part(own_, call);
    std::unique_lock lock(mutex_);
    open_ = false;
    to_owner_.wait(lock, [this] { return active_ == 0; });
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  const Model model;
  const Parts parts;
  const std::size_t dimension;

 private:
  static constexpr std::size_t worth_sharing = 64;  ///< points: fewer are done before another thread is awake

  /// What one thread evaluates with, made when it is first needed.
  struct Member {
    Member(const Model& m, Parts p) : model(m), parts(p) {}
    Lanes<Workspace>& lanes(bool products) {
      auto& wanted = products ? with_products : gradients;
      if (!wanted) wanted.emplace(lanes_of(model, parts, ~std::size_t{0}, products));
      requests.resize(wanted->width());
      pointers.clear();
      for (GradientRequest& r : requests) pointers.push_back(&r);
      return *wanted;
    }
    const Model& model;
    Parts parts;
    std::optional<Lanes<Workspace>> gradients, with_products;
    std::vector<GradientRequest> requests;
    std::vector<GradientRequest*> pointers;
  };

  void help() {
    Member member(model, parts);
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      to_helpers_.wait(lock, [&] { return leaving_ || (open_ && number_ != seen); });
      if (leaving_) return;
      seen = number_;
      ++active_;
      const Call call = call_;
      lock.unlock();
      std::exception_ptr error;
      try {
        take_part(member, call);
      } catch (...) {  // no memory for a workspace
        error = std::current_exception();
      }
      lock.lock();
      if (error) error_ = error;
      if (--active_ == 0) to_owner_.notify_all();
    }
  }
  /// Takes packs until none is left.
  void take_part(Member& member, const Call& call) {
    Lanes<Workspace>& lanes = member.lanes(call.v != nullptr);
    const std::size_t width = lanes.width();
    for (;;) {
      const std::size_t first = next_.fetch_add(width, std::memory_order_relaxed);
      if (first >= call.n) return;
      const std::size_t count = std::min(width, call.n - first);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (first + i) * call.stride;
        member.requests[i] = {call.x + at, call.out + at, nullptr, call.v ? call.v + at : nullptr, 0};
      }
      lanes.serve(std::span(member.pointers).first(count));
      for (std::size_t i = 0; i < count && call.log_p; ++i) call.log_p[first + i] = member.requests[i].log_p;
    }
  }

  Member own_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable to_helpers_, to_owner_;
  Call call_{};
  std::uint64_t number_ = 0;  ///< of the call
  int active_ = 0;            ///< helpers at work on it
  bool open_ = false, leaving_ = false;
  std::exception_ptr error_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

Points::Points(const Model& model, Parts parts, int threads) {
  require(threads > 0, "threads must be > 0; found {}", threads);
  team_ = std::make_unique<Team>(model, parts, threads);
}
Points::Points(Points&&) noexcept = default;
Points::~Points() = default;

const Model& Points::model() const { return team_->model; }
Parts Points::parts() const { return team_->parts; }
std::size_t Points::dimension() const { return team_->dimension; }
bool Points::has_hessian_vector() const { return !team_->model.hessian_widths().empty(); }

void Points::evaluate(std::size_t n, std::size_t stride, const double* x, double* gradient, double* log_p) {
  require(stride >= dimension(), "stride must be at least the dimension, {}; found {}", dimension(), stride);
  gradients_ += static_cast<std::int64_t>(n);
  team_->run({n, stride, x, nullptr, gradient, log_p});
}

void Points::hessian_vector(std::size_t n, std::size_t stride, const double* x, const double* v, double* product) {
  require(has_hessian_vector(), "model {} was compiled without Hessian-vector products", model().name());
  require(stride >= dimension(), "stride must be at least the dimension, {}; found {}", dimension(), stride);
  products_ += static_cast<std::int64_t>(n);
  team_->run({n, stride, x, v, product, nullptr});
}

std::string Points::evidence(const double* x) {
  Workspace one = team_->model.workspace(1, team_->parts);
  std::vector<double> gradient(dimension());
  double log_p = 0;
  one.evaluate(x, gradient.data(), &log_p);
  return one.evidence(0).text;
}

}  // namespace thalweg
