// Likelihoods that are linear regressions on data with normal errors: reduced once, when the data come.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/stan/emit/expressions.hpp"

namespace thalweg::stan {

/// A `normal` or `normal_id_glm` term as the runtime's reduced form (density/normal_regression.hpp).
struct ReducedRegression {
  std::string name;                ///< of the member that holds what the data come down to
  std::vector<std::string> setup;  ///< statements that fill it once data and transformed data are there
  std::string term;                ///< the log density, to be used where `name.usable`
};

/// A local vector that is nothing but the location of one normal term: `vector[N] mu = a + X * b; mu += c * x;
/// y ~ normal(mu, sigma);`.
struct LocalLocation {
  VariableId variable = no_id;
  std::vector<const Statement*> made_by;                    ///< its declaration and what adds to it
  std::vector<std::pair<const Expression*, double>> terms;  ///< with their signs
  const Statement* used_by = nullptr;                       ///< the term
};
/// The one that `block[declaration]` declares, if it does.
std::optional<LocalLocation> local_location(const EmitContext& context, const std::vector<StatementPtr>& block,
                                            std::size_t declaration);

/// What the call in `target += normal_lpdf(y | …)` or the statement `y ~ normal(…)` comes down to: nothing unless the
/// outcome is a container of data, the scale is a scalar and the location is a sum of data vectors times scalars, of
/// data matrices times vectors, of scalars and of data, or `local` is such a sum and the location. `number` makes the
/// name.
std::optional<ReducedRegression> reduced_regression(const EmitContext& context, const Expression& call,
                                                    std::size_t number, const LocalLocation* local);
std::optional<ReducedRegression> reduced_regression(const EmitContext& context, const Tilde& tilde, std::size_t number,
                                                    const LocalLocation* local);

}  // namespace thalweg::stan
