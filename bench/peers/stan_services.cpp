// Stan's own optimizer, variational inference and Pathfinder, run in this process with CmdStan's default settings.
// Compiled once; linked with the C++ that stanc made of one program, which brings `new_model`. Compile both with
// -DSTAN_THREADS.
//
// usage: PROGRAM DATA.json THREADS      then one request a line on standard input, one JSON object a line in answer:
//   map SEED STARTS               L-BFGS from STARTS random starts one after another, Jacobian included
//   advi SEED TOLERANCE           mean-field ADVI; TOLERANCE is CmdStan's tol_rel_obj (default 0.01). `failed` is
//   Stan's
//                                 complaint, empty when there is none
//   pathfinder SEED PATHS DRAWS   multi-path Pathfinder on THREADS threads
//   elbo SEED DRAWS MEAN… SD…     E_q log p + entropy of a diagonal Gaussian, over draws that depend on SEED alone
//   unconstrain {…}               the unconstrained point of named parameters, with log p there
//
// `seconds` is the wall time of the algorithm alone: data, model and start of the process are ready before, and
// nothing is written to a file meanwhile. All log densities have log Jacobians; those of `elbo` have all constants,
// those of `map` and `unconstrain` drop the constants that Stan's `~` drops.
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <sstream>
#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/logger.hpp>
#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/log_prob_propto.hpp>
#include <stan/model/model_base.hpp>
#include <stan/services/optimize/lbfgs.hpp>
#include <stan/services/pathfinder/multi.hpp>
#include <stan/variational/advi.hpp>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

namespace {

using Model = stan::model::model_base;
using Clock = std::chrono::steady_clock;
constexpr double init_radius = 2;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The settings of Stan's L-BFGS that `optimize` and `pathfinder` of CmdStan share.
constexpr int history = 5;
constexpr double first_step = 0.001, tol_obj = 1e-12, tol_rel_obj = 1e4, tol_grad = 1e-8, tol_rel_grad = 1e7,
                 tol_param = 1e-8;

struct Json {
  std::ostringstream out;
  Json() { out.precision(17); }
  void number(double v) {
    if (std::isfinite(v))
      out << v;
    else
      out << "null";
  }
  void text(const std::string& words) {
    out << '"';
    for (const char c : words) out << (c == '"' || c == '\\' ? '\'' : c < ' ' ? ' ' : c);
    out << '"';
  }
  template <class Values>
  void list(const Values& values) {
    out << '[';
    bool first = true;
    for (const double v : values) {
      if (!first) out << ',';
      first = false;
      number(v);
    }
    out << ']';
  }
};

std::vector<double> plain(const Eigen::VectorXd& v) { return {v.data(), v.data() + v.size()}; }

/// Keeps the rows that an algorithm writes.
struct Rows : stan::callbacks::writer {
  using stan::callbacks::writer::operator();
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;
  void operator()(const std::vector<std::string>& all) override { names = all; }
  void operator()(const std::vector<double>& row) override { rows.push_back(row); }
  void operator()(const Eigen::Ref<Eigen::Matrix<double, -1, -1>>& values) override {
    for (Eigen::Index j = 0; j < values.cols(); ++j) rows.push_back(plain(values.col(j)));
  }
};

/// ADVI calls this when it has estimated its ELBO; we note the clock and where q is.
struct Trace : stan::callbacks::writer {
  using stan::callbacks::writer::operator();
  const stan::variational::normal_meanfield& q;
  Clock::time_point start;
  std::vector<double> seconds, elbo;
  std::vector<Eigen::VectorXd> mean, log_sd;
  Trace(const stan::variational::normal_meanfield& q, Clock::time_point start) : q(q), start(start) {}
  void operator()(const std::vector<double>& iteration_time_elbo) override {
    seconds.push_back(seconds_since(start));
    elbo.push_back(iteration_time_elbo[2]);
    mean.push_back(q.mu());
    log_sd.push_back(q.omega());
  }
};

struct Services {
  Model& model;
  stan::callbacks::interrupt interrupt;
  stan::callbacks::logger logger;  // keeps silent
  stan::callbacks::writer nowhere;
  stan::io::empty_var_context random_start;

  void map(std::istream& request, Json& json) {
    unsigned seed = 0;
    int starts = 0;
    request >> seed >> starts;
    std::vector<double> log_p;
    int failed = 0;
    const auto start = Clock::now();
    for (int chain = 1; chain <= starts; ++chain) {
      Rows rows;
      const int status = stan::services::optimize::lbfgs<Model, true>(
          model, random_start, seed, static_cast<unsigned>(chain), init_radius, history, first_step, tol_obj,
          tol_rel_obj, tol_grad, tol_rel_grad, tol_param, 2000, false, 0, interrupt, logger, nowhere, rows);
      failed += status != stan::services::error_codes::OK;
      log_p.push_back(rows.rows.empty() ? std::numeric_limits<double>::quiet_NaN() : rows.rows.back()[0]);
    }
    json.out << "{\"seconds\":" << seconds_since(start) << ",\"failed\":" << failed << ",\"log_p\":";
    json.list(log_p);
    json.out << '}';
  }

  void advi(std::istream& request, Json& json) {
    unsigned seed = 0;
    double tolerance = 0;
    request >> seed >> tolerance;
    const auto start = Clock::now();
    stan::rng_t rng = stan::services::util::create_rng(seed, 1);
    std::vector<double> first =
        stan::services::util::initialize(model, random_start, rng, init_radius, true, logger, nowhere);
    Eigen::VectorXd x = Eigen::Map<Eigen::VectorXd>(first.data(), static_cast<Eigen::Index>(first.size()));
    stan::variational::advi<Model, stan::variational::normal_meanfield, stan::rng_t> algorithm(model, x, rng, 1, 100,
                                                                                               100, 1000);
    stan::variational::normal_meanfield q(x);
    Trace trace(q, start);
    std::string error;
    double eta = 0;
    try {
      eta = algorithm.adapt_eta(q, 50, logger);
      algorithm.stochastic_gradient_ascent(q, eta, tolerance, 10000, logger, trace);
    } catch (const std::exception& e) {
      error = e.what();
    }
    json.out << "{\"seconds\":" << seconds_since(start) << ",\"eta\":" << eta << ",\"failed\":";
    json.text(error);
    json.out << ",\"trace\":[";
    for (std::size_t i = 0; i < trace.seconds.size(); ++i) {
      json.out << (i ? "," : "") << "{\"seconds\":" << trace.seconds[i] << ",\"elbo\":";
      json.number(trace.elbo[i]);
      json.out << ",\"mean\":";
      json.list(plain(trace.mean[i]));
      json.out << ",\"sd\":";
      json.list(plain(trace.log_sd[i].array().exp()));
      json.out << '}';
    }
    json.out << "]}";
  }

  void pathfinder(std::istream& request, Json& json) {
    unsigned seed = 0;
    int paths = 0, draws = 0;
    request >> seed >> paths >> draws;
    std::vector<std::unique_ptr<stan::io::var_context>> starts;
    for (int i = 0; i < paths; ++i) starts.push_back(std::make_unique<stan::io::empty_var_context>());
    std::vector<stan::callbacks::writer> first(paths), single(paths);
    std::vector<stan::callbacks::structured_writer> diagnostics(paths);
    stan::callbacks::structured_writer diagnostic;
    Rows rows;
    const auto start = Clock::now();
    const int status = stan::services::pathfinder::pathfinder_lbfgs_multi(
        model, starts, seed, 1u, init_radius, history, first_step, tol_obj, tol_rel_obj, tol_grad, tol_rel_grad,
        tol_param, 1000, 25, 1000, draws, paths, false, 0, interrupt, logger, first, single, diagnostics, rows,
        diagnostic, true, true);
    const double seconds = seconds_since(start);
    json.out << "{\"seconds\":" << seconds
             << ",\"failed\":" << (status == stan::services::error_codes::OK ? "false" : "true")
             << ",\"draws\":" << rows.rows.size() << ",\"quantities\":{";
    for (std::size_t j = 0; j < rows.names.size() && !rows.rows.empty(); ++j) {
      double mean = 0, square = 0;
      const double n = static_cast<double>(rows.rows.size());
      for (const auto& row : rows.rows) mean += row[j] / n;
      for (const auto& row : rows.rows) square += (row[j] - mean) * (row[j] - mean) / (n - 1);
      json.out << (j ? "," : "") << '"' << rows.names[j] << "\":";
      json.list(std::vector<double>{mean, std::sqrt(square)});
    }
    json.out << "}}";
  }

  /// The mean and its standard error; −∞ counts as it is, so that a q that leaves the support has no ELBO.
  void elbo(std::istream& request, Json& json) {
    unsigned seed = 0;
    int draws = 0;
    request >> seed >> draws;
    const auto d = static_cast<Eigen::Index>(model.num_params_r());
    Eigen::VectorXd mean(d), sd(d), x(d);
    for (auto& v : mean) request >> v;
    for (auto& v : sd) request >> v;
    if (!request) throw std::invalid_argument("elbo: expected SEED DRAWS, the means and the sds");
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    double sum = 0, squares = 0;
    const double entropy = sd.array().log().sum() + 0.5 * static_cast<double>(d) * std::log(2 * M_PI * std::exp(1.0));
    for (int i = 0; i < draws; ++i) {
      for (Eigen::Index j = 0; j < d; ++j) x[j] = mean[j] + sd[j] * normal(random);
      const double log_p = log_density(x);
      const double before = i ? sum / i : log_p;
      sum += log_p;
      squares += (log_p - before) * (log_p - sum / (i + 1));
    }
    json.out << "{\"elbo\":";
    json.number(sum / draws + entropy);
    json.out << ",\"se\":";
    json.number(std::sqrt(squares / (draws - 1) / draws));
    json.out << '}';
  }
  double log_density(Eigen::VectorXd& x) {
    try {
      return model.log_prob_jacobian(x, nullptr);
    } catch (const std::domain_error&) {
      return -std::numeric_limits<double>::infinity();
    }
  }

  void unconstrain(std::istream& request, Json& json) {
    stan::json::json_data values(request);
    Eigen::VectorXd x;
    model.transform_inits(values, x, nullptr);
    json.out << "{\"log_p\":";
    json.number(stan::model::log_prob_propto<true>(model, x, nullptr));
    json.out << ",\"x\":";
    json.list(plain(x));
    json.out << '}';
  }

  void answer(const std::string& line) {
    std::istringstream request(line);
    std::string what;
    request >> what;
    Json json;
    if (what == "map")
      map(request, json);
    else if (what == "advi")
      advi(request, json);
    else if (what == "pathfinder")
      pathfinder(request, json);
    else if (what == "elbo")
      elbo(request, json);
    else if (what == "unconstrain")
      unconstrain(request, json);
    else
      throw std::invalid_argument("no request '" + what + "'");
    std::cout << json.out.str() << std::endl;
  }
};

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: " << words[0] << " DATA.json THREADS\n";
    return 2;
  }
  try {
    stan::math::init_threadpool_tbb(std::stoi(words[2]));
    std::ifstream file(words[1]);
    stan::json::json_data data(file);
    std::unique_ptr<Model> model(&new_model(data, 1, &std::cerr));
    Services services{*model};
    std::cout << "{\"dimension\":" << model->num_params_r() << "}" << std::endl;
    for (std::string line; std::getline(std::cin, line);) services.answer(line);
  } catch (const std::exception& e) {
    std::cerr << words[0] << ": " << e.what() << "\n";
    return 1;
  }
}
