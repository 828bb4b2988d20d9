// A density with a hand-written gradient as a ModelTable: what lets a C++ type go wherever a Stan program goes.
#pragma once
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/autodiff/dual.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

#define THALWEG_TEXT_OF(x) THALWEG_TEXT(x)
#define THALWEG_TEXT(x) #x
/// Compiler and instruction set of the unit that includes this.
inline constexpr const char* unit_fingerprint = "C++ " __VERSION__ ", instruction set " THALWEG_TEXT_OF(THALWEG_ISA);
#undef THALWEG_TEXT
#undef THALWEG_TEXT_OF

namespace detail {
struct NoScratch {
  static const char* evidence(int) { return nullptr; }
};
template <class D>
struct ScratchOf {
  using type = NoScratch;
};
template <class D>
requires ScratchDensity<D, double>
struct ScratchOf<D> {
  using type = typename D::Scratch;
};
/// Whether log_density can be run over dual numbers: it is a template that takes them, and D does not say
/// `static constexpr bool has_hessian = false`.
template <class D>
consteval bool runs_on_duals() {
  if constexpr (requires { requires !D::has_hessian; })
    return false;
  else
    return Density<D, Dual<double>> || ScratchDensity<D, Dual<double>>;
}
}  // namespace detail

/// The functions behind the table of a D, which satisfies Density<Real> for double and for packs; see `table_of`.
template <class D>
class TableFunctions {
 public:
  /// One, one native register, two native registers.
  static constexpr std::array<std::int32_t, 3> widths{1, native_lanes, default_width};
  static constexpr bool has_scratch = ScratchDensity<D, double>;
  using Scratch = typename detail::ScratchOf<D>::type;
  static constexpr bool has_hessian = HessianDensity<D, double> || detail::runs_on_duals<D>();
  static constexpr bool has_subsets = SubsetDensity<D, double> || ScratchSubsetDensity<D, double>;

  struct Instance {
    D density;
    std::vector<DeclaredVariable> variables;
    std::vector<RawVariable> raw;
    ModelTable table{};  ///< of its own, when the terms of log p are known from the object only

    explicit Instance(D d) : density(std::move(d)) {
      if constexpr (NamedDensity<D>) {
        variables = density.variables();
      } else {
        variables = {{"x", "vector", {density.dimension()}}};
      }
      for (const DeclaredVariable& v : variables)
        raw.push_back({v.name, v.type, v.block, static_cast<std::int32_t>(v.shape.size()), v.shape.data(), 0});
    }
    // `raw` points into `variables`.
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
  };

  static void* create(const RawDataMap* data, std::uint64_t, PrintSink, void*, char* error, std::int64_t error_size) {
    try {
      if constexpr (std::default_initializable<D>) {
        D density{};
        if constexpr (DataDensity<D>) density.read(*data);
        return new Instance(std::move(density));
      } else {
        fail("a density of this type is made from an object, not from data: use model_of(object)");
      }
    } catch (const std::exception& e) {
      std::snprintf(error, static_cast<std::size_t>(error_size), "%s", e.what());
      return nullptr;
    }
  }
  static void destroy(void* instance) { delete static_cast<Instance*>(instance); }
  static std::int64_t dimension(const void* instance) { return of(instance).density.dimension(); }
  static std::int32_t variable_count(const void* instance) {
    return static_cast<std::int32_t>(of(instance).raw.size());
  }
  static const RawVariable* variable(const void* instance, std::int32_t i) {
    return &of(instance).raw[static_cast<std::size_t>(i)];
  }

  static void* create_workspace(const void* instance, std::int32_t width) {
    try {
      if (width == 1) return static_cast<AnyWorkspace*>(new Workspace<1>(of(instance)));
      if (width == native_lanes) return static_cast<AnyWorkspace*>(new Workspace<native_lanes>(of(instance)));
      if (width == default_width) return static_cast<AnyWorkspace*>(new Workspace<default_width>(of(instance)));
    } catch (const std::bad_alloc&) {
    }
    return nullptr;
  }
  static void destroy_workspace(void* workspace) { delete &at(workspace); }
  static void evaluate(void* workspace, Parts parts, const double* x, double* gradient, double* log_p) {
    at(workspace).evaluate(parts, x, gradient, log_p);
  }
  static void hessian_vector(void* workspace, Parts parts, const double* x, const double* v, double* out) {
    at(workspace).hessian_vector(parts, x, v, out);
  }
  static std::int64_t index_size([[maybe_unused]] const void* instance, std::int32_t) {
    if constexpr (has_subsets)
      return of(instance).density.observations();
    else
      return 0;
  }
  static std::int32_t subset_index(const void* instance) { return index_size(instance, 0) > 0 ? 0 : -1; }
  static void evaluate_subset(void* workspace, Parts parts, const std::int32_t* numbers, std::int64_t count,
                              double scale, const double* x, double* gradient, double* log_p) {
    at(workspace).evaluate_subset(parts, {{numbers, static_cast<std::size_t>(count)}, scale}, x, gradient, log_p);
  }
  static RawEvidence evidence(void* workspace, std::int32_t lane) {
    const double log_p = at(workspace).log_p(lane);
    if (const char* reason = at(workspace).scratch.evidence(lane)) return {-1, reason};
    if (at(workspace).refused) return {-1, at(workspace).refused};
    if (log_p != log_p) return {-1, "the log density is not a number"};
    if (log_p == -infinity) return {-1, "outside the support: the log density is -inf"};
    if (log_p == infinity) return {-1, "the log density is +inf"};
    return {-1, ""};
  }

  static const char* constrain(void* workspace, const double* x, std::uint64_t, std::uint64_t, std::uint64_t,
                               std::int32_t, double* out) {
    AnyWorkspace& w = at(workspace);
    const auto d = static_cast<std::size_t>(w.instance.density.dimension());
    std::size_t size = 0;
    for (const DeclaredVariable& v : w.instance.variables) size += static_cast<std::size_t>(v.size());
    try {
      if constexpr (has_scratch)
        w.instance.density.constrain(View<const double>{x, d}, View<double>{out, size}, w.scratch);
      else if constexpr (ConstrainedDensity<D>)
        w.instance.density.constrain(View<const double>{x, d}, View<double>{out, size});
      else
        std::copy(x, x + d, out);
      return nullptr;
    } catch (const std::exception& e) {
      w.message = e.what();
      return w.message.c_str();
    }
  }

  static const char* unconstrain(void* workspace, const RawDataMap* parameters, double* x) {
    AnyWorkspace& w = at(workspace);
    try {
      const D& density = w.instance.density;
      const View<double> point{x, static_cast<std::size_t>(density.dimension())};
      if constexpr (has_scratch) {
        density.unconstrain(*parameters, point, w.scratch);
      } else if constexpr (InvertibleDensity<D>) {
        density.unconstrain(*parameters, point);
      } else {
        for (const DeclaredVariable& v : w.instance.variables) {
          if (v.block != Block::parameters) continue;
          if (const double* values = find_reals(*parameters, v.name, v.shape)) std::copy(values, values + v.size(), x);
          x += v.size();
        }
      }
      return nullptr;
    } catch (const std::exception& e) {
      w.message = e.what();
      return w.message.c_str();
    }
  }

 private:
  /// What one thread needs at one width.
  struct AnyWorkspace {
    const Instance& instance;
    std::string message;
    Scratch scratch;
    const char* refused = nullptr;  ///< why the last sum of parts, or subset, is not known

    explicit AnyWorkspace(const Instance& i) : instance(i) {}
    virtual ~AnyWorkspace() = default;
    virtual void evaluate(Parts parts, const double* x, double* gradient, double* log_p) = 0;
    virtual void evaluate_subset(Parts parts, const Subset& subset, const double* x, double* gradient,
                                 double* log_p) = 0;
    virtual void hessian_vector(Parts parts, const double* x, const double* v, double* out) = 0;
    virtual double log_p(int lane) const = 0;
  };

  /// The table's memory is aligned to 8 bytes only, so packs go through buffers that are aligned to their size.
  template <int W>
  struct Workspace final : AnyWorkspace {
    using Real = RealOf<W>;
    /// Products over dual numbers go through one native register: two numbers a lane fill the registers soon enough.
    static constexpr int dual_lanes = W < native_lanes ? W : native_lanes;
    using R = RealOf<dual_lanes>;
    std::size_t d;
    std::vector<Real> x, gradient, part, direction;
    std::vector<Dual<R>> moving, moving_gradient, moving_part;
    Real last = 0;

    explicit Workspace(const Instance& i)
        : AnyWorkspace(i), d(static_cast<std::size_t>(i.density.dimension())), x(d), gradient(d) {
      if constexpr (HessianDensity<D, double>) direction.resize(d);
    }
    /// The sum of some parts; `own` is room for the gradient of one.
    template <class T>
    T log_density([[maybe_unused]] Parts parts, const std::vector<T>& at, std::vector<T>& to,
                  [[maybe_unused]] std::vector<T>& own) {
      const View<const T> point{at.data(), d};
      const View<T> slope{to.data(), d};
      const D& density = this->instance.density;
      if constexpr (has_scratch && requires { density.log_density(point, slope, this->scratch, parts); }) {
        return density.log_density(point, slope, this->scratch, parts);
      } else if (is_whole(parts)) {
        if constexpr (has_scratch)
          return density.log_density(point, slope, this->scratch);
        else
          return density.log_density(point, slope);
      } else if constexpr (SplitDensity<D, T>) {
        own.resize(d);
        T sum(0.0);
        for (T& g : to) g = T(0.0);
        const auto add = [&](Part wanted, auto&& of) {
          if ((parts & wanted) == 0) return;
          sum += of(point, View<T>{own.data(), d});
          for (std::size_t j = 0; j < d; ++j) to[j] += own[j];
        };
        add(part_prior, [&](auto x, auto g) { return density.log_prior(x, g); });
        add(part_likelihood, [&](auto x, auto g) { return density.log_likelihood(x, g); });
        if constexpr (JacobianDensity<D, T>)
          add(part_jacobian, [&](auto x, auto g) { return density.log_jacobian(x, g); });
        return sum;
      } else {
        return refuse("this density does not state its parts: give it log_prior, log_likelihood and log_jacobian", to);
      }
    }
    template <class T>
    T refuse(const char* why, std::vector<T>& to) {
      this->refused = why;
      for (T& g : to) g = T(not_a_number);
      return T(not_a_number);
    }
    /// The same with the likelihood of some observations.
    Real log_density_of([[maybe_unused]] const Subset& subset, Parts parts) {
      if ((parts & part_likelihood) == 0) return log_density(parts, x, gradient, part);
      [[maybe_unused]] const View<const Real> point{x.data(), d};
      [[maybe_unused]] const View<Real> slope{gradient.data(), d};
      [[maybe_unused]] const D& density = this->instance.density;
      if constexpr (has_subsets)
        for (const std::int32_t i : subset.indices)
          if (i < 0 || i >= density.observations())
            return refuse("the subset holds an observation that is not in 0 … observations() - 1", gradient);
      if constexpr (ScratchSubsetDensity<D, Real>)
        return density.log_density(point, slope, subset, this->scratch, parts);
      else if constexpr (SubsetDensity<D, Real>)
        if (is_whole(parts)) return density.log_density(point, slope, subset);
      return refuse("this density has subsets of its whole log density only, not of its parts", gradient);
    }
    /// Whether a sum of parts is the whole density: no part is left out, or only a Jacobian that there is not.
    static bool is_whole(Parts parts) {
      constexpr bool has_jacobian = JacobianDensity<D, double> || (ConstrainedDensity<D> && !SplitDensity<D, double>);
      constexpr Parts all = part_prior | part_likelihood | (has_jacobian ? part_jacobian : 0);
      return (parts & all) == all;
    }
    void evaluate(Parts parts, const double* from, double* to, double* log_p) override {
      read(from, x);
      this->refused = nullptr;
      last = log_density(parts, x, gradient, part);
      write(gradient, to);
      store(log_p, last);
    }
    void evaluate_subset(Parts parts, const Subset& subset, const double* from, double* to, double* log_p) override {
      read(from, x);
      this->refused = nullptr;
      last = log_density_of(subset, parts);
      write(gradient, to);
      store(log_p, last);
    }
    /// Forward over reverse: the gradient of log p(x + tv) with its slope at t = 0.
    void run_over_duals(Parts parts, const double* from, const double* v, double* out) {
      moving.resize(d);
      moving_gradient.resize(d);
      for (int first = 0; first < W; first += dual_lanes) {
        for (std::size_t j = 0; j < d; ++j)
          moving[j] = Dual<R>(load<R>(from + j * W + first), load<R>(v + j * W + first));
        const Dual<R> log_p = log_density(parts, moving, moving_gradient, moving_part);
        const auto lost = !is_finite(log_p.value);
        for (std::size_t j = 0; j < d; ++j)
          store(out + j * W + first, select(lost, R(not_a_number), moving_gradient[j].tangent));
      }
    }
    void hessian_vector([[maybe_unused]] Parts parts, [[maybe_unused]] const double* from,
                        [[maybe_unused]] const double* v, [[maybe_unused]] double* out) override {
      if constexpr (HessianDensity<D, double>) {
        if (!is_whole(parts)) {
          std::fill_n(out, d * W, not_a_number);
          return;
        }
        read(from, x);
        read(v, direction);
        this->instance.density.hessian_vector(View<const Real>{x.data(), d}, View<const Real>{direction.data(), d},
                                              View<Real>{gradient.data(), d});
        write(gradient, out);
      } else if constexpr (has_hessian) {
        run_over_duals(parts, from, v, out);
      }
    }
    double log_p(int lane) const override { return lane_of(last, lane); }

    static void read(const double* from, std::vector<Real>& to) {
      for (std::size_t j = 0; j < to.size(); ++j) to[j] = load<Real>(from + j * W);
    }
    static void write(const std::vector<Real>& from, double* to) {
      for (std::size_t j = 0; j < from.size(); ++j) store(to + j * W, from[j]);
    }
  };

  static const Instance& of(const void* instance) { return *static_cast<const Instance*>(instance); }
  static AnyWorkspace& at(void* workspace) { return *static_cast<AnyWorkspace*>(workspace); }
};

/// The name of a density type: its `name`, or "density".
template <class D>
constexpr const char* name_of_density() {
  if constexpr (requires { D::name; }) {
    return D::name;
  } else {
    return "density";
  }
}

/// What the parts of a SplitDensity are, in its own words if it has some.
template <class D>
struct SplitTerms {
  static constexpr std::int32_t count = !SplitDensity<D, double> ? 0 : JacobianDensity<D, double> ? 3 : 2;
  static constexpr const char* prior = [] {
    if constexpr (requires { D::prior_words; })
      return D::prior_words;
    else
      return "log_prior";
  }();
  static constexpr const char* likelihood = [] {
    if constexpr (requires { D::likelihood_words; })
      return D::likelihood_words;
    else
      return "log_likelihood";
  }();
  static constexpr RawTerm terms[3] = {
      {-1, part_prior, prior, "the density says so"},
      {-1, part_likelihood, likelihood, "the density says so", TableFunctions<D>::has_subsets ? 0 : -1,
       TableFunctions<D>::has_subsets ? "n in 1:observations()" : "the density has no observations()"},
      {-1, part_jacobian, "log Jacobian", "of the constraints of its parameters"}};
};

/// The table of density type D, with D's gradient at widths 1, one and two native registers. It reads its data when
/// D is a DataDensity; names and constraints are D's when D has them.
///
/// Hessian–vector products are D's own when it has `hessian_vector`; else they are exact too, by running log_density
/// over Dual<Real>, when it is a template that takes any Real. A density whose text does not compile for dual numbers
/// says `static constexpr bool has_hessian = false` and goes without.
///
/// Subsets of its observations can be had when D is a SubsetDensity.
///
/// Prior and likelihood can be had apart when D is a SplitDensity. Otherwise only the whole density is evaluated, and
/// without its Jacobian only when nothing of D constrains parameters; other sums are NaN, with the reason as evidence.
///
/// Cost    one call of D::log_density an evaluation (of each wanted part, when not all are), and one copy of x and of
/// the gradient; nothing is allocated.
template <class D>
const ModelTable& table_of() {
  using F = TableFunctions<D>;
  static_assert(
      F::has_scratch || (Density<D, double> && Density<D, Pack<native_lanes>> && Density<D, Pack<default_width>>),
      "log_density must accept one double and packs: write it as a template over Real");
  static constexpr RawStatement no_statements{"", "", 0, 0};
  static constexpr ModelTable table{
      .abi = model_abi,
      .name = name_of_density<D>(),
      .fingerprint = unit_fingerprint,
      .widths = F::widths.data(),
      .width_count = static_cast<std::int32_t>(F::widths.size()),
      .one_lane_only = 0,
      .one_lane_reason = nullptr,
      .statements = &no_statements,
      .statement_count = 0,
      .terms = SplitTerms<D>::count > 0 ? SplitTerms<D>::terms : nullptr,
      .term_count = SplitTerms<D>::count,
      .create = F::create,
      .destroy = F::destroy,
      .dimension = F::dimension,
      .variable_count = F::variable_count,
      .variable = F::variable,
      .create_workspace = F::create_workspace,
      .destroy_workspace = F::destroy_workspace,
      .evaluate = F::evaluate,
      .evidence = F::evidence,
      .hessian_vector = F::has_hessian ? F::hessian_vector : nullptr,
      .index_size = F::has_subsets ? F::index_size : nullptr,
      .subset_index = F::has_subsets ? F::subset_index : nullptr,
      .evaluate_subset = F::has_subsets ? F::evaluate_subset : nullptr,
      .constrain = F::constrain,
      .unconstrain = F::unconstrain,
  };
  return table;
}

/// A density object as a model. Throws Error when its variables cannot be described.
template <class D>
Model model_of(D density) {
  using Instance = typename TableFunctions<D>::Instance;
  auto instance = std::make_shared<Instance>(std::move(density));
  if constexpr (requires { instance->density.terms(); }) {
    instance->table = table_of<D>();
    instance->table.terms = instance->density.terms().data();
    instance->table.term_count = static_cast<std::int32_t>(instance->density.terms().size());
    return Model::adopt(instance->table, instance);
  } else {
    return Model::adopt(table_of<D>(), instance);
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
