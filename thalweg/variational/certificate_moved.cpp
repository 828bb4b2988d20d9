#include "thalweg/variational/certificate_moved.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/trust/ordering.hpp"

namespace thalweg {
namespace {

std::vector<double> normal_scores(const std::vector<double>& v, NormalScores& scores) {
  Ordering order;
  order.assign(v);
  std::vector<double> out(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) out[order.index()[i]] = scores.of_whole(static_cast<std::int64_t>(i) + 1);
  return out;
}

/// A standard normal's value with the same upper tail, nearly, as F with m and n degrees of freedom.
double normal_of_f(double f, double m, double n) {
  const double a = 2 / (9 * m), b = 2 / (9 * n), root = std::cbrt(f);
  return ((1 - b) * root - (1 - a)) / std::sqrt(b * root * root + a);
}

StartMemory memory_of(const std::vector<double>& values, std::size_t copies, double rhat, NormalScores& scores) {
  const auto chains = static_cast<std::int64_t>(values.size());
  const auto starts = chains / static_cast<std::int64_t>(copies);
  std::vector<double> folded = values, sorted = values;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  for (double& v : folded) v = std::abs(v - *middle);
  const double k = static_cast<double>(starts), m = static_cast<double>(copies);
  StartMemory worst{};
  worst.z = -infinity;
  for (const std::vector<double>* v : {&values, static_cast<const std::vector<double>*>(&folded)}) {
    StartMemory memory{};
    memory.nested = nested_rhat_of(normal_scores(*v, scores), chains, static_cast<int>(starts));
    const double r = memory.nested.value;
    memory.z = normal_of_f(m * (r * r - 1), k - 1, k * (m - 1));
    memory.failed = !(r <= memory.nested.limit(rhat * rhat - 1));
    if (memory.z > worst.z) worst = memory;
  }
  return worst;
}

}  // namespace

MovedCertificate certify_moved(const MovedDraws& moved, std::span<const std::string> names, const MovedSettings& s) {
  const std::size_t d = moved.dimension;
  require(moved.copies > 1, "copies must be at least 2 chains of each start; found {}", moved.copies);
  require(names.size() == d, "names must have one for each of {} coordinates; found {}", d, names.size());
  require(s.significance > 0 && s.significance < 1, "significance must be in (0, 1); found {}", s.significance);
  MovedCertificate out;
  NormalScores scores;
  scores.assign(static_cast<std::int64_t>(moved.chains));
  const double most = normal_quantile(1 - s.significance / (2 * static_cast<double>(d)));
  std::vector<double> values(moved.chains);
  const StartMemory* worst = nullptr;
  std::size_t failed = 0;
  out.memory.reserve(d);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t i = 0; i < moved.chains; ++i) values[i] = moved.end[i * d + j];
    StartMemory memory = memory_of(values, moved.copies, s.rhat, scores);
    memory.name = names[j];
    memory.failed = memory.failed && !(memory.z <= most);
    failed += memory.failed;
    out.memory.push_back(memory);
    if (!worst || memory.z > worst->z) worst = &out.memory.back();
  }
  out.identities =
      score_identities(moved.end, moved.gradient, d, {.significance = s.significance, .copies = moved.copies});
  Verdict& v = out.verdict;
  const auto fails = [&](std::string text) { v.findings.push_back({Finding::Weight::failure, std::move(text)}); };
  const auto others = [](std::size_t n) { return n > 1 ? fmt::format(" and {} more", n - 1) : std::string(); };
  if (failed > 0)
    fails(
        fmt::format("nested R-hat by start of {} is {:.3f}, above {:.3f} and chance{}: the chains have not forgotten "
                    "their starts",
                    worst->name, worst->nested.value, worst->nested.limit(s.rhat * s.rhat - 1), others(failed)));
  if (!out.identities.failed.empty())
    fails(fmt::format("score identity {}{}: the moved draws are not of p", describe(out.identities.failed[0], names),
                      others(out.identities.failed.size())));
  if (100 * moved.stuck > moved.chains) fails(fmt::format("{} of {} chains never moved", moved.stuck, moved.chains));
  if (out.identities.not_finite > 0)
    fails(fmt::format("{} moved draws have no finite gradient", out.identities.not_finite));
  v.trusted = v.findings.empty();
  if (moved.stuck > 0 && 100 * moved.stuck <= moved.chains)
    v.findings.push_back(
        {Finding::Weight::note, fmt::format("{} of {} chains never moved", moved.stuck, moved.chains)});
  if (!v.trusted) {
    v.advice.push_back("move them for longer, or from a better approximation");
    v.advice.push_back(
        fmt::format("sample, starting from these draws: thalweg sample {} --init {}", s.model, s.run_file));
  }
  v.evidence = fmt::format(
      "{} chains from {} starts; nested R-hat by start at most {:.3f} ({}); {} score identities, "
      "largest |z| {:.1f} (limit {:.1f})",
      moved.chains, moved.chains / moved.copies, worst->nested.value, worst->name, out.identities.tested,
      std::abs(out.identities.worst.z()), out.identities.threshold);
  return out;
}

}  // namespace thalweg
