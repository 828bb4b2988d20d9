#include "thalweg/io/netcdf_file.hpp"

#include <cerrno>
#include <cmath>
#include <limits>
#include <numeric>

#include "thalweg/core/error.hpp"
#include "thalweg/io/netcdf_library.hpp"

namespace thalweg {
namespace {

void check_status(int status, const std::string& path) {
  if (status == NC_NOERR) return;
  // The HDF5 library underneath reports a full disk, a limit and a broken disk alike; when it can't begin a file netCDF
  // calls that EACCES, whatever the reason.
  if (status == NC_EHDFERR || status == EACCES)
    fail("{}: cannot be written: check the free space and the permissions, or write to another place (netCDF {})", path,
         status);
  fail("{}: cannot be written: {} (netCDF {})", path, netcdf().strerror(status), status);
}

int type_of(NetcdfGroup::Type type) {
  return type == NetcdfGroup::Type::real ? NC_DOUBLE : type == NetcdfGroup::Type::integer ? NC_INT64 : NC_BYTE;
}

}  // namespace

void NetcdfGroup::check(int status) const { check_status(status, path_); }

void NetcdfGroup::attribute(const std::string& name, const std::string& text) {
  check(netcdf().put_att_text(id_, NC_GLOBAL, name.c_str(), text.size(), text.c_str()));
}

void NetcdfGroup::attribute(const std::string& name, double value) {
  check(netcdf().put_att_double(id_, NC_GLOBAL, name.c_str(), NC_DOUBLE, 1, &value));
}

int NetcdfGroup::dimension(const std::string& name, std::int64_t length) {
  int dimension = -1, coordinates = -1;
  names_.insert(name);
  check(netcdf().def_dim(id_, name.c_str(), length > 0 ? static_cast<std::size_t>(length) : NC_UNLIMITED, &dimension));
  check(netcdf().def_var(id_, name.c_str(), NC_INT64, 1, &dimension, &coordinates));
  if (length == 0) return dimension;
  std::vector<long long> values(static_cast<std::size_t>(length));
  std::iota(values.begin(), values.end(), 0);
  check(netcdf().put_var_longlong(id_, coordinates, values.data()));
  return dimension;
}

int NetcdfGroup::variable(std::string name, Type type, std::vector<int> leading,
                          const std::vector<std::int64_t>& shape) {
  while (names_.contains(name)) name += '_';
  names_.insert(name);
  for (std::size_t k = 0; k < shape.size(); ++k)
    leading.push_back(dimension(fmt::format("{}_dim_{}", name, k), shape[k]));
  int variable = -1;
  check(
      netcdf().def_var(id_, name.c_str(), type_of(type), static_cast<int>(leading.size()), leading.data(), &variable));
  if (type == Type::boolean) check(netcdf().put_att_text(id_, variable, "dtype", 4, "bool"));  // as xarray marks them
  return variable;
}

void NetcdfGroup::put(int variable, Type type, std::span<const std::size_t> start, std::span<const std::size_t> count,
                      std::span<const double> values) {
  if (values.empty()) return;
  if (type == Type::real) {
    check(netcdf().put_vara_double(id_, variable, start.data(), count.data(), values.data()));
    return;
  }
  std::vector<long long> integers;
  integers.reserve(values.size());
  constexpr double limit = 9.2e18;
  for (const double x : values)
    integers.push_back(std::abs(x) < limit ? std::llround(x) : std::numeric_limits<long long>::min());
  check(netcdf().put_vara_longlong(id_, variable, start.data(), count.data(), integers.data()));
}

NetcdfFile::NetcdfFile(const std::string& path, std::string shown_path) : path_(std::move(shown_path)) {
  check_status(netcdf().create(path.c_str(), NC_NETCDF4 | NC_CLOBBER, &id_), path_);
  int before = 0;
  check_status(netcdf().set_fill(id_, NC_NOFILL, &before), path_);
}

NetcdfFile::~NetcdfFile() {
  if (id_ >= 0) netcdf().close(id_);
}

NetcdfGroup NetcdfFile::group(const std::string& name) {
  int id = -1;
  check_status(netcdf().def_grp(id_, name.c_str(), &id), path_);
  return {id, path_};
}

void NetcdfFile::close() {
  const int status = netcdf().close(id_);
  id_ = -1;
  check_status(status, path_);
}

}  // namespace thalweg
