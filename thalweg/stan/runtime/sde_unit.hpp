// A Stan file's drift and diffusion as an SDE functor: from containers of variables to views of Reals.
#pragma once
#include <memory>
#include <stdexcept>

#include "thalweg/sde/sde_table_of.hpp"
#include "thalweg/stan/runtime/unit.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace detail {
/// The tape that this thread evaluates SDEs on.
inline Tape& sde_tape() {
  // initial-exec, as Tape::current(): read for every evaluation. That memory is scarce, so the tape is elsewhere.
  [[gnu::tls_model("initial-exec")]] static thread_local constinit Tape* tape = nullptr;
  if (tape == nullptr) [[unlikely]] {
    [[gnu::tls_model("initial-exec")]] static thread_local std::unique_ptr<Tape> owner;
    owner = std::make_unique<Tape>();
    tape = owner.get();
  }
  return *tape;
}
template <class Real>
struct IsDual : std::false_type {};
template <class R>
struct IsDual<Dual<R>> : std::true_type {};

/// Lane of a pack, or of a dual number of packs, as one number of its kind, and back.
template <class Real>
auto lane_number(const Real& x, int lane) {
  if constexpr (IsDual<Real>::value)
    return Dual<double>(lane_of(x.value, lane), lane_of(x.tangent, lane));
  else
    return lane_of(x, lane);
}
template <class Real, class One>
void set_lane_number(Real& x, int lane, const One& value) {
  if constexpr (IsDual<Real>::value) {
    set_lane(x.value, lane, value.value);
    set_lane(x.tangent, lane, value.tangent);
  } else {
    set_lane(x, lane, value);
  }
}
}  // namespace detail

/// The SDE of a generated Program, which has, beside what every unit has (name, widths, reader of data),
///
///   auto drift(const T& t, const X& x) const, diffusion alike     from a vector of variables to a vector or matrix
///   noise, structure, has_initial, has_log_initial
///   Vector<double> initial(Random<double>&) const                 if it has_initial
///   auto log_initial(const X& x) const                            if it has_log_initial
///
/// The dimension is that of the vector that the drift writes down, `[a, b]'`; else the datum `dimension`; else the size
/// of an initial draw; else the smallest at which drift and diffusion can be evaluated and fit.
///
/// Errors  `read` throws std::invalid_argument on data that do not fit, and where drift and diffusion have other sizes
///         than x. While it runs, a lane that is rejected, or all where an index does not fit, are NaN.
/// Cost    the expressions as they are, one record on a tape each, which is never swept. Where particles part (a
///         branch that depends on x), lane by lane.
template <class Program>
class StanSde {
 public:
  static constexpr const char* name = Program::name;
  static constexpr NoiseShape noise = Program::noise;
  static constexpr Structure structure = Program::structure;
  static constexpr bool one_lane = Program::one_lane_reason != nullptr;
  static constexpr std::int64_t fixed = Program::fixed_dimension;  ///< 0: known from the data only

  void read(const RawDataMap& data) {
    instance_ = std::make_shared<Instance>();
    try {
      Tape::Scope scope(instance_->tape);
      DataReader reader(data);
      Random<double> random(0, Purpose::transformed_data, 0, 0);
      instance_->program = std::make_unique<Program>(reader, random);
    } catch (const DataError& e) {
      throw std::invalid_argument(e.text.c_str());
    } catch (const Rejected&) {
      throw std::invalid_argument(why(instance_->tape));
    }
    find_dimension(data);
  }

  static constexpr std::int64_t dimension() requires(fixed > 0) { return fixed; }
  static constexpr std::int64_t noise_dimension() requires(fixed > 0 && noise == NoiseShape::diagonal) { return fixed; }
  std::int64_t dimension() const requires(fixed == 0) { return d_; }
  std::int64_t noise_dimension() const requires(fixed == 0 || noise != NoiseShape::diagonal) { return m_; }

  template <class Real>
  THALWEG_INLINE void drift(const Real& t, View<const Real> x, View<Real> out) const {
    run(t, x, out, [&](double time, const auto& at) { return program().drift(time, at); });
  }
  template <class Real>
  THALWEG_INLINE void diffusion(const Real& t, View<const Real> x, View<Real> out) const {
    run(t, x, out, [&](double time, const auto& at) { return program().diffusion(time, at); });
  }
  /// A draw of the initial law for each lane of a pack.
  template <class Real>
  void initial_of(std::uint64_t seed, std::uint64_t first_particle, View<Real> out) const
      requires(Program::has_initial) {
    for (int lane = 0; lane < width_of<Real>; ++lane) {
      Tape& tape = detail::sde_tape();
      tape.reset();
      Tape::Scope scope(tape);
      Random<double> random(seed, Purpose::init, first_particle + static_cast<std::uint64_t>(lane), 0);
      Vector<double> x{};
      try {
        x = program().initial(random);
      } catch (const Rejected&) {
      }
      for (std::size_t i = 0; i < out.size(); ++i)
        set_lane(out[i], lane, x.length == static_cast<int>(out.size()) ? x[static_cast<int>(i)] : not_a_number);
    }
  }
  template <class Real>
  Real log_initial(View<const Real> x) const requires(Program::has_log_initial) {
    Real result(not_a_number);
    run(Real(0.0), x, View<Real>{&result, 1}, [&](double, const auto& at) { return program().log_initial(at); });
    return result;
  }

 private:
  struct Instance {
    Tape tape;  // holds the data
    std::unique_ptr<Program> program;
  };
  const Program& program() const { return *instance_->program; }

  static std::string why(const Tape& tape) {
    const auto& reason = tape.reason(0);
    Text text;
    if (reason.statement >= 0 && reason.statement < Program::statement_count) {
      const RawStatement& s = Program::statements[reason.statement];
      text << s.file << ":" << static_cast<int>(s.line) << ":" << static_cast<int>(s.column) << ": ";
    }
    text << (reason.text ? reason.text : "rejected");
    return text.c_str();
  }

  // ---- values ----

  template <class Real, class Function>
  THALWEG_INLINE static void run(const Real& t, View<const Real> x, View<Real> out, const Function& f) {
    if constexpr (one_lane && width_of < Real >> 1) {
      using One = decltype(detail::lane_number(t, 0));
      One point[most_lanes_apart], result[most_lanes_apart];
      const std::size_t n = std::min(x.size(), most_lanes_apart), rows = std::min(out.size(), most_lanes_apart);
      for (int lane = 0; lane < width_of<Real>; ++lane) {
        for (std::size_t i = 0; i < n; ++i) point[i] = detail::lane_number(x[i], lane);
        run_together(detail::lane_number(t, lane), View<const One>{point, n}, View<One>{result, rows}, f);
        for (std::size_t i = 0; i < rows; ++i) detail::set_lane_number(out[i], lane, result[i]);
      }
    } else {
      run_together(t, x, out, f);
    }
  }
  template <class Real, class Function>
  THALWEG_INLINE static void run_together(const Real& t, View<const Real> x, View<Real> out, const Function& f) {
    Tape& tape = detail::sde_tape();
    tape.reset();
    Tape::Scope scope(tape);
    const std::size_t n = x.size();
    Real* const values = tape.allocate<Real>(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = x[i];
    const Vector<Var<Real>> at{{values, values}, static_cast<int>(n), 1};
    try {
      write(f(time_of(t), at), out);
    } catch (const Rejected&) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = Real(not_a_number);
    }
    if (const std::uint64_t rejected = tape.rejected(); rejected != 0) [[unlikely]]
      for (int lane = 0; lane < width_of<Real>; ++lane)
        if (rejected >> lane & 1)
          for (std::size_t i = 0; i < out.size(); ++i) set_not_a_number(out[i], lane);
  }
  /// All lanes are at one time.
  template <class Real>
  static double time_of(const Real& t) {
    if constexpr (detail::IsDual<Real>::value)
      return lane_of(t.value, 0);
    else
      return lane_of(t, 0);
  }
  template <class Real>
  static void set_not_a_number(Real& x, int lane) {
    if constexpr (detail::IsDual<Real>::value)
      set_lane(x.value, lane, not_a_number);
    else
      set_lane(x, lane, not_a_number);
  }
  template <class E, class Real>
  static void write(const E& e, View<Real> out) {
    if constexpr (Container<E>) {
      if (e.extent().size() != static_cast<int>(out.size()))
        Tape::current().reject_all("# numbers are returned where # are expected", e.extent().size(),
                                   static_cast<long>(out.size()));
      for (int i = 0; i < e.extent().size(); ++i) out[static_cast<std::size_t>(i)] = Real(value_of(e[i]));
    } else {
      out[0] = Real(value_of(e));
    }
  }

  // ---- sizes ----

  /// How many numbers f returns at an x of n; 0: it cannot be evaluated there.
  template <class Function>
  static std::int64_t size_of_result(std::int64_t n, const Function& f, std::string& reason) {
    Tape& tape = detail::sde_tape();
    tape.reset();
    Tape::Scope scope(tape);
    double* const x = tape.allocate<double>(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) x[i] = 0.5 + 0.1 * static_cast<double>(i);
    try {
      return f(0.0, Vector<double>{{x}, static_cast<int>(n), 1}).extent().size();
    } catch (const Rejected&) {
      reason = why(tape);
      return 0;
    }
  }
  void find_dimension(const RawDataMap& data) {
    const auto drift = [&](double t, const Vector<double>& x) { return program().drift(t, x); };
    const auto diffusion = [&](double t, const Vector<double>& x) { return program().diffusion(t, x); };
    std::string reason;
    [[maybe_unused]] const RawData* const given = detail::find_value(data, "dimension");
    if constexpr (fixed > 0) {
      d_ = fixed;
    } else if (given && given->size == 1) {
      d_ = static_cast<std::int64_t>(given->reals[0]);
    } else if constexpr (Program::has_initial) {
      Tape::Scope scope(detail::sde_tape());
      Random<double> random(0, Purpose::init, 0, 0);
      try {
        d_ = program().initial(random).length;
      } catch (const Rejected&) {
        throw std::invalid_argument("initial_rng: " + why(detail::sde_tape()));
      }
    } else {
      for (std::int64_t d = 1; d <= most_probed && d_ == 0; ++d)
        if (size_of_result(d, drift, reason) == d && size_of_result(d, diffusion, reason) >= d) d_ = d;
      if (d_ == 0)
        throw std::invalid_argument("at no size of x up to 256 do drift and diffusion return as many numbers" +
                                    (reason.empty() ? reason : ": " + reason));
    }
    if (const std::int64_t rows = size_of_result(d_, drift, reason); rows != d_)
      throw std::invalid_argument(rows == 0 ? "the drift cannot be evaluated: " + reason
                                            : "the drift returns " + std::to_string(rows) + " numbers where x has " +
                                                  std::to_string(d_));
    const std::int64_t size = size_of_result(d_, diffusion, reason);
    if (size == 0) throw std::invalid_argument("the diffusion cannot be evaluated: " + reason);
    m_ = noise == NoiseShape::diagonal ? d_ : size / d_;
    if (noise == NoiseShape::diagonal ? size != d_ : size != d_ * m_)
      throw std::invalid_argument("the diffusion returns " + std::to_string(size) + " numbers where x has " +
                                  std::to_string(d_) +
                                  (noise == NoiseShape::diagonal ? "" : ": it needs a row for each"));
  }

  static constexpr std::int64_t most_probed = 256;
  static constexpr std::size_t most_lanes_apart = 4096;

  std::shared_ptr<Instance> instance_;
  std::int64_t d_ = 0, m_ = 0;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
