// A rectangular grid of equal cells in one, two or three dimensions, with a condition on each of its sides.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace thalweg::fokker_planck {

enum class Boundary {
  reflecting,  ///< nothing passes
  absorbing,   ///< what arrives is gone, and booked on its side: p = 0 there
  periodic,    ///< the two sides of an axis are one
  inflow       ///< a given flux enters, nothing leaves
};
const char* to_string(Boundary boundary);

struct Side {
  Boundary boundary = Boundary::reflecting;
  double flux = 0;  ///< of `inflow`: probability per time and per area of the side, >= 0
};

/// `cells` cells of equal width from `low` to `high`.
struct Axis {
  double low = 0, high = 0;
  std::size_t cells = 0;
  Side lower{}, upper{};

  double spacing() const { return (high - low) / static_cast<double>(cells); }
  double center(std::size_t i) const { return low + (static_cast<double>(i) + 0.5) * spacing(); }
  /// The face below cell i; that of i = cells is the upper side.
  double face(std::size_t i) const { return i == cells ? high : low + static_cast<double>(i) * spacing(); }
  bool periodic() const { return lower.boundary == Boundary::periodic; }
};

/// Cells are numbered with the last axis fastest. Sides are numbered 2·axis (lower) and 2·axis + 1 (upper).
///
/// Errors  the constructor throws std::invalid_argument that names the axis, what was expected and what was found; more
///         than three axes offer paths instead.
class Grid {
 public:
  explicit Grid(std::vector<Axis> axes);

  int dimension() const { return static_cast<int>(axes_.size()); }
  int sides() const { return 2 * dimension(); }
  std::size_t cells() const { return cells_; }
  const Axis& axis(int a) const { return axes_[static_cast<std::size_t>(a)]; }
  const std::vector<Axis>& axes() const { return axes_; }
  std::size_t stride(int a) const { return strides_[static_cast<std::size_t>(a)]; }
  const Side& side(int s) const { return s % 2 == 0 ? axis(s / 2).lower : axis(s / 2).upper; }
  /// "lower x[2]"
  static std::string name_of_side(int s);
  bool has(Boundary boundary) const;

  double volume() const { return volume_; }
  /// Of one cell's face on side s.
  double face_area(int s) const { return volume_ / axis(s / 2).spacing(); }
  /// The axis' index of a cell.
  std::size_t index(std::size_t cell, int a) const { return cell / stride(a) % axis(a).cells; }
  /// Writes d coordinates.
  void center(std::size_t cell, double* x) const;
  /// The neighbour at `step` (−1, 0 or 1 along each axis), over periodic sides too; `cells()` where there is none.
  std::size_t neighbour(std::size_t cell, const std::array<int, 3>& step) const;
  /// The cells along a side, in their order.
  std::vector<std::size_t> cells_of_side(int s) const;
  /// The cell that holds x, its upper faces excluded but for the last one; `cells()` when x is off the grid.
  std::size_t locate(const double* x) const;

 private:
  std::vector<Axis> axes_;
  std::vector<std::size_t> strides_;
  std::size_t cells_ = 1;
  double volume_ = 1;
};

}  // namespace thalweg::fokker_planck
