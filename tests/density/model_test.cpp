// The model's contract: errors as Error, offsets of variables, the same bits at every width.
#include "thalweg/density/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/core/error.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing was thrown";
}

DataValue value_of(std::vector<std::int64_t> shape, std::vector<double> reals, bool is_integer = false) {
  DataValue value;
  value.shape = std::move(shape);
  value.is_integer = is_integer;
  if (is_integer) value.integers.assign(reals.begin(), reals.end());
  value.reals = std::move(reals);
  return value;
}

/// A pair with named variables and a transformed one; its support is a > 0.
struct Pair {
  static constexpr const char* name = "pair";
  std::int64_t dimension() const { return 3; }
  std::vector<DeclaredVariable> variables() const {
    return {{"a", "real"}, {"b", "vector", {2}}, {"c", "matrix", {2, 3}, Block::transformed_parameters}};
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> g) const {
    g[0] = -x[0], g[1] = Real(0), g[2] = Real(0);
    return select(x[0] > Real(0), -0.5 * x[0] * x[0], Real(-infinity));
  }
  void constrain(View<const double> x, View<double> values) const {
    for (std::size_t i = 0; i < 3; ++i) values[i] = x[i];
    for (std::size_t i = 0; i < 6; ++i) values[3 + i] = static_cast<double>(i) * x[0];
  }
};

TEST(Model, RefusesAnotherAbi) {
  ModelTable table = table_of<Pair>();
  table.abi = model_abi + 1;
  EXPECT_THAT(message_of([&] { Model::create(table, {}, {}); }), HasSubstr("compile it again"));
}

TEST(Model, ListsVariablesWithOffsets) {
  const Model model = Model::create(table_of<Pair>(), {}, {});
  ASSERT_EQ(model.variables().size(), 3u);
  EXPECT_EQ(model.variables()[1].name, "b");
  EXPECT_EQ(model.variables()[1].offset, 1);
  EXPECT_EQ(model.variables()[2].offset, 3);
  EXPECT_EQ(model.variables()[2].size, 6);
  EXPECT_THAT(model.variables()[2].shape, ElementsAre(2, 3));
  EXPECT_EQ(model.variables()[2].block, Block::transformed_parameters);
  EXPECT_EQ(model.draw_size(), 9);
  EXPECT_EQ(model.dimension(), 3);
  EXPECT_EQ(model.preferred_width(), default_width);
}

TEST(Model, ErrorsOfCreateArriveAsError) {
  DataMap data;
  data.origin = "data.json";
  data.values["dimension"] = value_of({}, {0.5});
  std::string text = message_of([&] { Model::create(test_density("gaussian").table(), data, {}); });
  EXPECT_EQ(text, "data.json: variable dimension: expected an integer, found reals of a scalar");
  data.values["dimension"] = value_of({}, {0}, true);
  text = message_of([&] { Model::create(test_density("gaussian").table(), data, {}); });
  EXPECT_THAT(text, HasSubstr("expected an integer in [1, "));
}

TEST(Model, WorkspaceOutlivesItsModel) {
  auto alive = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = alive;
  auto model = std::make_unique<Model>(Model::create(table_of<Pair>(), {}, {}, std::move(alive)));
  Workspace workspace = model->workspace(1);
  model.reset();
  EXPECT_FALSE(watch.expired());
  const double x[] = {1, 0, 0};
  double gradient[3], log_p;
  workspace.evaluate(x, gradient, &log_p);
  EXPECT_EQ(log_p, -0.5);
  workspace = test_density("banana").workspace(1);
  EXPECT_TRUE(watch.expired());
}

TEST(Model, UnknownWidthIsRefused) {
  const Model model = test_density("banana");
  EXPECT_THROW(model.workspace(3), std::invalid_argument);
  ModelTable table = table_of<Pair>();
  table.one_lane_only = 1;
  table.one_lane_reason = "pair.stan:3:1";
  const Model lonely = Model::create(table, {}, {});
  EXPECT_EQ(lonely.preferred_width(), 1);
  EXPECT_THAT(message_of([&] { lonely.workspace(default_width); }), HasSubstr("pair.stan:3:1"));
}

TEST(Model, EvidenceOfAFailedLane) {
  const Model model = Model::create(table_of<Pair>(), {}, {});
  Workspace workspace = model.workspace(default_width);
  std::vector<double> x(3 * default_width, 1.0), gradient(x), log_p(default_width);
  x[2] = -1;
  x[3] = not_a_number;
  workspace.evaluate(x.data(), gradient.data(), log_p.data());
  EXPECT_EQ(workspace.evidence(0).text, "");
  EXPECT_THAT(workspace.evidence(2).text, HasSubstr("outside the support"));
  EXPECT_EQ(workspace.evidence(2).statement, -1);
  EXPECT_EQ(log_p[3], -infinity);  // NaN is not > 0
  EXPECT_EQ(log_p[4], -0.5);
  EXPECT_THROW(workspace.evidence(default_width), std::invalid_argument);
}

TEST(Model, ConstrainAndUnconstrain) {
  const Model model = Model::create(table_of<Pair>(), {}, {});
  Workspace workspace = model.workspace(1);
  std::vector<double> x{3, 4, 5}, values(9);
  workspace.constrain(x, 0, 0, 0, true, values);
  EXPECT_THAT(values, ElementsAre(3, 4, 5, 0, 3, 6, 9, 12, 15));
  DataMap start;
  start.origin = "init.json";
  start.values["b"] = value_of({2}, {7, 8});
  workspace.unconstrain(start, x);
  EXPECT_THAT(x, ElementsAre(3, 7, 8));
  start.values["b"] = value_of({3}, {7, 8, 9});
  EXPECT_EQ(message_of([&] { workspace.unconstrain(start, x); }),
            "init.json: variable b: expected shape [2], found shape [3]");
  std::vector<double> wrong(2);
  EXPECT_THROW(workspace.unconstrain(start, wrong), std::invalid_argument);
  EXPECT_THROW(workspace.constrain(x, 0, 0, 0, true, wrong), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
