#include "thalweg/stan/compile_sde.hpp"

#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/sde_emitter.hpp"
#include "thalweg/stan/unit_cache.hpp"

namespace thalweg::stan {
namespace {

CompiledSde compile(const Program& program, const CompileOptions& options) {
  const SdeFunctions sde = find_sde(program);
  const Analysis analysis = analyse(program, sde.roots);
  const Toolchain toolchain = find_toolchain(options);
  const std::string stem = program_stem(program.source.name()), unit = emit_sde(program, analysis, sde, stem),
                    base = toolchain.cache + "/" + stem + "-sde-" + digest(fingerprint(toolchain) + unit);
  CompiledSde result;
  result.was_cached = compile_unit(toolchain, options, unit, base);
  LoadedUnit loaded = load_unit(base + ".so", sde_table_symbol);
  result.table = reinterpret_cast<SdeTableFunction>(loaded.function)();
  result.keep_alive = std::move(loaded.keep_alive);
  result.source = program.source.text();
  result.unit_path = base + ".cpp";
  for (const Diagnostic& d : program.warnings) result.warnings.push_back(render(program.source, d));
  return result;
}

}  // namespace

CompiledSde compile_sde(const std::string& path, const CompileOptions& options) {
  return compile(parse_program(Source::read(path, options.include_paths)), options);
}
CompiledSde compile_sde_text(const std::string& text, const std::string& name, const CompileOptions& options) {
  return compile(parse_program(Source::from_text(text, name, options.include_paths)), options);
}

SdeModel bind(const CompiledSde& sde, const DataMap& data) {
  return SdeModel::create(*sde.table, data, sde.keep_alive);
}

}  // namespace thalweg::stan
