// thalweg check MODEL: does it compile, what are its terms and over what can they be subsampled, is its gradient right,
// how fast is it?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_source.hpp"
#include "app/print.hpp"
#include "app/status.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/trust/gradient_check.hpp"

namespace thalweg::app {
namespace {

constexpr std::int64_t point_count = 5, direction_count = 5, tries = 100;
constexpr std::uint64_t seed = 20240229;  // fixed: the same check for everybody

struct CheckCommand {
  std::string model, data;
};

std::vector<double> uniform_point(std::int64_t dimension, std::int64_t particle, std::int64_t attempt) {
  Random<double> random(seed, Purpose::check, std::uint64_t(particle), std::uint64_t(attempt));
  std::vector<double> x(std::size_t(dimension), 0.0);
  for (double& v : x) v = 2 * (2 * random.uniform() - 1);
  return x;
}

std::vector<double> unit_vector(std::int64_t dimension, std::int64_t which) {
  Random<double> random(seed, Purpose::check, std::uint64_t(point_count + which), 0);
  std::vector<double> v(std::size_t(dimension), 0.0);
  double squares = 0;
  for (double& c : v) {
    c = random.normal();
    squares += c * c;
  }
  for (double& c : v) c /= std::sqrt(squares);
  return v;
}

/// Points uniform on [−2, 2] at which log p and its gradient are finite; throws Error when one isn't found.
std::vector<std::vector<double>> finite_points(const Model& model, Workspace& workspace) {
  std::vector<std::vector<double>> points;
  std::vector<double> gradient(std::size_t(model.dimension()));
  for (std::int64_t k = 0; k < point_count; ++k) {
    std::string reason;
    for (std::int64_t attempt = 0; attempt < tries; ++attempt) {
      auto x = uniform_point(model.dimension(), k, attempt);
      double log_p = 0;
      workspace.evaluate(x.data(), gradient.data(), &log_p);
      bool finite = std::isfinite(log_p);
      for (const double g : gradient) finite = finite && std::isfinite(g);
      if (finite) {
        points.push_back(std::move(x));
        break;
      }
      if (const Evidence e = workspace.evidence(0); !e.text.empty()) reason = e.text;
    }
    if (std::ssize(points) == k) {
      fail(
          "no point with a finite log density and gradient in {} tries, uniform on [-2, 2] in the unconstrained space\n"
          "  {}",
          tries, reason.empty() ? "the program gives no reason" : reason);
    }
  }
  return points;
}

/// µs for one gradient of one particle: the best of several rounds of at least 20 ms, since what disturbs only slows.
double microseconds_per_gradient(const Model& model, int width, const std::vector<double>& x) {
  Workspace workspace = model.workspace(width);
  std::vector<double> points(x.size() * std::size_t(width)), gradient(points.size()), log_p(width);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (int lane = 0; lane < width; ++lane) points[i * std::size_t(width) + lane] = x[i];
  }
  SteadyClock clock;
  double best = INFINITY;
  std::int64_t repeats = 1;
  for (int round = 0; round < 5 && !interrupted();) {
    const double start = clock.seconds();
    for (std::int64_t k = 0; k < repeats; ++k) workspace.evaluate(points.data(), gradient.data(), log_p.data());
    const double seconds = clock.seconds() - start;
    if (seconds < 0.02) {
      repeats *= 2;
      continue;
    }
    best = std::min(best, seconds / double(repeats) / width);
    ++round;
  }
  return 1e6 * best;
}

/// Prints what the comparisons found; true when all passed.
bool report_slopes(const Model& model, const std::vector<SlopeCheck>& checks, std::size_t coordinates_from) {
  std::int64_t failed = 0, vague = 0;
  double worst = 0;
  const SlopeCheck* worst_check = nullptr;
  for (const SlopeCheck& c : checks) {
    failed += c.failed;
    vague += !c.conclusive && !c.failed;
    const double off = std::abs(c.found - c.expected) / std::max(std::abs(c.expected), 1e-3);
    if (c.failed && off >= worst) {
      worst = off;
      worst_check = &c;
    }
  }
  if (!worst_check) {
    print_out("gradient    agrees with finite differences: {} points, {} directions each\n", point_count,
              checks.size() / point_count);
    if (vague > 0)
      print_out("            {} comparisons say little: log p is rough or leaves its support nearby\n", vague);
    return true;
  }
  print_out("gradient    WRONG: {} of {} comparisons with finite differences fail\n", failed, checks.size());
  const auto direction = std::size_t(worst_check->direction);
  print_out("            worst along {}: {:.8g} by differences (± {:.1g}), {:.8g} from the gradient\n",
            direction >= coordinates_from
                ? fmt::format("unconstrained coordinate {} of {}", direction - coordinates_from + 1, model.dimension())
                : "a random direction",
            worst_check->expected, worst_check->error, worst_check->found);
  return false;
}

const char* name_of(Part part) {
  switch (part) {
    case part_prior:
      return "prior";
    case part_likelihood:
      return "likelihood";
    case part_jacobian:
      return "jacobian";
    case part_undecided:
      break;
  }
  return "UNDECIDED";
}

/// Shortened to a number of characters (of ASCII, or with the cut before a character of several bytes).
std::string shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  text.resize(longest - 3);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
  return text + "...";
}

/// What each term of log p is and why, in a table; and what to do about those of which nobody knows.
void report_terms(const Model& model) {
  if (!model.table().terms)
    return print_out("terms       not stated: prior and likelihood of this density cannot be had apart\n");
  constexpr std::size_t longest = 44;
  const auto terms = model.terms();
  std::size_t place = 0, text = 0;
  std::map<Part, int> count;
  for (const Term& t : terms) {
    ++count[t.part];
    place = std::max(place, t.place.size());
    text = std::max(text, std::min(t.text.size(), longest));
  }
  std::string summary;
  for (const auto& [part, n] : count) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", n, name_of(part));
  print_out("terms       {}\n", summary.empty() ? "none" : summary);
  for (const Term& t : terms)
    print_out("            {:{}}{}{:10}  {:{}}  {}\n", t.place, place, place > 0 ? "  " : "", name_of(t.part),
              shortened(t.text, longest), text, t.reason);
  if (count[part_undecided] == 0) return;
  print_out(
      "            Nobody can tell prior from likelihood in what is UNDECIDED; what needs them apart (--objective "
      "mle)\n"
      "            refuses. {}\n",
      place > 0 ? "A comment decides, at the end of the statement's line or alone on the line before it:\n"
                  "              // thalweg: prior\n"
                  "              // thalweg: likelihood"
                : "Add such terms to `prior` or `likelihood` instead of `target`.");
}

/// Whether the prior has a finite integral, which evidence and whatever starts from the prior need.
void report_priors(const std::vector<stan::ParameterPrior>& priors) {
  using stan::Properness;
  if (priors.empty()) return;
  std::size_t name = 0;
  std::string improper;
  for (const auto& p : priors) {
    if (p.properness != Properness::proper) name = std::max(name, p.name.size());
    if (p.properness == Properness::improper)
      improper += fmt::format("{}{} is {}", improper.empty() ? "" : ", ", p.name, p.reason);
  }
  const Properness all = stan::overall(priors);
  print_out("prior       {}\n", all == Properness::proper     ? "proper"
                                : all == Properness::improper ? "improper: " + improper
                                                              : "not known to be proper");
  for (const auto& p : priors)
    if (p.properness == Properness::unknown) print_out("            {:{}}  unknown  {}\n", p.name, name, p.reason);
}

/// Over what each likelihood term can be subsampled, or why not.
void report_subsets(const Model& model) {
  std::size_t place = 0, text = 0;
  std::int64_t likelihood = 0, chosen = 0, n = 0;
  constexpr std::size_t longest = 44;
  std::vector<Term> terms;
  for (Term& t : model.terms()) {
    if (t.part != part_likelihood || t.subset.empty()) continue;
    ++likelihood;
    place = std::max(place, t.place.size());
    text = std::max(text, std::min(t.text.size(), longest));
    chosen += t.is_subsampled;
    if (t.is_subsampled) n = t.observations;
    terms.push_back(std::move(t));
  }
  if (terms.empty()) return;
  if (n > 0)
    print_out("subsets     of {} observations, in {} of {} likelihood terms\n", n, chosen, likelihood);
  else
    print_out("subsets     none: no likelihood term is a sum over observations that can be seen\n");
  for (const Term& t : terms) {
    std::string verdict = "whole: " + t.subset;
    if (t.is_subsampled)
      verdict = "over " + t.subset;
    else if (t.observations > 0)
      verdict = fmt::format("whole: over {}, which are {}: another index is longer", t.subset, t.observations);
    print_out("            {:{}}{}{:{}}  {}\n", t.place, place, place > 0 ? "  " : "", shortened(t.text, longest), text,
              verdict);
  }
}

int run_check(const CheckCommand& c) {
  const DataMap data = c.data.empty() ? DataMap{} : read_json_data(c.data);
  const LoadedModel loaded = load_model(c.model, data, {.seed = seed, .data_given = !c.data.empty()});
  const Model& model = loaded.model;
  if (interrupted()) return 128 + signal_received();
  if (model.dimension() == 0) {
    print_out("{}: compiles; no parameters, so that there is no gradient to check\n", c.model);
    report_terms(model);
    report_subsets(model);
    return status_fine;
  }
  Workspace workspace = model.workspace(1);
  const auto points = finite_points(model, workspace);
  std::vector<std::vector<double>> directions;
  for (std::int64_t k = 0; k < direction_count; ++k) directions.push_back(unit_vector(model.dimension(), k));
  const std::int64_t coordinates = std::min<std::int64_t>(model.dimension(), 200);
  for (std::int64_t i = 0; i < coordinates; ++i) {
    directions.emplace_back(std::size_t(model.dimension()), 0.0)[std::size_t(i)] = 1;
  }
  const ValueAndGradient density = [&](std::span<const double> x, std::span<double> gradient) {
    double log_p = 0;
    workspace.evaluate(x.data(), gradient.data(), &log_p);
    return log_p;
  };
  print_out("{}: {} unconstrained parameters, {} numbers a draw\n", c.model, model.dimension(), model.draw_size());
  report_terms(model);
  report_priors(loaded.priors);
  report_subsets(model);
  const bool right = report_slopes(model, check_slopes(density, points, directions), direction_count);
  if (interrupted()) return 128 + signal_received();

  print_out("speed       {:.3g} us a gradient, one particle at a time\n",
            microseconds_per_gradient(model, 1, points[0]));
  if (model.table().one_lane_only) {
    print_out("            its control flow depends on parameters ({}): particles run one at a time\n",
              model.table().one_lane_reason ? model.table().one_lane_reason : "somewhere");
  } else if (const int width = model.preferred_width(); width > 1) {
    print_out("            {:.3g} us a gradient and particle, {} at a time\n",
              microseconds_per_gradient(model, width, points[0]), width);
  }
  if (interrupted()) return 128 + signal_received();
  return right ? status_fine : status_untrusted;
}

}  // namespace

Action add_check(CLI::App& parent) {
  auto c = std::make_shared<CheckCommand>();
  CLI::App& app = *parent.add_subcommand("check",
                                         "Compile, tell prior from likelihood and what can be subsampled, compare the "
                                         "gradient with finite differences, time it");
  app.add_option("MODEL", c->model, "A Stan program or a test density")->required()->check(not_empty());
  app.add_option("--data", c->data, "The data, a JSON file")->type_name("FILE")->check(not_empty());
  return [c] { return run_check(*c); };
}

}  // namespace thalweg::app
