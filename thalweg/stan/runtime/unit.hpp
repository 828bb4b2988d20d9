// The table of functions of a generated unit, from its Program.
#pragma once
#include "thalweg/stan/runtime/data.hpp"
#include "thalweg/stan/runtime/draw.hpp"
#include "thalweg/stan/runtime/initial.hpp"
#include "thalweg/stan/runtime/parameters.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

#define THALWEG_TEXT_OF(x) THALWEG_TEXT(x)
#define THALWEG_TEXT(x) #x
/// Compiler and instruction set of this unit.
inline constexpr const char* unit_fingerprint = "C++ " __VERSION__ ", instruction set " THALWEG_TEXT_OF(THALWEG_ISA);
#undef THALWEG_TEXT
#undef THALWEG_TEXT_OF

/// What a run over a program's text is for.
enum class Run {
  log_density,  ///< parameters, transformed parameters, model
  draw,         ///< parameters, transformed parameters, generated quantities; values are written
  initial,      ///< parameters alone, from values given by name
};

/// Stands for the writer where nothing is written.
struct NoDraw {};

/// The functions of the table. A Program has
///
///   Program(DataReader&, Random<double>&)                  reads the data, runs transformed data
///   void describe(Describer&) const                        names and shapes
///   template <class T, Run run, class In, class Out>
///   void evaluate(In& in, Target<T>& target, Out& out) const
///   std::int64_t index_size(std::int32_t) const            of an index over observations
///   static constexpr …  name, one_lane_reason, statements, statement_count, terms, term_count, index_count, widths
template <class Program>
class Unit {
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
        .create = create,
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
                       double* p) { static_cast<AnyWorkspace*>(w)->evaluate(parts, x, g, p); },
        .evidence = evidence,
        .hessian_vector = nullptr,
        .index_size = index_size,
        .subset_index = largest_index,
        .evaluate_subset = nullptr,
        .constrain = constrain,
        .unconstrain = unconstrain,
    };
    return &t;
  }

 protected:
  struct Instance {
    Tape tape;  // holds the data
    alignas(Program) char storage[sizeof(Program)];
    Describer describer;
    std::int64_t dimension = 0;
    PrintSink print = nullptr;
    void* receiver = nullptr;
    const Program& program() const { return *reinterpret_cast<const Program*>(storage); }
  };

  static void copy_text(char* to, std::int64_t size, const char* from) {
    __builtin_snprintf(to, static_cast<std::size_t>(size), "%s", from);
  }
  /// Where a rejected evaluation stood: "model.stan:3:5: reason".
  static void describe_rejection(const Tape& tape, Text& text) {
    const auto& reason = tape.reason(0);
    if (reason.statement >= 0 && reason.statement < Program::statement_count) {
      const RawStatement& s = Program::statements[reason.statement];
      text << s.file << ":" << static_cast<int>(s.line) << ":" << static_cast<int>(s.column) << ": ";
    }
    text << (reason.text ? reason.text : "rejected");
  }

  static void* create(const RawDataMap* data, std::uint64_t seed, PrintSink print, void* receiver, char* error,
                      std::int64_t error_size) {
    auto* instance = new Instance;
    instance->print = print;
    instance->receiver = receiver;
    instance->tape.print = print;
    instance->tape.print_receiver = receiver;
    Tape::Scope scope(instance->tape);
    try {
      DataReader reader(*data);
      Random<double> random(seed, Purpose::transformed_data, 0, 0);
      new (instance->storage) Program(reader, random);
      instance->program().describe(instance->describer);
      instance->dimension = count_dimension(*instance);
      return instance;
    } catch (const DataError& e) {
      copy_text(error, error_size, e.text.c_str());
    } catch (const Rejected&) {
      Text text;
      describe_rejection(instance->tape, text);
      copy_text(error, error_size, text.c_str());
    }
    delete instance;
    return nullptr;
  }
  /// The numbers that the parameters take: found by reading them from a point of zeros that is long enough.
  static std::int64_t count_dimension(Instance& instance) { return instance.program().dimension(); }

  static std::int64_t index_size(const void* instance, std::int32_t index) {
    return static_cast<const Instance*>(instance)->program().index_size(index);
  }
  /// The first of the largest; -1 when there are no observations.
  static std::int32_t largest_index(const void* instance) {
    std::int32_t largest = -1;
    std::int64_t most = 0;
    for (std::int32_t i = 0; i < Program::index_count; ++i)
      if (const std::int64_t n = index_size(instance, i); n > most) {
        most = n;
        largest = i;
      }
    return largest;
  }

  struct AnyWorkspace {
    const Instance& instance;
    Tape tape;
    int width;
    AnyWorkspace(const Instance& i, int w) : instance(i), width(w) {
      tape.print = i.print;
      tape.print_receiver = i.receiver;
    }
    virtual ~AnyWorkspace() = default;
    virtual void evaluate(Parts parts, const double* x, double* gradient, double* log_p) = 0;
    Text message;
  };
  /// W points and their gradients, aligned as packs are.
  template <int W>
  struct Points {
    using Real = RealOf<W>;
    std::size_t n;
    Real *point, *adjoint;
    explicit Points(std::int64_t dimension) : n(static_cast<std::size_t>(dimension)) {
      point = static_cast<Real*>(::operator new (2 * n * sizeof(Real) + 64, std::align_val_t{64}));
      adjoint = point + n;
    }
    ~Points() { ::operator delete (static_cast<void*>(point), std::align_val_t{64}); }
    Points(const Points&) = delete;
    Points& operator=(const Points&) = delete;

    /// log p and its gradient, where `text(in, target)` runs the program.
    template <class Text>
    void evaluate(Tape& tape, Parts parts, const double* x, double* gradient, double* log_p, const Text& text) {
      for (std::size_t i = 0; i < n; ++i) {
        point[i] = load<Real>(x + i * W);
        adjoint[i] = Real(0.0);
      }
      tape.reset();
      Tape::Scope scope(tape);
      Target<Var<Real>> target;
      target.parts = parts;
      try {
        ParameterReader<Var<Real>> in({point, adjoint}, target);
        text(in, target);
        tape.sweep();
      } catch (const Rejected&) {
      }
      for (std::size_t i = 0; i < n; ++i) store(gradient + i * W, adjoint[i]);
      store(log_p, target.value);
      const std::uint64_t rejected = tape.rejected();
      if (rejected != 0) [[unlikely]]
        for (int lane = 0; lane < W; ++lane)
          if (rejected >> lane & 1) {
            log_p[lane] = -infinity;
            for (std::size_t i = 0; i < n; ++i) gradient[i * W + static_cast<std::size_t>(lane)] = 0.0;
          }
    }
  };
  template <int W>
  struct WorkspaceOf final : AnyWorkspace {
    Points<W> points;
    explicit WorkspaceOf(const Instance& i) : AnyWorkspace(i, W), points(i.dimension) {}
    void evaluate(Parts parts, const double* x, double* gradient, double* log_p) override {
      points.evaluate(this->tape, parts, x, gradient, log_p, [&](auto& in, auto& target) {
        NoDraw out;
        this->instance.program().template evaluate<Var<RealOf<W>>, Run::log_density>(in, target, out);
      });
    }
  };
  static void* create_workspace(const void* instance, std::int32_t width) {
    const auto& i = *static_cast<const Instance*>(instance);
    return create_workspace_of(i, width, typename Program::Widths{});
  }
  template <int... W>
  static AnyWorkspace* create_workspace_of(const Instance& i, int width, std::integer_sequence<int, W...>) {
    AnyWorkspace* result = nullptr;
    ((width == W ? void(result = new WorkspaceOf<W>(i)) : void()), ...);
    return result;
  }

  static RawEvidence evidence(void* w, std::int32_t lane) {
    const Tape& tape = static_cast<AnyWorkspace*>(w)->tape;
    if (tape.rejected() >> lane & 1) return {tape.reason(lane).statement, tape.reason(lane).text};
    return {-1, ""};
  }

  static const char* constrain(void* workspace, const double* x, std::uint64_t seed, std::uint64_t particle,
                               std::uint64_t step, std::int32_t generate, double* values) {
    auto& w = *static_cast<AnyWorkspace*>(workspace);
    const auto n = static_cast<std::size_t>(w.instance.dimension);
    w.tape.reset();
    Tape::Scope scope(w.tape);
    try {
      auto* point = w.tape.template allocate<double>(n);
      for (std::size_t i = 0; i < n; ++i) point[i] = x[i];
      Random<double> random(seed, Purpose::generated_quantities, particle, step);
      Target<double> target;
      ParameterReader<double> in({point}, target);
      DrawWriter out(values, generate != 0, &random);
      w.instance.program().template evaluate<double, Run::draw>(in, target, out);
      if (w.tape.rejected() == 0) return nullptr;
    } catch (const Rejected&) {
    }
    w.message = Text();
    describe_rejection(w.tape, w.message);
    return w.message.c_str();
  }

  static const char* unconstrain(void* workspace, const RawDataMap* parameters, double* x) {
    auto& w = *static_cast<AnyWorkspace*>(workspace);
    w.tape.reset();
    Tape::Scope scope(w.tape);
    try {
      Target<double> target;
      InitialReader in(*parameters, x, target);
      NoDraw out;
      w.instance.program().template evaluate<double, Run::initial>(in, target, out);
      return nullptr;
    } catch (const DataError& e) {
      w.message = e.text;
    } catch (const Rejected&) {
      w.message = Text();
      describe_rejection(w.tape, w.message);
    }
    return w.message.c_str();
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
