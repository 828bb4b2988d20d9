// Beetles killed by carbon disulphide (Bliss 1935), a logistic regression as a C++ density that states its prior and
// its likelihood: peak, maximum likelihood, Laplace's approximation and the nearest Gaussian, with its certificate.
#include <cstdio>
#include <thalweg/thalweg.hpp>

struct Beetles {
  std::vector<double> log_dose{-0.1093, -0.0758, -0.0448, -0.0158, 0.0113, 0.0369, 0.0610, 0.0839};  // less 1.8
  std::vector<int> beetles{59, 60, 62, 56, 63, 59, 62, 60}, killed{6, 13, 18, 28, 52, 53, 61, 60};

  template <class Real>
  void operator()(thalweg::Parameters<Real>& p) const {
    using namespace thalweg::distribution;
    const auto alpha = p.real("alpha");
    const auto beta = p.real("beta");
    p.prior += log_density<Normal>(alpha, 0, 2);
    p.prior += log_density<Normal>(beta, 30, 20);
    p.likelihood += log_density<BinomialLogit>(thalweg::as_array(killed), thalweg::as_array(beetles),
                                               alpha + beta * thalweg::as_vector(log_dose));
  }
};

int main() {
  using namespace thalweg;
  const Model model = model_of(Beetles{});
  for (const Objective objective : {Objective::map, Objective::mle}) {
    const OptimizeResult found = optimize(model, {.objective = objective, .starts = 16, .seed = 1});
    const End& best = *found.census.best();
    std::printf("%-4s alpha %.4f beta %.4f: %s, reached by %zu of 16 starts\n", to_string(objective), best.x[0],
                best.x[1], to_string(best.kind), best.climbs.size());
  }
  const OptimizeResult peaks = optimize(model, {.seed = 1});
  Points points(model, whole_density);
  const LaplaceResult gaussian = laplace(points, peaks.census.best()->x, {.draws = 4000});
  const ViResult nearest = variational_inference(model, {.family = Family::full_rank, .draws = 4000});
  std::printf("log evidence: Laplace %.3f, ELBO of the nearest Gaussian %.3f\n", gaussian.log_evidence,
              nearest.elbo.value);
  const Certificate certificate = certify(points, nearest.draws, coordinate_names(model));
  std::printf("%s", render(certificate.verdict).c_str());
  return certificate.verdict.trusted ? 0 : 3;
}
