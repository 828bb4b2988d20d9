#include "thalweg/stan/emit/emitter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "thalweg/stan/emit/statements.hpp"
#include "thalweg/stan/emit/terms.hpp"

namespace thalweg::stan {
namespace {

/// Writes one unit. Sections follow the program: functions, data, names of the draw, then one body for the blocks
/// from parameters on, which serves log density, draws and initial values.
class UnitWriter {
 public:
  UnitWriter(const Program& program, const Analysis& analysis, const EmitOptions& options)
      : program_(program),
        analysis_(analysis),
        options_(options),
        names_(program),
        split_(split(program)),
        subset_(plan_subsets(program, analysis, split_)) {}

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
    out += write_constants();
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
  EmitContext context(const FunctionDefinition* function, bool target, bool random) {
    EmitContext c{program_, analysis_, names_, split_, function, target, random};
    if (target && !options_.subset) c.regressions = &regressions_;
    c.constants = options_.constants;
    return c;
  }

  // ---- functions ----

  struct Signature {
    std::string head, result;
    std::vector<std::string> aliases;
  };
  Signature signature(const FunctionDefinition& f) const {
    const bool density = f.name.ends_with("_lpdf") || f.name.ends_with("_lpmf");
    const bool random = f.name.ends_with("_rng");
    const bool adds = adds_to_target(f);
    std::vector<std::string> parameters, types, arguments;
    if (density) parameters.push_back("bool propto");
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const std::string type = fmt::format("T{}", i + 1);
      parameters.push_back("class " + type);
      types.push_back(type);
      arguments.push_back(fmt::format("const {}& {}", type, names_.variable(f.parameters[i].name)));
    }
    if (adds) {
      parameters.push_back("class TargetScalar");
      types.push_back("TargetScalar");
      arguments.push_back("Target<TargetScalar>& target");
    }
    if (random) arguments.push_back("Random<double>& random");
    Signature s;
    const std::string scalar = fmt::format("Scalar<{}>", fmt::join(types, ", "));
    s.result = f.return_type.base == Base::none ? "void" : cpp_type(f.return_type, scalar);
    if (!parameters.empty()) s.head = fmt::format("template <{}>\n", fmt::join(parameters, ", "));
    s.head += fmt::format("{} {}({})", s.result, names_.function(f.definition), fmt::join(arguments, ", "));
    s.aliases.push_back(fmt::format("using S [[maybe_unused]] = {};", scalar));
    return s;
  }

  std::string write_functions() {
    std::string out;
    for (const auto& f : program_.functions)
      if (f.body) out += signature(f).head + ";\n";
    if (out.empty()) return out;
    out = "namespace functions {\n" + out + "\n";
    for (const auto& f : program_.functions) {
      if (!f.body) continue;
      const Signature s = signature(f);
      StatementWriter w(context(&f, adds_to_target(f), f.name.ends_with("_rng")), marks_, 0);
      w.return_type = s.result;
      w.open(s.head + " {");
      for (const auto& alias : s.aliases) w.line(alias);
      if (const auto* block = as<BlockStatement>(*f.body)) w.statements(block->body);
      w.close();
      out += w.take() + "\n";
    }
    return out + "}  // namespace functions\n\n";
  }

  // ---- constants and data ----

  std::string write_constants() {
    const std::string terms = emit_terms(program_, split_, subset_, marks_);
    std::vector<std::string> widths{"1"};
    const auto& reason = analysis_.one_lane_reason();
    if (!reason) {
      if (options_.widths.empty()) widths.push_back(options_.hessian ? "native_lanes" : "default_width");
      for (const int w : options_.widths)
        if (w != 1) widths.push_back(std::to_string(w));
    }
    std::string out = fmt::format("  static constexpr const char* name = {};\n", quoted(options_.name));
    out += "  static constexpr const char* fingerprint = unit_fingerprint;\n";
    out += fmt::format("  static constexpr std::int32_t widths[] = {{{}}};\n", fmt::join(widths, ", "));
    out += fmt::format("  using Widths = std::integer_sequence<int, {}>;\n", fmt::join(widths, ", "));
    out += fmt::format("  static constexpr const char* one_lane_reason = {};\n",
                       reason ? quoted(describe_place(*reason)) : std::string("nullptr"));
    out += fmt::format("  static constexpr std::int32_t statement_count = {};\n", marks_.size());
    out += "  static constexpr RawStatement statements[] = {\n";
    for (const Location& at : marks_) {
      const Position p = program_.source.position(at.begin);
      const std::string text = program_.source.text().substr(at.begin, std::min<std::size_t>(at.end - at.begin, 60));
      out += fmt::format("      {{{}, {}, {}, {}}},\n", quoted(text),
                         quoted(p.file.substr(p.file.find_last_of('/') + 1)), p.line, p.column);
    }
    if (marks_.empty()) out += "      {\"\", \"\", 0, 0},\n";
    return out + "  };\n" + terms + "\n";
  }
  std::string describe_place(Location where) const {
    const Position p = program_.source.position(where.begin);
    return fmt::format("{}:{}: {}", p.file.substr(p.file.find_last_of('/') + 1), p.line,
                       program_.source.text().substr(where.begin, std::min<std::size_t>(where.end - where.begin, 60)));
  }

  template <class Visit>
  void for_each_variable(ProgramBlock block, const Visit& visit) const {
    for (const auto& s : program_.statements(block))
      if (const auto* d = as<Declaration>(*s))
        for (const Declarator& name : d->declarators) visit(*d, name);
  }

  std::string write_members() const {
    std::string out;
    for (const ProgramBlock block : {ProgramBlock::data, ProgramBlock::transformed_data}) {
      if (program_.statements(block).empty()) continue;
      out += fmt::format("  // {}\n", to_string(block));
      for_each_variable(block, [&](const Declaration& d, const Declarator& name) {
        out += fmt::format("  {} {};\n", cpp_type(d.type.type(), "double"), names_.variable(name.name));
      });
    }
    if (!regressions_.empty()) out += "  // regressions\n";
    for (const ReducedRegression& r : regressions_) out += fmt::format("  RegressionSummary {};\n", r.name);
    return out + "\n";
  }

  /// `in.array_of<Vector<double>>(J, [&] { return in.vector(K, lower(0.0)); })`
  std::string reader(const EmitContext& c, const DeclaredType& type, const std::string& scalar, const std::string& in,
                     const std::string& name) const {
    const bool data = in == "data";
    std::string first = data ? "" : quoted(name);
    const auto with = [&](std::vector<std::string> rest) {
      if (!first.empty()) rest.insert(rest.begin(), first);
      std::erase(rest, "");
      return fmt::format("{}", fmt::join(rest, ", "));
    };
    const std::string constraint = emit_constraint(c, type), structure = emit_structure(c, type);
    std::vector<std::string> arrays;
    for (const auto& e : type.array_sizes) arrays.push_back(emit_bare(c, *e));
    std::string inner;
    const bool scalar_type = type.base == Base::integer || type.base == Base::real;
    std::string innermost_size;
    if (!structure.empty()) {
      inner = fmt::format("{}.structured({})", in, with({structure}));
    } else if (scalar_type) {
      const bool integer = type.base == Base::integer;
      if (arrays.empty()) {
        inner = fmt::format("{}.{}({})", in, integer ? "integer" : "real", with({constraint}));
      } else {
        inner = fmt::format("{}.{}({})", in, integer ? "integer_array" : "array", with({arrays.back(), constraint}));
        arrays.pop_back();
      }
    } else {
      std::vector<std::string> rest;
      for (const auto& e : type.sizes) rest.push_back(emit_bare(c, *e));
      rest.push_back(constraint);
      inner = fmt::format("{}.{}({})", in,
                          type.base == Base::vector       ? "vector"
                          : type.base == Base::row_vector ? "row_vector"
                                                          : "matrix",
                          with(rest));
    }
    Type item{type.base, static_cast<int>(type.array_sizes.size() - arrays.size())};
    for (std::size_t i = arrays.size(); i-- > 0;) {
      inner = fmt::format("{}.template array_of<{}>({}, [&] {{ return {}; }})", in, cpp_type(item, scalar), arrays[i],
                          inner);
      ++item.array_rank;
    }
    return inner;
  }

  std::string write_constructor() {
    const EmitContext c = context(nullptr, false, true);
    StatementWriter w(c, marks_, 1);
    w.open("Program([[maybe_unused]] DataReader& data, [[maybe_unused]] Random<double>& random) {");
    w.line("[[maybe_unused]] Tape& tape = Tape::current();");
    for_each_variable(ProgramBlock::data, [&](const Declaration& d, const Declarator& name) {
      const std::string sizes = emit_sizes(c, d.type);
      w.line(fmt::format("data.open({}, {}{});", quoted(name.name), d.type.base == Base::integer ? "true" : "false",
                         sizes.empty() ? "" : ", " + sizes));
      w.line(fmt::format("{} = {};", names_.variable(name.name), reader(c, d.type, "double", "data", name.name)),
             name.location);
    });
    if (program_.has(ProgramBlock::transformed_data)) {
      w.line("// transformed data");
      w.statements(program_.statements(ProgramBlock::transformed_data));
      for_each_variable(ProgramBlock::transformed_data,
                        [&](const Declaration& d, const Declarator& name) { w.check_constraint(name.name, d.type); });
    }
    for (const ReducedRegression& r : regressions_)
      for (const std::string& text : r.setup) w.line(text);
    w.close();
    return w.take() + "\n";
  }

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

  const Program& program_;
  const Analysis& analysis_;
  const EmitOptions& options_;
  Names names_;
  Split split_;
  std::vector<ReducedRegression> regressions_;
  SubsetPlan subset_;
  std::vector<Location> marks_;
};

}  // namespace

std::string emit_cpp(const Program& program, const Analysis& analysis, const EmitOptions& options) {
  return UnitWriter(program, analysis, options).write();
}

}  // namespace thalweg::stan
