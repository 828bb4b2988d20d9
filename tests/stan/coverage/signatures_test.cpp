// What the type checker accepts, the C++ compiler must accept too: a call of every signature, with parameters wherever
// they may stand. It takes minutes, hence the label slow.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/compile.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {
namespace {

constexpr const char* declarations = R"(
data { int n; array[3] int k; array[3, 3] int k2; array[3, 3, 3] int k3; array[3, 3, 3, 3] int k4;
       array[3, 3, 3, 3, 3] int k5; }
parameters { real x; array[3] real a; array[3, 3] real a2; array[3, 3, 3] real a3; array[3, 3, 3, 3] real a4;
             array[3, 3, 3, 3, 3] real a5; vector[3] v; row_vector[3] w; matrix[3, 3] m; array[3] vector[3] vs;
             array[3] row_vector[3] ws; array[3] matrix[3, 3] ms; }
)";

/// The variable above that has a type.
std::string argument(Type type) {
  const std::string rank = type.array_rank > 1 ? std::to_string(type.array_rank) : "";
  switch (type.base) {
    case Base::integer:
      return type.array_rank == 0 ? "n" : "k" + rank;
    case Base::real:
      return type.array_rank == 0 ? "x" : "a" + rank;
    case Base::vector:
      return type.array_rank == 0 ? "v" : "vs";
    case Base::row_vector:
      return type.array_rank == 0 ? "w" : "ws";
    case Base::matrix:
      return type.array_rank == 0 ? "m" : "ms";
    default:
      return "?";
  }
}

/// What may stand for one parameter, the plainest first.
std::vector<Type> choices(const Pattern& p) {
  switch (p.kind) {
    case Pattern::Kind::one_of:
      return p.types;
    case Pattern::Kind::each:
      return {real_type, vector_type, matrix_type, array_of(real_type, 2)};
    case Pattern::Kind::each_int:
      return {int_type, array_of(int_type)};
    case Pattern::Kind::generic:
      if (p.rank == 0) return {real_type, vector_type, int_type};
      return {array_of(real_type, p.rank), array_of(int_type, p.rank)};
    default:
      return {};
  }
}

struct TestCall {
  std::string statement;
  bool generated;  ///< only in generated quantities
};

/// Calls with the first choice of every parameter, with the second, …; where they fit.
std::vector<TestCall> calls_of(const Signature& s) {
  std::vector<TestCall> calls;
  std::size_t most = 1;
  for (const Pattern& p : s.parameters) most = std::max(most, choices(p).size());
  for (std::size_t k = 0; k < most; ++k) {
    std::vector<Type> types;
    for (const Pattern& p : s.parameters) {
      const auto all = choices(p);
      types.push_back(all[std::min(k, all.size() - 1)]);
    }
    const auto found = match(s, types);
    if (!found) continue;
    std::string list;
    const bool bar = takes_bar(ending_of(s.name));
    for (std::size_t i = 0; i < types.size(); ++i)
      list += (i == 0 ? "" : i == 1 && bar ? " | " : ", ") + argument(types[i]);
    if (bar && types.size() == 1) list += " | ";
    const std::string call = s.name + "(" + list + ")";
    // kept by the sum that it enters
    calls.push_back(
        {"{ " + std::string("print(") + call + "); }", s.name.ends_with("_rng") || takes_data_only(s.name)});
  }
  return calls;
}

std::string program_of(const std::vector<TestCall>& calls) {
  std::string model, generated;
  for (const TestCall& c : calls) (c.generated ? generated : model) += "  " + c.statement + "\n";
  return std::string(declarations) + "model {\n" + model + "}\ngenerated quantities {\n" + generated + "}\n";
}

/// The compiler without its optimiser: only whether it accepts the unit is asked.
std::string quick_compiler(const std::filesystem::path& folder) {
  const auto path = folder / "c++";
  std::ofstream(path) << "#!/bin/sh\nexec c++ \"$@\" -O0 -w\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path.string();
}

class Coverage : public testing::Test {
 protected:
  Coverage() : folder_(std::filesystem::temp_directory_path() / ("thalweg-coverage-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    options_.compiler = quick_compiler(folder_);
    options_.cache_directory = (folder_ / "cache").string();
    options_.widths = {4};
  }
  ~Coverage() override { std::filesystem::remove_all(folder_); }

  std::string refusal(const std::vector<TestCall>& calls) {
    try {
      compile_program_text(program_of(calls), "coverage.stan", options_);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  }
  void find_refused(const std::vector<TestCall>& calls) {
    const std::string why = refusal(calls);
    if (why.empty()) return;
    if (calls.size() == 1) {
      const auto at = why.find("error:", why.find("error:") + 1);
      ADD_FAILURE() << calls[0].statement << "\n" << why.substr(at == std::string::npos ? 0 : at, 300);
      return;
    }
    const auto half = calls.begin() + static_cast<std::ptrdiff_t>(calls.size() / 2);
    find_refused({calls.begin(), half});
    find_refused({half, calls.end()});
  }

  std::filesystem::path folder_;
  CompileOptions options_;
};

TEST_F(Coverage, EverySignatureCompiles) {
  std::vector<TestCall> all;
  for (const Signature& s : builtin_signatures()) {
    if (is_missing(s.name)) continue;
    for (TestCall& c : calls_of(s)) all.push_back(std::move(c));
  }
  ASSERT_GT(all.size(), 1000u);
  constexpr std::size_t together = 32;
  for (std::size_t first = 0; first < all.size(); first += together) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    find_refused({begin, begin + static_cast<std::ptrdiff_t>(std::min(together, all.size() - first))});
  }
}

}  // namespace
}  // namespace thalweg::stan
