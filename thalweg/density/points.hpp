// One density at many points: in packs, on several threads, with the same bits for any number of them.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/core/driver_crew.hpp"
#include "thalweg/density/model.hpp"

namespace thalweg {

/// The workspaces of one thread, ascending in width, with the evaluations of coroutines through them. With `hessian`
/// also those for Hessian–vector products, as far as the model has them.
Lanes<Workspace> lanes_of(const Model& model, Parts parts, std::size_t most, bool hessian);

/// Runs jobs to their ends on `threads` threads; see `run_jobs`. The same bits for any number.
bool run_jobs(const Model& model, Parts parts, std::vector<Job>& jobs, int threads, bool hessian,
              const std::function<bool()>& keep_going = {});

/// A density that is evaluated at many points at a time.
///
/// Shapes  x, gradient, v, product: n rows of `stride` numbers, one point a row, of which the first `dimension` count;
///         log_p: [n].
/// Cost    the evaluations, in packs of the preferred width, and 2·d moves a point. Threads, which wait between calls,
///         share the packs.
/// Errors  none throws: a point that fails has log p = −∞ or NaN; `evidence` says why.
class Points {
 public:
  Points(const Model& model, Parts parts, int threads = 1);
  Points(Points&&) noexcept;
  ~Points();

  const Model& model() const;
  Parts parts() const;  ///< of log p that are evaluated
  std::size_t dimension() const;
  void evaluate(std::size_t n, std::size_t stride, const double* x, double* gradient, double* log_p);
  bool has_hessian_vector() const;
  /// product = ∇²log p(x)·v, NaN where log p is not finite.
  void hessian_vector(std::size_t n, std::size_t stride, const double* x, const double* v, double* product);
  /// Why log p or its gradient is not finite at one point; empty when nobody knows.
  std::string evidence(const double* x);
  /// Evaluations so far: gradients, and Hessian–vector products.
  std::int64_t gradients() const { return gradients_; }
  std::int64_t products() const { return products_; }

 private:
  class Team;
  std::unique_ptr<Team> team_;
  std::int64_t gradients_ = 0, products_ = 0;
};

}  // namespace thalweg
