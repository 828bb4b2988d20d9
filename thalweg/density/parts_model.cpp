#include "thalweg/density/parts_model.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace thalweg {
namespace {

struct Instance {
  Model model;
  Parts parts;
  ModelTable table{};
  std::int64_t shape = 0;
  RawVariable x{};

  Instance(const Model& m, Parts p) : model(m), parts(p) {}
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
};
/// One thread's evaluations; the last reason stays until the next is asked for.
struct Room {
  Workspace workspace;
  std::string reason;
  std::int64_t dimension;
};

const Instance& of(const void* instance) { return *static_cast<const Instance*>(instance); }

}  // namespace

Model parts_model(const Model& model, Parts parts) {
  model.workspace(1, parts);  // refuses
  const auto instance = std::make_shared<Instance>(model, parts);
  instance->shape = model.dimension();
  instance->x = {"x", "vector", Block::parameters, 1, &instance->shape, 0};
  const ModelTable& from = model.table();
  ModelTable& t = instance->table;
  t.abi = model_abi;
  t.name = from.name;
  t.fingerprint = from.fingerprint;
  t.widths = from.widths, t.width_count = from.width_count;
  t.one_lane_only = from.one_lane_only, t.one_lane_reason = from.one_lane_reason;
  t.dimension = [](const void* i) { return of(i).model.dimension(); };
  t.variable_count = [](const void*) { return 1; };
  t.variable = [](const void* i, std::int32_t) { return &of(i).x; };
  t.create_workspace = [](const void* i, std::int32_t width) -> void* {
    try {
      return new Room{of(i).model.workspace(width, of(i).parts), {}, of(i).model.dimension()};
    } catch (const std::exception&) {
      return nullptr;
    }
  };
  t.destroy_workspace = [](void* room) { delete static_cast<Room*>(room); };
  t.evaluate = [](void* room, Parts, const double* x, double* gradient, double* log_p) {
    static_cast<Room*>(room)->workspace.evaluate(x, gradient, log_p);
  };
  t.evidence = [](void* room, std::int32_t lane) {
    auto& r = *static_cast<Room*>(room);
    r.reason = r.workspace.evidence(lane).text;
    return RawEvidence{-1, r.reason.c_str()};
  };
  t.constrain = [](void* room, const double* x, std::uint64_t, std::uint64_t, std::uint64_t, std::int32_t,
                   double* out) -> const char* {
    std::copy_n(x, static_cast<Room*>(room)->dimension, out);
    return nullptr;
  };
  t.unconstrain = [](void*, const RawDataMap*, double*) -> const char* {
    return "parts of a density take no named parameters";
  };
  return Model::adopt(t, instance);
}

}  // namespace thalweg
