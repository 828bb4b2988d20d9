#include "thalweg/variational/run_census.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t of_a_climb = 100, of_a_product = 7;  ///< gradients, typically
constexpr std::size_t least_starts = 4, boxes = 4;

struct Spread {
  std::vector<double> mean, sd;
};

Spread spread_of(std::span<const double> x, std::size_t d) {
  Spread s{std::vector<double>(d, 0), std::vector<double>(d, 0)};
  const auto n = static_cast<double>(x.size() / d);
  for (std::size_t i = 0; i < x.size(); ++i) s.mean[i % d] += x[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i) s.sd[i % d] += (x[i] - s.mean[i % d]) * (x[i] - s.mean[i % d]) / n;
  for (double& v : s.sd) v = std::sqrt(v);
  return s;
}

std::vector<std::vector<double>> starts_around(const Spread& draws, std::size_t count, std::uint64_t seed) {
  const std::size_t d = draws.mean.size();
  std::vector<std::vector<double>> starts(count, std::vector<double>(d));
  for (std::size_t i = 0; i < count; ++i) {
    Random<double> random(seed, Purpose::check, i, 3);
    const std::size_t box = i % boxes;
    for (std::size_t j = 0; j < d; ++j) {
      const double u = 2 * random.uniform() - 1;
      starts[i][j] = box < 2 ? (box == 0 ? 2 : 10) * u : draws.mean[j] + (box == 2 ? 10 : 40) * draws.sd[j] * u;
    }
  }
  return starts;
}

/// Where an end is, in the coordinates in which it is farthest from the draws.
std::string place_of(const End& end, const Spread& draws, std::span<const std::string> names) {
  std::vector<std::size_t> order(names.size());
  for (std::size_t j = 0; j < order.size(); ++j) order[j] = j;
  const auto apart = [&](std::size_t j) { return std::abs(end.x[j] - draws.mean[j]) / std::max(draws.sd[j], 1e-300); };
  const std::size_t shown = std::min<std::size_t>(3, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) { return apart(a) > apart(b); });
  std::string text;
  for (std::size_t k = 0; k < shown; ++k)
    text += fmt::format("{}{} = {:.3g}", k ? ", " : "", names[order[k]], end.x[order[k]]);
  return text + (names.size() > shown ? " …" : "");
}

std::string count_of(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

void judge(RunCensus& out, const Spread& draws, std::span<const std::string> names, const RunCensusSettings& s) {
  Verdict& v = out.verdict;
  std::size_t maxima = 0, missed = 0, weighed = 0, relabelled = 0;
  const End* worst = nullptr;
  for (std::size_t e = 0; e < out.census.ends.size(); ++e) {
    const End& end = out.census.ends[e];
    if (end.kind != EndKind::maximum) continue;
    ++maxima;
    weighed += !std::isnan(end.log_evidence);
    if (out.coverage.covered[e]) continue;
    if (end.copy_of >= 0 && out.coverage.covered[static_cast<std::size_t>(end.copy_of)]) {
      ++relabelled;
      continue;
    }
    ++missed;
    if (!worst || end.weight > worst->weight) worst = &end;
  }
  const std::size_t each = out.starts / boxes;
  const std::string boxes_in_words =
      fmt::format("{} starts ({} each within ±2, ±10, 10 and 40 sds of the draws)", out.starts,
                  out.starts % boxes == 0 ? fmt::format("{}", each) : fmt::format("{} or {}", each, each + 1));
  v.evidence = fmt::format("{} find {}", boxes_in_words, count_of(maxima, "mode"));
  std::map<EndKind, std::size_t> others;
  for (const End& end : out.census.ends)
    if (end.kind != EndKind::maximum) ++others[end.kind];
  for (const auto& [kind, count] : others) v.evidence += fmt::format(", {} {}", count, to_string(kind));
  if (maxima > 0)
    v.evidence += missed == 0 ? ", reached by the draws" : fmt::format(", {} of them not reached by the draws", missed);
  if (worst) {
    v.trusted = false;
    v.findings.push_back(
        {Finding::Weight::failure,
         fmt::format(
             "the draws do not reach a mode of weight {:.2g} (by Laplace) at {}, where {} of {} starts end{}: no "
             "chain found it, and no diagnostic of the chains can see it",
             worst->weight, place_of(*worst, draws, names), worst->climbs.size(), out.starts,
             missed > 1 ? fmt::format(", and {} more", missed - 1) : "")});
    v.advice.push_back(fmt::format(
        "start chains in all modes (thalweg optimize {}, then --init its run) and compare them; the weights "
        "of modes that chains do not cross between stay unknown",
        s.model));
    v.advice.push_back("rule the mode out where it means nothing: an order, a bound, a tighter prior");
  }
  if (relabelled > 0)
    v.findings.push_back({Finding::Weight::note,
                          fmt::format("{} not reached that {} a relabelling of one that is: what does not depend on "
                                      "labels is not affected",
                                      count_of(relabelled, "mode"), relabelled == 1 ? "is" : "are")});
  for (const End& end : out.census.ends) {
    if (end.kind != EndKind::unbounded && end.kind != EndKind::infinity) continue;
    v.findings.push_back({Finding::Weight::note,
                          fmt::format("from {} of {} starts log p rises without end along {} (unconstrained): harmless "
                                      "only where p can be integrated there",
                                      end.climbs.size(), out.starts, end.words)});
    break;
  }
  if (maxima > 1 && weighed < maxima)
    v.findings.push_back(
        {Finding::Weight::note, fmt::format("{} of {} modes are not weighed: too many dimensions for their Hessians",
                                            maxima - weighed, maxima)});
}

}  // namespace

RunCensus census_of_run(const Model& model, std::span<const double> x, std::span<const std::string> names,
                        const RunCensusSettings& s, const std::function<bool()>& keep_going) {
  const auto d = static_cast<std::size_t>(model.dimension());
  require(x.size() % d == 0, "x must hold rows of {} numbers; found {}", d, x.size());
  require(names.size() == d, "names must have one for each of {} coordinates; found {}", d, names.size());
  RunCensus out;
  Approximation draws{.components = {}, .dimension = d, .x = {}, .log_p = {}, .log_q = {}, .component = {}};
  for (std::size_t i = 0; i < x.size(); i += d)
    if (std::all_of(x.begin() + static_cast<std::ptrdiff_t>(i), x.begin() + static_cast<std::ptrdiff_t>(i + d),
                    [](double v) { return std::isfinite(v); }))
      draws.x.insert(draws.x.end(), x.begin() + static_cast<std::ptrdiff_t>(i),
                     x.begin() + static_cast<std::ptrdiff_t>(i + d));
  draws.count = draws.x.size() / d;
  const bool bounded = s.most_gradients > 0;
  const std::int64_t climbing = 2 * s.most_gradients / 3;
  std::size_t starts = s.starts;
  if (bounded) starts = std::min(starts, static_cast<std::size_t>(climbing / of_a_climb));
  if (draws.count == 0 || starts < std::min(least_starts, s.starts) || starts == 0) return out;
  const Spread spread = spread_of(draws.x, d);
  OptimizeSettings settings{.starts = starts, .seed = s.seed, .threads = s.threads};
  settings.given = starts_around(spread, starts, s.seed);
  if (bounded) {
    const std::int64_t products = s.most_gradients / 3 / of_a_product;
    settings.max_iterations =
        3 * climbing / (4 * static_cast<std::int64_t>(starts));  // an iteration is a gradient and a bit
    settings.census.whole_hessian = std::min<std::size_t>(2000, static_cast<std::size_t>(products));
    settings.census.lanczos_steps = std::min<std::size_t>(40, static_cast<std::size_t>(products) / 2 + 1);
    settings.census.most_ends = std::clamp<std::size_t>(static_cast<std::size_t>(products) / (8 * d), 2, 64);
    settings.census.patient = false;
  }
  try {
    OptimizeResult found = optimize(model, settings, keep_going);
    out.gradients = found.gradients + of_a_product * found.products;
    out.starts = starts;
    out.census = std::move(found.census);
    out.coverage = coverage(model, out.census, draws, s.threads);
    const auto weighed = std::count_if(out.census.ends.begin(), out.census.ends.end(),
                                       [](const End& e) { return e.kind == EndKind::maximum && e.weight > 0; });
    if (weighed > 1) out.gradients += of_a_product * weighed * model.dimension();  // the Hessians of coverage
    judge(out, spread, names, s);
  } catch (const Error& error) {
    out.verdict.findings.push_back({Finding::Weight::note, fmt::format("no census of modes: {}", error.what())});
  }
  return out;
}

}  // namespace thalweg
