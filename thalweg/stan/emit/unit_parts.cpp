#include "thalweg/stan/emit/unit_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace thalweg::stan {

UnitParts::UnitParts(const Program& program, const Analysis& analysis, const EmitOptions& options)
    : program_(program), analysis_(analysis), options_(options), names_(program), split_(split(program)) {}

EmitContext UnitParts::context(const FunctionDefinition* function, bool target, bool random) {
  EmitContext c{program_, analysis_, names_, split_, function, target, random};
  if (target && !options_.subset) c.regressions = &regressions_;
  c.constants = options_.constants;
  return c;
}

// ---- functions ----

UnitParts::Signature UnitParts::signature(const FunctionDefinition& f) const {
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

std::string UnitParts::write_functions() {
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

std::string UnitParts::write_constants(const std::string& native) const {
  std::vector<std::string> widths{"1"};
  const auto& reason = analysis_.one_lane_reason();
  if (!reason) {
    if (options_.widths.empty()) widths.push_back(native);
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
    out += fmt::format("      {{{}, {}, {}, {}}},\n", quoted(text), quoted(p.file.substr(p.file.find_last_of('/') + 1)),
                       p.line, p.column);
  }
  if (marks_.empty()) out += "      {\"\", \"\", 0, 0},\n";
  return out + "  };\n";
}
std::string UnitParts::describe_place(Location where) const {
  const Position p = program_.source.position(where.begin);
  return fmt::format("{}:{}: {}", p.file.substr(p.file.find_last_of('/') + 1), p.line,
                     program_.source.text().substr(where.begin, std::min<std::size_t>(where.end - where.begin, 60)));
}

std::string UnitParts::write_members() const {
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

std::string UnitParts::reader(const EmitContext& c, const DeclaredType& type, const std::string& scalar,
                              const std::string& in, const std::string& name) const {
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
    inner =
        fmt::format("{}.template array_of<{}>({}, [&] {{ return {}; }})", in, cpp_type(item, scalar), arrays[i], inner);
    ++item.array_rank;
  }
  return inner;
}

std::string UnitParts::write_constructor() {
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

}  // namespace thalweg::stan
