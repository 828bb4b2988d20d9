// Distributions as densities of their outcome: support, symmetry, boundedness.
#include <algorithm>
#include <array>

#include "thalweg/stan/prior_factors.hpp"

namespace thalweg::stan {

const Family* family_of(const std::string& stem) {
  using enum Family::Support;
  // name, support, location, how the first arguments must be at least for a bounded density
  static const auto families = std::to_array<Family>({
      {"std_normal", real, Family::always},
      {"normal", real, Family::always, 0},
      {"student_t", real, Family::always, 1},
      {"cauchy", real, Family::always, 0},
      {"double_exponential", real, Family::always, 0},
      {"logistic", real, Family::always, 0},
      {"gumbel", real, Family::always},
      {"skew_normal", real, Family::always},
      {"exp_mod_normal", real, Family::always},
      {"skew_double_exponential", real, Family::always},
      {"von_mises", circle, Family::always},
      {"lognormal", positive, Family::always},
      {"exponential", positive, Family::always},
      {"inv_gamma", positive, Family::always},
      {"inv_chi_square", positive, Family::always},
      {"scaled_inv_chi_square", positive, Family::always},
      {"frechet", positive, Family::always},
      {"rayleigh", positive, Family::always},
      {"gamma", positive, Family::first_at_least_one},
      {"weibull", positive, Family::first_at_least_one},
      {"loglogistic", positive, Family::never},
      {"chi_square", positive, Family::never},
      {"beta", unit, Family::two_at_least_one},
      {"beta_proportion", unit, Family::never},
      {"uniform", other, Family::always},
      {"pareto", other, Family::always},
      {"pareto_type_2", other, Family::always},
      {"multi_normal", vectors, Family::always},
      {"multi_normal_cholesky", vectors, Family::always},
      {"multi_normal_prec", vectors, Family::always},
      {"multi_student_t", vectors, Family::always},
      {"multi_student_t_cholesky", vectors, Family::always},
      {"multi_gp", vectors, Family::always},
      {"multi_gp_cholesky", vectors, Family::always},
      {"dirichlet", own_space, Family::never, -1, Constraint::simplex},
      {"lkj_corr", own_space, Family::first_at_least_one, -1, Constraint::corr_matrix},
      {"lkj_corr_cholesky", own_space, Family::first_at_least_one, -1, Constraint::cholesky_factor_corr},
      {"wishart", own_space, Family::never, -1, Constraint::cov_matrix},
      {"inv_wishart", own_space, Family::never, -1, Constraint::cov_matrix},
      {"wishart_cholesky", own_space, Family::never, -1, Constraint::cholesky_factor_cov},
      {"inv_wishart_cholesky", own_space, Family::never, -1, Constraint::cholesky_factor_cov},
  });
  const auto found = std::find_if(families.begin(), families.end(), [&](const Family& f) { return f.name == stem; });
  return found == families.end() ? nullptr : &*found;
}

}  // namespace thalweg::stan
