// Matrices in the plainest way, to compare with.
#pragma once
#include <cmath>
#include <utility>
#include <vector>

namespace thalweg::plain {

struct M {
  int rows = 0, cols = 0;
  std::vector<double> values;  // row by row
  double& operator()(int i, int j) { return values[static_cast<std::size_t>(i * cols + j)]; }
  double operator()(int i, int j) const { return values[static_cast<std::size_t>(i * cols + j)]; }
};
inline M zeros(int m, int n) { return {m, n, std::vector<double>(static_cast<std::size_t>(m * n))}; }
/// m × n numbers of x from `first` (0-based) on, column by column.
inline M matrix(const std::vector<double>& x, int m, int n, int first = 0) {
  M a = zeros(m, n);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < m; ++i) a(i, j) = x[static_cast<std::size_t>(first + j * m + i)];
  return a;
}
inline M transposed(const M& a) {
  M t = zeros(a.cols, a.rows);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.cols; ++j) t(j, i) = a(i, j);
  return t;
}
inline M product(const M& a, const M& b) {
  M c = zeros(a.rows, b.cols);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.cols; ++j)
      for (int k = 0; k < a.cols; ++k) c(i, j) += a(i, k) * b(k, j);
  return c;
}
inline double trace(const M& a) {
  double t = 0;
  for (int i = 0; i < a.rows; ++i) t += a(i, i);
  return t;
}
inline M cholesky(const M& a) {
  M l = zeros(a.rows, a.rows);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j <= i; ++j) {
      double s = a(i, j);
      for (int k = 0; k < j; ++k) s -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(s) : s / l(j, j);
    }
  return l;
}
/// Gauss–Jordan elimination with pivots on [A, I]; returns the determinant beside it.
inline std::pair<M, double> eliminate(M a) {
  const int n = a.rows;
  M x = zeros(n, n);
  for (int i = 0; i < n; ++i) x(i, i) = 1;
  double determinant = 1;
  for (int k = 0; k < n; ++k) {
    int p = k;
    for (int i = k; i < n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(p, k))) p = i;
    for (int j = 0; j < n; ++j) {
      std::swap(a(k, j), a(p, j));
      std::swap(x(k, j), x(p, j));
    }
    const double pivot = a(k, k);
    determinant *= p == k ? pivot : -pivot;
    for (int j = 0; j < n; ++j) {
      a(k, j) /= pivot;
      x(k, j) /= pivot;
    }
    for (int i = 0; i < n; ++i) {
      if (i == k) continue;
      const double f = a(i, k);
      for (int j = 0; j < n; ++j) {
        a(i, j) -= f * a(k, j);
        x(i, j) -= f * x(k, j);
      }
    }
  }
  return {x, determinant};
}
inline M inverse(const M& a) { return eliminate(a).first; }
inline double determinant(const M& a) { return eliminate(a).second; }

}  // namespace thalweg::plain
