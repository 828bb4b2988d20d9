// One program, one step x + h∇log p + √(2hT) z, and a dial: at T = 0 descent, at T = 1 sampling, in between annealing;
// with minibatches at T = 0 the descent has a temperature of its own, which is measured here and predicted.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <thalweg/thalweg.hpp>

using namespace thalweg;

/// y = a + b t + noise of sd 1 at n points. t has mean 0 and mean square 1, so that −∇²log p = λ I.
struct Line {
  static constexpr int n = 10000;
  std::vector<double> t, y;

  Line() {
    Random<double> random(2026, Purpose::transformed_data, 0, 0);
    for (int i = 0; i < n; ++i) {
      t.push_back(i % 2 == 0 ? 1 : -1);
      y.push_back(0.7 - 1.2 * t.back() + random.normal());
    }
  }
  std::int64_t observations() const { return n; }
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto a = p.real("a"), b = p.real("b");
    add_prior(p, a, b);
    p.likelihood += log_density<distribution::Normal>(as_vector(y), a + b * as_vector(t), 1);
  }
  template <class Real>
  void operator()(Parameters<Real>& p, const Subset& some) const {
    const auto a = p.real("a"), b = p.real("b");
    add_prior(p, a, b);
    for (const std::int32_t i : some.indices) {
      const auto k = static_cast<std::size_t>(i);
      p.likelihood += some.scale * log_density<distribution::Normal>(y[k], a + b * t[k], 1);
    }
  }
  template <class P, class A>
  static void add_prior(P& p, const A& a, const A& b) {
    p.prior += log_density<distribution::Normal>(a, 0, 10) + log_density<distribution::Normal>(b, 0, 10);
  }
};

constexpr double lambda = Line::n + 0.01;  // likelihood and prior

/// The maximum, and tr Cov(xᵢ eᵢ)/2 over the observations: what one of them tells more or less than the mean one.
struct Peak {
  double a = 0, b = 0, spread = 0;
  explicit Peak(const Line& line) {
    for (int i = 0; i < Line::n; ++i) a += line.y[i] / lambda, b += line.t[i] * line.y[i] / lambda;
    double of_a = 0, of_b = 0;
    for (int i = 0; i < Line::n; ++i) {
      const double e = line.y[i] - a - b * line.t[i];
      spread += 0.5 * (1 + line.t[i] * line.t[i]) * e * e / Line::n;
      of_a += e / Line::n, of_b += line.t[i] * e / Line::n;
    }
    spread -= 0.5 * (of_a * of_a + of_b * of_b);
  }
};

/// Setting of the dial, and which temperature theory gives the draws: each direction of the posterior has the variance
///   (T + h v/2)/(λ (1 − hλ/2)),   v = n²/m · (n − m)/(n − 1) · spread,
/// where p^(1/T) has T/λ; mala, which corrects its steps, has T/λ itself.
struct Setting {
  Method method;
  double temperature, h;  ///< h in units of 1/λ
  std::int64_t minibatch;
  double predicted(const Peak& peak) const {
    const double n = Line::n, m = static_cast<double>(minibatch), step = h / lambda;
    if (method == Method::mala) return temperature;
    const double v = n * n / m * (n - m) / (n - 1) * peak.spread;
    return (temperature + step * v / 2) / (1 - h / 2);
  }
};

/// λ|x − x̂|²/2, what equipartition calls the temperature; its error from what is independent: chains, or blocks of 32
/// that share their minibatches.
struct Temperature {
  double mean = 0, error = 0;
  Temperature(const Draws& draws, const Peak& peak, std::int64_t together) {
    const std::int64_t groups = draws.settings().chains / together, count = draws.draws_per_chain();
    const std::int64_t first = draws.columns().back().first - 1;
    double squares = 0;
    for (std::int64_t group = 0; group < groups; ++group) {
      double sum = 0;
      for (std::int64_t chain = together * group; chain < together * (group + 1); ++chain) {
        const auto a = draws.values(chain, first), b = draws.values(chain, first + 1);
        for (std::size_t k = 0; k < a.size(); ++k)
          sum += lambda / 2 * (std::pow(a[k] - peak.a, 2) + std::pow(b[k] - peak.b, 2)) / double(together * count);
      }
      mean += sum / double(groups);
      squares += sum * sum / double(groups);
    }
    error = std::sqrt(std::fmax(squares - mean * mean, 0) / double(groups - 1));
  }
};

/// Descent by `optimize` and draws of ula at T = 0 from the same start, with the same step: how many iterates agree in
/// all bits.
int iterates_in_common(const Model& model) {
  const std::vector<double> start{2, 2};
  const double h = 0.1 / lambda;
  const OptimizeResult descent = optimize(model, {.optimizer = Optimizer::gradient_descent,
                                                  .starts = 1,
                                                  .given = {start},
                                                  .max_iterations = 100,
                                                  .tolerance = 1e-300,
                                                  .step_size = h,
                                                  .save_path = true});
  SampleSettings s{.chains = 1, .draws = 100, .warmup = 0, .starts = {start}, .metric = MetricKind::unit};
  s.method = Method::ula;
  s.step_size = h;
  s.special.temperature = 0;
  const Draws frozen = sample(model, s);
  const std::int64_t first = frozen.columns().back().first - 1;
  int same = 0;
  for (std::size_t k = 0; k < 100 && k + 1 < descent.climbs[0].path.size(); ++k) {
    const double x[] = {frozen.values(0, first)[k], frozen.values(0, first + 1)[k]};
    same += std::memcmp(x, descent.climbs[0].path[k + 1].x.data(), sizeof x) == 0;
  }
  return same;
}

void write_json(const Line& line) {
  const auto list = [](const std::vector<double>& v) {
    for (std::size_t i = 0; i < v.size(); ++i) std::printf("%s%.17g", i == 0 ? "" : ",", v[i]);
  };
  std::printf("{\"n\":%d,\"t\":[", Line::n);
  list(line.t);
  std::printf("],\"y\":[");
  list(line.y);
  std::printf("]}\n");
}

int main(int count, char** arguments) {
  const Line line;
  if (count > 1 && std::strcmp(arguments[1], "--json") == 0) return write_json(line), 0;
  const Peak peak(line);
  const Model model = model_of(line);
  const int same = iterates_in_common(model);
  std::printf("T = 0: %d of 100 iterates of descent and of ula have the same bits\n", same);
  const OptimizeResult cooled = optimize(
      model, {.optimizer = Optimizer::annealing, .starts = 4, .max_iterations = 1000, .step_size = 0.1 / lambda});
  std::printf("T from 10 to 0: annealing ends at a = %.6f, b = %.6f; the maximum is at %.6f, %.6f\n\n",
              cooled.census.best()->x[0], cooled.census.best()->x[1], peak.a, peak.b);
  bool fine = same == 100 && std::fabs(cooled.census.best()->x[0] - peak.a) < 1e-6;

  std::printf("method     T    hλ      m   temperature          predicted     z\n");
  constexpr std::int64_t all = Line::n;
  std::uint64_t seed = 0;
  for (const Setting& dial :
       {Setting{Method::ula, 0, 0.05, all}, Setting{Method::sgld, 0, 0.05, 1000}, Setting{Method::sgld, 0, 0.05, 100},
        Setting{Method::sgld, 0, 0.1, 100}, Setting{Method::sgld, 0.5, 0.05, 500}, Setting{Method::ula, 0.5, 0.05, all},
        Setting{Method::sgld, 1, 0.05, 500}, Setting{Method::sgld, 1, 0.005, 100}, Setting{Method::ula, 1, 0.05, all},
        Setting{Method::mala, 1, 0.05, all}}) {
    const bool minibatches = dial.method == Method::sgld;
    const std::int64_t chains = minibatches ? 512 : 64;
    SampleSettings s{.chains = chains, .draws = chains * (minibatches ? 100 : 20), .thin = dial.h < 0.02 ? 100 : 20};
    s.warmup = dial.h < 0.02 ? 1000 : 300;
    s.seed = ++seed;
    s.starts = {{peak.a + 1 / std::sqrt(lambda), peak.b}};
    s.metric = MetricKind::unit;
    s.method = dial.method;
    s.step_size = dial.h / lambda;
    if (minibatches) s.special.minibatch = dial.minibatch;
    s.special.temperature = dial.temperature;
    const Temperature found(sample(model, s, {.threads = 2}), peak, minibatches ? 32 : 1);
    const double expected = dial.predicted(peak), z = found.error > 1e-9 ? (found.mean - expected) / found.error : 0;
    std::printf("%-6s %5.2g %5.3g %6lld   %.5f ± %.5f   %11.5f   %5.1f\n", to_string(dial.method), dial.temperature,
                dial.h, static_cast<long long>(dial.minibatch), found.mean, found.error, expected, z);
    fine = fine && (dial.temperature == 0 && dial.minibatch == all ? found.mean < 1e-6 : std::fabs(z) < 6);
  }
  return fine ? 0 : 3;
}
