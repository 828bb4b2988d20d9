// The table of a unit that is compiled for Hessian–vector products alone, from the same Program as the ordinary unit.
#pragma once
#include "thalweg/autodiff/dual.hpp"
#include "thalweg/stan/runtime/unit.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// The model block run over numbers that carry their derivative along a direction: forward over reverse.
///
/// Its table has `hessian_vector`, and `evaluate`, which runs the same code with direction 0; draws and initial values
/// belong to the ordinary unit, so that nothing of them is compiled here.
///
/// Cost  about three gradients a product, and no approximation.
template <class Program>
class HessianUnit : Unit<Program> {
  using Base = Unit<Program>;
  using typename Base::AnyWorkspace;
  using typename Base::Instance;

 public:
  static const ModelTable* table() {
    static const ModelTable t{
        .abi = model_abi,
        .name = Program::name,
        .fingerprint = Program::fingerprint,
        .widths = Program::widths,
        .width_count = sizeof(Program::widths) / sizeof(Program::widths[0]),
        .one_lane_only = Program::one_lane_reason != nullptr,
        .one_lane_reason = Program::one_lane_reason,
        .statements = Program::statements,
        .statement_count = Program::statement_count,
        .terms = nullptr,
        .term_count = 0,
        .create = Base::create,
        .destroy = [](void* i) { delete static_cast<Instance*>(i); },
        .dimension = [](const void* i) { return static_cast<const Instance*>(i)->dimension; },
        .variable_count =
            [](const void* i) { return std::int32_t{static_cast<const Instance*>(i)->describer.count()}; },
        .variable = [](const void* i, std::int32_t k) -> const RawVariable* {
          return const_cast<Instance*>(static_cast<const Instance*>(i))->describer.variable(k);
        },
        .create_workspace = create_workspace,
        .destroy_workspace = [](void* w) { delete static_cast<AnyWorkspace*>(w); },
        .evaluate = [](void* w, Parts parts, const double* x, double* g,
                       double* p) { static_cast<Products*>(w)->run(parts, x, nullptr, g, p); },
        .evidence = Base::evidence,
        .hessian_vector = [](void* w, Parts parts, const double* x, const double* v,
                             double* out) { static_cast<Products*>(w)->run(parts, x, v, out, nullptr); },
        .index_size = nullptr,
        .subset_index = nullptr,
        .evaluate_subset = nullptr,
        .constrain = [](void*, const double*, std::uint64_t, std::uint64_t, std::uint64_t, std::int32_t,
                        double*) { return no_draws; },
        .unconstrain = [](void*, const RawDataMap*, double*) { return no_draws; },
    };
    return &t;
  }

 private:
  static constexpr const char* no_draws = "this unit was compiled for Hessians only: draws come from the ordinary one";

  struct Products : AnyWorkspace {
    using AnyWorkspace::AnyWorkspace;
    void evaluate(Parts parts, const double* x, double* gradient, double* log_p) override {
      run(parts, x, nullptr, gradient, log_p);
    }
    /// With a direction v: out = ∇²log p·v. Without: out = ∇log p, and log p.
    virtual void run(Parts parts, const double* x, const double* v, double* out, double* log_p) = 0;
  };

  template <int W>
  struct ProductsOf final : Products {
    using R = RealOf<W>;
    using Real = Dual<R>;
    using AnyWorkspace::instance;
    using AnyWorkspace::tape;
    Real *point, *adjoint;
    explicit ProductsOf(const Instance& i) : Products(i, W) {
      const auto n = static_cast<std::size_t>(i.dimension);
      point = static_cast<Real*>(::operator new (2 * n * sizeof(Real) + 64, std::align_val_t{64}));
      adjoint = point + n;
    }
    ~ProductsOf() override { ::operator delete (static_cast<void*>(point), std::align_val_t{64}); }

    void run(Parts parts, const double* x, const double* v, double* out, double* log_p) override {
      const auto n = static_cast<std::size_t>(instance.dimension);
      for (std::size_t i = 0; i < n; ++i) {
        point[i] = {load<R>(x + i * W), v ? load<R>(v + i * W) : R(0.0)};
        adjoint[i] = Real(0.0);
      }
      tape.reset();
      Tape::Scope scope(tape);
      Target<Var<Real>> target;
      target.parts = parts;
      try {
        ParameterReader<Var<Real>> in({point, adjoint}, target);
        NoDraw nothing;
        instance.program().template evaluate<Var<Real>, Run::log_density>(in, target, nothing);
        tape.sweep();
      } catch (const Rejected&) {
      }
      R value = target.value.value;
      for (int lane = 0; lane < W && tape.rejected() != 0; ++lane)
        if (tape.rejected() >> lane & 1) set_lane(value, lane, -infinity);
      const auto lost = !is_finite(value);
      for (std::size_t i = 0; i < n; ++i)
        store(out + i * W, v ? select(lost, R(not_a_number), adjoint[i].tangent) : adjoint[i].value);
      if (log_p) store(log_p, value);
    }
  };

  static void* create_workspace(const void* instance, std::int32_t width) {
    return create_workspace_of(*static_cast<const Instance*>(instance), width, typename Program::Widths{});
  }
  template <int... W>
  static AnyWorkspace* create_workspace_of(const Instance& i, int width, std::integer_sequence<int, W...>) {
    AnyWorkspace* result = nullptr;
    ((width == W ? void(result = new ProductsOf<W>(i)) : void()), ...);
    return result;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
