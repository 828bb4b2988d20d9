// Random draws of vectors and matrices; see rng.hpp for what they promise. Results go to the caller's memory.
#pragma once
#include "thalweg/autodiff/matrix_kernels.hpp"
#include "thalweg/density/distributions/rng_counts.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace rng {

/// Shares of gamma variates, by their logarithms: tiny α do not underflow.
template <class G>
void dirichlet(G& random, View<const double> alpha, View<double> theta) {
  double largest = -infinity, total = 0;
  for (std::size_t k = 0; k < alpha.size(); ++k) {
    theta[k] = log_gamma_variate(random, alpha[k]);
    largest = max(largest, theta[k]);
  }
  for (std::size_t k = 0; k < alpha.size(); ++k) total += theta[k] = exp(theta[k] - largest);
  for (std::size_t k = 0; k < alpha.size(); ++k) theta[k] = theta[k] / total;
}

/// Counts by one binomial variate after the other; probabilities in proportion to weights[k] ≥ 0.
template <class G>
void multinomial(G& random, View<const double> weights, int trials, View<int> counts) {
  double rest = 0;
  for (std::size_t k = weights.size(); k-- > 0;) rest += weights[k];
  int left = trials;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const double share = weights[k] / rest, p = share < 1 ? share : 1.0;
    const bool last = k + 1 == weights.size();
    counts[k] = left == 0 ? 0 : last ? left : rest > 0 ? binomial(random, left, p) : 0;
    left -= counts[k];
    rest -= weights[k];
  }
}
/// `weights` [k] is overwritten.
template <class G>
void multinomial_logit(G& random, View<const double> logits, int trials, View<double> weights, View<int> counts) {
  double largest = -infinity;
  for (std::size_t k = 0; k < logits.size(); ++k) largest = max(largest, logits[k]);
  for (std::size_t k = 0; k < logits.size(); ++k) weights[k] = exp(logits[k] - largest);
  multinomial(random, View<const double>{weights.data, weights.length, weights.stride}, trials, counts);
}
/// `theta` [k] is overwritten.
template <class G>
void dirichlet_multinomial(G& random, View<const double> alpha, int trials, View<double> theta, View<int> counts) {
  dirichlet(random, alpha, theta);
  multinomial(random, View<const double>{theta.data, theta.length, theta.stride}, trials, counts);
}

/// μ + L z.
template <class G>
void multi_normal_cholesky(G& random, View<const double> mu, const Panel<const double>& factor, View<double> y) {
  const int d = static_cast<int>(mu.size());
  for (int i = 0; i < d; ++i) y[static_cast<std::size_t>(i)] = random.normal();
  for (int i = d; i-- > 0;) {  // from the last row up, so that z is still there
    double sum = 0;
    for (int k = 0; k <= i; ++k) sum += factor(i, k) * y[static_cast<std::size_t>(k)];
    y[static_cast<std::size_t>(i)] = mu[static_cast<std::size_t>(i)] + sum;
  }
}
/// μ + L⁻ᵀ z for the factor L of the precision.
template <class G>
void multi_normal_prec_cholesky(G& random, View<const double> mu, const Panel<const double>& factor, View<double> y) {
  const int d = static_cast<int>(mu.size());
  for (int i = 0; i < d; ++i) y[static_cast<std::size_t>(i)] = random.normal();
  kernels::solve_upper(factor.transposed(), Panel<double>{y.data, static_cast<std::ptrdiff_t>(y.stride), 1}, d, 1);
  for (std::size_t i = 0; i < mu.size(); ++i) y[i] += mu[i];
}
/// μ + L z / √(χ²_ν/ν).
template <class G>
void multi_student_t_cholesky(G& random, double nu, View<const double> mu, const Panel<const double>& factor,
                              View<double> y) {
  multi_normal_cholesky(random, mu, factor, y);
  const double stretch = exp(0.5 * (log(0.5 * nu) - log_gamma_variate(random, 0.5 * nu)));
  for (std::size_t i = 0; i < mu.size(); ++i) y[i] = mu[i] + (y[i] - mu[i]) * stretch;
}

/// The Cholesky factor [d, d] of an LKJ(η) correlation matrix, row by row: row k is (√w u, √(1 − w)) with u uniform on
/// the sphere of the first k coordinates and w a beta variate.
/// Source: D. Lewandowski, D. Kurowicka & H. Joe (2009), J. Multivar. Anal. 100(9), 1989–2001, the onion method.
template <class G>
void lkj_corr_cholesky(G& random, double eta, const Panel<double>& factor, int d) {
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) factor(i, j) = 0;
  if (d > 0) factor(0, 0) = 1;
  for (int k = 1; k < d; ++k) {
    double square = 0;
    for (int j = 0; j < k; ++j) {
      factor(k, j) = random.normal();
      square += factor(k, j) * factor(k, j);
    }
    // w and 1 − w from the logarithms of two gamma variates
    const double top = log_gamma_variate(random, 0.5 * k), rest = log_gamma_variate(random, eta + 0.5 * (d - 1 - k));
    const double scale = sqrt(thalweg::logistic(top - rest) / square);
    for (int j = 0; j < k; ++j) factor(k, j) *= scale;
    factor(k, k) = sqrt(thalweg::logistic(rest - top));
  }
}
/// The correlation matrix itself; `work` [d, d] gets its factor.
template <class G>
void lkj_corr(G& random, double eta, const Panel<double>& work, const Panel<double>& corr, int d) {
  lkj_corr_cholesky(random, eta, work, d);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = 0; k <= j; ++k) sum += work(i, k) * work(j, k);
      corr(i, j) = corr(j, i) = i == j ? 1.0 : sum;
    }
}

/// The Cholesky factor L A of a Wishart(ν, S) matrix for the factor L of S: A is lower triangular with chi variates on
/// the diagonal and normal ones below.
/// Source: W. B. Smith & R. R. Hocking (1972), Appl. Stat. 21(3), 341–345, algorithm AS 53.
template <class G>
void wishart_cholesky(G& random, double nu, const Panel<const double>& factor, const Panel<double>& result, int d) {
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j)
      result(i, j) = j < i ? random.normal() : j == i ? sqrt(chi_square(random, nu - i)) : 0.0;
  for (int i = d; i-- > 0;)  // from the last row up: row i of L A needs the rows of A up to i
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = j; k <= i; ++k) sum += factor(i, k) * result(k, j);
      result(i, j) = sum;
    }
}
/// W = M Mᵀ for a Wishart factor M; `work` [d, d] gets M.
template <class G>
void wishart(G& random, double nu, const Panel<const double>& factor, const Panel<double>& work,
             const Panel<double>& result, int d) {
  wishart_cholesky(random, nu, factor, work, d);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = 0; k <= j; ++k) sum += work(i, k) * work(j, k);
      result(i, j) = result(j, i) = sum;
    }
}
/// An inverse Wishart(ν, S) matrix for the factor L of S: with A as above, L A⁻ᵀ A⁻¹ Lᵀ. `work` [d, d] is overwritten.
template <class G>
void inv_wishart(G& random, double nu, const Panel<const double>& factor, const Panel<double>& work,
                 const Panel<double>& result, int d) {
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) work(i, j) = j < i ? random.normal() : j == i ? sqrt(chi_square(random, nu - i)) : 0.0;
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) result(i, j) = j >= i ? factor(j, i) : 0.0;
  kernels::solve_lower(Panel<const double>(work), result, d, d);  // A⁻¹ Lᵀ
  kernels::copy(work, result, d, d);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = 0; k < d; ++k) sum += work(k, i) * work(k, j);
      result(i, j) = result(j, i) = sum;
    }
}

}  // namespace rng
}  // namespace THALWEG_ISA
}  // namespace thalweg
