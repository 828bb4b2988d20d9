#include "thalweg/variational/stochastic.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/variational/iterate_window.hpp"

namespace thalweg {
namespace {

constexpr double log_two_pi = 1.8378770664093453;
constexpr int report = 50;  ///< iterations between entries of the trace

/// Adam's averages of the gradient and of its square.
struct Adam {
  std::vector<double> mean, square;
  double mean_weight = 1, square_weight = 1;

  explicit Adam(std::size_t size) : mean(size), square(size) {}
  void climb(double step_size, const std::vector<double>& gradient, std::vector<double>& theta) {
    constexpr double b1 = 0.9, b2 = 0.99, tiny = 1e-8;
    mean_weight *= b1;
    square_weight *= b2;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      mean[i] = b1 * mean[i] + (1 - b1) * gradient[i];
      square[i] = b2 * square[i] + (1 - b2) * gradient[i] * gradient[i];
      theta[i] += step_size * mean[i] / (1 - mean_weight) / (std::sqrt(square[i] / (1 - square_weight)) + tiny);
    }
  }
};

/// New draws of the family's member, those that failed taken out.
class Sampler {
 public:
  Sampler(Points& points, GaussianFamily& family, std::size_t draws, std::uint64_t seed)
      : points_(points),
        family_(family),
        draws_(draws),
        seed_(seed),
        z_(draws * family.stride()),
        x_(z_.size()),
        g_(z_.size()),
        log_p_(draws) {}

  /// Returns how many draws are left; their log p − log q go to `ratios`.
  std::size_t draw(std::uint64_t step, std::vector<double>& ratios) {
    const std::size_t d = family_.dimension(), stride = family_.stride();
    NormalRows{seed_, Purpose::variational, 0, step}.fill(draws_, d, stride, z_.data());
    family_.place(draws_, z_.data(), x_.data());
    points_.evaluate(draws_, stride, x_.data(), g_.data(), log_p_.data());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < draws_; ++i) {
      double *const z = &z_[i * stride], *const g = &g_[i * stride], check = 0;
      for (std::size_t j = 0; j < d; ++j) check += 0 * g[j];
      if (check != 0 || !std::isfinite(log_p_[i])) {
        remember(i);
        continue;
      }
      ratios.push_back(log_p_[i] + 0.5 * (dot(z, z, stride) + static_cast<double>(d) * log_two_pi));
      if (kept != i) {
        std::copy_n(z, stride, &z_[kept * stride]);
        std::copy_n(g, stride, &g_[kept * stride]);
      }
      ++kept;
    }
    return kept;
  }
  const double* z() const { return z_.data(); }
  double* g() { return g_.data(); }
  std::int64_t failed() const { return failed_; }
  [[noreturn]] void give_up(std::int64_t failed, std::int64_t of) const {
    fail(
        "{} of {} draws of the approximation have no finite log density or gradient\n  the last one: {}\n  it lies "
        "{:.1f} standard deviations out in {}\n  try the fixed-sample "
        "estimator, which turns back from such places, or tighter priors and constraints",
        failed, of, last_.empty() ? "no reason given" : last_, out_, coordinate_names(points_.model())[coordinate_]);
  }

 private:
  void remember(std::size_t i) {
    ++failed_;
    last_ = points_.evidence(&x_[i * family_.stride()]);
    out_ = 0;
    for (std::size_t j = 0; j < family_.dimension(); ++j)
      if (const double z = z_[i * family_.stride() + j]; std::abs(z) > std::abs(out_)) {
        out_ = z;
        coordinate_ = j;
      }
  }
  Points& points_;
  GaussianFamily& family_;
  std::size_t draws_;
  std::uint64_t seed_;
  std::vector<double> z_, x_, g_, log_p_;
  std::int64_t failed_ = 0;
  std::string last_;
  double out_ = 0;
  std::size_t coordinate_ = 0;
};

class Climb {
 public:
  Climb(Points& points, GaussianFamily& family, const Stochastic& method, std::vector<double> theta, std::uint64_t seed,
        const ElboObserver& observer)
      : family_(family),
        method_(method),
        observer_(observer),
        sampler_(points, family, method.draws, seed),
        adam_(theta.size()),
        theta_(std::move(theta)),
        gradient_(theta_.size()) {}

  StochasticResult run() {
    double step = choose_step();
    out_.step_size = step;
    std::size_t length = static_cast<std::size_t>(method_.first_window);
    for (int round = 0; round < method_.rounds && going_; ++round, step *= method_.shrink) {
      for (bool stationary = false; !stationary && going_;) {
        IterateWindow window(watched().size(), length);
        while (!window.full() && going_) {
          iterate(step);
          window.add(watched());
        }
        if (!window.full()) break;
        stationary = judge(window, round + 1 == method_.rounds);
        if (!stationary) length *= 2;
      }
      out_.stationary = going_ || out_.stationary;
    }
    if (out_.theta.empty()) out_.theta = theta_;
    if (out_.error.empty()) out_.error.assign(watched().size(), not_a_number);
    out_.failed = sampler_.failed();
    return std::move(out_);
  }

 private:
  /// What is asked to be stationary.
  const std::vector<double>& watched() {
    if (family_.identified()) return theta_;
    marginals_.resize(2 * family_.dimension());
    family_.set(theta_.data());
    family_.marginals(marginals_.data());
    return marginals_;
  }

  /// Takes the window's mean as the answer so far. The last round also asks for a small Monte Carlo error.
  bool judge(const IterateWindow& window, bool last) {
    double worst = 0, error = 0;
    const std::size_t size = watched().size();
    out_.theta = theta_;
    out_.error.resize(size);
    bool stationary = true;
    for (std::size_t i = 0; i < size; ++i) {
      if (family_.identified()) out_.theta[i] = window.mean(i);
      out_.error[i] = window.error(i);
      error = std::max(error, window.error(i));
      if (window.drift(i) < method_.tolerance) continue;
      worst = std::max(worst, window.r_hat(i));
      stationary = stationary && window.r_hat(i) < method_.r_hat;
    }
    out_.r_hat = worst;
    stationary = stationary && (!last || error < method_.mcse);
    if (stationary && last) out_.stationary = true;
    return stationary;
  }

  /// Each step size from the same start with the same draws; the highest mean of log p − log q of the second half.
  double choose_step() {
    if (method_.step_sizes.size() == 1) return method_.step_sizes[0];
    const std::vector<double> start = theta_;
    double best = -infinity, chosen = *std::min_element(method_.step_sizes.begin(), method_.step_sizes.end());
    std::vector<double> end = start;
    for (const double step : method_.step_sizes) {
      theta_ = start;
      adam_ = Adam(start.size());
      out_.iterations = 0;
      ratios_.clear();
      for (int t = 0; t < method_.trial; ++t) {
        if (t == method_.trial / 2) ratios_.clear();
        advance(step);
      }
      const double elbo = mean_of(ratios_).value;
      if (elbo > best) {
        best = elbo;
        chosen = step;
        end = theta_;
      }
    }
    theta_ = end;
    adam_ = Adam(start.size());
    ratios_.clear();
    return chosen;
  }

  void advance(double step) {
    family_.set(theta_.data());
    const std::size_t before = ratios_.size();
    const std::size_t n = sampler_.draw(16 + static_cast<std::uint64_t>(out_.iterations++), ratios_);
    if (n == 0) return;
    elbo_gradient(family_, n, sampler_.z(), sampler_.g(), gradient_.data());
    ignored_.assign(theta_.size(), 0.0);
    const double log_determinant = family_.log_determinant(ignored_.data());
    for (std::size_t i = before; i < ratios_.size(); ++i) ratios_[i] += log_determinant;
    adam_.climb(step, gradient_, theta_);
  }

  void iterate(double step) {
    advance(step);
    going_ = out_.iterations < method_.max_iterations;
    if (++since_ < report) return;
    const auto all = static_cast<std::int64_t>(report * method_.draws);
    const std::int64_t failed = all - static_cast<std::int64_t>(ratios_.size());
    if (static_cast<double>(failed) > method_.most_failed * static_cast<double>(all)) sampler_.give_up(failed, all);
    out_.trace.push_back({out_.iterations, mean_of(ratios_)});
    if (observer_ && !observer_(out_.trace.back())) going_ = false;
    ratios_.clear();
    since_ = 0;
  }

  GaussianFamily& family_;
  const Stochastic& method_;
  const ElboObserver& observer_;
  Sampler sampler_;
  Adam adam_;
  std::vector<double> theta_, gradient_, ignored_, ratios_, marginals_;
  StochasticResult out_;
  int since_ = 0;
  bool going_ = true;
};

}  // namespace

StochasticResult climb_stochastic(Points& points, GaussianFamily& family, const Stochastic& method,
                                  std::vector<double> theta, std::uint64_t seed, const ElboObserver& observer) {
  require(method.draws > 0, "draws must be > 0; found {}", method.draws);
  require(!method.step_sizes.empty(), "step_sizes must hold at least one step size; found none");
  for (const double step : method.step_sizes)
    require(step > 0 && std::isfinite(step), "step_sizes must be finite and > 0; found {}", step);
  require(method.rounds > 0, "rounds must be > 0; found {}", method.rounds);
  require(method.first_window > 0, "first_window must be > 0; found {}", method.first_window);
  require(theta.size() == family.parameters(), "theta must have {} numbers; found {}", family.parameters(),
          theta.size());
  return Climb(points, family, method, std::move(theta), seed, observer).run();
}

}  // namespace thalweg
