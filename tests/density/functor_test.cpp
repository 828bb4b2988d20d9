// A density as a C++ functor: names, constraints, gradients by the tape, the same bits at every width, clear failures.
#include "thalweg/density/functor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "tests/density/transform_laws.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Eight schools, as the hand-written test density has it.
struct Schools {
  static constexpr const char* name = "schools";
  std::vector<double> effect{EightSchoolsData::effect, EightSchoolsData::effect + 8};
  std::vector<double> error{EightSchoolsData::error, EightSchoolsData::error + 8};

  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto trans = p.vector("theta_trans", 8);
    const auto mu = p.real("mu");
    const auto tau = p.real("tau", {.lower = 0});
    const auto theta = p.derived("theta", mu + tau * trans);
    p.target += log_density<StdNormal, true>(trans);
    p.target += log_density<Normal, true>(as_vector(effect), theta, as_vector(error));
    p.target += log_density<Normal, true>(mu, 0, 5);
    p.target += log_density<Cauchy, true>(tau, 0, 5);
  }
};

/// Every kind of parameter, and bounds that are parameters.
struct Everything {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto a = p.real("a");
    const auto low = p.real("low", {.upper = a});
    const auto between = p.vector("between", 2, {.lower = low, .upper = a});
    const auto shifted = p.vector("shifted", 2, {.offset = a, .multiplier = exp(low)});
    const auto m = p.matrix("m", 2, 3, {.lower = -1.5});
    const auto weights = p.simplex("weights", 3);
    const auto direction = p.unit_vector("direction", 3);
    const auto increasing = p.ordered("increasing", 3);
    const auto positive = p.positive_ordered("positive", 2);
    const auto balanced = p.sum_to_zero_vector("balanced", 3);
    const auto factor = p.cholesky_factor_corr("factor", 3);
    const auto tall = p.cholesky_factor_cov("tall", 3, 2);
    const auto correlation = p.corr_matrix("correlation", 3);
    const auto covariance = p.cov_matrix("covariance", 2);
    p.derived("ratio", a / (1 + square(low)));
    p.target -= 0.5 * square(a) + 0.1 * square(low);
    p.target -= sum(square(between)) + sum(square(shifted)) + sum(square(m));
    p.target += sum(log(weights)) - sum(exp(direction)) - sum(square(increasing)) - sum(square(positive));
    p.target -= sum(square(balanced)) + sum(exp(factor)) + sum(square(tall)) + sum(exp(correlation));
    p.target -= sum(square(covariance));
  }
};

std::vector<double> point(std::int64_t d, std::uint64_t seed, double spread = 0.7) {
  return laws::random_point(static_cast<std::size_t>(d), seed, spread);
}

TEST(Functor, NamesAndShapes) {
  const Model model = model_of(Everything{});
  std::vector<std::string> names;
  for (const Variable& v : model.variables()) names.push_back(v.name);
  EXPECT_THAT(names, ElementsAre("a", "low", "between", "shifted", "m", "weights", "direction", "increasing",
                                 "positive", "balanced", "factor", "tall", "correlation", "covariance", "ratio"));
  EXPECT_THAT(model.variables()[4].shape, ElementsAre(2, 3));
  EXPECT_EQ(model.variables()[5].type, "simplex");
  EXPECT_EQ(model.variables().back().block, Block::transformed_parameters);
  EXPECT_EQ(model.dimension(), 1 + 1 + 2 + 2 + 6 + 2 + 3 + 3 + 2 + 2 + 3 + 5 + 3 + 3);
  EXPECT_EQ(model.draw_size(), 1 + 1 + 2 + 2 + 6 + 3 + 3 + 3 + 2 + 3 + 9 + 6 + 9 + 4 + 1);
  EXPECT_EQ(model.name(), "density");
}

TEST(Functor, GradientMatchesDifferences) {
  const Model model = model_of(Everything{});
  Workspace workspace = model.workspace(1);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const std::vector<double> x = point(model.dimension(), seed);
    std::vector<double> g(x.size()), ignored(x.size());
    double log_p;
    workspace.evaluate(x.data(), g.data(), &log_p);
    ASSERT_TRUE(std::isfinite(log_p));
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double slope = laws::difference([&](double h) {
        std::vector<double> moved = x;
        moved[j] += h;
        double value;
        workspace.evaluate(moved.data(), ignored.data(), &value);
        return value;
      });
      EXPECT_NEAR(g[j], slope, 1e-8 * (1 + std::abs(slope))) << "coordinate " << j;
    }
  }
}

TEST(Functor, SameBitsAtEveryWidth) {
  const Model model = model_of(Everything{});
  Workspace one = model.workspace(1);
  for (const int width : model.widths()) {
    Workspace wide = model.workspace(width);
    const auto w = static_cast<std::size_t>(width), d = static_cast<std::size_t>(model.dimension());
    const std::vector<double> x = point(static_cast<std::int64_t>(d * w), 9);
    std::vector<double> g(d * w), log_p(w), x1(d), g1(d);
    for (int repeat = 0; repeat < 2; ++repeat) {  // the second time the arena has its size
      wide.evaluate(x.data(), g.data(), log_p.data());
      for (std::size_t lane = 0; lane < w; ++lane) {
        double log_p1;
        for (std::size_t j = 0; j < d; ++j) x1[j] = x[j * w + lane];
        one.evaluate(x1.data(), g1.data(), &log_p1);
        EXPECT_EQ(std::memcmp(&log_p1, &log_p[lane], 8), 0) << log_p1 << " " << log_p[lane];
        for (std::size_t j = 0; j < d; ++j) EXPECT_EQ(std::memcmp(&g1[j], &g[j * w + lane], 8), 0) << "width " << width;
      }
    }
  }
}

TEST(Functor, AgreesWithTheHandWrittenGradient) {
  const Model functor = model_of(Schools{}), hand = test_density("eight-schools");
  ASSERT_EQ(functor.dimension(), 10);
  EXPECT_EQ(functor.name(), "schools");
  ASSERT_EQ(functor.variables().size(), hand.variables().size());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(functor.variables()[i].name, hand.variables()[i].name);
    EXPECT_EQ(functor.variables()[i].offset, hand.variables()[i].offset);
  }
  Workspace a = functor.workspace(1), b = hand.workspace(1);
  double offset = not_a_number;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<double> x = point(10, seed);
    std::vector<double> ga(10), gb(10), va(18), vb(18);
    double pa, pb;
    a.evaluate(x.data(), ga.data(), &pa);
    b.evaluate(x.data(), gb.data(), &pb);
    if (std::isnan(offset)) offset = pa - pb;
    EXPECT_NEAR(pa - pb, offset, 1e-12 * std::abs(pb));
    for (std::size_t j = 0; j < 10; ++j) EXPECT_NEAR(ga[j], gb[j], 1e-12 * (1 + std::abs(gb[j])));
    a.constrain(x, 0, 0, 0, true, va);
    b.constrain(x, 0, 0, 0, true, vb);
    for (std::size_t j = 0; j < 18; ++j) EXPECT_NEAR(va[j], vb[j], 1e-14 * (1 + std::abs(vb[j])));
  }
}

TEST(Functor, UnconstrainInvertsConstrain) {
  const Model model = model_of(Everything{});
  Workspace workspace = model.workspace(1);
  const std::vector<double> x = point(model.dimension(), 3);
  std::vector<double> values(static_cast<std::size_t>(model.draw_size())), again(values), back(x.size());
  workspace.constrain(x, 0, 0, 0, true, values);
  DataMap start;
  for (const Variable& v : model.variables()) {
    if (v.block != Block::parameters) continue;
    DataValue& value = start.values[v.name];
    value.shape = v.shape;
    value.reals.assign(values.begin() + v.offset, values.begin() + v.offset + v.size);
  }
  workspace.unconstrain(start, back);
  workspace.constrain(back, 0, 0, 0, true, again);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(again[i], values[i], 1e-12) << i;
}

TEST(Functor, StartsByNameKeepTheOthers) {
  const Model model = model_of(Schools{});
  Workspace workspace = model.workspace(1);
  std::vector<double> x(10, 0.25);
  DataMap start;
  start.origin = "init.json";
  start.values["tau"].reals = {2};
  workspace.unconstrain(start, x);
  EXPECT_EQ(x[8], 0.25);
  EXPECT_NEAR(x[9], std::log(2.0), 1e-15);
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(Functor, BadStartsAreExplained) {
  const Model model = model_of(Everything{});
  Workspace workspace = model.workspace(1);
  std::vector<double> x(static_cast<std::size_t>(model.dimension()));
  const auto with = [&](const char* name, std::vector<std::int64_t> shape, std::vector<double> values) {
    DataMap start;
    start.origin = "init.json";
    start.values[name].shape = std::move(shape);
    start.values[name].reals = std::move(values);
    return message_of([&] { workspace.unconstrain(start, x); });
  };
  EXPECT_EQ(with("m", {2, 3}, {0, 0, 0, 0, -2, 0}),
            "init.json: variable m[2, 2]: expected a number greater than -1.5, found -2");
  EXPECT_EQ(with("weights", {3}, {0.5, 0.5, 0.5}),
            "init.json: variable weights[1]: expected part of a simplex, whose sum is 1, found 1.5");
  EXPECT_EQ(with("weights", {2}, {0.5, 0.5}), "init.json: variable weights: expected shape [3], found shape [2]");
}

/// Its support is x > 0 by a domain error, not by a constraint.
struct Refuses {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto x = p.real("x");
    p.target += log_density<distribution::Normal, false>(1.0, 0.0, x);
  }
};
struct Throws {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto x = p.vector("x", 2);
    if (!p.target.ignored) throw std::runtime_error("the data are missing");
    p.target += sum(x);
  }
};
struct NamesTwice {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    p.real("x");
    p.real("x");
  }
};
struct EmptySimplex {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    p.simplex("x", 0);
  }
};
struct BoundsAndOffset {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    p.real("x", {.lower = 0, .multiplier = 2});
  }
};

TEST(Functor, ARefusedLaneLeavesTheOthersAlone) {
  const Model model = model_of(Refuses{});
  Workspace workspace = model.workspace(default_width);
  std::vector<double> x(default_width, 1.0), g(default_width), log_p(default_width);
  x[1] = -1;
  workspace.evaluate(x.data(), g.data(), log_p.data());
  EXPECT_EQ(log_p[1], -infinity);
  EXPECT_EQ(g[1], 0);
  EXPECT_NE(workspace.evidence(1).text, "");
  EXPECT_EQ(workspace.evidence(0).text, "");
  EXPECT_NEAR(log_p[0], -0.5 - 0.5 * std::log(2 * M_PI), 1e-15);
}

TEST(Functor, ExceptionsBecomeEvidence) {
  Workspace workspace = model_of(Throws{}).workspace(1);
  const double x[] = {1, 2};
  double g[2], log_p;
  workspace.evaluate(x, g, &log_p);
  EXPECT_EQ(log_p, -infinity);
  EXPECT_EQ(workspace.evidence(0).text, "the data are missing");
}

TEST(Functor, BadDeclarationsAreErrors) {
  EXPECT_EQ(message_of([] { model_of(NamesTwice{}); }), "the density names two quantities \"x\"");
  EXPECT_THAT(message_of([] { model_of(EmptySimplex{}); }), HasSubstr("size must be at least 1; found 0"));
  EXPECT_THAT(message_of([] { model_of(BoundsAndOffset{}); }), HasSubstr("but not both"));
}

}  // namespace
}  // namespace thalweg
