#include "thalweg/stan/sde_functions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/dataflow.hpp"
#include "thalweg/stan/diagnostics.hpp"

namespace thalweg::stan {
namespace {

/// The definition of that name; null: there is none.
const FunctionDefinition* find_function(const Program& program, const std::string& name) {
  const auto found = std::find_if(program.functions.begin(), program.functions.end(),
                                  [&](const FunctionDefinition& f) { return f.body && f.name == name; });
  return found == program.functions.end() ? nullptr : &*found;
}

/// Reads the functions of one program; what is wrong is gathered.
class SdeFinder {
 public:
  explicit SdeFinder(const Program& program) : program_(program) {}

  SdeFunctions run() {
    SdeFunctions sde;
    sde.drift = required("drift", "vector drift(real t, vector x, ...)", {vector_type});
    sde.diffusion =
        required("diffusion", "vector diffusion(real t, vector x, ...), or a matrix with a column for each noise",
                 {vector_type, matrix_type});
    if (const auto* f = find_function(program_, "initial_rng")) {
      expect_result(*f, {vector_type}, "vector initial_rng(...)");
      sde.initial = bind(*f, 0);
    }
    if (const auto* f = find_function(program_, "initial_lpdf")) {
      if (expect_arguments(*f, {vector_type}, "real initial_lpdf(vector x | ...)")) sde.log_initial = bind(*f, 1);
    }
    diagnostics_.throw_errors(program_.source);
    sde.matrix = definition(sde.diffusion).return_type.base == Base::matrix;
    follow(sde);
    return sde;
  }

 private:
  const FunctionDefinition& definition(const SdeFunction& f) const {
    return program_.functions[static_cast<std::size_t>(f.function)];
  }

  SdeFunction required(const std::string& name, const char* form, const std::vector<Type>& results) {
    const FunctionDefinition* f = find_function(program_, name);
    if (f == nullptr) {
      diagnostics_.error({0, 0}, "the program has no function '{}': an SDE is stated by {} in the functions block",
                         name, form);
      return {};
    }
    expect_result(*f, results, form);
    if (!expect_arguments(*f, {real_type, vector_type}, form)) return {};
    return bind(*f, 2);
  }
  void expect_result(const FunctionDefinition& f, const std::vector<Type>& results, const char* form) {
    if (std::find(results.begin(), results.end(), f.return_type) == results.end())
      diagnostics_.error(f.name_location, "'{}' returns {}; expected {}", f.name, to_string(f.return_type), form);
  }
  bool expect_arguments(const FunctionDefinition& f, const std::vector<Type>& first, const char* form) {
    bool fits = f.parameters.size() >= first.size();
    for (std::size_t i = 0; fits && i < first.size(); ++i) fits = f.parameters[i].type == first[i];
    if (!fits)
      diagnostics_.error(f.name_location, "'{}' takes {}; expected {}", f.name, to_string(f.parameter_types()), form);
    return fits;
  }
  /// The arguments from number `first` on, as data.
  SdeFunction bind(const FunctionDefinition& f, std::size_t first) {
    SdeFunction bound{f.definition, {}};
    for (std::size_t i = first; i < f.parameters.size(); ++i) {
      const FunctionParameter& p = f.parameters[i];
      const auto is_data = [](const Variable& v) {
        return v.role == Variable::Role::top_level &&
               (v.block == ProgramBlock::data || v.block == ProgramBlock::transformed_data);
      };
      const auto found = std::find_if(program_.variables.begin(), program_.variables.end(),
                                      [&](const Variable& v) { return is_data(v) && v.name == p.name; });
      if (found == program_.variables.end())
        diagnostics_.error(p.location,
                           "'{}' of '{}' is bound by name, and no variable of the data or transformed data block is "
                           "called so: declare '{} {};' in the data block",
                           p.name, f.name, to_string(p.type), p.name);
      else if (!converts(found->type, p.type))
        diagnostics_.error(p.location, "'{}' of '{}' is {}; the data variable of that name is {}", p.name, f.name,
                           to_string(p.type), to_string(found->type));
      bound.data.push_back(p.name);
    }
    return bound;
  }

  void follow(SdeFunctions& sde) const {
    const auto root = [&](const SdeFunction& f, std::size_t first) {  // one input changes
      FlowRoot r{f.function, std::vector<bool>(definition(f).parameters.size())};
      r.inputs[first] = true;
      return r;
    };
    sde.roots = {root(sde.drift, 1), root(sde.diffusion, 1)};
    if (sde.log_initial) sde.roots.push_back(root(*sde.log_initial, 0));
    sde.additive = !Dataflow(program_, sde.roots).result_of_root(1);
    const Dataflow time(program_, {root(sde.drift, 0), root(sde.diffusion, 0)});
    sde.autonomous = !time.result_of_root(0) && !time.result_of_root(1);
  }

  const Program& program_;
  Diagnostics diagnostics_;
};

}  // namespace

bool states_sde(const Program& program) { return find_function(program, "drift") != nullptr; }

SdeFunctions find_sde(const Program& program) { return SdeFinder(program).run(); }

}  // namespace thalweg::stan
