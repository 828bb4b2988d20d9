// How often the verdict on an approximation misses and alarms falsely, method by method, for docs/trust.md:
//   verdict_report DATABASE PROGRAMS [SEEDS] [PART-OF-NAME …]
// Truth: some mean is off by more than 0.25 sd, or a ratio of sds lies outside [0.8, 1.25], against reference draws or
// exact moments, on the unconstrained scale. Means and sds are those of q, not of its draws.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/posteriors/reference_draws.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/variational/certificate.hpp"
#include "thalweg/variational/coverage.hpp"
#include "thalweg/variational/pathfinder.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg::testing {
namespace {

constexpr const char* methods[] = {"laplace", "mean-field", "full-rank", "pathfinder"};

/// Of 32 climbs, as the command line takes it: every other start is far out.
Census census_of(const Model& model) {
  OptimizeSettings settings{.seed = 1};
  for (std::size_t i = 0; i < settings.starts; ++i) {
    Random<double> random(settings.seed, Purpose::check, i, 1);
    auto& x = settings.given.emplace_back(static_cast<std::size_t>(model.dimension()));
    for (double& v : x) v = (i % 2 == 0 ? 2 : 10) * (2 * random.uniform() - 1);
  }
  return optimize(model, settings).census;
}

/// q of a method; throws what the method throws.
Approximation fit(const std::string& method, const Model& model, const Census& census, std::uint64_t seed) {
  if (method == "laplace") {
    Points points(model, whole_density);
    return laplace(points, census.best()->x, {.seed = seed}).draws;
  }
  if (method == "pathfinder") {
    PathfinderSettings settings;
    settings.search.seed = seed;
    return pathfinder(model, settings).approximation;
  }
  ViSettings settings;
  settings.family = method == "mean-field" ? Family::mean_field : Family::full_rank;
  settings.respond = false;
  settings.start.seed = seed;
  return variational_inference(model, settings).draws;
}

/// Means and sds of the mixture.
MeansAndSds moments_of(const Approximation& q) {
  MeansAndSds m{std::vector<double>(q.dimension), std::vector<double>(q.dimension)};
  const auto n = static_cast<double>(q.components.size());
  for (const auto& c : q.components)
    for (std::size_t j = 0; j < q.dimension; ++j) m.mean[j] += c.mean()[j] / n;
  for (const auto& c : q.components) {
    const std::vector<double> variances = c.variances();
    for (std::size_t j = 0; j < q.dimension; ++j) m.sd[j] += (variances[j] + std::pow(c.mean()[j] - m.mean[j], 2)) / n;
  }
  for (double& v : m.sd) v = std::sqrt(v);
  return m;
}

/// The largest errors of q: of a mean in sds, and of |log sd|.
struct Errors {
  double mean = 0, log_sd = 0;
  bool bad() const { return mean > 0.25 || log_sd > std::log(1.25); }
};
Errors errors(const MeansAndSds& q, const MeansAndSds& truth) {
  Errors e;
  for (std::size_t j = 0; j < truth.mean.size(); ++j) {
    e.mean = std::max(e.mean, std::abs(q.mean[j] - truth.mean[j]) / truth.sd[j]);
    e.log_sd = std::max(e.log_sd, std::abs(std::log(q.sd[j] / truth.sd[j])));
  }
  return e;
}

struct Counts {
  int bad = 0, missed = 0, fine = 0, alarmed = 0, refused = 0;
  void operator+=(const Counts& o) {
    bad += o.bad, missed += o.missed, fine += o.fine, alarmed += o.alarmed, refused += o.refused;
  }
};

class Report {
 public:
  explicit Report(int seeds) : seeds_(seeds) {
    fmt::print("{:<36} {:<11} {:>9} {:>9} {:>5} {:>7} {:>5} {:>7} {:>7}\n", "target", "method", "mean/sd", "sd ratio",
               "bad", "missed", "fine", "alarmed", "refused");
  }
  void target(const std::string& name, const Model& model, const MeansAndSds& truth) {
    const Census census = census_of(model);
    for (const char* method : methods) {
      Counts c;
      Errors largest;
      std::string words;
      for (int seed = 1; seed <= seeds_; ++seed) judge_one(method, model, census, truth, seed, c, largest, words);
      fmt::print("{:<36} {:<11} {:>9.2f} {:>9.2f} {:>5} {:>7} {:>5} {:>7} {:>7} {}\n", name, method, largest.mean,
                 std::exp(largest.log_sd), c.bad, c.missed, c.fine, c.alarmed, c.refused, words);
      std::fflush(stdout);
      totals_[method] += c;
    }
  }
  void totals() const {
    fmt::print("\n{:<12} {:>5} {:>7} {:>10} {:>5} {:>8} {:>12} {:>8}\n", "method", "bad", "missed", "miss rate", "fine",
               "alarmed", "false alarms", "refused");
    for (const char* method : methods) {
      const auto found = totals_.find(method);
      if (found == totals_.end()) continue;
      const Counts& c = found->second;
      fmt::print("{:<12} {:>5} {:>7} {:>9.1f}% {:>5} {:>8} {:>11.1f}% {:>8}\n", method, c.bad, c.missed,
                 c.bad ? 100.0 * c.missed / c.bad : 0.0, c.fine, c.alarmed, c.fine ? 100.0 * c.alarmed / c.fine : 0.0,
                 c.refused);
    }
  }

 private:
  void judge_one(const std::string& method, const Model& model, const Census& census, const MeansAndSds& truth,
                 int seed, Counts& c, Errors& largest, std::string& words) const {
    try {
      const Approximation q = fit(method, model, census, static_cast<std::uint64_t>(seed));
      const Errors e = errors(moments_of(q), truth);
      largest.mean = std::max(largest.mean, e.mean);
      largest.log_sd = std::max(largest.log_sd, e.log_sd);
      Points points(model, whole_density);
      CertificateSettings settings;
      settings.seed = static_cast<std::uint64_t>(seed);
      const Coverage covered = coverage(model, census, q, 1);
      settings.census = MissedModes{.modes = covered.missed, .weight = covered.missed_weight};
      const bool trusted = certify(points, q, coordinate_names(model), settings).verdict.trusted;
      e.bad() ? ++c.bad : ++c.fine;
      c.missed += e.bad() && trusted;
      c.alarmed += !e.bad() && !trusted;
    } catch (const std::exception& error) {
      ++c.refused;
      words = std::string(error.what()).substr(0, 60);
    }
  }
  int seeds_;
  std::map<std::string, Counts> totals_;
};

void test_targets(Report& report) {
  for (const TestDensity& density : test_densities()) {
    const Model model = test_density(density.name);
    if (model.draw_size() != model.dimension()) continue;  // its exact moments are not those of the coordinates
    const Moments exact = exact_moments(density.name);
    MeansAndSds truth{exact.mean, exact.variance};
    for (double& v : truth.sd) v = std::sqrt(v);
    report.target(density.name, model, truth);
  }
}

}  // namespace
}  // namespace thalweg::testing

int main(int argc, char** argv) {
  using namespace thalweg::testing;
  const int seeds = argc > 3 ? std::atoi(argv[3]) : 20;
  if (argc < 3 || seeds < 1) {
    fmt::print(stderr, "usage: verdict_report DATABASE PROGRAMS [SEEDS, at least 1] [PART-OF-NAME …]\n");
    return 2;
  }
  Report report(seeds);
  const auto wanted = [&](const std::string& name) {
    for (int i = 4; i < argc; ++i)
      if (name.find(argv[i]) != std::string::npos) return true;
    return argc <= 4;
  };
  if (wanted("test-densities")) test_targets(report);
  for (const NamedPosterior& posterior : posteriors_here()) {
    if (!wanted(posterior.program)) continue;
    const thalweg::Model model = load_posterior(posterior, argv[2], argv[1]);
    report.target(posterior.program, model, moments(unconstrained_draws(model, posterior, argv[1])));
  }
  report.totals();
}
