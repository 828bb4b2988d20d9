#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/parser.hpp"

namespace thalweg::stan {

Program parse_program(Source source) {
  Diagnostics diagnostics;
  Program program = parse(std::move(source), diagnostics);
  diagnostics.throw_errors(program.source);
  check(program, diagnostics);
  diagnostics.throw_errors(program.source);
  warn(program, diagnostics);
  program.warnings = diagnostics.warnings();
  return program;
}

Program parse_program(const std::string& path, const std::vector<std::string>& include_paths) {
  return parse_program(Source::read(path, include_paths));
}

}  // namespace thalweg::stan
