#include "thalweg/stan/emit/emitter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "thalweg/stan/emit/terms.hpp"
#include "thalweg/stan/emit/unit_parts.hpp"

namespace thalweg::stan {
namespace {

/// Writes one unit. Sections follow the program: functions, data, names of the draw, then one body for the blocks
/// from parameters on, which serves log density, draws and initial values.
class UnitWriter : UnitParts {
 public:
  UnitWriter(const Program& program, const Analysis& analysis, const EmitOptions& options)
      : UnitParts(program, analysis, options), subset_(plan_subsets(program, analysis, split_)) {}

  std::string write() {
    const std::string functions = write_functions(), body = write_evaluate(), constructor = write_constructor();
    std::string out = fmt::format(
        "// {} as C++ over Real: written by thalweg, not by hand.\n#include \"thalweg/stan/{}\"\n\n"
        "namespace thalweg {{\ninline namespace THALWEG_ISA {{\nnamespace {{\n\n",
        options_.name,
        options_.hessian  ? "runtime_hessian.hpp"
        : options_.subset ? "runtime_subset.hpp"
                          : "runtime.hpp");
    out += functions;
    out += "struct Program {\n";
    const std::string terms = emit_terms(program_, split_, subset_, marks_);
    out += write_constants(options_.hessian ? "native_lanes" : "default_width") + terms + "\n";
    out += write_members();
    out += constructor;
    out += write_dimension();
    out += write_index_size();
    out += write_describe();
    out += body;
    out += fmt::format(
        "}};\n\n}}  // namespace\n}}  // namespace THALWEG_ISA\n}}  // namespace thalweg\n\n"
        "extern \"C\" [[gnu::visibility(\"default\")]] const thalweg::ModelTable* thalweg_model_table() {{ return "
        "thalweg::{}<thalweg::Program>::table(); }}\n",
        options_.hessian  ? "HessianUnit"
        : options_.subset ? "SubsetUnit"
                          : "Unit");
    return out;
  }

 private:
  // ---- the draw ----

  std::string write_dimension() {
    const EmitContext c = context(nullptr, false, false);
    std::vector<std::string> counts;
    for_each_variable(ProgramBlock::parameters, [&](const Declaration& d, const Declarator&) {
      const std::string structure = emit_structure(c, d.type);
      std::vector<std::string> factors;
      for (const auto& e : d.type.array_sizes) factors.push_back(emit_bare(c, *e));
      if (structure.empty())
        for (const auto& e : d.type.sizes) factors.push_back(emit_bare(c, *e));
      else
        factors.push_back(structure + ".free_size()");
      counts.push_back(fmt::format("free_count({})", fmt::join(factors, ", ")));
    });
    if (counts.empty()) counts.push_back("0");
    return fmt::format(
        "  /// Numbers in a point of the unconstrained space.\n"
        "  std::int64_t dimension() const {{ return {}; }}\n\n",
        fmt::join(counts, " + "));
  }

  /// How many numbers an index of likelihood terms has, from which subsets can be chosen.
  std::string write_index_size() {
    std::string out = fmt::format("  static constexpr std::int32_t index_count = {};\n", subset_.sizes().size());
    out += "  std::int64_t index_size([[maybe_unused]] std::int32_t i) const {\n";
    for (std::size_t i = 0; i < subset_.sizes().size(); ++i)
      out += fmt::format("    if (i == {}) return {};\n", i, emit_size(subset_.sizes()[i]));
    return out + "    return 0;\n  }\n\n";
  }
  std::string emit_size(const IndexSize& size) {
    const EmitContext c = context(nullptr, false, false);
    std::string out;
    for (const auto& [name, part] : size.parts()) {
      const std::string integer = emit(c, *part.integer), plus = out.empty() ? "" : " + ";
      out += part.coefficient == 1 ? plus + integer : fmt::format("{}{} * {}", plus, part.coefficient, integer);
    }
    if (size.offset() != 0 || out.empty()) out += fmt::format("{}{}", out.empty() ? "" : " + ", size.offset());
    return out;
  }

  std::string write_describe() {
    const EmitContext c = context(nullptr, false, false);
    std::string out = "  void describe([[maybe_unused]] Describer& describer) const {\n";
    for (const ProgramBlock block :
         {ProgramBlock::parameters, ProgramBlock::transformed_parameters, ProgramBlock::generated_quantities})
      for_each_variable(block, [&](const Declaration& d, const Declarator& name) {
        std::string type = to_string(d.type.type());
        const std::string sizes = emit_sizes(c, d.type);
        std::string enumerator = to_string(block);
        for (char& ch : enumerator) ch = ch == ' ' ? '_' : ch;
        out += fmt::format("    describer.add({}, \"{}\", Block::{}, {}{});\n", quoted(name.name), type, enumerator,
                           d.type.base == Base::integer ? "true" : "false", sizes.empty() ? "" : ", " + sizes);
      });
    return out + "  }\n\n";
  }

  std::string write_evaluate() {
    EmitContext c = context(nullptr, true, false);
    if (options_.subset) c.subset = &subset_;
    StatementWriter w(c, marks_, 1);
    w.line("template <class T, Run run, class In, class Out>");
    w.open(
        fmt::format("void evaluate([[maybe_unused]] In& in, [[maybe_unused]] Target<T>& target, [[maybe_unused]] "
                    "Out& out{}) const {{",
                    options_.subset ? ", [[maybe_unused]] const Choice& choice" : ""));
    w.line("[[maybe_unused]] Tape& tape = Tape::current();");
    for (int i = 0; options_.subset && i < static_cast<int>(subset_.sizes().size()); ++i)
      w.line(fmt::format("const Rows {} = choice.rows({}, index_size({}));", rows_name(i), i, i));
    w.line("// parameters");
    for (const auto& s : program_.statements(ProgramBlock::parameters)) {
      const auto* d = as<Declaration>(*s);
      if (!d) continue;
      for (const Declarator& name : d->declarators) {
        const std::string sizes = emit_sizes(c, d->type);
        w.mark(*s);
        w.line(fmt::format("in.open({}{});", quoted(name.name), sizes.empty() ? "" : ", " + sizes));
        w.line(fmt::format("[[maybe_unused]] {} {} = {};", cpp_type(d->type.type(), "T"), names_.variable(name.name),
                           reader(c, d->type, "T", "in", name.name)),
               name.location);
      }
    }
    w.line("if constexpr (run == Run::initial) return;");
    if (program_.has(ProgramBlock::transformed_parameters)) {
      w.line("// transformed parameters");
      w.statements(program_.statements(ProgramBlock::transformed_parameters));
      for (const auto& s : program_.statements(ProgramBlock::transformed_parameters))
        if (const auto* d = as<Declaration>(*s); d && d->type.constraint != Constraint::none) {
          w.mark(*s);
          for (const Declarator& name : d->declarators) w.check_constraint(name.name, d->type);
        }
    }
    w.open("if constexpr (run == Run::log_density) {");
    w.line("// model");
    w.statements(program_.statements(ProgramBlock::model));
    w.close();
    if (!options_.subset) write_draw(w);
    w.close();
    return w.take();
  }

  /// The rest of `evaluate`: writing the draw, and generated quantities.
  void write_draw(StatementWriter& w) {
    w.open("if constexpr (run == Run::draw) {");
    for (const ProgramBlock block : {ProgramBlock::parameters, ProgramBlock::transformed_parameters})
      for_each_variable(block, [&](const Declaration&, const Declarator& name) {
        w.line(fmt::format("out({});", names_.variable(name.name)));
      });
    if (program_.has(ProgramBlock::generated_quantities)) {
      w.line("if (!out.generate) return;");
      w.line("[[maybe_unused]] Random<double>& random = out.random();");
      w.line("// generated quantities");
      const auto& all = program_.statements(ProgramBlock::generated_quantities);
      StatementWriter inner(context(nullptr, false, true), marks_, 3);
      inner.statements(all);
      for (const auto& s : all)
        if (const auto* d = as<Declaration>(*s); d && d->type.constraint != Constraint::none) {
          inner.mark(*s);
          for (const Declarator& name : d->declarators) inner.check_constraint(name.name, d->type);
        }
      for_each_variable(ProgramBlock::generated_quantities, [&](const Declaration&, const Declarator& name) {
        inner.line(fmt::format("out({});", names_.variable(name.name)));
      });
      w.append(inner.take());
    }
    w.close();
  }

  SubsetPlan subset_;
};

}  // namespace

std::string emit_cpp(const Program& program, const Analysis& analysis, const EmitOptions& options) {
  return UnitWriter(program, analysis, options).write();
}

}  // namespace thalweg::stan
