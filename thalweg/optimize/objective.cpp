#include "thalweg/optimize/objective.hpp"

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {

const char* to_string(Objective objective) {
  switch (objective) {
    case Objective::map:
      return "map";
    case Objective::mode:
      return "mode";
    case Objective::mle:
      return "mle";
  }
  return "";
}

Parts parts_of(Objective objective) {
  switch (objective) {
    case Objective::map:
      return whole_density;
    case Objective::mode:
      return whole_density & ~part_jacobian;
    case Objective::mle:
      return part_likelihood;
  }
  return whole_density;
}

std::vector<std::size_t> untouched_by_likelihood(const Model& model) {
  Workspace workspace = model.workspace(1, part_likelihood);  // throws when nobody knows
  const std::vector<Term> terms = model.terms();
  if (std::none_of(terms.begin(), terms.end(), [](const Term& t) { return t.part == part_likelihood; }))
    fail("model {} has no likelihood terms, so that there is no maximum of the likelihood", model.name());
  const auto d = static_cast<std::size_t>(model.dimension());
  std::vector<bool> touched(d, false);
  std::vector<double> x(d), gradient(d);
  for (std::uint64_t k = 0; k < 5; ++k) {
    Random<double> random(0, Purpose::check, k, 0);
    for (double& v : x) v = 4 * random.uniform() - 2;
    double log_p = 0;
    workspace.evaluate(x.data(), gradient.data(), &log_p);
    if (log_p == -infinity) continue;  // a point outside the support has no gradient
    for (std::size_t j = 0; j < d; ++j)
      if (gradient[j] != 0) touched[j] = true;
  }
  std::vector<std::size_t> untouched;
  for (std::size_t j = 0; j < d; ++j)
    if (!touched[j]) untouched.push_back(j);
  return untouched;
}

}  // namespace thalweg
