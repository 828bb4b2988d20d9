// SDEs in Stan files, compiled: against closed forms and against C++ functors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/named/double_well.hpp"
#include "thalweg/sde/sde_of.hpp"
#include "thalweg/stan/compile_sde.hpp"

namespace thalweg::stan {
namespace {

class SdeUnits : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::temp_directory_path() / ("thalweg_sde_units_" + std::to_string(getpid()));
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }
  static SdeModel sde_of_text(const std::string& text, const DataMap& data = {}) {
    CompileOptions options;
    options.cache_directory = folder_.string();
    return bind(compile_sde_text(text, "sde.stan", options), data);
  }
  static DataMap numbers(const std::map<std::string, double>& values) {
    DataMap data;
    for (const auto& [name, value] : values) data.values[name] = {{}, {value}, {}};
    return data;
  }
  static std::filesystem::path folder_;
};
std::filesystem::path SdeUnits::folder_;

using Function = void (SdeWorkspace::*)(double, const double*, double*);

// dx = (μ x + κ t) dt + σ x dW in n coordinates: everything in closed form.
TEST_F(SdeUnits, have_the_values_and_derivatives_of_what_they_say) {
  const std::string text = R"(functions {
  vector drift(real t, vector x, real mu, real kappa) { return mu * x + kappa * t; }
  vector diffusion(real t, vector x, real sigma) { return sigma * x; }
}
data { real mu; real kappa; real<lower=0> sigma; }
)";
  DataMap data = numbers({{"mu", 0.3}, {"kappa", 2}, {"sigma", 0.7}, {"dimension", 3}});
  const SdeModel sde = sde_of_text(text, data);
  ASSERT_EQ(sde.dimension(), 3);
  EXPECT_EQ(sde.noise(), NoiseShape::diagonal);
  EXPECT_TRUE(sde.has(own_noise | commuting_noise));
  EXPECT_FALSE(sde.has(additive_noise));
  EXPECT_FALSE(sde.has(autonomous));
  for (const int width : sde.widths()) {
    SdeWorkspace w = sde.workspace(width);
    const auto n = static_cast<std::size_t>(3 * width);
    std::vector<double> x(n), v(n), f(n), g(n), s(n), i(n), along(n);
    for (std::size_t k = 0; k < n; ++k) x[k] = std::sin(1.0 + static_cast<double>(k)), v[k] = 1 + 0.1 * x[k];
    w.drift(1.5, x.data(), f.data());
    w.diffusion(1.5, x.data(), g.data());
    w.ito_drift(Calculus::stratonovich, 1.5, x.data(), s.data());
    w.ito_drift(Calculus::isothermal, 1.5, x.data(), i.data());
    w.diffusion_along(1.5, x.data(), v.data(), along.data());
    for (std::size_t k = 0; k < n; ++k) {
      const double drift = 0.3 * x[k] + 3;
      EXPECT_NEAR(f[k], drift, 1e-14);
      EXPECT_NEAR(g[k], 0.7 * x[k], 1e-14);
      EXPECT_NEAR(s[k], drift + 0.5 * 0.49 * x[k], 1e-14);
      EXPECT_NEAR(i[k], drift + 0.49 * x[k], 1e-14);
      EXPECT_NEAR(along[k], 0.7 * v[k], 1e-14);
    }
  }
  data.values.erase("mu");
  EXPECT_THAT([&] { sde_of_text(text, data); }, testing::ThrowsMessage<Error>(testing::HasSubstr("'mu' is missing")));
}

TEST_F(SdeUnits, move_particles_to_the_bits_of_a_functor) {
  const SdeModel sde = sde_of_text(R"(functions {
  vector drift(real t, vector x) { return [x[1] - x[1] ^ 3]'; }
  vector diffusion(real t, vector x, real T) { return [sqrt(2 * T)]'; }
}
data { real<lower=0> T; }
)",
                                   numbers({{"T", 0.25}}));
  const SdeModel functor = thalweg::sde_of(DoubleWell{0.25, 0});
  EXPECT_TRUE(sde.has(additive_noise | own_noise | autonomous));
  std::vector<std::vector<double>> ends;
  for (const SdeModel* m : {&sde, &functor}) {
    SdeWorkspace w = m->workspace(m->preferred_width());
    std::vector<double> x(static_cast<std::size_t>(w.width()), 0.1);  // units may be wider than this program
    std::vector<std::int64_t> failed(x.size(), -1);
    SdeAdvance a{};
    a.seed = 7, a.step = 0.01, a.steps = 500, a.refine = 1, a.x = x.data(), a.failed_step = failed.data();
    w.advance(a);
    ends.push_back(x);
  }
  for (auto& x : ends) x.resize(std::min(ends[0].size(), ends[1].size()));
  EXPECT_EQ(ends[0], ends[1]);
}

TEST_F(SdeUnits, take_matrices_branches_and_initial_laws) {
  const SdeModel sde = sde_of_text(R"(functions {
  vector drift(real t, vector x) {
    if (x[1] > 0) return [-x[1], x[2]]';
    return [1, 2]';
  }
  matrix diffusion(real t, vector x, real s) {
    if (x[2] > 100) reject("too far");
    return [[s, 0, x[2]], [0, s, 1]];
  }
  vector initial_rng(real s) { return [normal_rng(3, s), 5]'; }
  real initial_lpdf(vector x, real s) { return normal_lpdf(x[1] | 3, s); }
}
data { real s; }
)",
                                   numbers({{"s", 0.5}}));
  ASSERT_EQ(sde.dimension(), 2);
  ASSERT_EQ(sde.noise_dimension(), 3);
  const int width = sde.preferred_width();
  const auto w = static_cast<std::size_t>(width);
  SdeWorkspace workspace = sde.workspace(width);
  std::vector<double> x(2 * w), f(2 * w), g(6 * w), p(w), start(2 * w), again(2 * w);
  for (std::size_t i = 0; i < w; ++i) x[i] = i % 2 == 0 ? 1.5 : -1.5, x[w + i] = i == 3 ? 101 : 4;
  workspace.drift(0, x.data(), f.data());
  workspace.diffusion(0, x.data(), g.data());
  workspace.log_initial(x.data(), p.data());
  workspace.initial(1, 32, start.data());
  sde.workspace(1).initial(1, 34, again.data());
  for (std::size_t i = 0; i < w; ++i) {
    EXPECT_EQ(f[i], i % 2 == 0 ? -1.5 : 1);
    EXPECT_EQ(f[w + i], i % 2 == 0 ? x[w + i] : 2);
    EXPECT_NEAR(p[i], -0.5 * std::pow((x[i] - 3) / 0.5, 2) - std::log(0.5) - 0.91893853320467274, 1e-12);
    EXPECT_EQ(start[w + i], 5);
    if (i == 3)
      EXPECT_TRUE(std::isnan(g[i])) << "a rejected lane";
    else
      EXPECT_EQ(g[2 * w + i], 4);
  }
  EXPECT_EQ(start[2], again[0]) << "particle 34 starts where it does at any width";
  EXPECT_NE(start[0], start[1]);
}

TEST_F(SdeUnits, refuse_drifts_and_diffusions_of_other_sizes) {
  using testing::HasSubstr;
  const auto refused = [&](const std::string& drift, const std::string& diffusion, const char* why) {
    EXPECT_THAT(
        [&] {
          sde_of_text("functions { vector drift(real t, vector x) { return " + drift +
                          "; } vector diffusion(real t, vector x) { return " + diffusion + "; } }",
                      numbers({{"dimension", 2}}));
        },
        testing::ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused("append_row(x, x)", "x", "the drift returns 4 numbers where x has 2");
  refused("-x", "head(x, 1)", "the diffusion returns 1 numbers where x has 2");
  refused("x[3] * x", "x", "index 3 is outside 1..2");
}

}  // namespace
}  // namespace thalweg::stan
