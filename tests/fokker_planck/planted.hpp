// Planted errors: each is the generator with one thing gone wrong, and is failed by the test that its name is in.
#pragma once
#include "thalweg/fokker_planck/generator.hpp"
#include "thalweg/fokker_planck/matrix.hpp"

namespace thalweg::fokker_planck::planted {

struct Right {
  static Generator make(const Coefficients& c, const Grid& grid) { return make_generator(c, grid); }
  static Sparse matrix(const Coefficients& c, const Grid& grid) { return matrix_of(make_generator(c, grid)); }
};

/// The flux is f p − D ∂p: the same as a drift with ∂D added.
struct WithoutDivergence {
  static Generator make(Coefficients c, const Grid& grid) {
    const auto evaluate = c.evaluate;
    c.evaluate = [evaluate](double t, std::size_t n, const double* x, double* f, double* D) {
      constexpr double step = 1e-5;
      std::vector<double> shifted(x, x + n), unused(n), above(n), below(n);
      for (double& at : shifted) at += step;
      evaluate(t, n, shifted.data(), unused.data(), above.data());
      for (double& at : shifted) at -= 2 * step;
      evaluate(t, n, shifted.data(), unused.data(), below.data());
      evaluate(t, n, x, f, D);
      for (std::size_t i = 0; i < n; ++i) f[i] += (above[i] - below[i]) / (2 * step);
    };
    return make_generator(c, grid);
  }
};

/// B(z) and B(−z) change places.
struct SwappedBernoulli {
  static Generator make(const Coefficients& c, const Grid& grid) {
    Generator g = make_generator(c, grid);
    for (Direction& direction : g.directions) std::swap(direction.forward, direction.backward);
    return g;
  }
};

/// The diagonal is that of the differential equation at the centre, not minus the sum of the column's rates.
struct CentralDiagonal {
  static Sparse matrix(const Coefficients& c, const Grid& grid) {
    Sparse m = matrix_of(make_generator(c, grid));
    const double h = grid.axis(0).spacing();
    CoefficientValues v;
    for (std::size_t i = 0; i < grid.cells(); ++i) {
      evaluate(c, 0, {grid.axis(0).center(i)}, v);
      m.coeffRef(int(i), int(i)) = -2 * v.diffusion[0] / (h * h);
    }
    return m;
  }
};

/// Absorbing sides reflect.
struct ReflectingSides {
  static Generator make(const Coefficients& c, const Grid& grid) {
    Generator g = make_generator(c, grid);
    g.exit = {};
    g.exit_cells = {};
    return g;
  }
};

}  // namespace thalweg::fokker_planck::planted
