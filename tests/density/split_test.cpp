// Prior and likelihood of C++ densities: functors that say which is which, hand-written gradients, and those that
// don't.
#include <gmock/gmock.h>

#include "tests/density/split_law.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Eight schools that state their parts, with a constrained parameter of every structure besides.
struct StatedSchools {
  static constexpr const char* name = "stated-schools";
  static constexpr const char* prior_words = "mu ~ normal(0, 5), …";
  std::vector<double> effect{EightSchoolsData::effect, EightSchoolsData::effect + 8};
  std::vector<double> error{EightSchoolsData::error, EightSchoolsData::error + 8};
  bool structures = false;

  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto trans = p.vector("theta_trans", 8);
    const auto mu = p.real("mu");
    const auto tau = p.real("tau", {.lower = 0});
    p.prior += log_density<StdNormal, true>(trans);
    p.likelihood += log_density<Normal, true>(as_vector(effect), mu + tau * trans, as_vector(error));
    p.prior += log_density<Normal, true>(mu, 0, 5);
    p.prior += log_density<Cauchy, true>(tau, 0, 5);
    if (!structures) return;
    const auto bounded = p.vector("bounded", 2, {.lower = -1, .upper = tau});
    const auto affine = p.real("affine", {.offset = mu, .multiplier = 2});
    p.prior -= sum(square(bounded)) + square(affine);
    p.likelihood += sum(log(p.simplex("simplex", 3)));
    p.prior -= sum(square(p.unit_vector("direction", 2))) + sum(square(p.ordered("ordered", 3)));
    p.likelihood -= sum(square(p.cholesky_factor_corr("factor", 3)));
    p.prior -= sum(square(p.corr_matrix("correlation", 3))) + sum(square(p.cov_matrix("covariance", 2)));
    p.prior -= sum(square(p.cholesky_factor_cov("tall", 3, 2))) + sum(square(p.positive_ordered("positive", 2)));
  }
};

struct UnstatedSchools {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto tau = p.real("tau", {.lower = 0});
    p.prior -= square(tau);
    p.target -= tau;
  }
};

/// Constrained, and says nothing of its parts.
struct Exponential {
  std::int64_t dimension() const { return 1; }
  std::vector<DeclaredVariable> variables() const { return {{"rate"}}; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = 1 - exp(x[0]);
    return x[0] - exp(x[0]);
  }
  void constrain(View<const double> x, View<double> values) const { values[0] = exp(x[0]); }
};

std::vector<Part> parts_of(const Model& model) {
  std::vector<Part> parts;
  for (const auto& t : model.terms()) parts.push_back(t.part);
  return parts;
}

TEST(SplitDensities, PartsOfFunctorsAddUp) {
  laws::expect_parts_add_up(model_of(StatedSchools{}));
  laws::expect_parts_add_up(model_of(StatedSchools{.structures = true}));
}

TEST(SplitDensities, PartsOfHandWrittenDensitiesAddUp) {
  for (const char* name : {"eight-schools", "eight-schools-centered"}) {
    const Model model = test_density(name);
    EXPECT_THAT(parts_of(model), ElementsAre(part_prior, part_likelihood, part_jacobian));
    laws::expect_parts_add_up(model);
  }
}

TEST(SplitDensities, TwoWaysToWriteADensityHaveTheSameParts) {
  const Model functor = model_of(StatedSchools{}), hand = test_density("eight-schools");
  for (const Parts parts : {part_prior, part_likelihood, part_jacobian}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const auto x = laws::split_points(hand, 1, seed);
      const auto a = laws::evaluate_parts(functor, 1, parts, x), b = laws::evaluate_parts(hand, 1, parts, x);
      for (std::size_t j = 0; j < x.size(); ++j) EXPECT_NEAR(a.gradient[j], b.gradient[j], 1e-12 * 50);
    }
  }
}

TEST(SplitDensities, HessiansOfPartsAddUp) {
  for (const Model& model : {model_of(StatedSchools{}), test_density("eight-schools-centered")}) {
    for (const int width : model.hessian_widths()) {
      const auto x = laws::split_points(model, width, 1), v = laws::split_points(model, width, 2);
      const auto product = [&](Parts parts) {
        std::vector<double> out(x.size());
        model.hessian_workspace(width, parts).hessian_vector(x.data(), v.data(), out.data());
        return out;
      };
      const auto whole = product(whole_density), prior = product(laws::prior_side), rest = product(part_likelihood);
      for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(prior[i] + rest[i], whole[i], 1e-12 * (1 + std::abs(prior[i]) + std::abs(rest[i])));
    }
  }
}

TEST(SplitDensities, SeeAJacobianInBothPartsAndOneThatIsDropped) {
  for (const Model& model : {model_of(StatedSchools{}), test_density("eight-schools")}) {
    const Parts likelihood_with_jacobian = part_likelihood | part_jacobian;
    EXPECT_GT(laws::split_violation(model, 1, {laws::prior_side, likelihood_with_jacobian}, whole_density), 1e-3);
    EXPECT_GT(laws::split_violation(model, 1, {part_prior, part_likelihood}, whole_density), 1e-3);
  }
}

TEST(SplitDensities, SayWhatTheirPartsAre) {
  const auto terms = model_of(StatedSchools{}).terms();
  ASSERT_EQ(terms.size(), 3u);
  EXPECT_EQ(terms[0].text, "mu ~ normal(0, 5), …");
  EXPECT_EQ(terms[1].text, "p.likelihood");
  EXPECT_EQ(terms[2].part, part_jacobian);
  EXPECT_EQ(test_density("eight-schools").terms()[1].text, "effect ~ normal(theta, error)");
  EXPECT_THAT(model_of(Exponential{}).terms(), ElementsAre());
}

std::string refusal(const Model& model, Parts parts) {
  try {
    model.workspace(1, parts);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(SplitDensities, WhatIsNotSaidIsRefused) {
  const Model unstated = model_of(UnstatedSchools{});
  EXPECT_THAT(parts_of(unstated), ElementsAre(part_prior, part_undecided, part_jacobian));
  EXPECT_THAT(refusal(unstated, part_prior), HasSubstr("p.target"));
  EXPECT_LE(laws::split_violation(unstated, 1, {laws::without_jacobian, part_jacobian}, whole_density), 1e-12);
  EXPECT_THAT(refusal(model_of(Exponential{}), part_likelihood), HasSubstr("does not say"));
  EXPECT_THAT(refusal(test_density("funnel"), part_prior), HasSubstr("does not say"));
}

TEST(SplitDensities, AJacobianThatIsNotKnownApartIsNotANumber) {
  const Model model = model_of(Exponential{});
  Workspace workspace = model.workspace(1, laws::without_jacobian);
  const double x = 0.3;
  double gradient = 0, log_p = 0;
  workspace.evaluate(&x, &gradient, &log_p);
  EXPECT_TRUE(std::isnan(log_p));
  EXPECT_THAT(workspace.evidence(0).text, HasSubstr("does not state its parts"));
  const auto of_funnel =
      laws::evaluate_parts(test_density("funnel"), 1, laws::without_jacobian, std::vector<double>(10, 0.1));
  EXPECT_TRUE(std::isfinite(of_funnel.log_p[0]));  // nothing of it is constrained
}

}  // namespace
}  // namespace thalweg
