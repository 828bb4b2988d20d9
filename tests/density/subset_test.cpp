// Subsets of the observations of C++ densities: hand-written gradients, functors, and the mistakes one can make.
#include <gmock/gmock.h>

#include "tests/density/subset_law.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

/// What one can get wrong.
enum class Mistake { none, no_scale, scaled_prior, scaled_jacobian };

constexpr double observed[] = {0.4, -1.3, 2.1, 0.7, 1.9, -0.2, 0.9};

/// mu ~ normal(0, 1), s = exp(x[1]) ~ exponential(1), observed ~ normal(mu, s), with its gradient written by hand.
template <Mistake mistake = Mistake::none>
struct Measurements {
  static constexpr const char* name = "measurements";
  std::int64_t dimension() const { return 2; }
  std::int64_t observations() const { return 7; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient, const Subset& subset) const {
    const double scale = mistake == Mistake::no_scale ? 1 : subset.scale;
    const double prior = mistake == Mistake::scaled_prior ? scale : 1;
    const double jacobian = mistake == Mistake::scaled_jacobian ? scale : 1;
    const Real mu = x[0], s = exp(x[1]);
    Real log_p = prior * (-0.5 * mu * mu - s) + jacobian * x[1];
    gradient[0] = -prior * mu;
    gradient[1] = jacobian - prior * s;
    for (const std::int32_t i : subset.indices) {
      const Real z = (observed[i] - mu) / s;
      log_p += scale * (-0.5 * z * z - x[1]);
      gradient[0] += scale * z / s;
      gradient[1] += scale * (z * z - 1);
    }
    return log_p;
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const std::int32_t all[] = {0, 1, 2, 3, 4, 5, 6};
    return Measurements<>{}.log_density(x, gradient, Subset{all, 1});
  }
};

/// A regression as a functor, with a constrained parameter.
template <Mistake mistake = Mistake::none>
struct Regression {
  static constexpr const char* name = "regression";
  std::vector<double> y{observed, observed + 7}, z{-1, 0.5, 0.2, 1.5, -0.7, 0.1, 0.9};

  std::int64_t observations() const { return 7; }
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const std::vector<std::int32_t> all{0, 1, 2, 3, 4, 5, 6};
    add(p, {all, 1});
  }
  template <class Real>
  void operator()(Parameters<Real>& p, const Subset& subset) const {
    add(p, {subset.indices, mistake == Mistake::no_scale ? 1 : subset.scale});
  }
  template <class Real>
  void add(Parameters<Real>& p, const Subset& subset) const {
    using namespace distribution;
    const auto b = p.vector("b", 2);
    const auto s = p.real("s", {.lower = 0});
    const double prior = mistake == Mistake::scaled_prior ? subset.scale : 1;
    p.prior += prior * (log_density<Normal>(b, 0, 2) + log_density<Exponential>(s, 1));
    for (const std::int32_t i : subset.indices)
      p.likelihood += subset.scale * log_density<Normal>(y[static_cast<std::size_t>(i)],
                                                         b[0] + b[1] * z[static_cast<std::size_t>(i)], s);
  }
};

template <class D>
double worst(D density) {
  const Model model = model_of(std::move(density));
  const auto evaluate = laws::subsets_of(model, 1);
  double off = laws::all_violation(model, 1, evaluate);
  for (const std::size_t m : {1, 3, 6}) off = std::max(off, laws::mean_violation(model, 1, m, evaluate));
  return off;
}

TEST(Subsets, OfHandWrittenDensitiesAreFair) { laws::expect_subsets_are_fair(model_of(Measurements<>{})); }

TEST(Subsets, OfFunctorsAreFairInAllParts) {
  laws::expect_subsets_are_fair(model_of(Regression<>{}), {whole_density, part_likelihood, laws::prior_side,
                                                           part_jacobian, part_likelihood | part_jacobian});
}

TEST(Subsets, SeesAScaleThatIsLeftOut) {
  EXPECT_GT(worst(Measurements<Mistake::no_scale>{}), 1e-3);
  EXPECT_GT(worst(Regression<Mistake::no_scale>{}), 1e-3);
}

TEST(Subsets, SeesAPriorThatIsScaledToo) {
  EXPECT_GT(worst(Measurements<Mistake::scaled_prior>{}), 1e-3);
  EXPECT_GT(worst(Regression<Mistake::scaled_prior>{}), 1e-3);
}

TEST(Subsets, SeesAJacobianThatIsScaled) { EXPECT_GT(worst(Measurements<Mistake::scaled_jacobian>{}), 1e-3); }

TEST(Subsets, HaveTheSameBitsAtEveryWidth) {
  const Model model = model_of(Regression<>{});
  const std::vector<std::int32_t> some{5, 0, 3};
  for (const int width : model.subset_widths()) {
    const auto x = laws::split_points(model, width, 4);
    const auto w = static_cast<std::size_t>(width), d = x.size() / w;
    const auto packed = laws::subsets_of(model, width)({some, 7.0 / 3}, x);
    for (std::size_t lane = 0; lane < w; ++lane) {
      std::vector<double> own(d);
      for (std::size_t j = 0; j < d; ++j) own[j] = x[j * w + lane];
      const auto alone = laws::subsets_of(model, 1)({some, 7.0 / 3}, own);
      EXPECT_EQ(alone.log_p[0], packed.log_p[lane]);
      for (std::size_t j = 0; j < d; ++j) EXPECT_EQ(alone.gradient[j], packed.gradient[j * w + lane]);
    }
  }
}

TEST(Subsets, CountANumberThatStandsTwiceTwice) {
  const Model model = model_of(Measurements<>{});
  const std::vector<double> x{0.3, -0.2};
  const std::vector<std::int32_t> twice{4, 4}, once{4};
  const auto evaluate = laws::subsets_of(model, 1);
  EXPECT_LE(laws::relative_difference(evaluate({twice, 1.5}, x), evaluate({once, 3}, x)), 1e-14);
}

TEST(Subsets, OfNothingAreTheRest) {
  const Model model = model_of(Regression<>{});
  const auto x = laws::split_points(model, 1, 2);
  EXPECT_LE(laws::relative_difference(laws::subsets_of(model, 1)({{}, 3}, x),
                                      laws::evaluate_parts(model, 1, laws::prior_side, x)),
            1e-14);
}

TEST(Subsets, AnObservationThatIsNotThereFailsWithAReason) {
  for (const Model& model : {model_of(Measurements<>{}), model_of(Regression<>{})})
    for (const std::int32_t wrong : {-1, 7}) {
      const std::vector<std::int32_t> some{2, wrong};
      const auto x = laws::split_points(model, 1, 2);
      std::vector<double> gradient(x.size());
      double log_p = 0;
      Workspace workspace = model.subset_workspace(1);
      workspace.evaluate_subset({some, 1}, x.data(), gradient.data(), &log_p);
      EXPECT_FALSE(std::isfinite(log_p));
      EXPECT_THAT(workspace.evidence(0).text, HasSubstr("observation"));
    }
}

TEST(Subsets, OfPartsThatADensityDoesNotStateAreRefused) {
  const Model model = model_of(Measurements<>{});
  const auto x = laws::split_points(model, 1, 2);
  EXPECT_THROW(model.subset_workspace(1, part_likelihood), Error);  // as workspace() does
}

TEST(Subsets, AreRefusedWithAReasonWhereThereAreNone) {
  const Model model = test_density("eight-schools");
  EXPECT_EQ(model.observations(), 0);
  EXPECT_TRUE(model.subset_widths().empty());
  EXPECT_THAT(model.subset_reason(), HasSubstr("which terms belong to its observations"));
  try {
    model.subset_workspace(1);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("cannot be evaluated for a part of its data"));
  }
}

TEST(Subsets, AreSaidOfTheLikelihoodTerm) {
  for (const auto& term : model_of(Regression<>{}).terms()) {
    EXPECT_EQ(term.observations, term.part == part_likelihood ? 7 : 0);
    EXPECT_EQ(term.is_subsampled, term.part == part_likelihood);
  }
}

}  // namespace
}  // namespace thalweg
