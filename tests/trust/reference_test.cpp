// Agreement with ArviZ on stored inputs, and with the numbers that Stan's own tests publish.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {
namespace {

const std::string data_folder = std::string(THALWEG_SOURCE_DIR) + "/tests/trust/data/";

struct Case {
  std::string name;
  std::vector<double> draws;
  std::int64_t chains;
  nlohmann::json expected;
};

std::vector<Case> reference_cases() {
  const auto json = nlohmann::json::parse(std::ifstream(data_folder + "reference.json"));
  std::vector<Case> cases;
  for (const auto& one : json.at("cases")) {
    Case c{one.at("name"), {}, std::int64_t(one.at("draws").size()), one.at("expected")};
    for (const auto& chain : one.at("draws")) {
      for (const double x : chain) c.draws.push_back(x);
    }
    cases.push_back(std::move(c));
  }
  return cases;
}

TEST(Reference, AgreesWithArvizTo1e8) {
  const auto cases = reference_cases();
  ASSERT_EQ(cases.size(), 15u);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Diagnostics d;
    d.assign({c.draws, c.chains});
    const auto agree = [&](const char* name, double found) {
      const auto& expected = c.expected.at(name);
      if (expected.is_null()) return;  // ArviZ gives no R-hat for one chain; halves of it are fine with us
      const double e = expected;
      EXPECT_NEAR(found, e, 1e-8 * std::abs(e)) << name;
    };
    agree("mean", d.mean());
    agree("sd", d.sd());
    agree("q5", d.quantile(0.05));
    agree("q50", d.quantile(0.50));
    agree("q95", d.quantile(0.95));
    agree("rhat", d.rhat());
    agree("ess_bulk", d.ess_bulk());
    agree("ess_tail", d.ess_tail());
    agree("ess_mean", d.ess_mean());
    agree("ess_sd", d.ess_sd());
    agree("ess_q5", d.ess_quantile(0.05));
    agree("ess_q50", d.ess_quantile(0.50));
    agree("ess_q95", d.ess_quantile(0.95));
    agree("mcse_mean", d.mcse_mean());
    agree("mcse_sd", d.mcse_sd());
    agree("mcse_q5", d.mcse_quantile(0.05));
    agree("mcse_q50", d.mcse_quantile(0.50));
    agree("mcse_q95", d.mcse_quantile(0.95));
    if (c.expected.contains("nested")) agree("nested", d.nested_rhat(int(c.chains / 2)).value);
  }
}

TEST(Reference, EnergyFractionAgreesWithArvizChainByChain) {
  for (const Case& c : reference_cases()) {
    SCOPED_TRACE(c.name);
    const std::int64_t n = std::int64_t(c.draws.size()) / c.chains;
    double worst = INFINITY;
    for (std::int64_t k = 0; k < c.chains; ++k) {
      const double e = c.expected.at("bfmi")[k];
      const auto one = energy_fraction({std::span(c.draws).subspan(k * n, n), 1});
      EXPECT_NEAR(one.pooled, e, 1e-8 * e) << "chain " << k;
      worst = std::min(worst, e);
    }
    EXPECT_NEAR(energy_fraction({c.draws, c.chains}).worst_chain, worst, 1e-8 * worst);
  }
}

TEST(Reference, AgreesWithStansPublishedNumbers) {
  std::ifstream file(data_folder + "bernoulli.txt");
  ASSERT_TRUE(file);
  std::vector<double> lp, theta;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    char* rest = nullptr;
    lp.push_back(std::strtod(line.c_str(), &rest));
    theta.push_back(std::strtod(rest, nullptr));
  }
  ASSERT_EQ(lp.size(), 4000u);
  // From split_rank_normalized_{ess,rhat}_test.cpp and mcse_test.cpp there; the brackets are half a unit of the last
  // printed place, but those tests hold the errors of the mean to 1e-4 only. Their error of the sd takes the effective
  // size of |x − mean| where the delta method (and ArviZ) takes that of (x − mean)², so it is not compared.
  struct {
    const char* name;
    const std::vector<double>& draws;
    double bulk, tail, rhat, mcse_mean;
  } const published[] = {{"lp__", lp, 1512.7684, 1591.9707, 1.0007301, 0.02016},
                         {"theta", theta, 1407.5124, 1291.7131, 1.0067897, 0.00323}};
  for (const auto& p : published) {
    SCOPED_TRACE(p.name);
    Diagnostics d;
    d.assign({p.draws, 4});
    EXPECT_NEAR(d.ess_bulk(), p.bulk, 5e-5);
    EXPECT_NEAR(d.ess_tail(), p.tail, 5e-5);
    EXPECT_NEAR(d.rhat(), p.rhat, 5e-8);
    EXPECT_NEAR(d.mcse_mean(), p.mcse_mean, 1e-4);
  }
}

}  // namespace
}  // namespace thalweg
