// The table of a unit that is compiled for subsets of the observations alone, from the same Program as the ordinary
// unit.
#pragma once
#include "thalweg/stan/runtime/rows.hpp"
#include "thalweg/stan/runtime/unit.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// The model block with the likelihood of some observations. Its table has `evaluate_subset`, and `evaluate`, which
/// takes all of them; draws and initial values belong to the ordinary unit, so that nothing of them is compiled here.
template <class Program>
class SubsetUnit : Unit<Program> {
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
        .terms = Program::terms,
        .term_count = Program::term_count,
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
                       double* p) { static_cast<Chooser*>(w)->evaluate(parts, x, g, p); },
        .evidence = Base::evidence,
        .hessian_vector = nullptr,
        .index_size = Base::index_size,
        .subset_index = Base::largest_index,
        .evaluate_subset =
            [](void* w, Parts parts, const std::int32_t* numbers, std::int64_t count, double scale, const double* x,
               double* g, double* p) {
              auto& chooser = *static_cast<Chooser*>(w);
              chooser.run(parts, {Base::largest_index(&chooser.instance), numbers, count, scale}, x, g, p);
            },
        .constrain = [](void*, const double*, std::uint64_t, std::uint64_t, std::uint64_t, std::int32_t,
                        double*) { return no_draws; },
        .unconstrain = [](void*, const RawDataMap*, double*) { return no_draws; },
    };
    return &t;
  }

 private:
  static constexpr const char* no_draws = "this unit was compiled for subsets only: draws come from the ordinary one";

  struct Chooser : AnyWorkspace {
    using AnyWorkspace::AnyWorkspace;
    void evaluate(Parts parts, const double* x, double* gradient, double* log_p) override {
      run(parts, {-1, nullptr, 0, 1.0}, x, gradient, log_p);
    }
    virtual void run(Parts parts, const Choice& choice, const double* x, double* gradient, double* log_p) = 0;
  };

  template <int W>
  struct ChooserOf final : Chooser {
    typename Base::template Points<W> points;
    explicit ChooserOf(const Instance& i) : Chooser(i, W), points(i.dimension) {}
    void run(Parts parts, const Choice& choice, const double* x, double* gradient, double* log_p) override {
      points.evaluate(this->tape, parts, x, gradient, log_p, [&](auto& in, auto& target) {
        NoDraw out;
        this->instance.program().template evaluate<Var<RealOf<W>>, Run::log_density>(in, target, out, choice);
      });
    }
  };

  static void* create_workspace(const void* instance, std::int32_t width) {
    return create_workspace_of(*static_cast<const Instance*>(instance), width, typename Program::Widths{});
  }
  template <int... W>
  static AnyWorkspace* create_workspace_of(const Instance& i, int width, std::integer_sequence<int, W...>) {
    AnyWorkspace* result = nullptr;
    ((width == W ? void(result = new ChooserOf<W>(i)) : void()), ...);
    return result;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
