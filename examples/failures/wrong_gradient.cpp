// A gradient that is wrong by 1 % in one coordinate, as one written by hand can be. The Metropolis test keeps the draws
// right, R-hat and effective sizes are fine, and only the certificate sees it: it compares the gradient with
// differences of log p at draws of the run.
#include <cstdio>
#include <thalweg/thalweg.hpp>

struct WrongGradient {
  std::int64_t dimension() const { return 5; }
  template <class Real>
  Real log_density(thalweg::View<const Real> x, thalweg::View<Real> gradient) const {
    Real squares = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      squares += x[j] * x[j];
      gradient[j] = j == 2 ? -1.01 * x[j] : -x[j];
    }
    return -0.5 * squares;
  }
};

int main() {
  const thalweg::Model model = thalweg::model_of(WrongGradient{});
  const thalweg::Draws draws = thalweg::sample(model, {.seed = 1, .method = thalweg::Method::hmc}, {.threads = 2});
  thalweg::Verdict verdict = thalweg::judge(thalweg::summarise(draws));
  std::printf("Without the certificate: %s", render(verdict).c_str());
  merge(verdict, certify(draws, model).verdict);
  std::printf("With it: %s", render(verdict).c_str());
  return verdict.trusted ? 0 : 3;
}
