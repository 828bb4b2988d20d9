#include "thalweg/density/wide_module.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace thalweg {
#ifdef THALWEG_HAS_V4_MODULE
namespace {

/// The folder of the program or shared library that holds this code, or empty.
std::string own_folder() {
  Dl_info info;
  std::error_code failed;
  std::filesystem::path file;
  if (dladdr(reinterpret_cast<void*>(&own_folder), &info) && info.dli_fname) file = info.dli_fname;
  if (!file.is_absolute()) file = std::filesystem::read_symlink("/proc/self/exe", failed);  // a program's is argv[0]
  return std::filesystem::weakly_canonical(file, failed).parent_path().string();
}

}  // namespace

WideModule::WideModule(const std::string& file, const char* symbol) {
  if (!__builtin_cpu_supports("x86-64-v4")) return;
  const std::string here = own_folder();
  if (here.empty()) return;
  // installed beside a program or a library; in a build tree, beside bin/ or the folder of a room's tests
  for (const char* folder :
       {"/../" THALWEG_INSTALL_MODULES "/", "/thalweg/", "/../lib/thalweg/", "/../../lib/thalweg/"}) {
    void* handle = dlopen((here + folder + file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) continue;
    std::shared_ptr<void> module(handle, dlclose);
    symbol_ = dlsym(handle, symbol);
    if (!symbol_) continue;
    handle_ = std::move(module);
    return;
  }
}
#else
WideModule::WideModule(const std::string&, const char*) {}
#endif

}  // namespace thalweg
