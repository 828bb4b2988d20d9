#include "tests/posteriors/optimum/reference_model.hpp"

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/posteriors/zip_entry.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::testing {
namespace {

const std::string database = std::string(THALWEG_SHARED_DIR) + "/posteriordb/";

}  // namespace

bool has_references() { return std::filesystem::exists(database); }

std::string path_of_program(const std::string& program) {
  const std::string own = std::string(THALWEG_SOURCE_DIR) + "/tests/posteriors/" + program + ".stan";
  if (std::filesystem::exists(own)) return own;
  const char* folder = std::getenv("THALWEG_POSTERIORDB_MODELS");
  const std::string theirs = folder ? std::string(folder) + "/" + program + ".stan" : "";
  return folder && std::filesystem::exists(theirs) ? theirs : "";
}

Model reference_model(const std::string& program, const std::string& data) {
  stan::CompileOptions options;
  options.hessian = true;
  const DataMap values = parse_json_data(read_first_zip_entry(database + "data/data/" + data + ".json.zip"), data);
  return stan::bind(stan::compile_program(path_of_program(program), options), values);
}

std::vector<std::vector<double>> reference_draws(const Model& model, const std::string& reference, std::size_t most) {
  const auto chains = nlohmann::json::parse(
      read_first_zip_entry(database + "reference_posteriors/draws/draws/" + reference + ".json.zip"));
  const std::size_t length = chains[0].begin()->size(), total = chains.size() * length;
  const std::size_t every = std::max<std::size_t>(1, total / most);
  Workspace workspace = model.workspace(1);
  std::vector<std::vector<double>> points;
  for (std::size_t i = 0; i < total; i += every) {
    const auto& chain = chains[i / length];
    DataMap named;
    for (const ColumnGroup& group : columns_of(model, {})) {
      if (group.kind != ColumnKind::parameter) continue;
      DataValue value;
      value.shape = group.shape;
      for (const std::string& name : element_names(group)) {
        if (!chain.contains(name)) return {};
        value.reals.push_back(chain.at(name)[i % length]);
      }
      named.values[group.name] = std::move(value);
    }
    workspace.unconstrain(named, points.emplace_back(static_cast<std::size_t>(model.dimension()), 0.0));
  }
  return points;
}

}  // namespace thalweg::testing
