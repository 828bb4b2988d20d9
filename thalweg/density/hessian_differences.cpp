#include "thalweg/density/hessian_differences.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace thalweg {
namespace {

struct Instance {
  const ModelTable& density;
  std::shared_ptr<void> own;
  ModelTable table;
};

struct Workspace {
  const ModelTable& density;
  void* own;
  std::size_t d, width;
  std::vector<double> point, gradient, log_p, step, first, second, third, error;
  std::vector<bool> lost;  // lanes whose log p is not finite

  Workspace(const Instance& i, int w)
      : density(i.density),
        own(density.create_workspace(i.own.get(), w)),
        d(static_cast<std::size_t>(density.dimension(i.own.get()))),
        width(static_cast<std::size_t>(w)) {
    for (auto* v : {&point, &gradient, &first, &second, &third}) v->resize(d * width);
    for (auto* v : {&log_p, &step, &error}) v->resize(width);
    lost.resize(width);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (own) density.destroy_workspace(own);
  }

  /// Adds `sign` times the gradient at x + s·step·v to `sum`.
  void add_gradient(Parts parts, const double* x, const double* v, double s, double sign, std::vector<double>& sum) {
    for (std::size_t k = 0; k < d * width; ++k) point[k] = x[k] + s * step[k % width] * v[k];
    density.evaluate(own, parts, point.data(), gradient.data(), log_p.data());
    for (std::size_t k = 0; k < d * width; ++k)
      sum[k] += std::isfinite(log_p[k % width]) ? sign * gradient[k] : std::numeric_limits<double>::quiet_NaN();
  }
  void difference(Parts parts, const double* x, const double* v, double s, std::vector<double>& out) {
    std::fill(out.begin(), out.end(), 0.0);
    add_gradient(parts, x, v, s, 1, out);
    add_gradient(parts, x, v, -s, -1, out);
    for (std::size_t k = 0; k < d * width; ++k) out[k] /= 2 * s * step[k % width];
  }
  void choose_steps(const double* x, const double* v) {
    for (std::size_t lane = 0; lane < width; ++lane) {
      double h = std::numeric_limits<double>::max();
      for (std::size_t k = lane; k < d * width; k += width)
        if (v[k] != 0) h = std::min(h, std::max(1.0, std::abs(x[k])) / std::abs(v[k]));
      step[lane] = h < std::numeric_limits<double>::max() ? std::exp2(std::floor(std::log2(h)) - 7) : 1.0;
    }
  }
  void product(Parts parts, const double* x, const double* v, double* out) {
    choose_steps(x, v);
    density.evaluate(own, parts, x, gradient.data(), log_p.data());
    for (std::size_t lane = 0; lane < width; ++lane) lost[lane] = !std::isfinite(log_p[lane]);
    difference(parts, x, v, 1, first);
    difference(parts, x, v, 0.5, second);
    difference(parts, x, v, 0.25, third);
    std::fill(error.begin(), error.end(), 0.0);
    for (std::size_t k = 0; k < d * width; ++k) {
      const double coarse = (4 * second[k] - first[k]) / 3, fine = (4 * third[k] - second[k]) / 3;
      out[k] = (16 * fine - coarse) / 15;
      double& e = error[k % width];
      const double change = std::abs(out[k] - fine);
      if (!(change <= e)) e = change;  // a NaN stays
    }
    for (std::size_t k = 0; k < d * width; ++k)
      if (lost[k % width] || std::isnan(error[k % width])) out[k] = std::numeric_limits<double>::quiet_NaN();
  }
};

const Instance& of(const void* instance) { return *static_cast<const Instance*>(instance); }
Workspace& at(void* workspace) { return *static_cast<Workspace*>(workspace); }

}  // namespace

HessianDifferences hessian_differences(const ModelTable& density, std::shared_ptr<void> instance) {
  auto made = std::make_shared<Instance>(Instance{density, std::move(instance), density});
  ModelTable& t = made->table;
  t.create = nullptr;
  t.destroy = nullptr;
  t.dimension = [](const void* i) { return of(i).density.dimension(of(i).own.get()); };
  t.variable_count = [](const void* i) { return of(i).density.variable_count(of(i).own.get()); };
  t.variable = [](const void* i, std::int32_t k) { return of(i).density.variable(of(i).own.get(), k); };
  t.create_workspace = [](const void* i, std::int32_t width) -> void* {
    auto w = std::make_unique<Workspace>(of(i), width);
    return w->own ? w.release() : nullptr;
  };
  t.destroy_workspace = [](void* w) { delete &at(w); };
  t.evaluate = [](void* w, Parts parts, const double* x, double* gradient, double* log_p) {
    at(w).density.evaluate(at(w).own, parts, x, gradient, log_p);
  };
  t.evidence = [](void* w, std::int32_t lane) { return at(w).density.evidence(at(w).own, lane); };
  t.hessian_vector = [](void* w, Parts parts, const double* x, const double* v, double* out) {
    at(w).product(parts, x, v, out);
  };
  t.index_size = nullptr;
  t.subset_index = nullptr;
  t.evaluate_subset = nullptr;
  t.constrain = [](void* w, const double* x, std::uint64_t seed, std::uint64_t particle, std::uint64_t step,
                   std::int32_t generate,
                   double* out) { return at(w).density.constrain(at(w).own, x, seed, particle, step, generate, out); };
  t.unconstrain = [](void* w, const RawDataMap* parameters, double* x) {
    return at(w).density.unconstrain(at(w).own, parameters, x);
  };
  const ModelTable* table = &made->table;
  return {table, std::move(made), [](const void* w, int lane) {
            return static_cast<const Workspace*>(w)->error[static_cast<std::size_t>(lane)];
          }};
}

}  // namespace thalweg
