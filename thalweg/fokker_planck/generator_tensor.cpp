// Links of a full diffusion tensor: axes, and diagonals of the planes for the off-diagonal entries.
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/forces.hpp"
#include "thalweg/fokker_planck/generator_parts.hpp"
#include "thalweg/fokker_planck/link.hpp"

namespace thalweg::fokker_planck {
namespace {

/// D = Σ_i (D_ii − Σ_j |D_ij| h_i/h_j) e_i e_iᵀ + Σ_{i<j} |D_ij|/(h_i h_j) v vᵀ,  v = h_i e_i ± h_j e_j. Each diagonal
/// link takes its share out of the two axes' links that cross the same edge, half for each of the two edges that bound
/// such a link in the plane.
class TensorLinks {
 public:
  TensorLinks(const Coefficients& coefficients, double t, Generator& generator)
      : coefficients_(coefficients), t_(t), generator_(generator), grid_(generator.grid), d_(grid_.dimension()) {
    for (int a = 0; a < d_; ++a) {
      h_.push_back(grid_.axis(a).spacing());
      half_.push_back(h_.back() / 2);
      taken_.emplace_back(grid_.cells());
    }
  }
  void add() {
    std::vector<Direction> diagonals;
    for (int i = 0; i < d_; ++i)
      for (int j = i + 1; j < d_; ++j) add_plane(i, j, diagonals);
    for (int a = 0; a < d_; ++a) add_axis_links(a);
    for (Direction& direction : diagonals)
      if (std::any_of(direction.forward.begin(), direction.forward.end(), [](double rate) { return rate > 0; }))
        generator_.directions.push_back(std::move(direction));
  }

 private:
  Direction direction(int i, int j, int sign) const {
    Direction made{{}, std::vector<double>(grid_.cells()), std::vector<double>(grid_.cells()), j < 0};
    made.step[static_cast<std::size_t>(i)] = 1;
    if (j >= 0) made.step[static_cast<std::size_t>(j)] = sign;
    return made;
  }
  double entry(const Forces& f, std::size_t point, int i, int j) const {
    return f.at.diffusion[point * static_cast<std::size_t>(d_ * d_) + static_cast<std::size_t>(i * d_ + j)];
  }
  double force(const Forces& f, std::size_t point, int i) const {
    return f.force[point * static_cast<std::size_t>(d_) + static_cast<std::size_t>(i)];
  }

  /// The edges between four cells of the plane (i, j).
  void add_plane(int i, int j, std::vector<Direction>& diagonals) {
    Direction rising = direction(i, j, 1), falling = direction(i, j, -1);
    const Direction along_i = direction(i, -1, 0), along_j = direction(j, -1, 0);
    std::array<double, 3> shift{};
    shift[static_cast<std::size_t>(i)] = shift[static_cast<std::size_t>(j)] = 0.5;
    each_block(grid_, rising.step, [&](const auto& lower, const auto& upper) {
      const Forces f = forces(coefficients_, t_, points(grid_, lower, shift), half_);
      std::vector<std::size_t> beside_i(lower.size()), beside_j(lower.size());
      for (std::size_t k = 0; k < lower.size(); ++k) {
        beside_i[k] = grid_.neighbour(lower[k], along_i.step);
        beside_j[k] = grid_.neighbour(lower[k], along_j.step);
      }
      std::vector<double> z_rising, z_falling;
      if (coefficients_.log_stationary) {
        z_rising = potential_steps(coefficients_, grid_, lower, upper);
        z_falling = potential_steps(coefficients_, grid_, beside_j, beside_i);
      }
      for (std::size_t k = 0; k < lower.size(); ++k) {
        const double off = entry(f, k, i, j), kappa = std::fabs(off) / (h(i) * h(j));
        if (kappa == 0) continue;
        const double sign = off > 0 ? 1 : -1;
        double z = f.regular[k] ? -(force(f, k, i) * h(i) + sign * force(f, k, j) * h(j)) : 0;
        if (coefficients_.log_stationary) z = off > 0 ? z_rising[k] : z_falling[k];
        const Link link = link_of(kappa, z);
        Direction& one = off > 0 ? rising : falling;
        const std::size_t from = off > 0 ? lower[k] : beside_j[k];
        one.forward[from] = link.forward;
        one.backward[from] = link.backward;
        taken(i)[lower[k]] += kappa / 2;
        taken(i)[beside_j[k]] += kappa / 2;
        taken(j)[lower[k]] += kappa / 2;
        taken(j)[beside_i[k]] += kappa / 2;
      }
    });
    diagonals.push_back(std::move(rising));
    diagonals.push_back(std::move(falling));
  }

  void add_axis_links(int a) {
    Direction axis = direction(a, -1, 0);
    std::array<double, 3> shift{};
    shift[static_cast<std::size_t>(a)] = 0.5;
    each_block(grid_, axis.step, [&](const auto& lower, const auto& upper) {
      const std::vector<double> x = points(grid_, lower, shift);
      const Forces f = forces(coefficients_, t_, x, half_);
      std::vector<double> z;
      if (coefficients_.log_stationary) z = potential_steps(coefficients_, grid_, lower, upper);
      for (std::size_t k = 0; k < lower.size(); ++k) {
        const double whole = entry(f, k, a, a) / (h(a) * h(a));
        double kappa = whole - taken(a)[lower[k]];
        if (kappa < -1e-12 * whole) refuse(a, &x[k * static_cast<std::size_t>(d_)], kappa / whole);
        kappa = std::max(kappa, 0.0);
        const double drift = f.drift[k * static_cast<std::size_t>(d_) + static_cast<std::size_t>(a)];
        const Link link = coefficients_.log_stationary ? link_of(kappa, z[k])
                          : f.regular[k]               ? link_of(kappa, -force(f, k, a) * h(a))
                                                       : link_of_drift(kappa, drift / h(a));
        axis.forward[lower[k]] = link.forward;
        axis.backward[lower[k]] = link.backward;
      }
    });
    generator_.directions.push_back(std::move(axis));
  }

  [[noreturn]] void refuse(int a, const double* x, double deficit) const {
    std::string where;
    for (int k = 0; k < d_; ++k) where += fmt::format("{}{:g}", k == 0 ? "" : ", ", x[k]);
    fail(
        "cross diffusion is too strong for these cells at x = ({}): the sum of |D_ij| h_i/h_j over j exceeds D_ii "
        "along "
        "axis {} by {:.3g} %, and rates between cells would be negative. {}",
        where, a + 1, -100 * deficit,
        d_ == 2 ? advice() : "Rotate the coordinates towards the principal axes of D, or simulate paths");
  }
  /// |D_12|/D_22 <= h_1/h_2 <= D_11/|D_12| must hold everywhere.
  std::string advice() const {
    double least = 0, most = INFINITY;
    std::vector<std::size_t> cells(grid_.cells());
    for (std::size_t c = 0; c < cells.size(); ++c) cells[c] = c;
    CoefficientValues v;
    evaluate(coefficients_, t_, points(grid_, cells, {}), v);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const double* D = &v.diffusion[4 * c];
      if (D[1] == 0) continue;
      least = std::max(least, std::fabs(D[1]) / D[3]);
      most = std::min(most, D[0] / std::fabs(D[1]));
    }
    if (!(least <= most))
      return "No rectangular cells do: rotate the coordinates towards the principal axes of D, or simulate paths";
    const double ratio = least == 0 ? most / 2 : std::sqrt(least * most);
    const Axis &first = grid_.axis(0), &second = grid_.axis(1);
    const auto cells_2 = std::ceil((second.high - second.low) * ratio / h(0));
    return fmt::format("Cells with {:.4g} <= h_1/h_2 <= {:.4g} do: {} cells along axis 1 with {:.0f} along axis 2",
                       least, most, first.cells, cells_2);
  }
  double h(int a) const { return h_[static_cast<std::size_t>(a)]; }
  std::vector<double>& taken(int a) { return taken_[static_cast<std::size_t>(a)]; }

  const Coefficients& coefficients_;
  const double t_;
  Generator& generator_;
  const Grid& grid_;
  const int d_;
  std::vector<double> h_, half_;
  std::vector<std::vector<double>> taken_;  ///< [axis][cell]: of D_ii/h_i² of the link above the cell, by diagonals
};

}  // namespace

void add_tensor(const Coefficients& coefficients, double t, Generator& generator) {
  TensorLinks(coefficients, t, generator).add();
}

}  // namespace thalweg::fokker_planck
