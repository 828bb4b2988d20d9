// Random draws of vectors, matrices and counts in cells by their Stan names; parameters are checked before.
#pragma once
#include "thalweg/density/distributions/rng_vectors.hpp"
#include "thalweg/stan/runtime/multivariate.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// The numbers of an evaluated vector, as a generator reads them.
template <class V>
View<const double> numbers_of(const V& v) {
  return {v.storage.data, static_cast<std::size_t>(v.length), static_cast<std::size_t>(v.stride)};
}
template <class V>
View<double> places_of(const V& v) {
  return {v.storage.data, static_cast<std::size_t>(v.length), static_cast<std::size_t>(v.stride)};
}
inline View<int> places_of(const Array<int>& a) { return {a.storage.data, static_cast<std::size_t>(a.length), 1}; }
inline View<double> scratch(std::size_t n) { return {Tape::current().allocate<double>(n), n, 1}; }
inline Panel<const double> factor_of(const Matrix<double>& l) { return {l.storage.data, l.cols, 1}; }

/// One vector for a location that is one, an array of them for an array. `draw(mu, y)` fills y.
template <class M, class Draw>
auto draw_at(const M& locations, int size, const Draw& draw) {
  const auto mu = let(locations);
  const auto one = [&](const auto& location) {
    if (location.length != size)
      Tape::current().reject_all("the location has # elements, the matrix # rows", location.length, size);
    check_each(location, "locations must be finite", is_bounded);
    const auto y = make_unset_sequence<Vector<double>>(size);
    draw(numbers_of(location), places_of(y));
    return y;
  };
  if constexpr (NestedArray<M>) {
    const auto result = make_array_of<Vector<double>>(mu.length);
    for (int i = 0; i < mu.length; ++i) result.items[i] = one(mu.items[i]);
    return result;
  } else {
    return one(mu);
  }
}
inline void check_trials(int n) {
  if (n < 0) Tape::current().reject_all("the number of trials must not be negative; found #", n);
}
inline void check_positive(double x, const char* reason) {
  if (!(x > 0 && x < infinity)) Tape::current().reject_all(reason);
}
template <class S>
Matrix<double> factor_for_draw(const S& factor) {
  const auto l = let(factor);
  check_square(l);
  return checked_factor(l, l.rows);
}
}  // namespace detail

template <class M, Matrices S>
auto multi_normal_cholesky_rng(const M& mu, const S& factor, Random<double>& random) {
  const auto l = detail::factor_for_draw(factor);
  return detail::draw_at(mu, l.rows,
                         [&](auto m, auto y) { rng::multi_normal_cholesky(random, m, detail::factor_of(l), y); });
}
template <class M, Matrices S>
auto multi_normal_rng(const M& mu, const S& covariance, Random<double>& random) {
  return multi_normal_cholesky_rng(mu, cholesky_decompose(covariance), random);
}
template <class M, Matrices S>
auto multi_normal_prec_rng(const M& mu, const S& precision, Random<double>& random) {
  const auto l = detail::factor_for_draw(cholesky_decompose(precision));
  return detail::draw_at(mu, l.rows,
                         [&](auto m, auto y) { rng::multi_normal_prec_cholesky(random, m, detail::factor_of(l), y); });
}
template <ScalarOperand N, class M, Matrices S>
auto multi_student_t_cholesky_rng(const N& freedom, const M& mu, const S& factor, Random<double>& random) {
  const double nu = value_of(freedom);
  detail::check_positive(nu, "multi_student_t: degrees of freedom must be positive and finite");
  const auto l = detail::factor_for_draw(factor);
  return detail::draw_at(
      mu, l.rows, [&](auto m, auto y) { rng::multi_student_t_cholesky(random, nu, m, detail::factor_of(l), y); });
}
template <ScalarOperand N, class M, Matrices S>
auto multi_student_t_rng(const N& nu, const M& mu, const S& scale, Random<double>& random) {
  return multi_student_t_cholesky_rng(nu, mu, cholesky_decompose(scale), random);
}

template <Container E>
Vector<double> dirichlet_rng(const E& concentrations, Random<double>& random) {
  const auto alpha = copy(concentrations);
  detail::check_each(alpha, "dirichlet: concentrations must be positive and finite", detail::is_positive);
  const auto theta = make_unset_sequence<Vector<double>>(alpha.length);
  rng::dirichlet(random, detail::numbers_of(alpha), detail::places_of(theta));
  return theta;
}
template <Container E>
Array<int> multinomial_rng(const E& proportions, int trials, Random<double>& random) {
  detail::check_trials(trials);
  const auto theta = copy(proportions);
  detail::check_simplex(theta, "multinomial: the probabilities must be a simplex");
  const auto counts = make_unset_sequence<Array<int>>(theta.length);
  rng::multinomial(random, detail::numbers_of(theta), trials, detail::places_of(counts));
  return counts;
}
template <Container E>
Array<int> multinomial_logit_rng(const E& log_odds, int trials, Random<double>& random) {
  detail::check_trials(trials);
  const auto logits = copy(log_odds);
  detail::check_each(logits, "multinomial_logit: log odds must be finite", detail::is_bounded);
  const auto counts = make_unset_sequence<Array<int>>(logits.length);
  rng::multinomial_logit(random, detail::numbers_of(logits), trials,
                         detail::scratch(static_cast<std::size_t>(logits.length)), detail::places_of(counts));
  return counts;
}
template <Container E>
Array<int> dirichlet_multinomial_rng(const E& concentrations, int trials, Random<double>& random) {
  detail::check_trials(trials);
  const auto alpha = copy(concentrations);
  detail::check_each(alpha, "dirichlet_multinomial: concentrations must be positive and finite", detail::is_positive);
  const auto counts = make_unset_sequence<Array<int>>(alpha.length);
  rng::dirichlet_multinomial(random, detail::numbers_of(alpha), trials,
                             detail::scratch(static_cast<std::size_t>(alpha.length)), detail::places_of(counts));
  return counts;
}

/// A category from 1 on.
#define THALWEG_ORDERED_DRAW(name)                                           \
  template <ScalarOperand E, Container C>                                    \
  int name##_rng(const E& eta, const C& cutpoints, Random<double>& random) { \
    const auto c = copy(cutpoints);                                          \
    detail::check_ordered(c, #name ": the cutpoints must ascend");           \
    return rng::name(random, value_of(eta), detail::numbers_of(c));          \
  }
THALWEG_ORDERED_DRAW(ordered_logistic)
THALWEG_ORDERED_DRAW(ordered_probit)
#undef THALWEG_ORDERED_DRAW

template <Matrices X, class A, Container B>
Array<int> bernoulli_logit_glm_rng(const X& x, const A& alpha, const B& beta, Random<double>& random) {
  return bernoulli_logit_rng(let(alpha + x * beta), random);
}
template <Sequenced X, class A, Container B>
Array<int> bernoulli_logit_glm_rng(const X& x, const A& alpha, const B& beta, Random<double>& random) {
  return bernoulli_logit_rng(let(alpha + x * beta), random);
}

/// A path of hidden states, from 1 on, given all outcomes: the last state from its forward probabilities αₜ, each one
/// before in proportion to αₜ[k] Γ[k, zₜ₊₁].
template <Matrices W, Matrices G, Sequenced P>
Array<int> hmm_latent_rng(const W& log_outcomes, const G& transitions, const P& initial, Random<double>& random) {
  const auto gamma = let(transitions);
  const auto h = detail::hidden_markov<double>(let(log_outcomes), gamma, let(initial));
  const auto path = make_unset_sequence<Array<int>>(h.steps);
  const View<double> weights = detail::scratch(static_cast<std::size_t>(h.states));
  for (int t = h.steps; t-- > 0;) {
    for (int k = 0; k < h.states; ++k) {
      const double onward = t + 1 < h.steps ? detail::values_of(gamma)(k, path[t + 1] - 1) : 1.0;
      weights[static_cast<std::size_t>(k)] = h.alpha(k, t) * onward;
    }
    path.storage.data[t] = rng::categorical(random, View<const double>{weights.data, weights.length, 1});
  }
  return path;
}

template <ScalarOperand S>
Matrix<double> lkj_corr_cholesky_rng(int size, const S& shape, Random<double>& random) {
  if (size < 1) Tape::current().reject_all("lkj_corr: the size must be positive; found #", size);
  const double eta = value_of(shape);
  detail::check_positive(eta, "lkj_corr: the shape must be positive and finite");
  const auto factor = make_unset_matrix<double>(size, size);
  rng::lkj_corr_cholesky(random, eta, detail::values_of(factor), size);
  return factor;
}
template <ScalarOperand S>
Matrix<double> lkj_corr_rng(int size, const S& shape, Random<double>& random) {
  return let(multiply_lower_tri_self_transpose(lkj_corr_cholesky_rng(size, shape, random)));
}

/// Wishart and inverse Wishart matrices, by a scale matrix or its factor; ν > size − 1.
#define THALWEG_WISHART_DRAW(name, factor_of_scale, generate)                                     \
  template <ScalarOperand N, Matrices S>                                                          \
  Matrix<double> name##_rng(const N& freedom, const S& scale, Random<double>& random) {           \
    const auto l = detail::factor_for_draw(factor_of_scale);                                      \
    const int d = l.rows;                                                                         \
    const double nu = value_of(freedom);                                                          \
    if (!(nu > d - 1.0 && nu < infinity))                                                         \
      Tape::current().reject_all(#name ": degrees of freedom must be finite and above #", d - 1); \
    const auto result = make_unset_matrix<double>(d, d);                                          \
    [[maybe_unused]] const auto work = detail::new_panel<double>(d, d);                           \
    const auto to = detail::values_of(result);                                                    \
    generate;                                                                                     \
    return result;                                                                                \
  }
THALWEG_WISHART_DRAW(wishart, cholesky_decompose(scale), rng::wishart(random, nu, detail::factor_of(l), work, to, d))
THALWEG_WISHART_DRAW(wishart_cholesky, scale, rng::wishart_cholesky(random, nu, detail::factor_of(l), to, d))
THALWEG_WISHART_DRAW(inv_wishart, cholesky_decompose(scale),
                     rng::inv_wishart(random, nu, detail::factor_of(l), work, to, d))
#undef THALWEG_WISHART_DRAW
/// The factor of an inverse Wishart matrix, by the factor of its scale.
template <ScalarOperand N, Matrices S>
Matrix<double> inv_wishart_cholesky_rng(const N& nu, const S& factor, Random<double>& random) {
  return let(cholesky_decompose(inv_wishart_rng(nu, multiply_lower_tri_self_transpose(factor), random)));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
