// Eight schools (Rubin 1981) as a C++ density: its parameters have names and constraints, its gradient comes from the
// tape.
#include <cstdio>
#include <thalweg/thalweg.hpp>

struct EightSchools {
  std::vector<double> effect{28, 8, -3, 7, -1, 1, 18, 12}, error{15, 10, 16, 11, 9, 11, 10, 18};

  template <class Real>
  void operator()(thalweg::Parameters<Real>& p) const {
    using namespace thalweg::distribution;
    const auto mu = p.real("mu");
    const auto tau = p.real("tau", {.lower = 0});
    const auto z = p.vector("z", 8);
    const auto theta = p.derived("theta", mu + tau * z);

    p.target += log_density<Normal>(mu, 0, 5);
    p.target += log_density<Cauchy>(tau, 0, 5);
    p.target += log_density<StdNormal>(z);
    p.target += log_density<Normal>(thalweg::as_vector(effect), theta, thalweg::as_vector(error));
  }
};

int main() {
  const thalweg::Model model = thalweg::model_of(EightSchools{});
  const thalweg::Draws draws =
      thalweg::sample(model, {.draws = 4000, .seed = 1, .target_acceptance = 0.95}, {.threads = 2});
  const thalweg::Summary summary = thalweg::summarise(draws);
  thalweg::Verdict verdict = thalweg::judge(summary);
  merge(verdict, certify(draws, model).verdict);  // are these draws of the density that the functor states?
  std::printf("%s\n%s", render(summary).c_str(), render(verdict).c_str());
  return verdict.trusted ? 0 : 3;
}
