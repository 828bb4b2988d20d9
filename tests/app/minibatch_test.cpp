// sgld and sghmc on the command line: a Stan program with its minibatches, the bias against a tail, and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* program = R"(data { int<lower=0> n; vector[n] t, y; }
parameters { real a, b; }
model {
  a ~ normal(0, 10);
  b ~ normal(0, 10);
  y ~ normal(a + b * t, 1);
}
)";

/// A folder with line.stan and the data of 600 points.
struct Line : Folder {
  Line() {
    write("line.stan", program);
    Random<double> random(5, Purpose::test, 0, 0);
    nlohmann::json t, y;
    for (int i = 0; i < 600; ++i) {
      t.push_back(i % 2 == 0 ? 1 : -1);
      y.push_back(0.5 - (i % 2 == 0 ? 1 : -1) + random.normal());
    }
    write("line.json", nlohmann::json{{"n", 600}, {"t", t}, {"y", y}}.dump());
  }
  std::vector<std::string> sample(std::vector<std::string> options) const {
    std::vector<std::string> all{"sample", "line.stan", "--data", "line.json", "--seed", "3", "--out", "x.run"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }
  nlohmann::json summary() const { return nlohmann::json::parse(run(*this, {"summary", "x.run", "--json"}).out); }
};

TEST(Minibatches, BiasIsMeasuredAgainstATail) {
  const Line folder;
  for (const char* method : {"sgld", "sghmc"}) {
    const Result r = run(folder, folder.sample({"--method", method, "--minibatch", "60", "--overwrite"}));
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    EXPECT_THAT(r.out,
                AllOf(HasSubstr(std::string(method) + "'s means are off by at most"),
                      HasSubstr("against a tail of 32 chains of nuts with full gradients"), HasSubstr("bias at most")));
    const auto bias = folder.summary().at("bias");
    EXPECT_EQ(bias.at("tail").at("draws"), 1024);
    EXPECT_EQ(bias.at("quantities").size(), 2U);
    EXPECT_EQ(bias.at("quantities")[0].at("name"), "a");
    EXPECT_GT(bias.at("quantities")[0].at("mean_error"), 0.01);
  }
}

TEST(Minibatches, ThatAreTooHotAreNotTrustedAndTheirDrawsStay) {
  const Line folder;
  // λ = 600, h λ = 0.24, n/m = 60: the noise of minibatches adds seven times the variance
  const Result r = run(folder, folder.sample({"--method", "sgld", "--minibatch", "10", "--step-size", "0.0004",
                                              "--metric", "unit", "--thin", "16"}));
  EXPECT_EQ(r.status, 3) << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("NOT TO BE TRUSTED"), HasSubstr("sgld's means are off by"),
                           HasSubstr("% beyond chance, of"), HasSubstr("a larger --minibatch")));
  const auto summary = folder.summary();
  EXPECT_GT(summary.at("bias").at("quantities")[0].at("sd"), 1.0);
  EXPECT_GT(summary.at("quantities")[1].at("sd"), 2 / std::sqrt(600.0)) << "what is stored is sgld's";
}

TEST(Minibatches, WithoutATailSaySo) {
  const Line folder;
  const Result r = run(folder, folder.sample({"--method", "sgld", "--minibatch", "60", "--tail", "0"}));
  EXPECT_THAT(r.out, AllOf(HasSubstr("the bias of sgld was not measured"), Not(HasSubstr("bias of the steps"))));
  EXPECT_FALSE(folder.summary().contains("bias"));
}

TEST(Minibatches, ExtendedRunsAreMeasuredAgain) {
  const Line folder;
  run(folder, folder.sample({"--method", "sgld", "--minibatch", "60", "--draws", "1280"}));
  EXPECT_EQ(folder.summary().at("bias").at("draws_per_chain"), 10);
  const Result r = run(folder, {"resume", "x.run", "--draws", "4096"});
  EXPECT_THAT(r.out, HasSubstr("sgld's means are off by at most")) << r.err;
  EXPECT_EQ(folder.summary().at("bias").at("draws_per_chain"), 32);
}

TEST(Minibatches, AtTemperature0AreAnAscent) {
  const Line folder;
  const Result r = run(folder, folder.sample({"--method", "sgld", "--temperature", "0", "--step-size", "1e-4",
                                              "--metric", "unit", "--minibatch", "60"}));
  EXPECT_EQ(r.status, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("an ascent at temperature 0"));
}

TEST(Minibatches, RefuseWhatDoesNotFit) {
  const Line folder;
  folder.write("whole.stan", "parameters { vector[2] x; } model { x ~ normal(0, 1); }");
  const struct {
    std::vector<std::string> arguments;
    int status;
    std::vector<const char*> says;
  } cases[] = {
      {folder.sample({"--method", "sgld", "--minibatch", "601"}),
       2,
       {"minibatch must be between 1 and the 600 observations of line; found 601"}},
      {folder.sample({"--method", "sgld", "--minibatch", "0"}), 2, {"--minibatch", "found 0"}},
      {folder.sample({"--method", "sgld", "--minibatch", "half"}), 2, {"--minibatch"}},
      {folder.sample({"--method", "sgld", "--step-decay", "0"}), 2, {"--step-decay: must be > 0; found 0"}},
      {folder.sample({"--method", "nuts", "--minibatch", "10"}), 2, {"nuts takes no minibatches"}},
      {folder.sample({"--method", "ula", "--step-decay", "10"}), 2, {"ula has no step decay"}},
      {folder.sample({"--method", "sgld", "--friction", "1"}), 2, {"sgld has no friction"}},
      {folder.sample({"--method", "sgld", "--temperature", "-1"}), 2, {"--temperature: must be >= 0; found -1"}},
      {folder.sample({"--method", "sgld", "--temperature", "0"}), 2, {"step size", "must be given"}},
      {folder.sample({"--method", "sgld", "--metric", "dense"}), 2, {"diagonal metric"}},
      {folder.sample({"--method", "sghmc", "--step-size", "2"}), 2, {"step size times friction must be < 1"}},
      {{"sample", "whole.stan", "--method", "sgld"},
       1,
       {"needs gradients of some of the observations", "try method ula"}},
      {{"sample", "funnel", "--method", "sghmc"}, 1, {"needs gradients of some of the observations", "try method ula"}},
  };
  for (const auto& c : cases) {
    const Result r = run(folder, c.arguments);
    EXPECT_EQ(r.status, c.status) << c.says[0] << r.err;
    for (const char* text : c.says) EXPECT_THAT(r.err, HasSubstr(text));
  }
  EXPECT_THAT(folder.files(), ElementsAre("line.json", "line.stan", "whole.stan"));
}

}  // namespace
}  // namespace thalweg::app_test
