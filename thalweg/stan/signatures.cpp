#include "thalweg/stan/signatures.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <unordered_map>

#include "thalweg/stan/names.hpp"

namespace thalweg::stan {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

/// `vector`, `real[]`, `int[,]`.
Type parse_type(std::string_view word) {
  static const std::map<std::string_view, Base> bases = {{"int", Base::integer},
                                                         {"real", Base::real},
                                                         {"vector", Base::vector},
                                                         {"row_vector", Base::row_vector},
                                                         {"matrix", Base::matrix}};
  const auto open = word.find('[');
  const int rank = open == std::string_view::npos ? 0 : static_cast<int>(word.size() - open - 1);
  return {bases.at(word.substr(0, open)), rank};
}

Pattern parse_pattern(const std::string& word) {
  using Kind = Pattern::Kind;
  static const std::map<std::string_view, Pattern> words = {
      {"reals", {Kind::one_of, {real_type, vector_type, row_vector_type, array_of(real_type)}, 0, "reals"}},
      {"ints", {Kind::one_of, {int_type, array_of(int_type)}, 0, "ints"}},
      {"vectors",
       {Kind::one_of, {vector_type, row_vector_type, array_of(vector_type), array_of(row_vector_type)}, 0, "vectors"}},
      {"each", {Kind::each, {}, 0, "each"}},
      {"each_int", {Kind::each_int, {}, 0, "each_int"}},
      {"T", {Kind::generic, {}, 0, "T"}},
      {"T[]", {Kind::generic, {}, 1, "T[]"}},
      {"T[,]", {Kind::generic, {}, 2, "T[,]"}},
      {"T[,,]", {Kind::generic, {}, 3, "T[,,]"}},
      {"draw", {Kind::draw, {}, 0, "draw"}},
      {"draw_int", {Kind::draw_int, {}, 0, "draw_int"}},
      {"draw_vector", {Kind::draw_vector, {}, 0, "draw_vector"}}};
  if (const auto found = words.find(word); found != words.end()) return found->second;
  Pattern pattern;
  pattern.word = word;
  for (const std::string& type : split(word, '/')) pattern.types.push_back(parse_type(type));
  return pattern;
}

std::vector<Pattern> parse_patterns(std::string_view text) {
  std::vector<Pattern> patterns;
  for (const std::string& word : split(text, ' ')) patterns.push_back(parse_pattern(word));
  return patterns;
}

void add_distribution(const DistributionRow& row, std::vector<Signature>& all) {
  const std::vector<std::string> forms = split(row.forms, ' ');
  const auto has = [&](const char* form) { return std::find(forms.begin(), forms.end(), form) != forms.end(); };
  std::vector<Pattern> parameters = parse_patterns(row.parameters);
  const bool integer = std::string_view(row.outcome).starts_with("int");
  for (const std::string& name : split(row.names, ' ')) {
    if (has("rng")) all.push_back({name + "_rng", parameters, parse_pattern(integer ? "draw_int" : "draw")});
    std::vector<Pattern> with_outcome = parameters;
    with_outcome.insert(with_outcome.begin(), parse_pattern(row.outcome));
    for (const char* ending : {"lpdf", "lpmf"}) {
      if (has(ending)) all.push_back({name + "_" + ending, with_outcome, parse_pattern("real")});
    }
    if (!has("cdf")) continue;
    for (const char* ending : {"_cdf", "_lcdf", "_lccdf"}) {
      all.push_back({name + ending, with_outcome, parse_pattern("real")});
    }
  }
}

std::vector<Signature> read_tables() {
  std::vector<Signature> all;
  for (const auto& rows : {scalar_functions(), container_functions(), generators()}) {
    for (const FunctionRow& row : rows) {
      for (const std::string& name : split(row.names, ' ')) {
        all.push_back({name, parse_patterns(row.parameters), parse_pattern(row.result)});
      }
    }
  }
  for (const DistributionRow& row : distributions()) add_distribution(row, all);
  std::stable_sort(all.begin(), all.end(), [](const Signature& a, const Signature& b) { return a.name < b.name; });
  return all;
}

/// int → real, also inside arrays.
Type as_real(Type type) { return type.base == Base::integer ? Type{Base::real, type.array_rank} : type; }

/// Collects what the words of one signature stand for.
struct Binding {
  Type generic = unknown_type;  // T
  Type shape = unknown_type;    // of the containers among `each`, else unknown
  int int_rank = 0;             // of the containers among `each_int`
};

bool bind_generic(Type argument, int rank, Type& generic) {
  if (argument.array_rank < rank || argument.base == Base::string || argument.base == Base::none) return false;
  const Type inner{argument.base, argument.array_rank - rank};
  generic = generic.is_known() ? common_type(generic, inner) : inner;
  return generic.is_known();
}

bool bind(const Pattern& pattern, Type argument, Binding& binding) {
  if (pattern.kind == Pattern::Kind::generic) return bind_generic(argument, pattern.rank, binding.generic);
  if (argument.base == Base::string || argument.base == Base::none) return false;
  if (pattern.kind == Pattern::Kind::each) {
    if (argument.is_scalar()) return true;
    const Type shape = as_real(argument);
    if (binding.shape.is_known() && binding.shape != shape) return false;
    binding.shape = shape;
  }
  if (pattern.kind == Pattern::Kind::each_int) {
    if (argument.base != Base::integer) return false;
    if (argument.array_rank == 0) return true;
    if (binding.int_rank != 0 && binding.int_rank != argument.array_rank) return false;
    binding.int_rank = argument.array_rank;
  }
  return true;
}

/// The type an argument becomes; unknown when the pattern doesn't take it.
Type parameter_type(const Pattern& pattern, Type argument, const Binding& binding) {
  switch (pattern.kind) {
    case Pattern::Kind::one_of:
      for (const Type type : pattern.types) {
        if (type == argument) return type;
      }
      for (const Type type : pattern.types) {
        if (converts(argument, type)) return type;
      }
      return unknown_type;
    case Pattern::Kind::each:
      return as_real(argument);
    case Pattern::Kind::each_int:
      return argument;
    case Pattern::Kind::generic:
      return array_of(binding.generic, pattern.rank);
    default:
      return unknown_type;
  }
}

Type result_type(const Pattern& pattern, const Binding& binding, const std::vector<Type>& parameters) {
  const auto any = [&](auto&& test) { return std::any_of(parameters.begin(), parameters.end(), test); };
  const auto is_container = [](Type type) { return !type.is_scalar(); };
  switch (pattern.kind) {
    case Pattern::Kind::one_of:
      return pattern.types.front();
    case Pattern::Kind::generic:
      return array_of(binding.generic, pattern.rank);
    case Pattern::Kind::each:
      return binding.shape.is_known() ? binding.shape : Type{Base::real, binding.int_rank};
    case Pattern::Kind::each_int:
      if (binding.shape.is_known()) return {Base::integer, binding.shape.array_rank};
      return {Base::integer, binding.int_rank};
    case Pattern::Kind::draw:
      return any(is_container) ? array_of(real_type) : real_type;
    case Pattern::Kind::draw_int:
      return any(is_container) ? array_of(int_type) : int_type;
    case Pattern::Kind::draw_vector:
      return any([](Type type) { return type.array_rank > 0; }) ? array_of(vector_type) : vector_type;
  }
  return unknown_type;
}

}  // namespace

const std::vector<Signature>& builtin_signatures() {
  static const std::vector<Signature> all = read_tables();
  return all;
}

std::vector<int> signatures_named(std::string_view name) {
  const std::vector<Signature>& all = builtin_signatures();
  const std::string wanted = definition_name(name);
  std::vector<int> found;
  const auto first =
      std::lower_bound(all.begin(), all.end(), wanted,
                       [](const Signature& signature, const std::string& n) { return signature.name < n; });
  for (auto at = first; at != all.end() && at->name == wanted; ++at)
    found.push_back(static_cast<int>(at - all.begin()));
  return found;
}

const std::vector<std::string_view>& builtin_names() {
  static const std::vector<std::string_view> names = [] {
    std::set<std::string_view> unique;
    for (const Signature& signature : builtin_signatures()) unique.insert(signature.name);
    return std::vector<std::string_view>(unique.begin(), unique.end());
  }();
  return names;
}

const std::vector<std::string_view>& distribution_names() {
  static const std::vector<std::string_view> names = [] {
    std::set<std::string_view> unique;
    for (const Signature& signature : builtin_signatures()) {
      const Ending ending = ending_of(signature.name);
      if (ending == Ending::lpdf || ending == Ending::lpmf) unique.insert(stem_of(signature.name));
    }
    return std::vector<std::string_view>(unique.begin(), unique.end());
  }();
  return names;
}

std::optional<Match> match(const Signature& signature, const std::vector<Type>& arguments) {
  if (arguments.size() != signature.parameters.size()) return std::nullopt;
  Binding binding;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!bind(signature.parameters[i], arguments[i], binding)) return std::nullopt;
  }
  const bool shapes_meet =
      !binding.shape.is_known() || binding.int_rank == 0 || binding.shape.index_rank() == binding.int_rank;
  if (!shapes_meet) return std::nullopt;
  Match found;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Type type = parameter_type(signature.parameters[i], arguments[i], binding);
    if (!type.is_known() || !converts(arguments[i], type)) return std::nullopt;
    found.promotions += type != arguments[i];
    found.parameter_types.push_back(type);
  }
  found.result = result_type(signature.result, binding, found.parameter_types);
  return found;
}

std::optional<BestMatch> best_builtin(std::string_view name, const std::vector<Type>& arguments) {
  std::optional<BestMatch> best;
  for (const int index : signatures_named(name)) {
    std::optional<Match> found = match(builtin_signatures()[static_cast<std::size_t>(index)], arguments);
    if (found && (!best || found->promotions < best->match.promotions)) best = BestMatch{index, std::move(*found)};
  }
  return best;
}

std::string to_string(const Signature& signature) {
  std::string text = signature.name + "(";
  const bool bar = takes_bar(ending_of(signature.name));
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    text += i == 0 ? "" : i == 1 && bar ? " | " : ", ";
    text += signature.parameters[i].word;
  }
  if (bar && signature.parameters.size() == 1) text += " |";
  return text + ") => " + signature.result.word;
}

std::string explain_words(const std::vector<int>& signatures) {
  constexpr std::pair<std::string_view, std::string_view> meanings[] = {
      {"reals", "real, vector, row_vector or array[] real"},
      {"ints", "int or array[] int"},
      {"vectors", "vector, row_vector, or an array of either"},
      {"each", "a scalar or a container of reals; containers must have one type"},
      {"each_int", "int or an array of ints"},
      {"T", "any type, the same wherever it stands"},
      {"draw", "real, or array[] real if an argument is a container"},
      {"draw_int", "int, or array[] int if an argument is a container"},
      {"draw_vector", "vector, or array[] vector if an argument is an array"}};
  std::string text;
  for (const auto& [word, meaning] : meanings) {
    const auto uses = [&, w = word](const Pattern& pattern) {
      return std::string_view(pattern.word).substr(0, pattern.word.find('[')) == w;
    };
    const bool used = std::any_of(signatures.begin(), signatures.end(), [&](int index) {
      const Signature& signature = builtin_signatures()[static_cast<std::size_t>(index)];
      return uses(signature.result) || std::any_of(signature.parameters.begin(), signature.parameters.end(), uses);
    });
    if (used) text += "\n    " + std::string(word) + ": " + std::string(meaning);
  }
  return text;
}

}  // namespace thalweg::stan
