#include "thalweg/sde/sde_model.hpp"

#include <algorithm>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/density/raw_view.hpp"

namespace thalweg {
namespace {

void require_table(const SdeTable& table) {
  if (table.abi != sde_abi)
    fail("the compiled SDE speaks version {} of the SDE table, this thalweg speaks version {}: compile it again",
         table.abi, sde_abi);
}

}  // namespace

SdeWorkspace::SdeWorkspace(const SdeTable& table, std::shared_ptr<const void> instance, int width)
    : table_(&table),
      width_(width),
      handle_(table.create_workspace(instance.get(), width), Release{table.destroy_workspace, instance}) {
  if (!handle_) fail("SDE {}: no memory for a workspace of width {}", table.name, width);
}

SdeModel SdeModel::create(const SdeTable& table, const DataMap& data, std::shared_ptr<void> keep_alive) {
  require_table(table);
  const RawView raw(data);
  std::string error(4096, '\0');
  void* instance = table.create(raw.raw(), error.data(), static_cast<std::int64_t>(error.size()));
  if (!instance) {
    error.resize(std::min(error.find('\0'), error.size()));
    throw Error(error.empty() ? fmt::format("SDE {} could not be created and gave no reason", table.name) : error);
  }
  const auto destroy = table.destroy;
  return adopt(table, {instance, [destroy, keep_alive](void* p) { destroy(p); }});
}

SdeModel SdeModel::adopt(const SdeTable& table, std::shared_ptr<void> instance) {
  require_table(table);
  SdeModel model;
  model.table_ = &table;
  model.name_ = table.name;
  model.dimension_ = table.dimension(instance.get());
  model.noise_dimension_ = table.noise_dimension(instance.get());
  require(model.dimension_ >= 1, "SDE {}: the dimension must be >= 1; found {}", table.name, model.dimension_);
  require(model.noise_dimension_ >= 1, "SDE {}: the noise dimension must be >= 1; found {}", table.name,
          model.noise_dimension_);
  require(model.noise() == NoiseShape::matrix || model.noise_dimension_ == model.dimension_,
          "SDE {}: diagonal noise has one noise a coordinate: expected {}, found {}", table.name, model.dimension_,
          model.noise_dimension_);
  for (std::int64_t i = 0; i < model.dimension_; ++i) {
    const char* name = table.coordinate(instance.get(), i);
    model.coordinates_.push_back(name ? name : fmt::format("x[{}]", i + 1));
  }
  model.instance_ = std::move(instance);
  return model;
}

std::int64_t SdeModel::diffusion_size() const {
  return noise() == NoiseShape::diagonal ? dimension_ : dimension_ * noise_dimension_;
}

double SdeModel::friction() const {
  if (!table_->friction) fail("SDE {} is not kinetic: it has no friction", name_);
  return table_->friction(instance_.get());
}

std::vector<int> SdeModel::widths() const { return {table_->widths, table_->widths + table_->width_count}; }

SdeWorkspace SdeModel::workspace(int width) const {
  const std::vector<int> all = widths();
  require(std::find(all.begin(), all.end(), width) != all.end(), "SDE {}: width must be one of {}; found {}", name_,
          fmt::join(all, ", "), width);
  return SdeWorkspace(*table_, instance_, width);
}

const char* to_string(Calculus calculus) {
  switch (calculus) {
    case Calculus::ito:
      return "ito";
    case Calculus::stratonovich:
      return "stratonovich";
    case Calculus::isothermal:
      return "isothermal";
  }
  return "unknown";
}

Calculus calculus_called(std::string_view name) {
  for (const Calculus c : {Calculus::ito, Calculus::stratonovich, Calculus::isothermal})
    if (name == to_string(c)) return c;
  fail(
      "the calculus must be ito, stratonovich or isothermal; found \"{}\".\n"
      "It says where in a step noise that depends on x is taken: at its start (ito: drift f), in its middle\n"
      "(stratonovich: f + ½ Σ (∂g_k) g_k) or at its end (isothermal: f + ½ ∇·(ggᵀ)); the processes differ.",
      name);
}

}  // namespace thalweg
