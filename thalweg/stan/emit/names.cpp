#include "thalweg/stan/emit/names.hpp"

#include <algorithm>
#include <cctype>

#include "thalweg/stan/signatures.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

const std::set<std::string>& reserved() {
  static const std::set<std::string> words{
      // C++
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
      "char8_t", "char16_t", "char32_t", "class", "compl", "concept", "const", "consteval", "constexpr", "constinit",
      "const_cast", "continue", "co_await", "co_return", "co_yield", "decltype", "default", "delete", "do", "double",
      "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
      "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or",
      "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "return", "short",
      "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
      "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union", "unsigned", "using",
      "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq", "linux", "unix", "NULL", "errno", "assert",
      "stdin", "stdout", "stderr", "NAN", "INFINITY", "EOF",
      // ours, in generated code
      "T", "S", "run", "in", "out", "target", "tape", "random", "data", "propto", "Program", "Run", "Vector",
      "RowVector", "Matrix", "Array", "ArrayOf", "Var", "Target", "Tape", "Random", "Block", "LocalSweep", "Scalar",
      "thalweg", "stan", "std", "main", "real", "vector", "row_vector", "matrix", "array", "index", "assign",
      "assign_at", "range", "let", "copy", "argument", "as", "describe", "dimension", "evaluate", "name", "fingerprint",
      "widths", "Widths", "statements", "statement_count", "one_lane_reason", "lower", "upper", "infinity",
      "not_a_number", "All", "Range", "describer", "define", "make", "free_count", "free_size", "quiet_nan", "truth",
      "element_count", "check_bounds", "check_structure", "array_literal", "matrix_literal", "row_vector_literal",
      "hoist", "sweep", "offset_multiplier", "lower_upper", "truncate_above", "truncate_below", "Real", "In", "Out",
      "Numbers", "DataReader", "ModelTable", "RawStatement", "TargetScalar", "Unit", "Describer", "default_width",
      "unit_fingerprint",
      // functions that stand for operators
      "divide", "modulus", "pow", "inv", "square", "cube", "inv_square", "sqrt", "elt_divide", "elt_multiply",
      "mdivide_left", "mdivide_right", "transpose", "log_diff_exp", "add", "subtract", "multiply", "size", "exp",
      "elements", "from", "to", "not_an_integer", "offsetof", "sum_over", "choice", "Rows", "Choice"};
  return words;
}

/// T1, T2, …, which are the types of a function's arguments, hoisted_1, regression_1, rows_1, columns_1, …, and the
/// macros of <cstdint>.
bool is_pattern_of_ours(const std::string& name) {
  const auto numbered = [&](std::string_view stem) {
    return name.size() > stem.size() && name.starts_with(stem) &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(stem.size()), name.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  if (numbered("T") || numbered("hoisted_") || numbered("regression_") || numbered("columns_") || numbered("rows_"))
    return true;
  const auto ends = [&](const char* ending) { return name.ends_with(ending); };
  return ends("_MAX") || ends("_MIN") || ends("_WIDTH") || ends("_C");
}

}  // namespace

Names::Names(const Program& program) {
  const auto note_calls = [&](const Statement& top) {
    for_each_expression(top, [&](const Expression& e) {
      if (const auto* call = as<Call>(e)) called_.insert(builtin(call->name));
    });
    for_each_statement(top, [&](const Statement& s) {
      const auto* tilde = as<Tilde>(s);
      if (tilde == nullptr) return;
      for (const char* ending : {"", "_lpdf", "_lpmf", "_lcdf", "_lccdf", "_argument"})
        called_.insert(tilde->name + ending);
    });
  };
  for (const auto& f : program.functions)
    if (f.body) note_calls(*f.body);
  for (const auto& block : program.blocks)
    if (block)
      for (const auto& s : *block) note_calls(*s);
  // names that stay as they are come first: the others give way to them
  std::set<std::string> wanted;
  for (const auto& v : program.variables) wanted.insert(v.name);
  for (const auto& f : program.functions)
    for (const auto& parameter : f.parameters) wanted.insert(parameter.name);
  const auto stays = [&](const std::string& name) { return free_name(name) == name; };
  for (const auto& f : program.functions) called_.insert(f.name);
  for (const auto& name : wanted)
    if (stays(name)) variables_[name] = name;
  for (const auto& [name, same] : variables_) taken_.insert(name);
  for (const auto& name : wanted)
    if (!variables_.contains(name)) taken_.insert(variables_[name] = free_name(name));
  const std::vector<std::string_view>& builtins = builtin_names();
  std::set<std::string> functions;
  std::map<std::string, int> bodies;
  for (const auto& f : program.functions) {
    // a function of the language that this one overloads must stay visible beside it
    const bool hides = reserved().contains(f.name) || is_pattern_of_ours(f.name) ||
                       std::binary_search(builtins.begin(), builtins.end(), f.name);
    std::string name = hides ? f.name + "_" : f.name;
    if (f.body) {
      if (const int earlier = bodies[f.name]++; earlier > 0) name += "_" + std::to_string(earlier + 1);
      while (!functions.insert(name).second) name += "_";
    }
    functions_.push_back(std::move(name));
  }
}

/// The name, or the name with as many `_` behind it as make it free; our macros and entry points have a prefix.
std::string Names::free_name(std::string name) const {
  if (name.starts_with("thalweg_") || name.starts_with("THALWEG_")) name = "stan_" + name;
  while (reserved().contains(name) || called_.contains(name) || taken_.contains(name) || is_pattern_of_ours(name))
    name += "_";
  return name;
}

std::string Names::variable(const std::string& name) const { return variables_.at(name); }

std::string Names::beside(const std::string& name, const std::string& ending) const {
  return free_name(variable(name) + ending);
}

std::string Names::function(FunctionId function) const { return functions_[static_cast<std::size_t>(function)]; }

std::string Names::builtin(const std::string& name) {
  static const std::map<std::string, std::string> other{{"fabs", "abs"},
                                                        {"not_a_number", "quiet_nan"},
                                                        {"pi", "constant_pi"},
                                                        {"e", "constant_e"},
                                                        {"sqrt2", "constant_sqrt2"}};
  const auto found = other.find(name);
  return found == other.end() ? name : found->second;
}

}  // namespace thalweg::stan
