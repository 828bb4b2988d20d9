#include "app/run_settings.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/machine.hpp"
#include "app/until.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg::app {

nlohmann::json to_json(const SampleSettings& s, const std::string& init, const std::optional<StoppingRule>& rule) {
  using nlohmann::json;
  const auto or_null = [](const std::optional<double>& value) { return value ? json(*value) : json(); };
  const MethodSettings& m = s.special;
  return {{"method", to_string(s.method)},
          {"temperature", m.temperature},
          {"step_size", or_null(s.step_size)},
          {"length", or_null(m.length)},
          {"jitter", m.jitter},
          {"friction", or_null(m.friction)},
          {"tolerance", or_null(m.tolerance)},
          {"minibatch", m.minibatch ? json(*m.minibatch) : json()},
          {"step_decay", or_null(m.step_decay)},
          {"rungs", m.rungs ? json(*m.rungs) : json()},
          {"reference", to_string(m.reference)},
          {"chains", s.chains},
          {"until", rule ? to_json(*rule) : json()},
          {"draws", s.draws_per_chain() * s.chains},
          {"keep", s.keep == 0 ? json("all") : json(s.keep)},
          {"thin", s.thin},
          {"warmup", s.warmup ? json(*s.warmup) : json()},
          {"save_warmup", s.save_warmup},
          {"init", init},
          {"metric", to_string(s.metric)},
          {"target_accept", s.target()},
          {"max_depth", s.max_depth}};
}

std::string run_fingerprint(const Model& model) {
  return fmt::format("{}; model: {}", build_fingerprint(), model.table().fingerprint);
}

std::string free_run_name(const std::string& stem) {
  std::string name = stem + ".run";
  for (int k = 2; file_exists(name); ++k) name = fmt::format("{}-{}.run", stem, k);
  return name;
}

}  // namespace thalweg::app
