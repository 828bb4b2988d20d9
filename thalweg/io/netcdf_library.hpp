// The functions of netCDF that are used, from a library that is loaded with the first file: it brings forty others
// along (HDF5, curl, TLS), whose loading would take longer than all the rest of a short command.
#pragma once
#include <netcdf.h>

namespace thalweg {

struct NetcdfLibrary {
  decltype(&nc_strerror) strerror;
  decltype(&nc_create) create;
  decltype(&nc_close) close;
  decltype(&nc_set_fill) set_fill;
  decltype(&nc_def_grp) def_grp;
  decltype(&nc_def_dim) def_dim;
  decltype(&nc_def_var) def_var;
  decltype(&nc_put_att_text) put_att_text;
  decltype(&nc_put_att_double) put_att_double;
  decltype(&nc_put_var_longlong) put_var_longlong;
  decltype(&nc_put_vara_longlong) put_vara_longlong;
  decltype(&nc_put_vara_double) put_vara_double;
};

/// Loaded once, for the rest of the process.
///
/// Errors  throws Error when the library is not there, and says what to do.
const NetcdfLibrary& netcdf();

}  // namespace thalweg
