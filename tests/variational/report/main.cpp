// How often the certificate misses and how often it alarms falsely: a line an approximation, over seeds. For people,
// and for the table in docs/trust.md:  certificate_report [DRAWS] [SEEDS]
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "tests/variational/certificate_targets.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/variational/certificate.hpp"

namespace thalweg::test {
namespace {

class Table {
 public:
  Table(std::size_t draws, int seeds) : draws_(draws), seeds_(seeds) {
    fmt::print("{:<36} truth  flagged  k-hat above  chains move  mean ESS   ({} draws, {} seeds)\n", "q", draws, seeds);
  }
  /// `bad`: some mean of q is off by more than 0.25 sd, or an sd by a factor outside [0.8, 1.25].
  void line(const std::string& name, const Model& model, const MultivariateNormal& q, bool bad) {
    Points points(model, whole_density);
    int flagged = 0, above = 0, moved = 0;
    double size = 0;
    for (int seed = 0; seed < seeds_; ++seed) {
      CertificateSettings settings;
      settings.seed = static_cast<std::uint64_t>(seed);
      const Certificate c = certify(points, draws_of(points, {q}, draws_, settings.seed),
                                    names_of(static_cast<std::size_t>(model.dimension())), settings);
      flagged += !c.verdict.trusted;
      above += !c.weights.good();
      bool any = false;
      for (const QuantityCertificate& one : c.quantities) any |= one.chains_move_mean || one.chains_change_sd;
      moved += any;
      size += c.weights.effective_size / seeds_;
    }
    fmt::print("{:<36} {:<5}  {:>7}  {:>11}  {:>11}  {:>8.0f}\n", name, bad ? "bad" : "fine", flagged, above, moved,
               size);
  }

 private:
  std::size_t draws_;
  int seeds_;
};

MultivariateNormal centred(std::vector<double> scale) {
  std::vector<double> mean(scale.size(), 0.0);
  return MultivariateNormal::diagonal(std::move(mean), std::move(scale));
}
Model gaussian(const std::vector<double>& covariance, std::size_t d) {
  return model_of(GaussianTarget{inverse(covariance, d)});
}
/// The mean-field optimum on a Gaussian: 1/√Λᵢᵢ.
MultivariateNormal mean_field(const std::vector<double>& covariance, std::size_t d) {
  const std::vector<double> precision = inverse(covariance, d);
  std::vector<double> scale;
  for (std::size_t j = 0; j < d; ++j) scale.push_back(1 / std::sqrt(precision[j * d + j]));
  return centred(std::move(scale));
}
/// The exact means and sds of a test density.
MultivariateNormal moments_of(const std::string& name) {
  Moments m = exact_moments(name);
  for (double& v : m.variance) v = std::sqrt(v);
  return MultivariateNormal::diagonal(m.mean, m.variance);
}

void gaussians(Table& table) {
  for (const double rho : {0.5, 0.7, 0.95})
    for (const std::size_t d : {2u, 10u}) {
      const std::vector<double> covariance = equicorrelated(d, rho);
      const MultivariateNormal q = mean_field(covariance, d);
      table.line(fmt::format("mean-field, rho {}, d {}", rho, d), gaussian(covariance, d), q, q.scale()[0] < 0.8);
    }
  const Model standard = gaussian(equicorrelated(10, 0), 10);
  for (const double sd : {0.6, 0.75, 0.9, 1.1, 1.3, 1.6})
    table.line(fmt::format("d 10, all sds times {}", sd), standard, centred(std::vector<double>(10, sd)),
               sd < 0.8 || sd > 1.25);
  for (const double off : {0.1, 0.2, 0.3, 0.5}) {
    std::vector<double> mean(10, 0.0);
    mean[3] = off;
    table.line(fmt::format("d 10, one mean off by {} sd", off), standard,
               MultivariateNormal::diagonal(mean, std::vector<double>(10, 1.0)), off > 0.25);
  }
}

void others(Table& table) {
  const double neck = 1 / (1.0 / 9 + 4.5);  // variance of v under the KL-optimal mean-field Gaussian
  std::vector<double> scale(10, std::exp(-0.25 * neck));
  scale[0] = std::sqrt(neck);
  table.line("funnel:10, KL mean-field", test_density("funnel:10"), centred(scale), true);
  const double square = (-0.01 + std::sqrt(1e-4 + 4 * 0.0036)) / (2 * 0.0036);
  table.line("banana, KL mean-field", test_density("banana"),
             MultivariateNormal::diagonal({0, 0.03 * (square - 100)}, {std::sqrt(square), 1}), true);
  table.line("mixture:2, one mode, no census", test_density("mixture"), centred({1, 1}), true);
  table.line("mixture:50, one mode, no census", test_density("mixture:50"), centred(std::vector<double>(50, 1.0)),
             true);
  for (const char* name : {"mixture", "ring", "funnel:10", "banana"})
    table.line(fmt::format("{}, exact moments", name), test_density(name), moments_of(name), false);
  for (const std::size_t d : {2u, 5u, 10u}) {
    const Model model = model_of(LogisticTarget(d, 300, d));
    Points points(model, whole_density);
    const MultivariateNormal q = laplace(points);
    // the truth by importance weights: k-hat is good
    const Approximation wide = draws_of(points, {q}, 20000, 99);
    std::vector<double> ratios(wide.count), mean(d, 0.0), covariance(d * d, 0.0);
    for (std::size_t i = 0; i < wide.count; ++i) ratios[i] = wide.log_p[i] - wide.log_q[i];
    const ParetoWeights weights = pareto_smooth(ratios);
    for (std::size_t i = 0; i < wide.count; ++i)
      for (std::size_t j = 0; j < d; ++j) mean[j] += std::exp(weights.log_weights[i]) * wide.draw(i)[j];
    for (std::size_t i = 0; i < wide.count; ++i)
      for (std::size_t j = 0; j < d; ++j)
        for (std::size_t k = 0; k < d; ++k)
          covariance[j * d + k] +=
              std::exp(weights.log_weights[i]) * (wide.draw(i)[j] - mean[j]) * (wide.draw(i)[k] - mean[k]);
    double off = 0;
    for (std::size_t j = 0; j < d; ++j)
      off = std::max(off, std::fabs(mean[j] - q.mean()[j]) / std::sqrt(covariance[j * d + j]));
    table.line(fmt::format("logistic d {}, Laplace (off {:.2f} sd)", d, off), model, q, off > 0.25);
    table.line(fmt::format("logistic d {}, own moments", d), model,
               MultivariateNormal::full(mean, cholesky(covariance, d)), false);
  }
}

}  // namespace
}  // namespace thalweg::test

int main(int argc, char** argv) {
  const int draws = argc > 1 ? std::atoi(argv[1]) : 1000, seeds = argc > 2 ? std::atoi(argv[2]) : 20;
  if (draws < 10 || seeds < 1) {
    fmt::print(stderr, "usage: certificate_report [DRAWS, at least 10] [SEEDS, at least 1]\n");
    return 2;
  }
  thalweg::test::Table table(static_cast<std::size_t>(draws), seeds);
  thalweg::test::gaussians(table);
  thalweg::test::others(table);
}
