// An SDE functor as an SdeTable: what lets a C++ type go wherever a Stan file's SDE goes.
#pragma once
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include "thalweg/sde/advance.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

#define THALWEG_TEXT_OF(x) THALWEG_TEXT(x)
#define THALWEG_TEXT(x) #x
/// Compiler and instruction set of the unit that includes this.
inline constexpr const char* sde_fingerprint = "C++ " __VERSION__ ", instruction set " THALWEG_TEXT_OF(THALWEG_ISA);
#undef THALWEG_TEXT
#undef THALWEG_TEXT_OF

/// Takes its parameters from named values; throws std::exception on data that do not fit.
template <class S>
concept DataSde = requires(S& sde, const RawDataMap& data) {
  sde.read(data);
};

namespace detail {
template <class S>
constexpr bool draws_initial_of = requires(const S& s, View<double> out) {
  s.template initial_of<double>(std::uint64_t{}, std::uint64_t{}, out);
};
template <class S>
constexpr bool draws_initial = InitialSde<S, double, Random<double>> || draws_initial_of<S>;
template <class S>
constexpr bool knows_initial = InitialDensitySde<S, double>;

/// The SDE that a workspace evaluates: the instance's, or one of its own.
template <class S>
struct OneThread {
  const S& sde;
  explicit OneThread(const S& s) : sde(s) {}
};
template <ScratchSde S>
struct OneThread<S> {
  S sde;
  explicit OneThread(const S& s) : sde(s.for_one_thread()) {}
};

/// The functions behind the table of S.
template <class S>
class SdeFunctions {
 public:
  /// One particle, and two native registers.
  static constexpr std::array<std::int32_t, 2> widths{1, default_width};
  static constexpr std::int32_t schemes = bit_of(Scheme::euler) | bit_of(Scheme::milstein) | bit_of(Scheme::tamed) |
                                          bit_of(Scheme::implicit) |
                                          (has_structure_of<S>(Sra1::facts.needs) ? bit_of(Scheme::sra1) : 0) |
                                          (has_structure_of<S>(Srid2::facts.needs) ? bit_of(Scheme::srid2) : 0) |
                                          (has_structure_of<S>(Baoab::facts.needs) ? bit_of(Scheme::baoab) : 0);

  static void* create([[maybe_unused]] const RawDataMap* data, char* error, std::int64_t error_size) {
    try {
      if constexpr (std::default_initializable<S>) {
        auto sde = std::make_unique<S>();
        if constexpr (DataSde<S>) sde->read(*data);
        return sde.release();
      } else {
        throw std::invalid_argument("an SDE of this type is made from an object, not from data: use sde_of(object)");
      }
    } catch (const std::exception& e) {
      std::snprintf(error, static_cast<std::size_t>(error_size), "%s", e.what());
      return nullptr;
    }
  }
  static void destroy(void* instance) { delete static_cast<S*>(instance); }
  static std::int64_t dimension(const void* instance) { return of(instance).dimension(); }
  static std::int64_t noise_dimension(const void* instance) { return of(instance).noise_dimension(); }
  static const char* coordinate([[maybe_unused]] const void* instance, [[maybe_unused]] std::int64_t i) {
    if constexpr (requires(const S& s) { s.coordinate(i); })
      return of(instance).coordinate(i);
    else
      return nullptr;
  }
  static double friction([[maybe_unused]] const void* instance) {
    if constexpr (KineticSde<S>)
      return of(instance).friction();
    else
      return not_a_number;
  }

  static void* create_workspace(const void* instance, std::int32_t width) {
    try {
      if (width == 1) return static_cast<AnyWorkspace*>(new Workspace<1>(of(instance)));
      if (width == default_width) return static_cast<AnyWorkspace*>(new Workspace<default_width>(of(instance)));
    } catch (const std::exception&) {
    }
    return nullptr;
  }
  static void destroy_workspace(void* workspace) { delete &at(workspace); }
  static void drift(void* workspace, double t, const double* x, double* out) { at(workspace).drift(t, x, out); }
  static void diffusion(void* workspace, double t, const double* x, double* out) { at(workspace).diffusion(t, x, out); }
  static void ito_drift(void* workspace, std::int32_t calculus, double t, const double* x, double* out) {
    at(workspace).ito_drift(static_cast<Calculus>(calculus), t, x, out);
  }
  static void drift_along(void* workspace, double t, const double* x, const double* v, double* out) {
    at(workspace).drift_along(t, x, v, out);
  }
  static void diffusion_along(void* workspace, double t, const double* x, const double* v, double* out) {
    at(workspace).diffusion_along(t, x, v, out);
  }
  static void advance(void* workspace, const SdeAdvance* request) { at(workspace).advance(*request); }
  static void step(void* workspace, const SdeStep* request) { at(workspace).step(*request); }
  static void initial(void* workspace, std::uint64_t seed, std::uint64_t first_particle, double* x) {
    at(workspace).initial(seed, first_particle, x);
  }
  static void log_initial(void* workspace, const double* x, double* log_p) { at(workspace).log_initial(x, log_p); }

 private:
  struct AnyWorkspace {
    virtual ~AnyWorkspace() = default;
    virtual void drift(double t, const double* x, double* out) = 0;
    virtual void diffusion(double t, const double* x, double* out) = 0;
    virtual void ito_drift(Calculus calculus, double t, const double* x, double* out) = 0;
    virtual void drift_along(double t, const double* x, const double* v, double* out) = 0;
    virtual void diffusion_along(double t, const double* x, const double* v, double* out) = 0;
    virtual void advance(const SdeAdvance& request) = 0;
    virtual void step(const SdeStep& request) = 0;
    virtual void initial(std::uint64_t seed, std::uint64_t first_particle, double* x) = 0;
    virtual void log_initial(const double* x, double* log_p) = 0;
  };

  template <int W>
  struct Workspace final : AnyWorkspace {
    using Real = thalweg::RealOf<W>;
    OneThread<S> holder;
    const S& sde = holder.sde;
    Frame frame;
    std::vector<Real> x, v, out, more;  ///< [d], [d], [rows], [rows]

    explicit Workspace(const S& s) : holder(s) {
      const auto d = static_cast<std::size_t>(s.dimension()), m = static_cast<std::size_t>(s.noise_dimension());
      const std::size_t rows = S::noise == NoiseShape::diagonal ? d : d * m;
      x.resize(d), v.resize(d), out.resize(std::max(d, rows)), more.resize(std::max(d, rows));
      rows_ = rows;
    }
    void drift(double t, const double* from, double* to) override {
      read(from, x);
      sde.drift(Real(t), point(), result(x.size()));
      write(out, x.size(), to);
    }
    void diffusion(double t, const double* from, double* to) override {
      read(from, x);
      sde.diffusion(Real(t), point(), result(rows_));
      write(out, rows_, to);
    }
    void ito_drift(Calculus calculus, double t, const double* from, double* to) override {
      read(from, x);
      Ito<S, Real>(sde, calculus, frame).drift(Real(t), point(), result(x.size()));
      write(out, x.size(), to);
    }
    void drift_along(double t, const double* from, const double* along, double* to) override {
      read(from, x), read(along, v);
      Ito<S, Real>(sde, Calculus::ito, frame)
          .drift_along(Real(t), point(), {v.data(), v.size()}, {more.data(), x.size()}, result(x.size()));
      write(out, x.size(), to);
    }
    void diffusion_along(double t, const double* from, const double* along, double* to) override {
      read(from, x), read(along, v);
      Ito<S, Real>(sde, Calculus::ito, frame)
          .diffusion_along(Real(t), point(), {v.data(), v.size()}, {more.data(), rows_}, result(rows_));
      write(out, rows_, to);
    }
    void advance(const SdeAdvance& request) override { thalweg::advance<S, Real>(sde, request, frame); }
    void step([[maybe_unused]] const SdeStep& request) override {
      if constexpr (W == 1) step_once(sde, request, frame);
    }
    void initial([[maybe_unused]] std::uint64_t seed, [[maybe_unused]] std::uint64_t first_particle,
                 [[maybe_unused]] double* to) override {
      if constexpr (draws_initial_of<S>) {
        sde.template initial_of<Real>(seed, first_particle, result(x.size()));
        write(out, x.size(), to);
      } else if constexpr (draws_initial<S>) {
        Random<Real> random(seed, Purpose::init, first_particle, 0);
        sde.initial(random, result(x.size()));
        write(out, x.size(), to);
      }
    }
    void log_initial([[maybe_unused]] const double* from, [[maybe_unused]] double* log_p) override {
      if constexpr (knows_initial<S>) {
        read(from, x);
        store(log_p, sde.log_initial(point()));
      }
    }

   private:
    View<const Real> point() const { return {x.data(), x.size()}; }
    View<Real> result(std::size_t n) { return {out.data(), n}; }
    static void read(const double* from, std::vector<Real>& to) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = load<Real>(from + i * W);
    }
    static void write(const std::vector<Real>& from, std::size_t n, double* to) {
      for (std::size_t i = 0; i < n; ++i) store(to + i * W, from[i]);
    }
    std::size_t rows_;
  };

  static const S& of(const void* instance) { return *static_cast<const S*>(instance); }
  static AnyWorkspace& at(void* workspace) { return *static_cast<AnyWorkspace*>(workspace); }
};

template <class S>
constexpr const char* name_of_sde() {
  if constexpr (requires { S::name; })
    return S::name;
  else
    return "sde";
}
template <class S>
constexpr const char* const* reasons_of_sde() {
  if constexpr (requires { S::structure_reasons; })
    return S::structure_reasons;
  else
    return nullptr;
}
}  // namespace detail

/// The table of SDE type S at widths 1 and two native registers, with every scheme that its structure admits.
/// S::name, S::coordinate(i) and S::structure_reasons are taken when there; S::read takes data. An S that draws its
/// initial law lane by lane has `initial_of<Real>(seed, first_particle, out)` in the place of `initial`.
template <class S>
const SdeTable& sde_table_of() {
  static_assert(
      Sde<S, double> && Sde<S, Pack<default_width>> && Sde<S, Dual<double>> && Sde<S, Dual<Pack<default_width>>>,
      "drift and diffusion must accept doubles, packs and dual numbers: write them as templates over Real");
  static_assert(!has_structure_of<S>(own_noise) || S::noise == NoiseShape::diagonal,
                "only diagonal noise can be each coordinate's own");
  static_assert(!has_structure_of<S>(kinetic) || KineticSde<S>, "a kinetic SDE has friction()");
  using F = detail::SdeFunctions<S>;
  static constexpr SdeTable table{
      .abi = sde_abi,
      .name = detail::name_of_sde<S>(),
      .fingerprint = sde_fingerprint,
      .widths = F::widths.data(),
      .width_count = static_cast<std::int32_t>(F::widths.size()),
      .noise_shape = static_cast<std::int32_t>(S::noise),
      .structure = S::structure,
      .structure_reasons = detail::reasons_of_sde<S>(),
      .schemes = F::schemes,
      .create = F::create,
      .destroy = F::destroy,
      .dimension = F::dimension,
      .noise_dimension = F::noise_dimension,
      .coordinate = F::coordinate,
      .create_workspace = F::create_workspace,
      .destroy_workspace = F::destroy_workspace,
      .drift = F::drift,
      .diffusion = F::diffusion,
      .ito_drift = F::ito_drift,
      .drift_along = F::drift_along,
      .diffusion_along = F::diffusion_along,
      .friction = KineticSde<S> ? F::friction : nullptr,
      .advance = F::advance,
      .step = F::step,
      .initial = detail::draws_initial<S> ? F::initial : nullptr,
      .log_initial = detail::knows_initial<S> ? F::log_initial : nullptr,
  };
  return table;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
