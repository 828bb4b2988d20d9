#include "thalweg/stan/compile.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <mutex>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/emitter.hpp"
#include "thalweg/stan/toolchain.hpp"
#include "thalweg/stan/unit_cache.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace fs = std::filesystem;
namespace {

std::shared_ptr<void> load_model(const std::string& object, const ModelTable*& table) {
  const LoadedUnit unit = load_unit(object, model_table_symbol);
  table = reinterpret_cast<ModelTableFunction>(unit.function)();
  return unit.keep_alive;
}

/// A unit with its place in the cache.
struct Unit {
  std::string text, base;
};
Unit unit_of(const Program& program, const Analysis& analysis, const CompileOptions& options,
             const Toolchain& toolchain, const std::string& version, const std::string& purpose = "") {
  const std::string stem = program_stem(program.source.name());
  std::string text = emit_cpp(program, analysis,
                              {stem, options.widths, purpose == "hessian-", purpose == "subset-", options.constants});
  std::string base = toolchain.cache + "/" + stem + "-" + purpose + digest(version + text);
  return {std::move(text), std::move(base)};
}

/// Functions of eigenvectors have second derivatives that divide by gaps between eigenvalues twice, which leaves
/// nothing where these are close, although first derivatives are fine: as for the covariances of Gaussian processes.
bool is_spectral(const std::string& name) {
  for (const char* f : {"eigenvalues_sym", "eigenvectors_sym", "singular_values", "svd_U", "svd_V"})
    if (name == f) return true;
  return false;
}
/// Why a program should not be differentiated twice; empty when it should.
std::string no_second_derivative(const Program& program, const Analysis& analysis) {
  std::string reason;
  const auto look = [&](const Expression& e) {
    const auto* call = as<Call>(e);
    if (!call || !is_spectral(call->name) || !analysis.depends(e) || !reason.empty()) return;
    const Position p = program.source.position(e.location.begin);
    reason = fmt::format("{}:{}:{}: second derivatives of {} are lost where eigenvalues are close",
                         p.file.substr(p.file.find_last_of('/') + 1), p.line, p.column, call->name);
  };
  for (const FunctionDefinition& f : program.functions)
    if (f.body) for_each_expression(*f.body, look);
  for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
    for (const StatementPtr& s : program.statements(block)) for_each_expression(*s, look);
  return reason;
}

/// The unit for Hessians in the cache, or why there can be none.
struct HessianUnit {
  std::string object, reason;
  bool was_cached = true;
};
/// What the compiler refuses to differentiate twice is remembered beside the object that it would have made.
HessianUnit compile_hessian(const Toolchain& toolchain, const CompileOptions& options, const Unit& unit) {
  HessianUnit result{unit.base + ".so", "", true};
  const std::string refusal = unit.base + ".refused";
  if (!fs::exists(result.object) && fs::exists(refusal)) {
    result.reason = read_cached(refusal);
    return result;
  }
  try {
    result.was_cached = compile_unit(toolchain, options, unit.text, unit.base);
  } catch (const DoesNotCompile& error) {
    const std::string words = error.what(), first = words.substr(std::min(words.find(" error: "), words.size()));
    result.was_cached = false;
    result.reason = fmt::format("its second derivatives do not compile:{}", first.substr(0, first.find('\n')));
    write_cached(refusal, result.reason);
  }
  return result;
}

/// Why no subset of the observations can be evaluated; empty when one can.
std::string no_subsets(const Program& program, const Analysis& analysis) {
  const Split parts = split(program);
  const SubsetPlan plan = plan_subsets(program, analysis, parts);
  if (plan.can_subset()) return "";
  const auto first = [&](Part part) {
    return std::find_if(parts.terms().begin(), parts.terms().end(), [&](const SplitTerm& t) { return t.part == part; });
  };
  const auto words = [&](const SplitTerm& t, const std::string& why) {
    const Position p = program.source.position(t.location.begin);
    return fmt::format("{}:{}:{}: {}: {}", p.file.substr(p.file.find_last_of('/') + 1), p.line, p.column,
                       one_line(program.source, t.location, 44), why);
  };
  if (const auto t = first(part_likelihood); t != parts.terms().end())
    return "no likelihood term is a sum over observations that can be seen; " +
           words(*t, plan.verdict_at(t->location).words);
  if (const auto t = first(part_undecided); t != parts.terms().end())
    return "no term is known to be likelihood; " + words(*t, t->reason + "; a comment decides: // thalweg: likelihood");
  return "it has no likelihood term";
}

CompiledProgram compile(const Program& program, const CompileOptions& given) {
  // several compilers may ask whether to go on
  CompileOptions options = given;
  std::mutex one_at_a_time;
  if (given.keep_going && (given.hessian || given.subset))
    options.keep_going = [&] {
      const std::lock_guard lock(one_at_a_time);
      return given.keep_going();
    };
  const Analysis analysis = analyse(program);
  const Toolchain toolchain = find_toolchain(options);
  const std::string version = fingerprint(toolchain);
  CompiledProgram result;
  std::future<HessianUnit> hessian;
  if (options.hessian) result.hessian_reason = no_second_derivative(program, analysis);
  const bool twice = options.hessian && result.hessian_reason.empty();
  if (twice) {
    Unit unit = unit_of(program, analysis, options, toolchain, version, "hessian-");
    hessian = std::async(std::launch::async,
                         [&, unit = std::move(unit)] { return compile_hessian(toolchain, options, unit); });
  }
  std::future<bool> subset;
  if (options.subset) result.subset_reason = no_subsets(program, analysis);
  const bool in_part = options.subset && result.subset_reason.empty();
  std::string subset_object;
  if (in_part) {
    Unit unit = unit_of(program, analysis, options, toolchain, version, "subset-");
    subset_object = unit.base + ".so";
    subset = std::async(std::launch::async,
                        [&, unit = std::move(unit)] { return compile_unit(toolchain, options, unit.text, unit.base); });
  }
  const Unit unit = unit_of(program, analysis, options, toolchain, version);
  result.was_cached = compile_unit(toolchain, options, unit.text, unit.base);
  result.keep_alive = load_model(unit.base + ".so", result.table);
  if (twice) {
    const HessianUnit second = hessian.get();
    result.was_cached = result.was_cached && second.was_cached;
    result.hessian_reason = second.reason;
    if (second.reason.empty()) result.hessian_keep_alive = load_model(second.object, result.hessian);
  }
  if (in_part) {
    result.was_cached = subset.get() && result.was_cached;
    result.subset_keep_alive = load_model(subset_object, result.subset);
  }
  result.source = program.source.text();
  result.unit_path = unit.base + ".cpp";
  result.priors = prior_properness(program, split(program));
  for (const Diagnostic& d : program.warnings) result.warnings.push_back(render(program.source, d));
  return result;
}

}  // namespace

CompiledProgram compile_program(const std::string& path, const CompileOptions& options) {
  return compile(parse_program(Source::read(path, options.include_paths)), options);
}

CompiledProgram compile_program_text(const std::string& text, const std::string& name, const CompileOptions& options) {
  return compile(parse_program(Source::from_text(text, name, options.include_paths)), options);
}

std::string emit_program(const std::string& path, const CompileOptions& options) {
  const Program program = parse_program(Source::read(path, options.include_paths));
  return emit_cpp(
      program, analyse(program),
      {program_stem(program.source.name()), options.widths, options.hessian, options.subset, options.constants});
}

Model bind(const CompiledProgram& program, const DataMap& data, const Model::Options& options) {
  Model model = Model::create(*program.table, data, options, program.keep_alive);
  if (program.hessian)
    model.add_hessian(*program.hessian, data, options, program.hessian_keep_alive);
  else if (!program.hessian_reason.empty())
    model.add_hessian_differences(program.hessian_reason);
  if (program.subset)
    model.add_subsets(*program.subset, data, options, program.subset_keep_alive);
  else if (!program.subset_reason.empty())
    model.refuse_subsets(program.subset_reason);
  return model;
}

}  // namespace thalweg::stan
