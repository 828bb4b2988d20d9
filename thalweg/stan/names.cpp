#include "thalweg/stan/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "thalweg/stan/lexer.hpp"
#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {

namespace {

constexpr std::pair<std::string_view, Ending> endings[] = {
    {"_lpdf", Ending::lpdf}, {"_lpmf", Ending::lpmf},        {"_lupdf", Ending::lupdf}, {"_lupmf", Ending::lupmf},
    {"_lcdf", Ending::lcdf}, {"_lccdf", Ending::lccdf},      {"_cdf", Ending::cdf},     {"_rng", Ending::rng},
    {"_lp", Ending::lp},     {"_jacobian", Ending::jacobian}};

constexpr auto reserved =
    std::to_array<std::string_view>({"repeat", "until", "then", "true", "false", "typedef", "struct", "var", "export",
                                     "extern", "static", "auto", "target"});

constexpr std::pair<std::string_view, std::string_view> old_functions[] = {{"increment_log_prob", "target += …"},
                                                                           {"get_lp", "target()"},
                                                                           {"if_else", "condition ? a : b"},
                                                                           {"multiply_log", "lmultiply"},
                                                                           {"binomial_coefficient_log", "lchoose"}};

constexpr auto higher_order = std::to_array<std::string_view>({"reduce_sum",
                                                               "reduce_sum_static",
                                                               "map_rect",
                                                               "integrate_1d",
                                                               "algebra_solver",
                                                               "algebra_solver_newton",
                                                               "solve_powell",
                                                               "solve_powell_tol",
                                                               "solve_newton",
                                                               "solve_newton_tol",
                                                               "integrate_ode",
                                                               "integrate_ode_rk45",
                                                               "integrate_ode_bdf",
                                                               "integrate_ode_adams",
                                                               "ode_rk45",
                                                               "ode_rk45_tol",
                                                               "ode_bdf",
                                                               "ode_bdf_tol",
                                                               "ode_adams",
                                                               "ode_adams_tol",
                                                               "ode_ckrk",
                                                               "ode_ckrk_tol",
                                                               "ode_adjoint_tol_ctl",
                                                               "dae",
                                                               "dae_tol"});

}  // namespace

Ending ending_of(std::string_view function) {
  for (const auto& [text, ending] : endings) {
    if (function.size() > text.size() && function.ends_with(text)) return ending;
  }
  return Ending::none;
}

const char* to_string(Ending ending) {
  for (const auto& [text, candidate] : endings) {
    if (candidate == ending) return text.data();
  }
  return "";
}

std::string_view stem_of(std::string_view function) {
  return function.substr(0, function.size() - std::string_view(to_string(ending_of(function))).size());
}

bool takes_bar(Ending ending) {
  return ending != Ending::none && ending != Ending::rng && ending != Ending::lp && ending != Ending::jacobian;
}

std::string definition_name(std::string_view function) {
  const Ending ending = ending_of(function);
  if (ending == Ending::lupdf) return std::string(stem_of(function)) + "_lpdf";
  if (ending == Ending::lupmf) return std::string(stem_of(function)) + "_lpmf";
  return std::string(function);
}

std::string why_not_a_name(std::string_view name) {
  if (name.ends_with("__")) return "names that end in two underscores are reserved";
  if (is_keyword(name) || std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
    return "it is a reserved word";
  }
  const Ending ending = ending_of(name);
  if (ending == Ending::lupdf || ending == Ending::lupmf) {
    return fmt::format("the ending {} belongs to the unnormalised form of a function {}", to_string(ending),
                       definition_name(name));
  }
  return "";
}

std::string modern_form(std::string_view function) {
  for (const auto& [old, modern] : old_functions) {
    if (function == old) return std::string(modern);
  }
  if (function.ends_with("_log")) {  // normal_log(y, mu, sigma) is now normal_lpdf(y | mu, sigma)
    const std::string stem(function.substr(0, function.size() - 4));
    for (const char* ending : {"_lpdf", "_lpmf"}) {
      if (!signatures_named(stem + ending).empty()) return stem + ending + "(y | …)";
    }
  }
  for (const auto& [old, modern] : {std::pair<std::string_view, const char*>{"_cdf_log", "_lcdf"},
                                    std::pair<std::string_view, const char*>{"_ccdf_log", "_lccdf"}}) {
    if (function.ends_with(old))
      return std::string(function.substr(0, function.size() - old.size())) + modern + "(y | …)";
  }
  return "";
}

bool is_higher_order(std::string_view function) {
  return std::find(higher_order.begin(), higher_order.end(), function) != higher_order.end() ||
         function.starts_with("laplace_") || function.starts_with("integrate_1d");
}

bool takes_data_only(std::string_view function) {
  return function.starts_with("csr_extract_") || function.starts_with("linspaced_") ||
         function == "hmm_hidden_state_prob" || function == "quantile" || function == "to_int";
}

bool is_missing(std::string_view function) {
  static constexpr std::string_view whole[] = {"bessel_first_kind",
                                               "bessel_second_kind",
                                               "gaussian_dlm_obs_lpdf",
                                               "hypergeometric_1F0",
                                               "hypergeometric_2F1",
                                               "hypergeometric_3F2",
                                               "hypergeometric_pFq",
                                               "inv_inc_beta",
                                               "lambert_w0",
                                               "lambert_wm1",
                                               "lkj_cov_lpdf",
                                               "log_modified_bessel_first_kind",
                                               "modified_bessel_first_kind",
                                               "modified_bessel_second_kind",
                                               "owens_t",
                                               "std_normal_log_qf",
                                               "student_t_qf",
                                               "wiener_lpdf"};
  static constexpr std::string_view without_tails[] = {"beta_binomial", "beta_neg_binomial", "skew_normal", "von_mises",
                                                       "yule_simon"};
  const Ending ending = ending_of(function);
  if (ending == Ending::cdf || ending == Ending::lcdf || ending == Ending::lccdf)
    return std::find(std::begin(without_tails), std::end(without_tails), stem_of(function)) != std::end(without_tails);
  return std::find(std::begin(whole), std::end(whole), definition_name(function)) != std::end(whole);
}

}  // namespace thalweg::stan
