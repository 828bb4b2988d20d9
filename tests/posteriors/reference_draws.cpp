#include "reference_draws.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "thalweg/core/error.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "zip_entry.hpp"

namespace thalweg::testing {
namespace {

using Chains = std::vector<std::map<std::string, std::vector<double>>>;

/// "theta[2,1]" of element k, the last index fastest.
std::string element_name(const Variable& variable, std::int64_t k) {
  std::string indices;
  for (std::size_t axis = variable.shape.size(); axis-- > 0;) {
    indices = std::to_string(k % variable.shape[axis] + 1) + (indices.empty() ? "" : ",") + indices;
    k /= variable.shape[axis];
  }
  return indices.empty() ? variable.name : variable.name + "[" + indices + "]";
}

double value_of(const std::map<std::string, std::vector<double>>& chain, const std::string& name, std::size_t draw) {
  if (const auto found = chain.find(name); found != chain.end()) return found->second.at(draw);
  // theta[j] = mu + tau·theta_trans[j]
  if (name.starts_with("theta_trans"))
    return (chain.at("theta" + name.substr(11)).at(draw) - chain.at("mu").at(draw)) / chain.at("tau").at(draw);
  throw std::runtime_error("the reference has no " + name);
}

/// Nothing when the draw does not fit a constraint.
std::optional<std::vector<double>> unconstrained(const Model& model, Workspace& workspace,
                                                 const std::map<std::string, std::vector<double>>& chain,
                                                 std::size_t draw) {
  DataMap values;
  for (const Variable& variable : model.variables()) {
    if (variable.block != Block::parameters) continue;
    DataValue value{.shape = variable.shape, .reals = {}, .integers = {}};
    for (std::int64_t k = 0; k < variable.size; ++k)
      value.reals.push_back(value_of(chain, element_name(variable, k), draw));
    values.values[variable.name] = std::move(value);
  }
  std::vector<double> x(static_cast<std::size_t>(model.dimension()));
  try {
    workspace.unconstrain(values, x);
  } catch (const Error&) {
    return std::nullopt;
  }
  for (const double v : x)
    if (!std::isfinite(v)) return std::nullopt;
  return x;
}

}  // namespace

Model load_posterior(const NamedPosterior& posterior, const std::string& programs, const std::string& database) {
  stan::CompileOptions options;
  options.hessian = true;
  const auto program = stan::compile_program(programs + "/" + posterior.program + ".stan", options);
  const std::string zip = database + "/data/data/" + posterior.data + ".json.zip";
  return stan::bind(program, parse_json_data(read_first_zip_entry(zip), posterior.data));
}

std::vector<std::vector<double>> unconstrained_draws(const Model& model, const NamedPosterior& posterior,
                                                     const std::string& database, std::size_t every) {
  const std::string zip = database + "/reference_posteriors/draws/draws/" + posterior.reference + ".json.zip";
  const auto chains = nlohmann::json::parse(read_first_zip_entry(zip)).get<Chains>();
  Workspace workspace = model.workspace(1);
  std::vector<std::vector<double>> result;
  for (const auto& chain : chains)
    for (std::size_t draw = 0; draw < chain.begin()->second.size(); draw += every)
      if (auto x = unconstrained(model, workspace, chain, draw)) result.push_back(std::move(*x));
  if (result.empty()) throw std::runtime_error(posterior.reference + ": no draw fits the program");
  return result;
}

std::vector<NamedPosterior> posteriors_here() {
  return {{"kidscore_interaction", "kidiq", "kidiq-kidscore_interaction"},
          {"kidscore_momiq", "kidiq", "kidiq-kidscore_momiq"},
          {"logearn_interaction", "earnings", "earnings-logearn_interaction"},
          {"logmesquite_logvash", "mesquite", "mesquite-logmesquite_logvash"},
          {"kilpisjarvi", "kilpisjarvi_mod", "kilpisjarvi_mod-kilpisjarvi"},
          {"nes", "nes1980", "nes1980-nes"},
          {"blr", "sblrc", "sblrc-blr"},
          {"diamonds", "diamonds", "diamonds-diamonds"},
          {"arK", "arK", "arK-arK"},
          {"garch11", "garch", "garch-garch11"},
          {"gp_regr", "gp_pois_regr", "gp_pois_regr-gp_regr"},
          {"low_dim_gauss_mix", "low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"},
          {"hmm_drive_0", "bball_drive_event_0", "bball_drive_event_0-hmm_drive_0"},
          {"eight_schools_noncentered", "eight_schools", "eight_schools-eight_schools_noncentered"}};
}

std::vector<NamedPosterior> posteriors_elsewhere() {
  return {{"arma11", "arma", "arma-arma11"},
          {"hmm_drive_1", "bball_drive_event_1", "bball_drive_event_1-hmm_drive_1"},
          {"earn_height", "earnings", "earnings-earn_height"},
          {"logearn_height_male", "earnings", "earnings-logearn_height_male"},
          {"logearn_interaction_z", "earnings", "earnings-logearn_interaction_z"},
          {"hmm_example", "hmm_example", "hmm_example-hmm_example"},
          {"kidscore_momhsiq", "kidiq", "kidiq-kidscore_momhsiq"},
          {"kidscore_mom_work", "kidiq_with_mom_work", "kidiq_with_mom_work-kidscore_mom_work"},
          {"kidscore_interaction_z", "kidiq_with_mom_work", "kidiq_with_mom_work-kidscore_interaction_z"},
          {"logmesquite", "mesquite", "mesquite-logmesquite"},
          {"logmesquite_logvas", "mesquite", "mesquite-logmesquite_logvas"},
          {"mesquite", "mesquite", "mesquite-mesquite"}};
}

MeansAndSds moments(const std::vector<std::vector<double>>& draws) {
  const std::size_t d = draws.at(0).size();
  MeansAndSds m{std::vector<double>(d), std::vector<double>(d)};
  const auto n = static_cast<double>(draws.size());
  for (const auto& x : draws)
    for (std::size_t j = 0; j < d; ++j) m.mean[j] += x[j] / n;
  for (const auto& x : draws)
    for (std::size_t j = 0; j < d; ++j) m.sd[j] += (x[j] - m.mean[j]) * (x[j] - m.mean[j]) / (n - 1);
  for (double& v : m.sd) v = std::sqrt(v);
  return m;
}

}  // namespace thalweg::testing
