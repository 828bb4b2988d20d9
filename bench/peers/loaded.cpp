#include "bench/peers/loaded.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <vector>

namespace thalweg::bench {

std::optional<StanPeer> StanPeer::load(const std::string& folder, const std::string& program, const DataMap& data) {
  const std::string file = folder + "/" + program + ".so";
  if (folder.empty() || !std::filesystem::exists(file)) return {};
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::fprintf(stderr, "%s\n", dlerror());
    return {};
  }
  const auto find = reinterpret_cast<const stan_peer* (*)()>(dlsym(library, "stan_peer_table"));
  if (!find) return {};
  std::vector<stan_peer_value> values;
  for (const auto& [name, v] : data.values)
    values.push_back({name.c_str(), std::int32_t(v.shape.size()), v.shape.data(), std::int64_t(v.reals.size()),
                      v.reals.data(), v.is_integer ? v.integers.data() : nullptr});
  const stan_peer* table = find();
  void* model = table->create(values.data(), std::int64_t(values.size()));
  if (!model) return {};
  return StanPeer(table, model);
}

}  // namespace thalweg::bench
