#include "app/run_settings.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/machine.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg::app {

std::map<std::string, std::string> to_settings(const RunSettings& s) {
  using nlohmann::json;
  const SampleSettings& sampling = s.sampling;
  const std::map<std::string, json> values{
      {"command", "sample"},
      {"thalweg", version()},
      {"model", s.model},
      {"data", s.data_path.empty() ? json() : json(s.data_path)},
      {"method", s.method},
      {"chains", sampling.chains},
      {"draws", sampling.draws_per_chain() * sampling.chains},
      {"thin", sampling.thin},
      {"warmup", sampling.warmup ? json(*sampling.warmup) : json()},
      {"save_warmup", sampling.save_warmup},
      {"seed", sampling.seed},
      {"init", s.init},
      {"metric", to_string(sampling.metric)},
      {"target_accept", sampling.target_acceptance},
      {"max_depth", sampling.max_depth},
  };
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : values) texts[key] = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return texts;
}

std::string run_fingerprint(const Model& model) {
  return fmt::format("{}; model: {}", build_fingerprint(), model.table().fingerprint);
}

std::vector<std::string> element_names(const ColumnGroup& group) {
  if (group.shape.empty()) return {group.name};
  std::vector<std::string> names;
  std::vector<std::int64_t> index(group.shape.size(), 1);
  for (std::int64_t k = 0; k < group.size; ++k) {
    names.push_back(fmt::format("{}[{}]", group.name, fmt::join(index, ",")));
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] <= group.shape[d]) break;
      index[d] = 1;
    }
  }
  return names;
}

std::string free_run_name(const std::string& stem) {
  std::string name = stem + ".run";
  for (int k = 2; file_exists(name); ++k) name = fmt::format("{}-{}.run", stem, k);
  return name;
}

}  // namespace thalweg::app
