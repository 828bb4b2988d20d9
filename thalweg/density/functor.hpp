// A density written as a C++ function of named parameters, differentiated by the tape: the C++ user's road.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "thalweg/autodiff/container_functions.hpp"
#include "thalweg/density/parameters.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/density/vectorised.hpp"

#include "thalweg/density/distributions/second_derivatives.hpp"  // after the model, whose Term it would hide

namespace thalweg {
inline namespace THALWEG_ISA {

/// The numbers of a std::vector as data of a density: vectors for formulas, arrays of integers for counts and indices.
/// They refer to the vector, which must stay.
inline Vector<double> as_vector(const std::vector<double>& v) {
  return {{const_cast<double*>(v.data())}, static_cast<int>(v.size()), 1};  // never written to: only Var elements are
}
inline Array<int> as_array(const std::vector<int>& v) {
  return {{const_cast<int*>(v.data())}, static_cast<int>(v.size()), 1};
}

/// log p of distribution D at these arguments with all its constants: scalars, formulas, vectors, data, in any mix.
template <class D, class... Args>
auto log_density(const Args&... args) {
  return log_density<D, false>(args...);
}

/// Makes a density of a functor F with
///
///   template <class Real> void operator()(Parameters<Real>& p) const
///
/// that declares its parameters and adds to p.prior and p.likelihood (or p.target); see Parameters. F's data are its
/// members; F::name, if it has one, names the model, F::prior_words and F::likelihood_words say what is in its two
/// parts. Control flow must not depend on parameters.
///
/// Subsets of its observations can be had when F has also `std::int64_t observations() const` and
///
///   template <class Real> void operator()(Parameters<Real>& p, const Subset& subset) const
///
/// which adds the same as for all of them, but for the likelihood: subset.scale · Σ over subset.indices.
///
/// Errors  what the functor throws, and `reject` for all lanes, makes every lane −∞ with the message as evidence.
/// Cost    nothing is allocated after the first evaluations of a workspace.
template <class F>
class FunctorDensity {
 public:
  static constexpr const char* name = [] {
    if constexpr (requires { F::name; })
      return F::name;
    else
      return "density";
  }();

  /// Whether F also takes parameters that are dual numbers, from which Hessian–vector products come; a functor whose
  /// text does not compile for them says `static constexpr bool has_hessian = false`.
  static constexpr bool has_hessian = [] {
    if constexpr (requires { requires !F::has_hessian; })
      return false;
    else
      return requires(const F& f, Parameters<Dual<double>>& p) { f(p); };
  }();

  /// The tape of one workspace.
  class Scratch {
   public:
    Tape tape;
    const char* evidence(int lane) const { return tape.rejected() >> lane & 1 ? tape.reason(lane).text : nullptr; }
  };

  explicit FunctorDensity(F functor) : functor_(std::move(functor)) {
    Scratch scratch;
    ParameterVisit visit;
    visit.describe = &declared_;
    const Parameters<double> described = run(nullptr, visit, scratch);
    dimension_ = described.dimension();
    name_terms(described);
    place_variables();
  }
  std::int64_t dimension() const { return dimension_; }
  /// Parameters, then derived quantities.
  std::vector<DeclaredVariable> variables() const {
    std::vector<DeclaredVariable> sorted = declared_;
    std::stable_partition(sorted.begin(), sorted.end(), is_parameter);
    return sorted;
  }

  /// What the functor adds to: a term for each part.
  const std::vector<RawTerm>& terms() const { return terms_; }

  std::int64_t observations() const requires requires(const F& f) { f.observations(); }
  { return functor_.observations(); }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient, Scratch& scratch, Parts parts = whole_density) const {
    return evaluate(x, gradient, scratch, parts, [&](Parameters<Real>& p) { functor_(p); });
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient, const Subset& subset, Scratch& scratch,
                   Parts parts = whole_density) const requires requires(const F& f, Parameters<Real>& p) {
    f(p, subset);
  }
  {
    return evaluate(x, gradient, scratch, parts, [&](Parameters<Real>& p) { functor_(p, subset); });
  }
  void constrain(View<const double> x, View<double> values, Scratch& scratch) const {
    ParameterVisit visit;
    visit.values = values.data;
    visit.offsets = offsets_.data();
    run(x.data, visit, scratch);
  }
  void unconstrain(const RawDataMap& parameters, View<double> x, Scratch& scratch) const {
    ParameterVisit visit;
    visit.start = &parameters;
    visit.x = x.data;
    run(x.data, visit, scratch);
  }

 private:
  template <class Real, class Add>
  Real evaluate(View<const Real> x, View<Real> gradient, Scratch& scratch, Parts parts, const Add& add) const {
    Tape& tape = scratch.tape;
    tape.reset();
    const Tape::Scope scope(tape);
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] = Real(0.0);
    Parameters<Real> p(x.data, gradient.data, nullptr, parts);
    try {
      add(p);
      tape.sweep();
    } catch (const Rejected&) {
    } catch (const std::exception& e) {
      tape.reject_lanes(~std::uint64_t{0}, tape.keep(e.what()));
    }
    Real log_p = p.log_density();
    for (int lane = 0; lane < width_of<Real> && tape.rejected() != 0; ++lane)
      if (tape.rejected() >> lane & 1) {
        set_lane(log_p, lane, -infinity);
        for (std::size_t j = 0; j < gradient.size(); ++j) set_lane(gradient[j], lane, 0.0);
      }
    return log_p;
  }

  static constexpr Parts no_parts = 0;
  static bool is_parameter(const DeclaredVariable& v) { return v.block == Block::parameters; }

  /// Runs the functor for its parameters and derived quantities alone; throws Error when it is rejected.
  Parameters<double> run(const double* x, const ParameterVisit& visit, Scratch& scratch) const {
    Tape& tape = scratch.tape;
    tape.reset();
    const Tape::Scope scope(tape);
    Parameters<double> p(x, nullptr, &visit, no_parts);
    try {
      functor_(p);
    } catch (const Rejected&) {
      fail("{}: {}", name, tape.reason(0).text);
    }
    return p;
  }
  void name_terms(const Parameters<double>& p) {
    const char* prior = "p.prior";
    const char* likelihood = "p.likelihood";
    if constexpr (requires { F::prior_words; }) prior = F::prior_words;
    if constexpr (requires { F::likelihood_words; }) likelihood = F::likelihood_words;
    if (p.prior.used) terms_.push_back({-1, part_prior, prior, "the density adds it to p.prior"});
    constexpr bool subsets = ScratchSubsetDensity<FunctorDensity, double>;
    if (p.likelihood.used)
      terms_.push_back({-1, part_likelihood, likelihood, "the density adds it to p.likelihood", subsets ? 0 : -1,
                        subsets ? "n in 1:observations()" : "the density has no observations()"});
    if (p.target.used)
      terms_.push_back(
          {-1, part_undecided, "p.target", "the density adds it to p.target, not to p.prior or p.likelihood"});
    if (p.has_jacobian()) terms_.push_back({-1, part_jacobian, "log Jacobian", "of the constraints of its parameters"});
  }
  /// Where each quantity stands in a draw, in the order in which the functor names them.
  void place_variables() {
    offsets_.resize(declared_.size());
    std::int64_t next = 0;
    for (const bool parameters : {true, false})
      for (std::size_t i = 0; i < declared_.size(); ++i)
        if (is_parameter(declared_[i]) == parameters) {
          offsets_[i] = next;
          next += declared_[i].size();
        }
  }

  F functor_;
  std::vector<DeclaredVariable> declared_;  ///< in the order in which the functor names them
  std::vector<std::int64_t> offsets_;
  std::vector<RawTerm> terms_;
  std::int64_t dimension_ = 0;
};

/// A functor as a model. Throws Error when its parameters cannot be described.
template <class F>
requires requires(const F& f, Parameters<double>& p) { f(p); }
Model model_of(F functor) { return model_of(FunctorDensity<F>(std::move(functor))); }

}  // namespace THALWEG_ISA
}  // namespace thalweg
