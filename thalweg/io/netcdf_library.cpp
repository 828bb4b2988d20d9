#include "thalweg/io/netcdf_library.hpp"

#include <dlfcn.h>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

void* open_library() {
  void* handle = dlopen(THALWEG_NETCDF_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    fail("netCDF cannot be loaded ({}): install it (Debian: apt-get install libnetcdf19), or export to .npz or .csv",
         dlerror());
  return handle;
}

template <class Function>
void find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  if (!function) fail("{} has no function {}: is it netCDF?", THALWEG_NETCDF_LIBRARY, name);
}

NetcdfLibrary load() {
  void* handle = open_library();
  NetcdfLibrary n{};
  find(handle, "nc_strerror", n.strerror);
  find(handle, "nc_create", n.create);
  find(handle, "nc_close", n.close);
  find(handle, "nc_set_fill", n.set_fill);
  find(handle, "nc_def_grp", n.def_grp);
  find(handle, "nc_def_dim", n.def_dim);
  find(handle, "nc_def_var", n.def_var);
  find(handle, "nc_put_att_text", n.put_att_text);
  find(handle, "nc_put_att_double", n.put_att_double);
  find(handle, "nc_put_var_longlong", n.put_var_longlong);
  find(handle, "nc_put_vara_longlong", n.put_vara_longlong);
  find(handle, "nc_put_vara_double", n.put_vara_double);
  return n;
}

}  // namespace

const NetcdfLibrary& netcdf() {
  static const NetcdfLibrary library = load();
  return library;
}

}  // namespace thalweg
