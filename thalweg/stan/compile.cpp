#include "thalweg/stan/compile.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <sstream>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/emitter.hpp"
#include "thalweg/stan/toolchain.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace fs = std::filesystem;
namespace {

std::string first_lines(const std::string& path, int most) {
  std::ifstream in(path);
  std::string text;
  int n = 0;
  for (std::string line; n < most && std::getline(in, line); ++n) text += "\n  " + line;
  return text;
}

/// Files that go away again unless kept.
class Leftovers {
 public:
  explicit Leftovers(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  ~Leftovers() {
    std::error_code ignored;
    for (const auto& path : paths_) fs::remove(path, ignored);
  }
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (!out) fail("cannot write {}: the disk may be full; THALWEG_CACHE names another folder", path);
}

void rename_into_place(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail("cannot rename {} to {}: {}", from, to, error.message());
}

/// What the compiler refuses.
class DoesNotCompile : public Error {
 public:
  using Error::Error;
};

/// Compiles `unit` to `<base>.so`, with the C++ beside it, unless that is there already. Returns whether it was.
bool compile_unit(const Toolchain& toolchain, const CompileOptions& options, const std::string& unit,
                  const std::string& base) {
  const std::string object = base + ".so";
  if (fs::exists(object)) return true;
  static std::atomic<int> serial{0};
  const std::string own = fmt::format("{}.{}.{}", base, getpid(), serial++), cpp = own + ".cpp", so = own + ".so",
                    log = own + ".log";
  Leftovers leftovers({cpp, so, log});
  write_file(cpp, unit);
  std::vector<std::string> command{toolchain.compiler};
  command.insert(command.end(), toolchain.flags.begin(), toolchain.flags.end());
  command.insert(command.end(), {"-I" + toolchain.headers, "-o", so, cpp});
  int status = run_program(command, log, options.keep_going);
  // g++ 12 dies in its vectoriser over some very long blocks; the bits don't depend on the level
  if (status > 0 && first_lines(log, 12).find("internal compiler error") != std::string::npos) {
    std::replace(command.begin(), command.end(), std::string("-O2"), std::string("-O1"));
    status = run_program(command, log, options.keep_going);
  }
  if (status != 0) {
    const std::string words = first_lines(log, 12);
    if (options.keep_going && !options.keep_going()) fail("the compilation was interrupted");
    const auto says = [&](const char* text) { return words.find(text) != words.npos; };
    if (status < 0 || says("No space left") || says("terminated program"))
      fail(
          "the C++ compiler {} did not finish: it was killed, or memory or disk (of {} or of TMPDIR) ran out; free "
          "some, or set THALWEG_CACHE and TMPDIR to other folders{}",
          toolchain.compiler, toolchain.cache, words);
    std::error_code ignored;
    fs::remove(so, ignored);
    leftovers.keep();  // for the report
    throw DoesNotCompile(fmt::format(
        "the C++ that thalweg wrote for this program does not compile (status {}): a bug of thalweg, please report it "
        "with the program. The unit is {}, the compiler's words are in {}:{}",
        status, cpp, log, words));
  }
  rename_into_place(cpp, base + ".cpp");
  rename_into_place(so, object);
  return false;
}

std::shared_ptr<void> load(const std::string& object, const ModelTable*& table) {
  void* handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const std::string why = dlerror();
    std::error_code ignored;
    fs::remove(object, ignored);  // a truncated object would fail for ever
    fail("cannot load the compiled program {}: {}. It was removed; run the command again to compile it anew", object,
         why);
  }
  std::shared_ptr<void> keep(handle, [](void* h) { dlclose(h); });
  const auto function = reinterpret_cast<ModelTableFunction>(dlsym(handle, model_table_symbol));
  if (!function) fail("{} is not a compiled thalweg program: it has no {}", object, model_table_symbol);
  table = function();
  return keep;
}

std::string stem_of(const std::string& name) { return fs::path(name).stem().string(); }

/// A unit with its place in the cache.
struct Unit {
  std::string text, base;
};
Unit unit_of(const Program& program, const Analysis& analysis, const CompileOptions& options,
             const Toolchain& toolchain, const std::string& version, const std::string& purpose = "") {
  const std::string stem = stem_of(program.source.name());
  std::string text = emit_cpp(program, analysis,
                              {stem, options.widths, purpose == "hessian-", purpose == "subset-", options.constants});
  std::string base = toolchain.cache + "/" + stem + "-" + purpose + digest(version + text);
  return {std::move(text), std::move(base)};
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
    result.reason = read_text(refusal);
    return result;
  }
  try {
    result.was_cached = compile_unit(toolchain, options, unit.text, unit.base);
  } catch (const DoesNotCompile& error) {
    const std::string words = error.what(), first = words.substr(std::min(words.find(" error: "), words.size()));
    result.was_cached = false;
    result.reason = fmt::format("its second derivatives do not compile:{}", first.substr(0, first.find('\n')));
    write_file(refusal, result.reason);
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
  result.keep_alive = load(unit.base + ".so", result.table);
  if (twice) {
    const HessianUnit second = hessian.get();
    result.was_cached = result.was_cached && second.was_cached;
    result.hessian_reason = second.reason;
    if (second.reason.empty()) result.hessian_keep_alive = load(second.object, result.hessian);
  }
  if (in_part) {
    result.was_cached = subset.get() && result.was_cached;
    result.subset_keep_alive = load(subset_object, result.subset);
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
  return emit_cpp(program, analyse(program),
                  {stem_of(program.source.name()), options.widths, options.hessian, options.subset, options.constants});
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
