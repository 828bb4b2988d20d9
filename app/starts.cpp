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

DataMap parameters_of_draw(const Model& model, const RunFile& run, std::int64_t chain, std::int64_t draw) {
  DataMap values;
  values.origin = run.path();
  for (const Variable& v : model.variables()) {
    if (v.block != Block::parameters) continue;
    const auto& columns = run.header().columns;
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnGroup& group) {
      return group.kind == ColumnKind::parameter && group.name == v.name;
    });
    if (found == columns.end()) fail("{}: is a run without the parameter {} of the model", run.path(), v.name);
    if (found->shape != v.shape)
      fail("{}: the parameter {} has shape [{}] there, [{}] in the model", run.path(), v.name,
           fmt::join(found->shape, ", "), fmt::join(v.shape, ", "));
    DataValue value;
    value.shape = v.shape;
    run.visit_blocks(Phase::sampling, chain, found->first, found->size,
                     [&](std::int64_t first, std::int64_t count, std::span<const double> block) {
                       if (draw < first || draw >= first + count) return;
                       for (std::int64_t k = 0; k < v.size; ++k)
                         value.reals.push_back(block[static_cast<std::size_t>(k * count + draw - first)]);
                     });
    values.values[v.name] = std::move(value);
  }
  return values;
}

RunStarts starts_of_run(const LoadedModel& loaded, const std::string& model_name, const std::string& path,
                        const SampleSettings& settings) {
  const Model& model = loaded.model;
  const RunFile run = RunFile::open(path);
  const std::int64_t chains = run.header().chains,
                     draws = run.has_checkpoint() ? run.common_draw_count(Phase::sampling) : 0;
  if (draws == 0) fail("{}: has no draws yet to start from", path);
  // Runs of one chain are approximations: their draws are spread over the superchains. Those of several have a point a
  // chain: the end of an optimization, the last draw of a sampler.
  const std::int64_t points = chains == 1 ? draws : chains;
  const std::int64_t wanted = std::min(points, superchain_of(settings.chains - 1, settings.chains) + 1);
  Workspace workspace = model.workspace(1);
  std::vector<std::vector<double>> distinct;
  for (std::int64_t k = 0; k < wanted; ++k) {
    const std::int64_t at = k * points / wanted;
    std::vector<double> x(static_cast<std::size_t>(model.dimension()), 0.0);
    workspace.unconstrain(parameters_of_draw(model, run, chains == 1 ? 0 : at, chains == 1 ? at : draws - 1), x);
    distinct.push_back(std::move(x));
  }
  RunStarts from;
  for (std::int64_t chain = 0; chain < settings.chains; ++chain)
    from.starts.push_back(distinct[static_cast<std::size_t>(superchain_of(chain, settings.chains) % wanted)]);
  if (run.header().program_source == loaded.source &&
      (!loaded.source.empty() || run.header().program_name == model_name))
    for (const RunAdaptation& a : run.adaptation())
      if (a.chain == -1) from.metric = a.inverse_metric;
  const auto d = static_cast<std::size_t>(model.dimension());
  if (from.metric.size() != d && from.metric.size() != d * d) from.metric.clear();
  from.description = fmt::format("starting at {} point{} of {}{}", wanted, wanted == 1 ? "" : "s", path,
                                 from.metric.empty()       ? ""
                                 : from.metric.size() == d ? ", with its diagonal metric"
                                                           : ", with its covariance as metric");
  return from;
}

}  // namespace thalweg::app
