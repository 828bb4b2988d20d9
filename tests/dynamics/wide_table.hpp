// A density at widths 1, 4, 8 and 16 whatever the instruction set, with a look at each evaluation.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/density/table_of.hpp"

namespace thalweg::test {

/// Called before every evaluation, from the thread that evaluates.
inline std::function<void()>& on_evaluation() {
  static std::function<void()> f;
  return f;
}

template <class D>
struct WideTable {
  static constexpr std::int32_t widths[] = {1, 4, 8, 16};

  struct AnyWorkspace {
    const D* density;
    std::int32_t width;
    void* narrow;  ///< of the plain table: constrains
  };
  static void* create_workspace(const void* instance, std::int32_t width) {
    const auto& table = table_of<D>();
    return new AnyWorkspace{&static_cast<const typename TableFunctions<D>::Instance*>(instance)->density, width,
                            table.create_workspace(instance, 1)};
  }
  static void destroy_workspace(void* workspace) {
    auto* w = static_cast<AnyWorkspace*>(workspace);
    table_of<D>().destroy_workspace(w->narrow);
    delete w;
  }
  template <int W>
  static void evaluate_at(const D& density, const double* x, double* gradient, double* log_p) {
    using Real = RealOf<W>;
    const auto d = static_cast<std::size_t>(density.dimension());
    std::vector<Real> place(d), slope(d);
    for (std::size_t j = 0; j < d; ++j) place[j] = load<Real>(x + j * W);
    store(log_p, density.log_density(View<const Real>{place.data(), d}, View<Real>{slope.data(), d}));
    for (std::size_t j = 0; j < d; ++j) store(gradient + j * W, slope[j]);
  }
  static void evaluate(void* workspace, Parts, const double* x, double* gradient, double* log_p) {
    const auto& w = *static_cast<AnyWorkspace*>(workspace);
    if (on_evaluation()) on_evaluation()();
    switch (w.width) {
      case 1:
        return evaluate_at<1>(*w.density, x, gradient, log_p);
      case 4:
        return evaluate_at<4>(*w.density, x, gradient, log_p);
      case 8:
        return evaluate_at<8>(*w.density, x, gradient, log_p);
      default:
        return evaluate_at<16>(*w.density, x, gradient, log_p);
    }
  }
  static RawEvidence evidence(void*, std::int32_t) { return {-1, "outside of the test density's support"}; }
  static const char* constrain(void* workspace, const double* x, std::uint64_t seed, std::uint64_t particle,
                               std::uint64_t step, std::int32_t generate, double* out) {
    return table_of<D>().constrain(static_cast<AnyWorkspace*>(workspace)->narrow, x, seed, particle, step, generate,
                                   out);
  }
};

template <class D>
Model wide_model(D density = {}) {
  using W = WideTable<D>;
  static const ModelTable table = [] {
    ModelTable t = table_of<D>();
    t.widths = W::widths;
    t.width_count = 4;
    t.create_workspace = W::create_workspace;
    t.destroy_workspace = W::destroy_workspace;
    t.evaluate = W::evaluate;
    t.evidence = W::evidence;
    t.constrain = W::constrain;
    t.hessian_vector = nullptr;
    return t;
  }();
  using Instance = typename TableFunctions<D>::Instance;
  return Model::adopt(table, std::make_shared<Instance>(std::move(density)));
}

}  // namespace thalweg::test
