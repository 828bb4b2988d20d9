#include "hessian_agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "zip_entry.hpp"

namespace thalweg::testing {
namespace {

using Numbers = std::vector<double>;

double largest(const Numbers& v) {
  double most = 0;
  for (const double x : v) most = std::abs(x) > most ? std::abs(x) : most;
  return most;
}
bool all_finite(const Numbers& v) {
  return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); });
}
double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// H(x)·v for many x with a v each, `width` at a time; lanes left over repeat the last.
std::vector<Numbers> products(Workspace& w, const std::vector<Numbers>& x, const std::vector<Numbers>& v,
                              Numbers* errors = nullptr) {
  const std::size_t d = x.empty() ? 0 : x[0].size(), width = static_cast<std::size_t>(w.width());
  Numbers at(d * width), along(d * width), out(d * width);
  std::vector<Numbers> result;
  for (std::size_t first = 0; first < x.size(); first += width) {
    for (std::size_t lane = 0; lane < width; ++lane)
      for (std::size_t i = 0; i < d; ++i) {
        const std::size_t k = std::min(first + lane, x.size() - 1);
        at[i * width + lane] = x[k][i];
        along[i * width + lane] = v[k][i];
      }
    w.hessian_vector(at.data(), along.data(), out.data());
    for (std::size_t lane = 0; lane < width && first + lane < x.size(); ++lane) {
      result.emplace_back(d);
      for (std::size_t i = 0; i < d; ++i) result.back()[i] = out[i * width + lane];
      if (errors) errors->push_back(w.hessian_error(static_cast<int>(lane)));
    }
  }
  return result;
}

template <class Call>
double seconds_of(const Call& call) {
  int n = 1;
  for (;; n *= 2) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < n; ++i) call();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (spent.count() > 0.02) return spent.count() / n;
  }
}
/// Time of a product over that of a gradient, a point.
double cost_of(const Model& model, const Numbers& x) {
  const int gw = model.preferred_width(), hw = model.hessian_widths().back();
  const auto filled = [&](int width) {
    Numbers v;
    for (const double xi : x) v.insert(v.end(), static_cast<std::size_t>(width), xi);
    return v;
  };
  Workspace g = model.workspace(gw), h = model.hessian_workspace(hw);
  const Numbers xg = filled(gw), xh = filled(hw);
  Numbers out(x.size() * static_cast<std::size_t>(std::max(gw, hw))), log_p(static_cast<std::size_t>(gw));
  const double gradient = seconds_of([&] { g.evaluate(xg.data(), out.data(), log_p.data()); }) / gw;
  const double product = seconds_of([&] { h.hessian_vector(xh.data(), xh.data(), out.data()); }) / hw;
  return product / gradient;
}

void compare_at(const Model& model, const std::vector<Numbers>& x, HessianAgreement& result) {
  const std::size_t d = x.empty() ? 0 : x[0].size();
  std::vector<Numbers> u, v;
  for (std::size_t k = 0; k < x.size(); ++k) {
    Random<double> random(20261125, Purpose::test, k, 0);
    for (auto* list : {&u, &v}) {
      list->emplace_back(d);
      for (double& r : list->back()) r = random.normal();
    }
  }
  Workspace one = model.hessian_workspace(1), many = model.hessian_workspace(model.hessian_widths().back());
  Model other = model;
  other.add_hessian_differences("for comparison");
  Workspace plain = other.hessian_workspace(other.preferred_width());
  Numbers errors;
  const auto hu = products(one, x, u), hv = products(one, x, v), packed = products(many, x, v),
             difference = products(plain, x, v, &errors);
  for (std::size_t k = 0; k < x.size() && result.words.empty(); ++k) {
    for (std::size_t i = 0; i < d; ++i)
      if (!(packed[k][i] == hv[k][i] || (std::isnan(packed[k][i]) && std::isnan(hv[k][i])))) {
        result.words = fmt::format("point {}: (Hv)[{}] is {} at width {} and {} at width 1", k + 1, i + 1, packed[k][i],
                                   many.width(), hv[k][i]);
        break;
      }
    const double scale = std::max(1.0, largest(hv[k]));
    // too near the edge of what can be evaluated, or a kink: a double exponential whose outcome is at its location
    if (!all_finite(difference[k]) || errors[k] > 1e-3 * scale) continue;
    ++result.points;
    const double tolerated = 1e-7 * scale + 20 * errors[k];
    for (std::size_t i = 0; i < d; ++i) {
      const double error = std::abs(hv[k][i] - difference[k][i]) / tolerated;
      result.error = std::max(result.error, std::isnan(error) ? HUGE_VAL : error);
      if (!(error <= 1) && result.words.empty())
        result.words = fmt::format("point {}: (Hv)[{}] {:.12g} instead of {:.12g} ± {:.1g}", k + 1, i + 1, hv[k][i],
                                   difference[k][i], errors[k]);
    }
    const double size = std::sqrt(dot(u[k], u[k]) * dot(hv[k], hv[k])) + std::sqrt(dot(v[k], v[k]) * dot(hu[k], hu[k]));
    const double asymmetry = size == 0 ? 0 : std::abs(dot(u[k], hv[k]) - dot(v[k], hu[k])) / size;
    result.asymmetry = std::max(result.asymmetry, asymmetry);
    if (!(asymmetry <= 1e-10) && result.words.empty())
      result.words = fmt::format("point {}: u·Hv and v·Hu differ by {:.2g} of their size", k + 1, asymmetry);
  }
  if (!x.empty() && result.points > 0) result.cost = cost_of(model, x[0]);
}

}  // namespace

HessianAgreement compare_hessian(const Posterior& posterior, const std::string& program_path) {
  HessianAgreement result;
  const auto start = std::chrono::steady_clock::now();
  try {
    stan::CompileOptions options;
    options.hessian = true;
    const auto program = stan::compile_program(program_path, options);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (!program.was_cached) result.seconds = spent.count();
    const Model model =
        stan::bind(program, parse_json_data(read_first_zip_entry(posterior.data_path), posterior.data_path));
    result.exact = model.hessian_is_exact();
    compare_at(model, reference_points(posterior), result);
    result.kind = result.words.empty() ? Agreement::Kind::agrees : Agreement::Kind::differs;
    if (!result.exact) result.words += " not exact: " + model.hessian_reason();
  } catch (const Error& e) {
    const std::string text = e.what();
    if (text.find("is not supported yet") != std::string::npos) result.kind = Agreement::Kind::refused;
    result.words = text.substr(0, text.find('\n'));
  }
  return result;
}

}  // namespace thalweg::testing
