#include "thalweg/variational/stein.hpp"

#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/variational/gaussian_rows.hpp"
#include "thalweg/variational/stein_flow.hpp"

namespace thalweg {
namespace {

void check(const SteinSettings& s, std::size_t d) {
  require(d > 0, "the model has no parameters: there is nothing to approximate");
  require(s.particles > 1, "particles must be > 1; found {}", s.particles);
  require(s.step_size > 0 && std::isfinite(s.step_size), "step_size must be finite and > 0; found {}", s.step_size);
  require(s.bandwidth >= 0 && std::isfinite(s.bandwidth), "bandwidth must be finite and >= 0; found {}", s.bandwidth);
  require(s.max_iterations > 0, "max_iterations must be > 0; found {}", s.max_iterations);
  require(s.particles_at.empty() || s.particles_at.size() == s.particles * d,
          "particles_at must hold {} particles of {} numbers each; found {} numbers", s.particles, d,
          s.particles_at.size());
}

/// What n particles come to on a Gaussian of dimension d ≥ n − 1.
double simplex_factor(const SteinSettings& s, std::size_t d) {
  const auto n = static_cast<double>(s.particles), dimension = static_cast<double>(d);
  if (s.bandwidth > 0 || s.particles > d + 1) return not_a_number;
  const double l = log(n);
  if (s.kernel == SteinKernel::rbf) return l / dimension;
  return (n - 1) * l / (std::pow(1 + l, 1.5) * 2 * dimension * (1 - 1 / std::sqrt(1 + l)));
}

std::string describe(const SteinSpread& spread, const SteinSettings& settings, const Model& model, bool converged) {
  const auto d = spread.factor.size();
  const auto worst =
      static_cast<std::size_t>(std::min_element(spread.factor.begin(), spread.factor.end()) - spread.factor.begin());
  std::string text = fmt::format("{} particles in {} dimensions have {:.2g} of the posterior's variance",
                                 settings.particles, d, spread.overall);
  if (d > 1) text += fmt::format(" ({:.2g} for {})", spread.factor[worst], coordinate_names(model)[worst]);
  if (!std::isnan(spread.theory)) text += fmt::format("; so many come to {:.2g} on a Gaussian", spread.theory);
  if (spread.collapsed)
    text +=
        ": their variance has collapsed. Trust their mean only; for spread use vi or sample, or more particles "
        "than dimensions by far";
  if (!converged) text += "; the particles were still moving when the iterations ended";
  return text;
}

template <class Rules>
SteinSpread spread_of(const SteinFlow<Rules>& flow, const SteinSettings& settings, const Model& model, bool converged) {
  const auto& y = flow.y();
  const RowMatrix centred = y.rowwise() - y.colwise().mean();
  const ColumnVector factor = -centred.cwiseProduct(flow.gradient()).colwise().mean().transpose();
  SteinSpread spread{{factor.data(), factor.data() + factor.size()}, factor.mean(), 0, false, {}};
  spread.theory = simplex_factor(settings, spread.factor.size());
  spread.collapsed = spread.overall < 0.8;
  spread.sentence = describe(spread, settings, model, converged);
  return spread;
}

/// Puts the particles in their places; drawn ones that have no finite log density there come halfway to the mean.
void place(SteinFlow<>& flow, RowMatrix& x, const MultivariateNormal& q, const SteinSettings& settings) {
  constexpr int most = 30;
  std::size_t lost = flow.place(x);
  for (int round = 0; round < most && lost > 0 && settings.particles_at.empty(); ++round) {
    for (Eigen::Index i = 0; i < x.rows(); ++i)
      if (std::isnan(flow.log_p()[static_cast<std::size_t>(i)]))
        x.row(i) = 0.5 * (x.row(i) + vector_of(q.mean()).transpose());
    lost = flow.place(x);
  }
  if (lost > 0)
    fail("{} of {} particles start without a finite log density or gradient: try other starts", lost,
         settings.particles);
}

}  // namespace

SteinResult stein(const Model& model, const SteinSettings& settings, const SteinObserver& observer) {
  Points points(model, settings.parts, settings.threads);
  const std::size_t d = points.dimension(), n = settings.particles;
  check(settings, d);
  const MultivariateNormal q = start_of(find_paths(points, settings.start, settings.threads));
  std::vector<double> variances = q.variances();
  RowMatrix x(index(n), index(d));
  if (settings.particles_at.empty()) {
    RowMatrix z(index(n), index(d));
    NormalRows{settings.start.seed, Purpose::approximation, 0, 0}.fill(n, d, d, z.data());
    transform_rows(q, n, d, z.data(), x.data());
  } else {
    std::copy(settings.particles_at.begin(), settings.particles_at.end(), x.data());
  }
  SteinFlow<> flow(points, settings, vector_of(q.mean()), vector_of(variances).cwiseSqrt());
  place(flow, x, q, settings);

  SteinResult out;
  out.dimension = d;
  out.count = n;
  for (int t = 0; t < settings.max_iterations && !out.converged; ++t) {
    out.trace.push_back(flow.step());
    out.converged = out.trace.back().residual < settings.tolerance;
    if (observer && !observer(out.trace.back())) break;
  }
  x = flow.x();
  out.x.assign(x.data(), x.data() + x.size());
  out.log_p = flow.log_p();
  out.spread = spread_of(flow, settings, model, out.converged);
  out.iterations = flow.iterations();
  out.failed = flow.failed();
  out.gradients = points.gradients();
  return out;
}

}  // namespace thalweg
