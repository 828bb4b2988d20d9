#include "thalweg/stan/emit/sde_emitter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "thalweg/stan/emit/unit_parts.hpp"
#include "thalweg/stan/own_noise.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

class SdeWriter : UnitParts {
 public:
  SdeWriter(const Program& program, const Analysis& analysis, const EmitOptions& options, const SdeFunctions& sde)
      : UnitParts(program, analysis, options), sde_(sde) {}

  std::string write() {
    const std::string functions = write_functions(), constructor = write_constructor();
    std::string out = fmt::format(
        "// {} as C++ over Real: written by thalweg, not by hand.\n#include \"thalweg/stan/runtime_sde.hpp\"\n\n"
        "namespace thalweg {{\ninline namespace THALWEG_ISA {{\nnamespace {{\n\n",
        options_.name);
    out += functions + "struct Program {\n" + write_constants("default_width") + write_structure() + write_members() +
           constructor;
    out += write_coefficient("drift", sde_.drift) + write_coefficient("diffusion", sde_.diffusion);
    if (sde_.initial)
      out += fmt::format(
          "  Vector<double> initial(Random<double>& random) const {{\n    return as<Vector<double>>({}({}random));\n  "
          "}}\n",
          names_.call(sde_.initial->function), arguments(*sde_.initial, "", ", "));
    if (sde_.log_initial)
      out += fmt::format(
          "  template <class X>\n  auto log_initial(const X& x) const {{\n    return {}<false>(x{});\n  }}\n",
          names_.call(sde_.log_initial->function), arguments(*sde_.log_initial, ", ", ""));
    return out +
           "};\n\n}  // namespace\n}  // namespace THALWEG_ISA\n}  // namespace thalweg\n\n"
           "extern \"C\" [[gnu::visibility(\"default\")]] const thalweg::SdeTable* thalweg_sde_table() {\n"
           "  return &thalweg::sde_table_of<thalweg::StanSde<thalweg::Program>>();\n}\n";
  }

 private:
  std::string arguments(const SdeFunction& f, const std::string& before, const std::string& after) const {
    std::string out;
    for (const std::string& name : f.data) out += before + names_.variable(name) + after;
    return out;
  }
  std::string write_coefficient(const char* name, const SdeFunction& f) const {
    return fmt::format(
        "  template <class T, class X>\n  auto {}(const T& t, const X& x) const {{\n    return {}(t, x{});\n  }}\n",
        name, names_.call(f.function), arguments(f, ", ", ""));
  }
  std::string write_structure() const {
    std::string structure = "no_structure";
    if (sde_.additive) structure += " | additive_noise";
    if (!sde_.matrix && (sde_.additive || is_own_noise(program_, sde_.diffusion.function)))
      structure += " | own_noise | commuting_noise";
    if (sde_.autonomous) structure += " | autonomous";
    return fmt::format(
        "  static constexpr NoiseShape noise = NoiseShape::{};\n  static constexpr Structure structure = {};\n"
        "  static constexpr bool has_initial = {}, has_log_initial = {};\n"
        "  static constexpr std::int64_t fixed_dimension = {};\n\n",
        sde_.matrix ? "matrix" : "diagonal", structure, sde_.initial.has_value(), sde_.log_initial.has_value(),
        fixed_dimension());
  }
  /// Of a drift that returns a vector as it writes it down, `[a, b]'`, everywhere; 0: not so.
  std::size_t fixed_dimension() const {
    std::size_t size = 0;
    bool fixed = true;
    for_each_statement(*program_.functions[static_cast<std::size_t>(sde_.drift.function)].body,
                       [&](const Statement& s) {
                         const auto* value = as<Return>(s);
                         if (!value) return;
                         const auto* turned = as<Unary>(*value->value);
                         const auto* row = turned ? as<RowLiteral>(*turned->operand) : nullptr;
                         const std::size_t n = row ? row->elements.size() : 0;
                         fixed = fixed && n > 0 && (size == 0 || size == n);
                         size = n;
                       });
    return fixed ? size : 0;
  }

  const SdeFunctions& sde_;
};

}  // namespace

std::string emit_sde(const Program& program, const Analysis& analysis, const SdeFunctions& sde,
                     const std::string& name) {
  const EmitOptions options{.name = name, .widths = {}};
  return SdeWriter(program, analysis, options, sde).write();
}

}  // namespace thalweg::stan
