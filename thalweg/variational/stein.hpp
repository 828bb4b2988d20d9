// Stein variational gradient descent: particles that climb log p and push each other apart.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/variational/paths.hpp"

namespace thalweg {

/// rbf  k = exp(−r²/h)
/// imq  k = (1 + r²/h)^(−½), whose tails keep far particles in touch
/// with h = (median of r²)/log n over all pairs, anew at every step, unless it is given.
enum class SteinKernel { rbf, imq };
enum class SteinStep {
  automatic,  ///< one step size: longer while the directions agree, halved when they turn around
  adagrad     ///< step_size/√(sum of squares so far), coordinate by coordinate and particle by particle
};

/// x_i ← x_i + ε φ(x_i),  φ(x) = (1/n) Σ_j [k(x_j, x) ∇log p(x_j) + ∇_{x_j} k(x_j, x)],
///
/// in coordinates scaled by the sds of the best Gaussian along a few ascents of log p, of which the particles are first
/// drawn. Ends when the root mean square of φ is below `tolerance` times that of its first part.
///
/// Cost    an iteration: n gradients and 3·n²·d multiplications; memory 2·n² + 5·n·d numbers. Use it where gradients
///         are dear and n is in the hundreds.
/// Random  see find_paths; particle i is draw i of (seed, approximation, i, 0).
/// Errors  a particle whose move would end where log p or its gradient is not finite stays where it is and is counted.
///         Error: no start. std::invalid_argument: settings out of range.
/// Source  Liu & Wang (2016), NeurIPS 29, arXiv 1608.04471; Gorham & Mackey (2017), ICML (imq).
struct SteinSettings {
  std::size_t particles = 256;
  SteinKernel kernel = SteinKernel::rbf;
  SteinStep step = SteinStep::automatic;
  double step_size = 0.1;  ///< the first one
  double bandwidth = 0;    ///< h; 0: by the median
  int max_iterations = 2000;
  double tolerance = 1e-3;
  PathSearch start{.paths = 4};        ///< has the seed of everything
  std::vector<double> particles_at{};  ///< [particles][d]: given particles, in the place of draws
  Parts parts = whole_density;
  int threads = 1;
};

/// How much of the posterior's variance the particles have. For draws of p, E[(x − m)_i ∂log p/∂x_i] = −1 in every
/// coordinate; the particles' own mean of it, with the sign turned, is `factor`: 1 when their spread is right, and for
/// Gaussian posteriors the ratio of the variances.
///
/// `theory` is what n particles come to on a Gaussian with d ≥ n − 1, where a regular simplex is a fixed point:
///   rbf  log n/d
///   imq  (n − 1) log n (1 + log n)^(−3/2)/(2 d (1 − (1 + log n)^(−½)))
/// It is NaN for more particles and for given bandwidths.
///
/// Source  Ba, Erdogdu, Ghassemi, Sun, Suzuki, Wu & Zhang (2022), ICLR: variance collapse in high dimension.
struct SteinSpread {
  std::vector<double> factor;  ///< [d]
  double overall = 0;          ///< their mean
  double theory = 0;
  bool collapsed = false;  ///< overall < 0.8
  std::string sentence;    ///< all of this in words, always there
};

struct SteinAt {
  std::int64_t iteration = 0;
  double residual = 0;  ///< root mean square of φ over that of its first part
  double step = 0;
};
using SteinObserver = std::function<bool(const SteinAt&)>;  ///< false ends the descent there

struct SteinResult {
  std::size_t dimension = 0, count = 0;
  std::vector<double> x, log_p;  ///< [count][dimension], [count]
  SteinSpread spread;
  std::vector<SteinAt> trace;
  bool converged = false;
  std::int64_t iterations = 0, failed = 0, gradients = 0;
};

SteinResult stein(const Model& model, const SteinSettings& settings = {}, const SteinObserver& observer = {});

inline constexpr Card stein_card{
    .name = "stein",
    .purpose = "particles that climb the log density and push each other apart; for means, with its spread measured",
    .needs = "a log density with its gradient, continuous parameters",
    .exact =
        "approximate: the law of n particles approaches the posterior as n grows, and far more slowly in high "
        "dimension, where their variance collapses",
    .cost = "n gradients and n^2 d multiplications an iteration",
    .source = "Liu & Wang (2016), NeurIPS 29, arXiv 1608.04471; Ba et al. (2022), ICLR",
};

}  // namespace thalweg
