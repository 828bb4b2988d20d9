// A method for one chain as plain sequential code that waits for gradients: the coroutine and what it shares with its
// driver.
#pragma once
#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

/// One evaluation that a chain waits for. The driver reads x, writes the gradient and log p; or, when there is a
/// direction v, ∇²log p(x)·v in the place of the gradient.
///
/// Shapes  x, gradient, direction: [dimension], owned by the chain.
struct GradientRequest {
  const double* x = nullptr;
  double* gradient = nullptr;
  std::string* evidence = nullptr;  ///< when set: receives why log p or the gradient is not finite
  const double* direction = nullptr;
  double log_p = 0;
};

/// What one chain's coroutine and its driver share: the request under way, and the memory of the frame, kept from one
/// task to the next so that a steady chain allocates nothing. One task at a time lives on a strand.
class Strand {
 public:
  Strand() = default;
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  struct Evaluation {
    GradientRequest& request;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    double await_resume() const noexcept { return request.log_p; }
  };
  /// `const double log_p = co_await strand.gradient(x, gradient);`
  Evaluation gradient(const double* x, double* gradient, std::string* evidence = nullptr) {
    request_ = {x, gradient, evidence, nullptr, 0};
    return {request_};
  }
  /// `co_await strand.hessian_vector(x, v, product);` — the product is NaN where log p is not finite.
  Evaluation hessian_vector(const double* x, const double* v, double* product) {
    request_ = {x, product, nullptr, v, 0};
    return {request_};
  }
  GradientRequest& request() { return request_; }
  void* frame(std::size_t size) {
    const std::size_t count = size / sizeof(std::max_align_t) + 1;
    if (frame_.size() < count) frame_.resize(count);
    return frame_.data();
  }

 private:
  GradientRequest request_;
  std::vector<std::max_align_t> frame_;
};

/// A coroutine whose first parameter is the `Strand&` it runs on. It starts suspended; each `resume` runs it up to its
/// next request or its end, and passes on what it throws.
class Task {
 public:
  struct promise_type {
    std::exception_ptr error;
    template <class... Arguments>
    static void* operator new(std::size_t size, Strand& strand, Arguments&&...) {
      return strand.frame(size);
    }
    static void operator delete(void*, std::size_t) {}
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { error = std::current_exception(); }
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  /// Ends the task where it stands, so that its strand is free for another.
  void destroy() {
    if (handle_) std::exchange(handle_, {}).destroy();
  }
  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_.done(); }
  void resume() {
    handle_.resume();
    if (handle_.done() && handle_.promise().error) std::rethrow_exception(handle_.promise().error);
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace thalweg
