// Every test density: its gradient, its moments, its bits, its name.
#include "thalweg/density/test_densities.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "thalweg/core/error.hpp"
#include "thalweg/core/pack.hpp"
#include "thalweg/density/test_densities/unit.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> every_name() {
  std::vector<std::string> names;
  for (const TestDensity& t : test_densities()) {
    names.emplace_back(t.name);
    if (t.any_dimension) names.push_back(std::string(t.name) + ":2");
  }
  return names;
}
std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

class EachTestDensity : public testing::TestWithParam<std::string> {
 protected:
  const Model model = test_density(GetParam());
  const std::size_t d = static_cast<std::size_t>(model.dimension());
  Workspace one = model.workspace(1);
  std::mt19937_64 random{20240607};

  double value(const std::vector<double>& x) {
    std::vector<double> ignored(d);
    double log_p;
    one.evaluate(x.data(), ignored.data(), &log_p);
    return log_p;
  }
  std::vector<double> point(double spread) {
    std::normal_distribution<double> normal(0, spread);
    std::vector<double> x(d);
    for (double& v : x) v = normal(random);
    return x;
  }
};
INSTANTIATE_TEST_SUITE_P(Named, EachTestDensity, testing::ValuesIn(every_name()), test_name);

TEST_P(EachTestDensity, GradientMatchesDifferences) {
  for (int repeat = 0; repeat < 5; ++repeat) {
    const std::vector<double> x = point(1.5);
    std::vector<double> g(d), y = x;
    double log_p;
    one.evaluate(x.data(), g.data(), &log_p);
    for (std::size_t j = 0; j < d; ++j) {
      const auto at = [&](double h) {
        y[j] = x[j] + h;
        const double v = value(y);
        y[j] = x[j];
        return v;
      };
      const double h = 0.01;  // sixth-order central difference
      const double slope = (45 * (at(h) - at(-h)) - 9 * (at(2 * h) - at(-2 * h)) + (at(3 * h) - at(-3 * h))) / (60 * h);
      // Rounding: a few ulps of log p over h; truncation: h⁶ times a derivative of order one.
      EXPECT_NEAR(slope, g[j], 1e-9 * (1 + std::abs(g[j])) + 1e-13 * std::abs(log_p) / h) << "coordinate " << j;
    }
  }
}

TEST_P(EachTestDensity, SameBitsAtEveryWidth) {
  for (const int width : model.widths()) {
    Workspace wide = model.workspace(width);
    const auto w = static_cast<std::size_t>(width);
    std::vector<double> x(d * w), g(d * w), log_p(w), x1(d), g1(d);
    for (const double spread : {1.0, 30.0, 800.0}) {
      std::normal_distribution<double> normal(0, spread);
      for (double& v : x) v = normal(random);
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

TEST_P(EachTestDensity, SameBitsAtEveryInstructionSet) {
  std::int32_t count = 0;
  const ModelTable* const* tables = test_density_tables(&count);
  const auto own = std::find_if(tables, tables + count, [&](const ModelTable* t) { return model.name() == t->name; });
  ASSERT_NE(own, tables + count);
  DataMap data;
  data.values["dimension"].reals = {static_cast<double>(d)};
  data.values["dimension"].integers = {static_cast<std::int32_t>(d)};
  data.values["dimension"].is_integer = true;
  Workspace here = Model::create(**own, data, {}).workspace(1);
  for (const double spread : {1.0, 30.0, 800.0}) {
    const std::vector<double> x = point(spread);
    std::vector<double> a(d), b(d);
    double log_a, log_b;
    one.evaluate(x.data(), a.data(), &log_a);
    here.evaluate(x.data(), b.data(), &log_b);
    EXPECT_EQ(std::memcmp(&log_a, &log_b, 8), 0) << log_a << " " << log_b;
    EXPECT_EQ(std::memcmp(a.data(), b.data(), 8 * d), 0);
  }
}

TEST_P(EachTestDensity, HessianVectorMatchesDifferencesOfTheGradient) {
  ASSERT_TRUE(one.has_hessian_vector());
  if (GetParam().find("gaussian") == std::string::npos) return;  // the others are judged in hessian_test.cpp
  const std::vector<double> x = point(1), v = point(1);
  std::vector<double> out(d), up(d), down(d), y(d);
  double ignored;
  one.hessian_vector(x.data(), v.data(), out.data());
  for (std::size_t j = 0; j < d; ++j) y[j] = x[j] + 0.5 * v[j];
  one.evaluate(y.data(), up.data(), &ignored);
  for (std::size_t j = 0; j < d; ++j) y[j] = x[j] - 0.5 * v[j];
  one.evaluate(y.data(), down.data(), &ignored);
  for (std::size_t j = 0; j < d; ++j)  // exact: these gradients are linear
    EXPECT_NEAR(up[j] - down[j], out[j], 1e-10 * (1 + std::abs(out[j])));
}

TEST_P(EachTestDensity, NamesItsMomentsCompletely) {
  const Moments m = exact_moments(GetParam());
  EXPECT_EQ(std::ssize(m.mean), model.draw_size());
  EXPECT_EQ(std::ssize(m.variance), model.draw_size());
  for (const double v : m.variance) EXPECT_GT(v, 0);
}

TEST_P(EachTestDensity, UnconstrainInvertsConstrain) {
  const std::vector<double> x = point(1);
  std::vector<double> values(static_cast<std::size_t>(model.draw_size())), back(d);
  one.constrain(x, 0, 0, 0, true, values);
  DataMap parameters;
  for (const Variable& v : model.variables()) {
    if (v.block != Block::parameters) continue;
    DataValue& value = parameters.values[v.name];
    value.shape = v.shape;
    value.reals.assign(values.begin() + v.offset, values.begin() + v.offset + v.size);
  }
  one.unconstrain(parameters, back);
  for (std::size_t j = 0; j < d; ++j) EXPECT_NEAR(back[j], x[j], 1e-14 * (1 + std::abs(x[j])));
}

// ---- exact moments against an integral of exp(log p) ----

/// A point of a plane and the Jacobian of the map that put it there.
struct Placed {
  double x, y, log_jacobian;
};
struct Plane {
  std::string name;
  double u_end, v_end;  ///< integrates over |u| < u_end, |v| < v_end
  std::function<Placed(double u, double v)> place;
};
Placed flat(double u, double v) { return {u, v, 0}; }

class PlaneMoments : public testing::TestWithParam<Plane> {};
INSTANTIATE_TEST_SUITE_P(Named, PlaneMoments,
                         testing::Values(Plane{"gaussian:2", 10, 10, flat},
                                         Plane{"ill-conditioned-gaussian:2", 10, 10,
                                               [](double u, double v) {
                                                 return Placed{0.1 * u, 10 * v, 0};
                                               }},
                                         Plane{"correlated-gaussian:2", 10, 10, flat},
                                         Plane{"banana", 10, 10,
                                               [](double u, double v) {
                                                 return Placed{10 * u, v + 3 * u * u - 3, 0};
                                               }},
                                         Plane{"funnel:2", 40, 10,
                                               [](double u, double v) {
                                                 return Placed{u, v * std::exp(u / 2), u / 2};
                                               }},
                                         Plane{"rosenbrock", 12, 4,
                                               [](double u, double v) {
                                                 return Placed{u, v + u * u, 0};
                                               }},
                                         Plane{"mixture", 12, 10, flat}, Plane{"ring", 8, 8, flat}),
                         [](const auto& plane) {
                           return test_name({plane.param.name, plane.index});
                         });

TEST_P(PlaneMoments, MatchAnIntegral) {
  // The trapezoidal rule converges geometrically for these smooth, fast-decaying integrands.
  const Plane& plane = GetParam();
  const Model model = test_density(plane.name);
  Workspace workspace = model.workspace(1);
  const int n = 400;
  double total = 0, first[2] = {}, second[2] = {};
  for (int i = -n; i <= n; ++i)
    for (int j = -n; j <= n; ++j) {
      const Placed p = plane.place(plane.u_end * i / n, plane.v_end * j / n);
      const double x[] = {p.x, p.y};
      double g[2], log_p;
      workspace.evaluate(x, g, &log_p);
      const double weight = std::exp(log_p + p.log_jacobian);
      total += weight;
      for (int k = 0; k < 2; ++k) first[k] += weight * x[k], second[k] += weight * x[k] * x[k];
    }
  const Moments exact = exact_moments(plane.name);
  for (std::size_t k = 0; k < 2; ++k) {
    const double mean = first[k] / total, variance = second[k] / total - mean * mean;
    EXPECT_NEAR(mean, exact.mean[k], 1e-9 * std::sqrt(exact.variance[k]));
    EXPECT_NEAR(variance, exact.variance[k], 1e-9 * exact.variance[k]);
  }
}

/// Means of x, x², ∇log p and x_i ∂_i log p over exact draws: the last two must be 0 and −1 if draws and density agree.
TEST(TestDensities, MomentsInHigherDimensionsMatchExactDraws) {
  struct Case {
    const char* name;
    std::function<void(std::vector<double>&, std::function<double()>, double)> draw;
  };
  const Case cases[] = {
      {"ill-conditioned-gaussian:5",
       [](auto& x, auto normal, double) {
         for (std::size_t j = 0; j < 5; ++j) x[j] = std::pow(10.0, 0.5 * static_cast<double>(j) - 1) * normal();
       }},
      {"correlated-gaussian:5",
       [](auto& x, auto normal, double) {
         x[0] = normal();
         for (std::size_t j = 1; j < 5; ++j) x[j] = 0.95 * x[j - 1] + std::sqrt(1 - 0.95 * 0.95) * normal();
       }},
      {"rosenbrock:6",
       [](auto& x, auto normal, double) {
         for (std::size_t j = 0; j < 6; j += 2) {
           x[j] = 1 + normal();
           x[j + 1] = x[j] * x[j] + std::sqrt(0.1) * normal();
         }
       }},
      {"mixture:5",
       [](auto& x, auto normal, double uniform) {
         const bool narrow = uniform < 0.25;
         for (double& v : x) v = (narrow ? 0.6 : 1.0) * normal();
         if (narrow) x[0] += 4;
       }},
  };
  const int draws = 20000;
  for (const Case& c : cases) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> gauss;
    std::uniform_real_distribution<double> uniform;
    const Model model = test_density(c.name);
    const auto d = static_cast<std::size_t>(model.dimension());
    const Moments exact = exact_moments(c.name);
    Workspace workspace = model.workspace(1);
    std::vector<double> x(d), g(d), sum(4 * d), squares(4 * d);
    for (int i = 0; i < draws; ++i) {
      c.draw(
          x, [&] { return gauss(random); }, uniform(random));
      double log_p;
      workspace.evaluate(x.data(), g.data(), &log_p);
      for (std::size_t j = 0; j < d; ++j) {
        const double off = x[j] - exact.mean[j];
        const double terms[] = {off, off * off - exact.variance[j], g[j], x[j] * g[j] + 1};
        for (std::size_t k = 0; k < 4; ++k) sum[4 * j + k] += terms[k], squares[4 * j + k] += terms[k] * terms[k];
      }
    }
    for (std::size_t i = 0; i < 4 * d; ++i) {  // 84 statistics at 4.5 standard errors: false alarms 6 in 10⁴
      const double mean = sum[i] / draws, error = std::sqrt((squares[i] / draws - mean * mean) / draws);
      EXPECT_LT(std::abs(mean), 4.5 * error) << c.name << " coordinate " << i / 4 << " statistic " << i % 4;
    }
  }
}

// ---- eight schools against the public database ----

nlohmann::json read_shared(const std::string& path) {
  std::ifstream file(std::string(THALWEG_SHARED_DIR) + "/posteriordb/" + path);
  return file ? nlohmann::json::parse(file) : nlohmann::json();
}

TEST(EightSchools, LogDensityMatchesTheReference) {
  for (const auto& [name, file] : {std::pair{"eight-schools", "eight_schools-eight_schools_noncentered"},
                                   std::pair{"eight-schools-centered", "eight_schools-eight_schools_centered"}}) {
    const nlohmann::json reference = read_shared(std::string("log_density/") + file + ".json");
    if (reference.is_null()) GTEST_SKIP() << "no " << THALWEG_SHARED_DIR << "/posteriordb";
    Workspace workspace = test_density(name).workspace(1);
    double offset = not_a_number;
    for (const auto& point : reference.at("points")) {
      const auto x = point.at("x").get<std::vector<double>>(), g = point.at("gradient").get<std::vector<double>>();
      std::vector<double> found(x.size());
      double log_p;
      workspace.evaluate(x.data(), found.data(), &log_p);
      const double expected = point.at("log_density").get<double>(), difference = log_p - expected;
      if (std::isnan(offset)) offset = difference;
      EXPECT_NEAR(difference, offset, 1e-9 * std::max(1.0, std::abs(expected)));
      double largest = 1;
      for (const double v : g) largest = std::max(largest, std::abs(v));
      for (std::size_t j = 0; j < g.size(); ++j) EXPECT_NEAR(found[j], g[j], 1e-9 * largest) << name << " " << j;
    }
  }
}

TEST(EightSchools, MomentsMatchTheReferenceDraws) {
  const std::string folder = "reference_posteriors/summary_statistics/",
                    file = "eight_schools-eight_schools_noncentered";
  const nlohmann::json means = read_shared(folder + "mean_value/mean_value/" + file + ".json"),
                       squares = read_shared(folder + "mean_squared_value/mean_squared_value/" + file + ".json");
  if (means.is_null()) GTEST_SKIP() << "no " << THALWEG_SHARED_DIR << "/posteriordb";
  for (const char* name : {"eight-schools", "eight-schools-centered"}) {
    const Model model = test_density(name);
    const Moments exact = exact_moments(name);
    for (std::size_t i = 0; i < means.at("names").size(); ++i) {
      const auto parameter = means.at("names")[i].get<std::string>();
      const std::string stem = parameter.substr(0, parameter.find('['));
      const auto v = std::find_if(model.variables().begin(), model.variables().end(),
                                  [&](const Variable& variable) { return variable.name == stem; });
      if (v == model.variables().end()) continue;  // theta_trans in the centred form
      std::size_t at = static_cast<std::size_t>(v->offset);
      if (stem != parameter) at += std::stoul(parameter.substr(stem.size() + 1)) - 1;
      const double square = exact.variance[at] + exact.mean[at] * exact.mean[at];
      // 10,000 near-independent draws; the reference's own standard errors. 4.5 of them, 28 numbers.
      EXPECT_NEAR(means.at("mean_value")[i].get<double>(), exact.mean[at], 4.5 * means.at("mcse_mean")[i].get<double>())
          << parameter;
      EXPECT_NEAR(squares.at("mean_squared_value")[i].get<double>(), square,
                  4.5 * squares.at("mcse_mean")[i].get<double>())
          << parameter;
    }
  }
}

TEST(EightSchools, TauMustBePositive) {
  Workspace workspace = test_density("eight-schools").workspace(1);
  DataMap start;
  start.origin = "init.json";
  start.values["tau"].reals = {-1};
  std::vector<double> x(10);
  try {
    workspace.unconstrain(start, x);
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "init.json: variable tau: expected a number > 0, found -1");
  }
}

// ---- names ----

TEST(TestDensities, BadNamesAreExplained) {
  const auto message = [](const char* name) -> std::string {
    try {
      test_density(name);
    } catch (const Error& e) {
      return e.what();
    }
    return "nothing was thrown";
  };
  EXPECT_THAT(message("gausian"), HasSubstr("the nearest name is \"gaussian\""));
  EXPECT_THAT(message("gaussian:0"), HasSubstr("found \"0\""));
  EXPECT_THAT(message("gaussian:"), HasSubstr("must be an integer in [1, "));
  EXPECT_THAT(message("gaussian:1e3"), HasSubstr("found \"1e3\""));
  EXPECT_THAT(message("banana:3"), HasSubstr("has dimension 2 only; found 3"));
  EXPECT_THAT(message("rosenbrock:3"), HasSubstr("expected an even dimension, found 3"));
  EXPECT_THAT(message("funnel:1"), HasSubstr("[2, "));
  EXPECT_EQ(test_density("banana:2").dimension(), 2);
  EXPECT_TRUE(is_test_density("funnel:x"));
  EXPECT_FALSE(is_test_density("funnel.stan"));
}

TEST(TestDensities, DefaultDimensionsAreAsListed) {
  for (const TestDensity& t : test_densities()) EXPECT_EQ(test_density(t.name).dimension(), t.default_dimension);
}

TEST(TestDensities, TheWidestInstructionSetIsPicked) {
#ifdef __x86_64__
  const bool wide = __builtin_cpu_supports("x86-64-v4");
  const std::string fingerprint = test_density("gaussian").table().fingerprint;
  EXPECT_THAT(fingerprint, HasSubstr(wide ? "instruction set v4" : "instruction set v3"));
#else
  GTEST_SKIP() << "one instruction set only";
#endif
}

}  // namespace
}  // namespace thalweg
