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

/// Serves up to `width()` requests with one evaluation, in the smallest compiled width that holds them. Lanes left
/// over hold a copy of the first request. Widths give the same bits, so the choice is free.
///
/// Evaluator  width(), evaluate(x, gradient, log_p) at [dimension][width] with the lane fastest, evidence(lane).text.
/// Cost       2·dimension·width moves besides the evaluation; nothing is allocated.
template <class Evaluator, class Rules = OwnLane>
class Lanes {
 public:
  /// `evaluators` in ascending order of width; at least one.
  Lanes(std::vector<Evaluator> evaluators, std::size_t dimension)
      : evaluators_(std::move(evaluators)), dimension_(dimension) {
    const std::size_t lines = (width() * dimension + 7) / 8 + 1;
    x_.resize(lines);
    gradient_.resize(lines);
    log_p_.resize((width() + 7) / 8);
  }
  std::size_t width() const { return static_cast<std::size_t>(evaluators_.back().width()); }

  void serve(std::span<GradientRequest* const> requests) {
    Evaluator& evaluator = smallest(requests.size());
    const auto w = static_cast<std::size_t>(evaluator.width());
    double *const x = numbers(x_), *const gradient = numbers(gradient_), *const log_p = numbers(log_p_);
    for (std::size_t lane = 0; lane < w; ++lane) {
      const double* const from = requests[lane < requests.size() ? lane : 0]->x;
      double* const to = x + lane;
      for (std::size_t j = 0; j < dimension_; ++j) to[j * w] = from[j];
    }
    evaluator.evaluate(x, gradient, log_p);
    for (std::size_t lane = 0; lane < requests.size(); ++lane) {
      GradientRequest& request = *requests[lane];
      const std::size_t source = Rules::source(lane, requests.size());
      const double* const from = gradient + source;
      for (std::size_t j = 0; j < dimension_; ++j) request.gradient[j] = from[j * w];
      request.log_p = log_p[source];
      if (request.evidence) *request.evidence = evaluator.evidence(static_cast<int>(lane)).text;
    }
  }

 private:
  struct alignas(64) Line {
    double reals[8];
  };
  static double* numbers(std::vector<Line>& lines) { return reinterpret_cast<double*>(lines.data()); }
  Evaluator& smallest(std::size_t live) {
    for (Evaluator& e : evaluators_)
      if (static_cast<std::size_t>(e.width()) >= live) return e;
    return evaluators_.back();
  }
  std::vector<Evaluator> evaluators_;
  std::size_t dimension_;
  std::vector<Line> x_, gradient_, log_p_;
};

}  // namespace thalweg
