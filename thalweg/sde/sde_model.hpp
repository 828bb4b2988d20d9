// An SDE with its data, as simulations, grids and reversals see it: the table of a compiled unit, owned safely.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/sde/sde.hpp"
#include "thalweg/sde/sde_table.hpp"

namespace thalweg {

/// One thread's means to evaluate and to simulate an SDE at `width` particles at once; see SdeTable for shapes.
class SdeWorkspace {
 public:
  int width() const { return width_; }
  void drift(double t, const double* x, double* out) { table_->drift(handle_.get(), t, x, out); }
  void diffusion(double t, const double* x, double* out) { table_->diffusion(handle_.get(), t, x, out); }
  void ito_drift(Calculus calculus, double t, const double* x, double* out) {
    table_->ito_drift(handle_.get(), static_cast<std::int32_t>(calculus), t, x, out);
  }
  void drift_along(double t, const double* x, const double* v, double* out) {
    table_->drift_along(handle_.get(), t, x, v, out);
  }
  void diffusion_along(double t, const double* x, const double* v, double* out) {
    table_->diffusion_along(handle_.get(), t, x, v, out);
  }
  void advance(const SdeAdvance& request) { table_->advance(handle_.get(), &request); }
  void step(const SdeStep& request) { table_->step(handle_.get(), &request); }
  void initial(std::uint64_t seed, std::uint64_t first_particle, double* x) {
    table_->initial(handle_.get(), seed, first_particle, x);
  }
  void log_initial(const double* x, double* log_p) { table_->log_initial(handle_.get(), x, log_p); }

 private:
  friend class SdeModel;
  struct Release {
    void (*destroy)(void*);
    std::shared_ptr<const void> owner;
    void operator()(void* workspace) const { destroy(workspace); }
  };
  SdeWorkspace(const SdeTable& table, std::shared_ptr<const void> instance, int width);
  const SdeTable* table_;
  int width_;
  std::unique_ptr<void, Release> handle_;
};

/// A compiled SDE bound to its data.
class SdeModel {
 public:
  /// `keep_alive` holds what the table lives in (a loaded shared object). Throws Error on data that do not fit.
  static SdeModel create(const SdeTable& table, const DataMap& data, std::shared_ptr<void> keep_alive = {});
  /// The same for an instance that already exists, of the type that `table` works on.
  static SdeModel adopt(const SdeTable& table, std::shared_ptr<void> instance);

  const SdeTable& table() const { return *table_; }
  const std::string& name() const { return name_; }
  std::int64_t dimension() const { return dimension_; }
  std::int64_t noise_dimension() const { return noise_dimension_; }
  std::int64_t diffusion_size() const;  ///< rows of a diffusion: d or d·m
  NoiseShape noise() const { return static_cast<NoiseShape>(table_->noise_shape); }
  bool has(Structure wanted) const { return (table_->structure & wanted) == wanted; }
  const std::vector<std::string>& coordinates() const { return coordinates_; }
  bool has_initial() const { return table_->initial != nullptr; }
  bool has_log_initial() const { return table_->log_initial != nullptr; }
  double friction() const;  ///< throws Error unless kinetic
  std::vector<int> widths() const;
  int preferred_width() const { return table_->widths[table_->width_count - 1]; }
  SdeWorkspace workspace(int width) const;

 private:
  SdeModel() = default;
  const SdeTable* table_ = nullptr;
  std::string name_;
  std::int64_t dimension_ = 0, noise_dimension_ = 0;
  std::vector<std::string> coordinates_;
  std::shared_ptr<void> instance_;  ///< its deleter holds all that the instance needs
};

const char* to_string(Calculus calculus);
/// "ito", "stratonovich" or "isothermal"; throws Error that explains the three otherwise.
Calculus calculus_called(std::string_view name);

}  // namespace thalweg
