// Requests of many chains gathered into packs: each chain has a lane for one evaluation, and no lane matters to it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/core/driver_task.hpp"

namespace thalweg {

/// Which lane a request is read back from. The one place where a driver could mix up its chains.
struct OwnLane {
  static std::size_t source(std::size_t lane, std::size_t /*live*/) { return lane; }
};

/// Serves up to `width()` requests with one evaluation (two when gradients and Hessian–vector products are among
/// them), in the smallest compiled width that holds them. Lanes left over hold a copy of the first request. Widths give
/// the same bits, so the choice is free.
///
/// Evaluator  width(), evaluate(x, gradient, log_p) at [dimension][width] with the lane fastest, evidence(lane).text;
///            for requests with a direction hessian_vector(x, v, product).
/// Cost       2·dimension·width moves besides the evaluation; nothing is allocated.
template <class Evaluator, class Rules = OwnLane>
class Lanes {
 public:
  /// `evaluators` in ascending order of width, at least one; `hessians` too, none when nobody asks for products.
  Lanes(std::vector<Evaluator> evaluators, std::size_t dimension, std::vector<Evaluator> hessians = {})
      : evaluators_(std::move(evaluators)), hessians_(std::move(hessians)), dimension_(dimension) {
    std::size_t widest = width();
    if (!hessians_.empty()) widest = std::max(widest, static_cast<std::size_t>(hessians_.back().width()));
    const std::size_t lines = (widest * dimension + 7) / 8 + 1;
    x_.resize(lines);
    gradient_.resize(lines);
    if (!hessians_.empty()) direction_.resize(lines);
    log_p_.resize((widest + 7) / 8);
  }
  std::size_t width() const { return static_cast<std::size_t>(evaluators_.back().width()); }

  void serve(std::span<GradientRequest* const> requests) {
    gradients_.clear();
    products_.clear();
    for (GradientRequest* r : requests) (r->direction ? products_ : gradients_).push_back(r);
    if (!gradients_.empty()) serve_gradients();
    for (std::size_t first = 0; first < products_.size();) first += serve_products(first);
  }

 private:
  struct alignas(64) Line {
    double reals[8];
  };
  static double* numbers(std::vector<Line>& lines) { return reinterpret_cast<double*>(lines.data()); }
  static Evaluator& smallest(std::vector<Evaluator>& evaluators, std::size_t live) {
    for (Evaluator& e : evaluators)
      if (static_cast<std::size_t>(e.width()) >= live) return e;
    return evaluators.back();
  }
  void fill(double* to, std::size_t w, std::span<GradientRequest* const> requests,
            const double* GradientRequest::*from) const {
    for (std::size_t lane = 0; lane < w; ++lane) {
      const double* const v = requests[lane < requests.size() ? lane : 0]->*from;
      for (std::size_t j = 0; j < dimension_; ++j) to[j * w + lane] = v[j];
    }
  }
  void serve_gradients() {
    Evaluator& evaluator = smallest(evaluators_, gradients_.size());
    const auto w = static_cast<std::size_t>(evaluator.width());
    double *const x = numbers(x_), *const gradient = numbers(gradient_), *const log_p = numbers(log_p_);
    fill(x, w, gradients_, &GradientRequest::x);
    evaluator.evaluate(x, gradient, log_p);
    for (std::size_t lane = 0; lane < gradients_.size(); ++lane) {
      GradientRequest& request = *gradients_[lane];
      const std::size_t source = Rules::source(lane, gradients_.size());
      for (std::size_t j = 0; j < dimension_; ++j) request.gradient[j] = gradient[j * w + source];
      request.log_p = log_p[source];
      if (request.evidence) *request.evidence = evaluator.evidence(static_cast<int>(lane)).text;
    }
  }
  /// Serves products from `first` on, as many as fit; returns how many.
  std::size_t serve_products(std::size_t first) {
    std::span<GradientRequest* const> requests(products_);
    requests = requests.subspan(first);
    Evaluator& evaluator = smallest(hessians_, requests.size());
    const auto w = static_cast<std::size_t>(evaluator.width());
    requests = requests.first(std::min(w, requests.size()));
    double *const x = numbers(x_), *const v = numbers(direction_), *const product = numbers(gradient_);
    fill(x, w, requests, &GradientRequest::x);
    fill(v, w, requests, &GradientRequest::direction);
    if constexpr (requires { evaluator.hessian_vector(x, v, product); }) evaluator.hessian_vector(x, v, product);
    for (std::size_t lane = 0; lane < requests.size(); ++lane)
      for (std::size_t j = 0; j < dimension_; ++j) requests[lane]->gradient[j] = product[j * w + lane];
    return requests.size();
  }
  std::vector<Evaluator> evaluators_, hessians_;
  std::size_t dimension_;
  std::vector<Line> x_, gradient_, direction_, log_p_;
  std::vector<GradientRequest*> gradients_, products_;
};

}  // namespace thalweg
