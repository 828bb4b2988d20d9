// Distributions on the whole line.
#include "thalweg/density/distributions/location_scale.hpp"
#include "thalweg/density/distributions/normal.hpp"

#include "distribution_law.hpp"

namespace thalweg::testing_distributions {
namespace {

const std::vector<double> outcomes{-1e8, -40, -3.2, -0.7, 0.1, 1.5, 7, 250};
const std::vector<double> locations{-30, -0.4, 0.35, 12};
const std::vector<double> scales{1e-3, 0.6, 1, 23};
const std::vector<Invalid> no_scale{{1, infinity}, {1, -infinity}, {2, 0}, {2, -1}, {2, infinity}};

template <class Distribution>
struct LocationScaleCase {
  using Kernel = Distribution;
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{outcomes, locations, scales}}; }
  static std::vector<Invalid> invalid() { return no_scale; }
};
struct NormalCase : LocationScaleCase<distribution::Normal> {
  static Quad log_density(Quad y, Quad mu, Quad sigma) {
    return -(y - mu) * (y - mu) / (2 * sigma * sigma) - log(2 * quad_pi() * sigma * sigma) / 2;
  }
};
struct CauchyCase : LocationScaleCase<distribution::Cauchy> {
  static Quad log_density(Quad y, Quad mu, Quad sigma) {
    return log(sigma / quad_pi() / (sigma * sigma + (y - mu) * (y - mu)));
  }
};
struct DoubleExponentialCase : LocationScaleCase<distribution::DoubleExponential> {
  static Quad log_density(Quad y, Quad mu, Quad sigma) { return -abs(y - mu) / sigma - log(2 * sigma); }
};
struct LogisticCase : LocationScaleCase<distribution::Logistic> {
  static Quad log_density(Quad y, Quad mu, Quad sigma) {
    const Quad z = abs(y - mu) / sigma;
    return -z - log(sigma) - 2 * log(1 + exp(-z));
  }
};
struct GumbelCase : LocationScaleCase<distribution::Gumbel> {
  static Grid<3> grid() { return {{{-3.2, -0.7, 0.1, 1.5, 7, 250}, {-3, 0.35, 12}, {0.6, 1, 23}}}; }
  static Quad log_density(Quad y, Quad mu, Quad beta) {
    const Quad z = (y - mu) / beta;
    return -z - exp(-z) - log(beta);
  }
};
struct StdNormalCase {
  using Kernel = distribution::StdNormal;
  using Arguments = std::tuple<double>;
  static Grid<1> grid() { return {{{-1e8, -3, -0.2, 0, 0.7, 38, 1e100}}}; }
  static std::vector<Invalid> invalid() { return {}; }
  static Quad log_density(Quad y) { return -y * y / 2 - log(2 * quad_pi()) / 2; }
};
struct StudentTCase {
  using Kernel = distribution::StudentT;
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() {
    return {{{-1e8, -40, -0.7, 1.5, 250}, {0.1, 1, 4, 31.9, 32, 1e3, 1e5}, {-0.4, 12}, {1e-3, 1, 23}}};
  }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -2}, {1, infinity}, {2, infinity}, {3, 0}, {3, -1}}; }
  static Quad log_density(Quad y, Quad nu, Quad mu, Quad sigma) {
    const Quad z = (y - mu) / sigma;
    return lgamma((nu + 1) / 2) - lgamma(nu / 2) - log(nu * quad_pi()) / 2 - log(sigma) -
           (nu + 1) / 2 * log1p(z * z / nu);
  }
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 4>& q) {
    const Quad z = (q[0] - q[2]) / q[3];
    return i == 1 ? log1p(z * z / q[1]) + 1 / q[1] : 0;  // the digammas of ν/2 and (ν+1)/2 differ by about 1/ν
  }
};

using OnTheLine = ::testing::Types<NormalCase, StdNormalCase, StudentTCase, CauchyCase, DoubleExponentialCase,
                                   LogisticCase, GumbelCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(OnTheLine, DistributionLaw, OnTheLine);

}  // namespace
}  // namespace thalweg::testing_distributions
