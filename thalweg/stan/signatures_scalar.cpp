// Scalar mathematics, applied element by element to containers where Stan does.
#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {

std::vector<FunctionRow> scalar_functions() {
  return {
      // constants
      {"e pi sqrt2 log2 log10 machine_precision negative_infinity not_a_number positive_infinity", "", "real"},

      // one argument
      {"Phi Phi_approx acos acosh asin asinh atan atanh cbrt ceil cos cosh digamma erf erfc exp exp2 expm1 fabs floor",
       "each", "each"},
      {"inv inv_Phi inv_cloglog inv_erfc inv_logit inv_sqrt inv_square lambert_w0 lambert_wm1 lgamma", "each", "each"},
      {"log log10 log1m log1m_exp log1m_inv_logit log1p log1p_exp log2 log_inv_logit logit", "each", "each"},
      {"round sin sinh sqrt square std_normal_log_qf std_normal_qf tan tanh tgamma trigamma trunc", "each", "each"},
      {"abs minus", "each_int", "each_int"},
      {"abs minus", "each", "each"},
      {"plus", "int", "int"},
      {"plus", "real", "real"},
      {"plus", "vector", "vector"},
      {"plus", "row_vector", "row_vector"},
      {"plus", "matrix", "matrix"},
      {"step", "real", "real"},
      {"int_step", "int/real", "int"},
      {"is_inf is_nan", "real", "int"},
      {"logical_negation", "int", "int"},
      {"to_int", "int/real", "int"},

      // two arguments
      {"atan2 beta fdim fmax fmin fmod hypot lbeta lchoose lmultiply log_diff_exp log_falling_factorial", "each each",
       "each"},
      {"log_inv_logit_diff log_modified_bessel_first_kind log_rising_factorial log_sum_exp owens_t pow", "each each",
       "each"},
      {"gamma_p gamma_q", "real real", "real"},
      {"binary_log_loss", "int real", "real"},
      {"lmgamma", "int real", "real"},
      {"bessel_first_kind bessel_second_kind modified_bessel_first_kind modified_bessel_second_kind", "each_int each",
       "each"},
      {"ldexp", "real int", "real"},
      {"choose falling_factorial rising_factorial", "int int", "int"},
      {"falling_factorial rising_factorial", "real int", "real"},
      {"max min modulus", "int int", "int"},
      {"logical_eq logical_neq logical_lt logical_lte logical_gt logical_gte", "int/real int/real", "int"},
      {"logical_and logical_or", "int int", "int"},
      {"hypergeometric_1F0", "real real", "real"},
      {"squared_distance", "real real", "real"},

      // three arguments and more
      {"fma", "real real real", "real"},
      {"fma", "real/vector real/vector real/vector", "vector"},
      {"fma", "real/row_vector real/row_vector real/row_vector", "row_vector"},
      {"fma", "real/matrix real/matrix real/matrix", "matrix"},
      {"inc_beta inv_inc_beta", "real real real", "real"},
      {"log_mix", "real real real", "real"},
      {"hypergeometric_2F1 student_t_qf", "real real real real", "real"},
      {"hypergeometric_3F2 hypergeometric_pFq", "vector/row_vector/real[] vector/row_vector/real[] real", "real"},
  };
}

}  // namespace thalweg::stan
