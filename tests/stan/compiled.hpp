// Programs through the compiler, into a cache that goes with the process.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::stan {

class Compiled : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::temp_directory_path() / ("thalweg_compiled_" + std::to_string(getpid()));
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static Model model_of(const std::string& text, const std::string& compiler = "", const DataMap& data = {},
                        bool hessian = false) {
    CompileOptions options;
    options.compiler = compiler;
    options.hessian = hessian;
    return model_of(text, options, data);
  }
  static Model model_of(const std::string& text, CompileOptions options, const DataMap& data) {
    options.cache_directory = folder_.string();
    const CompiledProgram program = compile_program_text(text, "model.stan", options);
    Model model = Model::create(*program.table, data, {}, program.keep_alive);
    if (program.hessian) model.add_hessian(*program.hessian, data, {}, program.hessian_keep_alive);
    EXPECT_TRUE(!options.hessian || program.hessian) << program.hessian_reason;
    return model;
  }
  /// What is thrown on the way to a model.
  static std::string failure_of(const std::string& text) {
    try {
      model_of(text);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }

  struct Evaluated {
    double log_density;
    std::vector<double> gradient;
    std::string reason;
  };
  static Evaluated evaluate(const Model& model, const std::vector<double>& x) {
    Workspace workspace = model.workspace(1);
    Evaluated e{0, std::vector<double>(x.size()), ""};
    workspace.evaluate(x.data(), e.gradient.data(), &e.log_density);
    e.reason = workspace.evidence(0).text;
    return e;
  }

  /// The numbers of one variable in a draw at x, generated quantities included.
  static std::vector<double> draw(const Model& model, const std::vector<double>& x, const std::string& variable,
                                  std::uint64_t seed = 1) {
    std::vector<double> all(static_cast<std::size_t>(model.draw_size()));
    Workspace workspace = model.workspace(1);
    workspace.constrain(x, seed, 0, 0, true, all);
    std::size_t first = 0;
    for (const thalweg::Variable& v : model.variables()) {
      const auto size = static_cast<std::size_t>(v.size);
      if (v.name == variable)
        return {all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(first + size)};
      first += size;
    }
    return {};
  }

 private:
  static inline std::filesystem::path folder_;
};

}  // namespace thalweg::stan
