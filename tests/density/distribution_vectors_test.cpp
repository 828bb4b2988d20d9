// Distributions with a vector argument.
#include "distribution_vector_law.hpp"
#include "thalweg/density/distributions/vectors.hpp"

namespace thalweg::testing_distributions {
namespace {

using Reals = std::vector<double>;
const int outcomes[] = {2, 1, 4, 4, 2}, counts[] = {3, 0, 17, 150};

Reals positives(Random<double>& random, std::size_t n) {
  Reals x(n);
  for (double& v : x) v = std::exp(1.5 * random.normal());
  return x;
}
Reals simplex(Random<double>& random, std::size_t n) {
  Reals x = positives(random, n);
  double sum = 0;
  for (const double v : x) sum += v;
  for (double& v : x) v /= sum;
  return x;
}
Reals normals(Random<double>& random, std::size_t n) {
  Reals x(n);
  for (double& v : x) v = 3 * random.normal();
  return x;
}
Quad lse(const Quad* x, std::size_t n) {
  Quad sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += exp(x[i]);
  return log(sum);
}
Quad coefficient() {
  Quad total = 0, value = 0;
  for (const int n : counts) {
    total += n;
    value -= lgamma(Quad(n + 1));
  }
  return value + lgamma(total + 1);
}

struct CategoricalCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) { return simplex(random, size); }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::Categorical;
    D::pullback(R(1.0), outcomes, 5, part(x, 0, 4), part_of(gradient, 0, 4));
    return D::value<KeepAll<2>>(outcomes, 5, part(x, 0, 4));
  }
  static Quad reference(const std::vector<Quad>& x) { return 2 * log(x[1]) + log(x[0]) + 2 * log(x[3]); }
};
struct CategoricalLogitCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) { return normals(random, size); }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::CategoricalLogit;
    D::pullback(R(1.0), outcomes, 5, part(x, 0, 4), part_of(gradient, 0, 4));
    return D::value<KeepAll<2>>(outcomes, 5, part(x, 0, 4));
  }
  static Quad reference(const std::vector<Quad>& x) { return 2 * x[1] + x[0] + 2 * x[3] - 5 * lse(x.data(), 4); }
};
struct MultinomialCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) { return simplex(random, size); }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::Multinomial;
    D::pullback(R(1.0), counts, part(x, 0, 4), part_of(gradient, 0, 4));
    return D::value<KeepAll<2>>(counts, part(x, 0, 4));
  }
  static Quad reference(const std::vector<Quad>& x) {
    Quad value = coefficient();
    for (std::size_t k = 0; k < 4; ++k) value += counts[k] * log(x[k]);
    return value;
  }
};
struct MultinomialLogitCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) { return normals(random, size); }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::MultinomialLogit;
    D::pullback(R(1.0), counts, part(x, 0, 4), part_of(gradient, 0, 4));
    return D::value<KeepAll<2>>(counts, part(x, 0, 4));
  }
  static Quad reference(const std::vector<Quad>& x) {
    Quad value = coefficient() - 170 * lse(x.data(), 4);
    for (std::size_t k = 0; k < 4; ++k) value += counts[k] * x[k];
    return value;
  }
};
struct DirichletCase {
  static constexpr std::size_t size = 10;
  static Reals point(Random<double>& random) {
    Reals x = simplex(random, 5);
    for (const double a : positives(random, 5)) x.push_back(a);
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::Dirichlet;
    const auto theta = part(x, 0, 5), alpha = part(x, 5, 5);
    D::pullback(R(1.0), theta, alpha, part_of(gradient, 0, 5), part_of(gradient, 5, 5));
    return D::value<KeepAll<2>>(theta, alpha);
  }
  static Quad reference(const std::vector<Quad>& x) {
    Quad sum = 0, value = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      sum += x[5 + k];
      value += (x[5 + k] - 1) * log(x[k]) - lgamma(x[5 + k]);
    }
    return value + lgamma(sum);
  }
};
struct DirichletMultinomialCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) { return positives(random, size); }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    using D = distribution::DirichletMultinomial;
    D::pullback(R(1.0), counts, part(x, 0, 4), part_of(gradient, 0, 4));
    return D::value<KeepAll<2>>(counts, part(x, 0, 4));
  }
  static Quad reference(const std::vector<Quad>& x) {
    Quad value = coefficient(), sum = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      value += lgamma(x[k] + counts[k]) - lgamma(x[k]);
      sum += x[k];
    }
    return value + lgamma(sum) - lgamma(sum + 170);
  }
};

/// All outcomes from one place and three cutpoints.
template <class D, class Cdf>
struct OrderedCase {
  static constexpr std::size_t size = 4;
  static Reals point(Random<double>& random) {
    Reals x{random.normal(), -1.5 + random.normal()};
    x.push_back(x[1] + 0.1 + random.uniform());
    x.push_back(x[2] + 2 * random.uniform());
    return x;
  }
  template <class R>
  static R run(const std::vector<R>& x, std::vector<R>& gradient) {
    R value(0.0);
    for (int k = 1; k <= 4; ++k) {
      const auto t = D::term(k, x[0], part(x, 1, 3));
      value += t.value;
      gradient[0] += t.eta;
      if (k > 1) gradient[static_cast<std::size_t>(k) - 1] += t.lower;
      if (k < 4) gradient[static_cast<std::size_t>(k)] += t.upper;
    }
    return value;
  }
  static Quad reference(const std::vector<Quad>& x) {
    Quad value = log(Cdf::at(x[1] - x[0])) + log(Cdf::at(x[0] - x[3]));
    for (std::size_t k = 1; k < 3; ++k) value += log(Cdf::at(x[k + 1] - x[0]) - Cdf::at(x[k] - x[0]));
    return value;
  }
};
struct LogisticCdf {
  static Quad at(const Quad& x) { return 1 / (1 + exp(-x)); }
};
struct NormalCdf {
  static Quad at(const Quad& x) { return boost::math::erfc(-x / sqrt(Quad(2))) / 2; }
};
using OrderedLogisticCase = OrderedCase<distribution::OrderedLogistic, LogisticCdf>;
using OrderedProbitCase = OrderedCase<distribution::OrderedProbit, NormalCdf>;

using Vectors = ::testing::Types<CategoricalCase, CategoricalLogitCase, MultinomialCase, MultinomialLogitCase,
                                 DirichletCase, DirichletMultinomialCase, OrderedLogisticCase, OrderedProbitCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(Vectors, VectorLaw, Vectors);

TEST(Vectors, FarPlacesStayFinite) {
  const double cuts[] = {-1, 2};
  for (const double eta : {-800.0, 800.0})
    for (int k = 1; k <= 3; ++k) {
      const auto logistic = distribution::OrderedLogistic::term(k, eta, View<const double>{cuts, 2, 1});
      const auto probit = distribution::OrderedProbit::term(k, eta, View<const double>{cuts, 2, 1});
      EXPECT_TRUE(std::isfinite(logistic.value) && std::isfinite(logistic.eta)) << eta << ' ' << k;
      EXPECT_TRUE(std::isfinite(probit.value) && std::isfinite(probit.eta)) << eta << ' ' << k;
    }
  const double odds[] = {-1e4, 0, 1e4};
  const int first[] = {1};
  EXPECT_EQ((distribution::CategoricalLogit::value<KeepAll<2>>(first, 1, View<const double>{odds, 3, 1})), -2e4);
}
TEST(Vectors, DomainsAreChecked) {
  const auto simplex_of = [](Reals x) { return distribution::on_simplex(View<const double>{x.data(), x.size(), 1}); };
  EXPECT_TRUE(simplex_of({0.25, 0.75, 0}));
  EXPECT_FALSE(simplex_of({0.25, 0.74}));
  EXPECT_FALSE(simplex_of({1.25, -0.25}));
  EXPECT_FALSE(simplex_of({not_a_number, 1}));
  const auto positive_of = [](Reals x) {
    return distribution::all_positive(View<const double>{x.data(), x.size(), 1});
  };
  EXPECT_TRUE(positive_of({0.25, 3}));
  EXPECT_FALSE(positive_of({0.25, 0}));
  EXPECT_FALSE(positive_of({infinity, 1}));
  const auto increasing_of = [](Reals x) {
    return distribution::increasing(View<const double>{x.data(), x.size(), 1});
  };
  EXPECT_TRUE(increasing_of({-2, 0.25, 3}));
  EXPECT_FALSE(increasing_of({0.25, 0.25}));
  EXPECT_FALSE(increasing_of({not_a_number}));
}
/// What `~` drops, by hand.
TEST(Vectors, Dropping) {
  const double theta[] = {0.2, 0.8}, alpha[] = {2, 3};
  const View<const double> t{theta, 2, 1}, a{alpha, 2, 1};
  using D = distribution::Dirichlet;
  const double kernel = std::log(0.2) + 2 * std::log(0.8);
  EXPECT_NEAR((D::value<Keep<true, true, false>>(t, a)), kernel, 1e-15);
  EXPECT_NEAR((D::value<Keep<true, false, true>>(t, a)), kernel + std::log(12.0), 1e-14);
  const int n[] = {1, 2};
  EXPECT_NEAR((distribution::Multinomial::value<Keep<true, false, true>>(n, t)), kernel, 1e-15);
  EXPECT_NEAR((distribution::Multinomial::value<Keep<false, false, false>>(n, t)), kernel + std::log(3.0), 1e-15);
}

}  // namespace
}  // namespace thalweg::testing_distributions
