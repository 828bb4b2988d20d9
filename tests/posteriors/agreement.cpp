#include "agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "thalweg/core/error.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "zip_entry.hpp"

namespace thalweg::testing {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

json read_json(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  return json::parse(in);
}
double number(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto text = value.get<std::string>();
  return text == "-Inf" ? -inf : text == "Inf" ? inf : nan;
}

struct Point {
  std::vector<double> x, gradient;
  double log_density = nan;
};
std::vector<Point> read_points(const std::string& path) {
  std::vector<Point> points;
  const json reference = read_json(path);
  for (const auto& p : reference.at("points")) {
    if (p.contains("rejected")) continue;
    Point point;
    for (const auto& v : p.at("x")) point.x.push_back(number(v));
    for (const auto& v : p.at("gradient")) point.gradient.push_back(number(v));
    point.log_density = number(p.at("log_density"));
    points.push_back(std::move(point));
  }
  return points;
}

/// Log density, gradient and reason at each point, `width` of them at a time; lanes left over repeat the last point.
struct Evaluated {
  double log_density;
  std::vector<double> gradient;
  std::string reason;
};
std::vector<Evaluated> evaluate(const Model& model, const std::vector<Point>& points, int width) {
  const auto d = static_cast<std::size_t>(model.dimension()), w = static_cast<std::size_t>(width);
  Workspace workspace = model.workspace(width);
  std::vector<double> x(d * w), gradient(d * w), log_p(w);
  std::vector<Evaluated> result;
  for (std::size_t first = 0; first < points.size(); first += w) {
    for (std::size_t lane = 0; lane < w; ++lane)
      for (std::size_t i = 0; i < d; ++i) x[i * w + lane] = points[std::min(first + lane, points.size() - 1)].x[i];
    workspace.evaluate(x.data(), gradient.data(), log_p.data());
    for (std::size_t lane = 0; lane < w && first + lane < points.size(); ++lane) {
      Evaluated e{log_p[lane], std::vector<double>(d), workspace.evidence(static_cast<int>(lane)).text};
      for (std::size_t i = 0; i < d; ++i) e.gradient[i] = gradient[i * w + lane];
      result.push_back(std::move(e));
    }
  }
  return result;
}

bool same_bits(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// What the reference and one width disagree about; empty when nothing.
std::string first_difference(const std::vector<Point>& points, const std::vector<Evaluated>& ours, double tolerance,
                             Agreement& agreement) {
  std::string words;
  const auto note = [&](std::size_t k, const std::string& what) {
    if (words.empty()) words = fmt::format("point {}: {}", k + 1, what);
  };
  double offset = nan;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const double theirs = points[k].log_density, mine = ours[k].log_density;
    if (!std::isfinite(theirs) || !std::isfinite(mine)) {
      if (!same_bits(theirs, mine))
        note(k, fmt::format("log density {} instead of {} {}", mine, theirs, ours[k].reason));
      continue;
    }
    if (std::isnan(offset)) offset = mine - theirs;
    const double density = std::abs(mine - theirs - offset) / (tolerance * std::max({1.0, std::abs(theirs)}));
    agreement.density_error = std::max(agreement.density_error, density);
    if (density > 1) note(k, fmt::format("log density {:.15g} instead of {:.15g}", mine, theirs + offset));
    double largest = 1;
    for (const double g : points[k].gradient)
      if (std::isfinite(g)) largest = std::max(largest, std::abs(g));
    for (std::size_t i = 0; i < points[k].x.size(); ++i) {
      const double g = points[k].gradient[i];
      if (!std::isfinite(g)) continue;
      const double error = std::abs(ours[k].gradient[i] - g) / (tolerance * largest);
      agreement.gradient_error = std::max(agreement.gradient_error, std::isnan(error) ? inf : error);
      if (!(error <= 1)) note(k, fmt::format("∂/∂x[{}] {:.15g} instead of {:.15g}", i + 1, ours[k].gradient[i], g));
    }
  }
  return words;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The lines of a compiler's words that say what is wrong, three at most; the first line of any other message.
std::string essence(const std::string& text) {
  std::istringstream in(text);
  std::string result;
  int found = 0;
  for (std::string line; found < 3 && std::getline(in, line);)
    if (const auto at = line.find("error: "); at != std::string::npos)
      result += (found++ ? " | " : "") + line.substr(at);
  return found ? result : first_line(text);
}

}  // namespace

std::vector<Posterior> posteriors_of(const std::string& database) {
  std::vector<Posterior> result;
  const fs::path base = database;
  if (!fs::exists(base / "log_density")) return result;
  for (const auto& entry : fs::directory_iterator(base / "log_density")) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = entry.path().stem().string();
    const json record = read_json((base / "posteriors" / (name + ".json")).string());
    const auto data = record.at("data_name").get<std::string>() + ".json.zip";
    result.push_back({name, record.at("model_name").get<std::string>(), (base / "data" / "data" / data).string(),
                      entry.path().string()});
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

std::vector<std::vector<double>> reference_points(const Posterior& posterior) {
  std::vector<std::vector<double>> result;
  for (const Point& p : read_points(posterior.reference_path)) result.push_back(p.x);
  return result;
}

Agreement compare(const Posterior& posterior, const std::string& program_path, double tolerance) {
  Agreement result;
  const auto start = std::chrono::steady_clock::now();
  try {
    const auto compiled = stan::compile_program(program_path);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (!compiled.was_cached) result.compile_seconds = spent.count();
    const DataMap data = parse_json_data(read_first_zip_entry(posterior.data_path), posterior.data_path);
    const Model model = Model::create(*compiled.table, data, {}, compiled.keep_alive);
    const auto points = read_points(posterior.reference_path);
    result.points = static_cast<int>(points.size());
    if (!points.empty() && static_cast<std::int64_t>(points[0].x.size()) != model.dimension()) {
      result.words = fmt::format("dimension {} instead of {}", model.dimension(), points[0].x.size());
      return result;
    }
    const auto one = evaluate(model, points, 1), many = evaluate(model, points, model.preferred_width());
    result.words = first_difference(points, one, tolerance, result);
    for (std::size_t k = 0; k < points.size() && result.words.empty(); ++k) {
      bool same = same_bits(one[k].log_density, many[k].log_density);
      for (std::size_t i = 0; i < points[k].x.size(); ++i) same &= same_bits(one[k].gradient[i], many[k].gradient[i]);
      if (!same)
        result.words = fmt::format("point {}: other bits at width {} than at 1", k + 1, model.preferred_width());
    }
    result.kind = result.words.empty() ? Agreement::Kind::agrees : Agreement::Kind::differs;
  } catch (const Error& e) {
    const std::string text = e.what();
    const bool ours = text.find("a bug of thalweg") != std::string::npos;
    result.kind =
        text.find(": error: ") != std::string::npos && !ours ? Agreement::Kind::refused : Agreement::Kind::failed;
    result.words = essence(text);
  } catch (const std::exception& e) {
    result.words = first_line(e.what());
  }
  return result;
}

std::vector<Agreement> compare_all(const std::vector<Posterior>& posteriors, const std::string& program_folder,
                                   int threads, const std::function<void(const Posterior&, const Agreement&)>& done) {
  // each program is compiled once: posteriors of one program go to one thread
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t k = 0; k < posteriors.size(); ++k) {
    const auto same = [&](const auto& g) { return posteriors[g[0]].program == posteriors[k].program; };
    const auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end())
      groups.push_back({k});
    else
      found->push_back(k);
  }
  std::vector<Agreement> result(posteriors.size());
  std::atomic<std::size_t> next{0};
  std::mutex one_at_a_time;
  std::vector<std::jthread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (std::size_t g; (g = next++) < groups.size();)
        for (const std::size_t k : groups[g]) {
          result[k] = compare(posteriors[k], program_folder + "/" + posteriors[k].program + ".stan");
          const std::lock_guard lock(one_at_a_time);
          if (done) done(posteriors[k], result[k]);
        }
    });
  workers.clear();
  return result;
}

}  // namespace thalweg::testing
