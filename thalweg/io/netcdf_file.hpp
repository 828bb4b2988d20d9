// netCDF-4 with owners, and errors that name the file.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// One group of a netCDF-4 file under construction, as xarray expects it: every dimension is defined in the group, and
/// has a coordinate variable of its name that holds 0, 1, ….
class NetcdfGroup {
 public:
  enum class Type { real, integer, boolean };

  NetcdfGroup(int id, std::string path) : id_(id), path_(std::move(path)) {}

  void attribute(const std::string& name, const std::string& text);
  void attribute(const std::string& name, double value);
  /// A dimension and its coordinates; its number is returned. Length 0 becomes an unlimited dimension without elements.
  int dimension(const std::string& name, std::int64_t length);
  /// A variable [dimensions…]; NAME_dim_0 … are made for `shape` behind `leading`. The name gets an underscore for as
  /// long as it is taken. Its number is returned.
  int variable(std::string name, Type type, std::vector<int> leading, const std::vector<std::int64_t>& shape);
  /// The numbers from `start` on, `count` along each dimension.
  void put(int variable, Type type, std::span<const std::size_t> start, std::span<const std::size_t> count,
           std::span<const double> values);

 private:
  int id_;
  std::string path_;
  std::set<std::string> names_;

  void check(int status) const;
};

/// A netCDF-4 file, newly made. Errors: as NetcdfGroup throws Error, naming `shown_path`.
class NetcdfFile {
 public:
  NetcdfFile(const std::string& path, std::string shown_path);
  ~NetcdfFile();
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;

  NetcdfGroup root() const { return {id_, path_}; }
  NetcdfGroup group(const std::string& name);
  void close();

 private:
  std::string path_;
  int id_ = -1;
};

}  // namespace thalweg
