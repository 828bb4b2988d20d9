#include "thalweg/density/coordinate_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/density/functor.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using testing::ElementsAre;

struct Mixed {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto tau = p.real("tau", {.lower = 0});
    const auto share = p.simplex("share", 3);
    const auto beta = p.vector("beta", 2);
    const auto l = p.cholesky_factor_corr("L", 2);
    p.target += -square(tau) - dot_self(beta) + sum(share);
    static_cast<void>(l);
  }
};

TEST(CoordinateNames, are_those_of_elements_or_free_coordinates) {
  EXPECT_THAT(coordinate_names(model_of(Mixed{})),
              ElementsAre("tau", "share (free 1)", "share (free 2)", "beta[1]", "beta[2]", "L (free 1)"));
  EXPECT_THAT(coordinate_names(test_density("banana:2")), ElementsAre("x[1]", "x[2]"));
  EXPECT_EQ(coordinate_names(test_density("eight-schools")).back(), "tau");
}

}  // namespace
}  // namespace thalweg
