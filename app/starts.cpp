#include "app/starts.hpp"

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg::app {
namespace {

struct Coverage {
  bool any = false, all = true;
};

Coverage coverage(const Model& model, const DataMap& values) {
  Coverage c;
  for (const Variable& v : model.variables()) {
    if (v.block != Block::parameters || v.size == 0) continue;
    const bool given = values.values.contains(v.name);
    c.any |= given;
    c.all &= given;
  }
  return c;
}

std::string parameter_names(const Model& model) {
  std::string names;
  for (const Variable& v : model.variables()) {
    if (v.block == Block::parameters) names += (names.empty() ? "" : ", ") + v.name;
  }
  return names;
}

}  // namespace

std::vector<std::vector<double>> read_starts(const Model& model, const std::string& path,
                                             const SampleSettings& settings) {
  const auto given = read_json_inits(path, std::size_t(settings.chains));
  bool complete = true;
  for (std::size_t k = 0; k < given.size(); ++k) {
    const Coverage c = coverage(model, given[k]);
    if (!c.any)
      fail("{}: gives no parameter of the model{}; its parameters are {}", path,
           given.size() == 1 ? "" : fmt::format(" for chain {}", k + 1), parameter_names(model));
    complete &= c.all;
  }
  Workspace workspace = model.workspace(1);
  const bool one_for_all = given.size() == 1 && complete;
  std::vector<std::vector<double>> starts;
  for (std::int64_t chain = 0; chain < (one_for_all ? 1 : settings.chains); ++chain) {
    std::vector<double> x(std::size_t(model.dimension()), 0.0);
    if (!complete) {
      Random<double> random(settings.seed, Purpose::init, std::uint64_t(superchain_of(chain, settings.chains)), 0);
      for (double& v : x) v = 2 * (2 * random.uniform() - 1);
    }
    try {
      workspace.unconstrain(given[given.size() == 1 ? 0 : std::size_t(chain)], x);
    } catch (const Error& error) {
      if (given.size() == 1) throw;
      fail("{}; in the object of chain {}", error.what(), chain + 1);
    }
    starts.push_back(std::move(x));
  }
  return starts;
}

}  // namespace thalweg::app
