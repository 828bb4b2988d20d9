#include <gtest/gtest.h>

#include <vector>

#include "tests/dynamics/planted.hpp"
#include "thalweg/core/driver_lanes.hpp"

namespace thalweg {
namespace {

/// gradient = 2x, log p = Σ x; counts its evaluations, and checks that every lane is filled.
struct Doubler {
  int lanes;
  int* calls;
  int width() const { return lanes; }
  void evaluate(const double* x, double* gradient, double* log_p) {
    ++*calls;
    for (int l = 0; l < lanes; ++l) {
      log_p[l] = 0;
      for (int j = 0; j < 3; ++j) {
        EXPECT_NE(x[j * lanes + l], 0) << "lane " << l << " of " << lanes << " is idle";
        gradient[j * lanes + l] = 2 * x[j * lanes + l];
        log_p[l] += x[j * lanes + l];
      }
    }
  }
  struct Text {
    std::string text;
  };
  Text evidence(int lane) const { return {"lane " + std::to_string(lane)}; }
};

template <class Rules>
bool every_request_gets_its_own_answer() {
  bool right = true;
  for (std::size_t live = 1; live <= 16; ++live) {
    int calls[3] = {};
    Lanes<Doubler, Rules> lanes({{1, &calls[0]}, {4, &calls[1]}, {16, &calls[2]}}, 3);
    std::vector<std::vector<double>> x, gradient;
    for (std::size_t k = 0; k < live; ++k) {
      x.push_back(
          {1.0 + static_cast<double>(k), 10.0 * static_cast<double>(k + 1), 100.0 * static_cast<double>(k + 1)});
      gradient.emplace_back(3);
    }
    std::vector<GradientRequest> requests;
    std::vector<GradientRequest*> pointers;
    for (std::size_t k = 0; k < live; ++k) requests.push_back({x[k].data(), gradient[k].data()});
    for (auto& r : requests) pointers.push_back(&r);
    lanes.serve(pointers);
    for (std::size_t k = 0; k < live; ++k) {
      right = right && requests[k].log_p == x[k][0] + x[k][1] + x[k][2];
      for (int j = 0; j < 3; ++j) right = right && gradient[k][j] == 2 * x[k][j];
    }
    EXPECT_EQ(calls[live > 4 ? 2 : live > 1 ? 1 : 0], 1) << "the smallest width that holds " << live;
  }
  return right;
}

TEST(Lanes, every_request_gets_its_own_answer) { EXPECT_TRUE(every_request_gets_its_own_answer<OwnLane>()); }

TEST(Planted, a_lane_that_reads_its_neighbour_fails_Lanes_every_request_gets_its_own_answer) {
  EXPECT_FALSE(every_request_gets_its_own_answer<planted::NeighbourLane>());
}

TEST(Lanes, evidence_comes_from_the_lane_of_the_request) {
  int calls = 0;
  Lanes<Doubler> lanes({{4, &calls}}, 3);
  const std::vector<double> x{1, 1, 1};
  std::vector<double> g(3);
  std::string first, second;
  GradientRequest a{x.data(), g.data(), &first}, b{x.data(), g.data()}, c{x.data(), g.data(), &second};
  GradientRequest* all[] = {&a, &b, &c};
  lanes.serve(all);
  EXPECT_EQ(first, "lane 0");
  EXPECT_EQ(second, "lane 2");
}

}  // namespace
}  // namespace thalweg
