#include "thalweg/density/points.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <optional>
#include <thread>

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

/// The threads of a Points. The caller's is the first of them.
class Points::Team {
 public:
  Team(const Model& m, Parts p, int threads)
      : model(m), parts(p), dimension(static_cast<std::size_t>(m.dimension())), start_(threads), end_(threads) {
    const bool hessian = !model.hessian_widths().empty();
    for (int w = 0; w < threads; ++w) members_.push_back(std::make_unique<Member>(model, parts, hessian));
    for (int w = 1; w < threads; ++w)
      threads_.emplace_back([this, w] {
        for (;;) {
          start_.arrive_and_wait();
          if (leaving_) return;
          take_part(*members_[static_cast<std::size_t>(w)]);
          end_.arrive_and_wait();
        }
      });
  }
  ~Team() {
    if (threads_.empty()) return;
    leaving_ = true;
    start_.arrive_and_wait();
  }

  struct Call {
    std::size_t n, stride;
    const double *x, *v;
    double *out, *log_p;
  };
  void run(const Call& call) {
    call_ = call;
    next_ = 0;
    const auto width = static_cast<std::size_t>(members_.front()->widest);
    if (threads_.empty() || call.n <= width) return take_part(*members_.front());
    start_.arrive_and_wait();
    take_part(*members_.front());
    end_.arrive_and_wait();
  }

  const Model model;
  const Parts parts;
  const std::size_t dimension;

 private:
  struct Member {
    Member(const Model& model, Parts parts, bool hessian)
        : lanes(lanes_of(model, parts, ~std::size_t{0}, hessian)), widest(lanes.width()), requests(widest) {
      for (GradientRequest& r : requests) pointers.push_back(&r);
    }
    Lanes<Workspace> lanes;
    std::size_t widest;
    std::vector<GradientRequest> requests;
    std::vector<GradientRequest*> pointers;
  };
  /// Takes packs until none is left.
  void take_part(Member& member) {
    for (;;) {
      const std::size_t first = next_.fetch_add(member.widest, std::memory_order_relaxed);
      if (first >= call_.n) return;
      const std::size_t count = std::min(member.widest, call_.n - first);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (first + i) * call_.stride;
        member.requests[i] = {call_.x + at, call_.out + at, nullptr, call_.v ? call_.v + at : nullptr, 0};
      }
      member.lanes.serve(std::span(member.pointers).first(count));
      for (std::size_t i = 0; i < count && call_.log_p; ++i) call_.log_p[first + i] = member.requests[i].log_p;
    }
  }

  Call call_{};
  std::atomic<std::size_t> next_{0};
  bool leaving_ = false;
  std::barrier<> start_, end_;
  std::vector<std::unique_ptr<Member>> members_;
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
