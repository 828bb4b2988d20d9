// Distributions and their generators.
#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {

std::vector<DistributionRow> distributions() {
  return {
      // real outcomes
      {"std_normal", "reals", "", "lpdf cdf"},
      {"chi_square exponential inv_chi_square rayleigh", "reals", "reals", "lpdf cdf rng"},
      {"beta beta_proportion cauchy double_exponential frechet gamma gumbel inv_gamma logistic lognormal normal pareto",
       "reals", "reals reals", "lpdf cdf rng"},
      {"scaled_inv_chi_square uniform von_mises weibull", "reals", "reals reals", "lpdf cdf rng"},
      {"loglogistic", "reals", "reals reals", "lpdf rng"},
      {"exp_mod_normal pareto_type_2 skew_double_exponential skew_normal student_t", "reals", "reals reals reals",
       "lpdf cdf rng"},
      {"wiener", "reals", "reals reals reals reals", "lpdf"},
      {"wiener", "reals", "reals reals reals reals reals", "lpdf"},
      {"wiener", "reals", "reals reals reals reals reals reals reals", "lpdf"},
      {"normal_id_glm", "real", "matrix real/vector vector real/vector", "lpdf"},
      {"normal_id_glm", "vector", "row_vector/matrix real/vector vector real/vector", "lpdf"},

      // integer outcomes
      {"bernoulli bernoulli_logit poisson poisson_log yule_simon", "ints", "reals", "lpmf rng"},
      {"bernoulli poisson yule_simon", "ints", "reals", "cdf"},
      {"binomial", "ints", "ints reals", "lpmf cdf rng"},
      {"binomial_logit", "ints", "ints reals", "lpmf"},
      {"beta_binomial", "ints", "ints reals reals", "lpmf cdf rng"},
      {"discrete_range", "ints", "ints ints", "lpmf cdf rng"},
      {"neg_binomial neg_binomial_2 neg_binomial_2_log", "ints", "reals reals", "lpmf rng"},
      {"neg_binomial neg_binomial_2", "ints", "reals reals", "cdf"},
      {"beta_neg_binomial", "ints", "reals reals reals", "lpmf cdf rng"},
      {"hypergeometric", "int", "int int int", "lpmf rng"},
      {"categorical categorical_logit", "ints", "vector", "lpmf"},
      {"bernoulli_logit_glm poisson_log_glm", "int", "matrix real/vector vector", "lpmf"},
      {"bernoulli_logit_glm poisson_log_glm", "int[]", "row_vector/matrix real/vector vector", "lpmf"},
      {"binomial_logit_glm", "ints", "ints row_vector/matrix real/vector vector", "lpmf"},
      {"neg_binomial_2_log_glm", "int", "matrix real/vector vector real", "lpmf"},
      {"neg_binomial_2_log_glm", "int[]", "row_vector/matrix real/vector vector real", "lpmf"},
      {"categorical_logit_glm", "ints", "row_vector/matrix vector matrix", "lpmf"},
      {"ordered_logistic_glm", "ints", "row_vector/matrix vector vector", "lpmf"},
      {"ordered_logistic ordered_probit", "int", "real vector", "lpmf"},
      {"ordered_logistic ordered_probit", "int[]", "vector vector/vector[]", "lpmf"},
      {"ordered_probit", "int[]", "real vector/vector[]", "lpmf"},

      // outcomes of several numbers
      {"dirichlet", "vectors", "vectors", "lpdf"},
      {"multi_normal multi_normal_cholesky multi_normal_prec", "vectors", "vectors matrix", "lpdf"},
      {"multi_student_t multi_student_t_cholesky", "vectors", "real vectors matrix", "lpdf"},
      {"multi_gp multi_gp_cholesky", "matrix", "matrix vector", "lpdf"},
      {"multinomial multinomial_logit dirichlet_multinomial", "int[]", "vector", "lpmf"},
      {"lkj_corr lkj_corr_cholesky", "matrix", "real", "lpdf"},
      {"lkj_cov", "matrix", "vector vector real", "lpdf"},
      {"wishart wishart_cholesky inv_wishart inv_wishart_cholesky", "matrix", "real matrix", "lpdf"},
      {"gaussian_dlm_obs", "matrix", "matrix matrix vector/matrix matrix vector matrix", "lpdf"},
  };
}

std::vector<FunctionRow> generators() {
  return {
      {"std_normal_rng", "", "real"},
      {"loglogistic_cdf", "reals reals reals", "real"},
      {"bernoulli_logit_glm_rng", "row_vector/matrix vector vector", "int[]"},
      {"categorical_rng categorical_logit_rng", "vector", "int"},
      {"ordered_logistic_rng ordered_probit_rng", "real vector", "int"},
      {"dirichlet_rng", "vector", "vector"},
      {"multinomial_rng multinomial_logit_rng dirichlet_multinomial_rng", "vector int", "int[]"},
      {"multi_normal_rng multi_normal_cholesky_rng multi_normal_prec_rng", "vectors matrix", "draw_vector"},
      {"multi_student_t_rng multi_student_t_cholesky_rng", "real vectors matrix", "draw_vector"},
      {"lkj_corr_rng lkj_corr_cholesky_rng", "int real", "matrix"},
      {"wishart_rng wishart_cholesky_rng inv_wishart_rng inv_wishart_cholesky_rng", "real matrix", "matrix"},
      {"hmm_latent_rng", "matrix matrix vector", "int[]"},
  };
}

}  // namespace thalweg::stan
