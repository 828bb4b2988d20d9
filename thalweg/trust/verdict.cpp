#include "thalweg/trust/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

/// The quantities that miss a limit, and the one that misses it by most.
struct Misses {
  std::int64_t count = 0;
  const Row* worst = nullptr;
  double value = 0, badness = 0;

  void consider(const Row& row, double found, double how_bad, bool fails) {
    if (std::isnan(found)) return;
    count += fails;
    if (!worst || how_bad > badness) {
      worst = &row;
      value = found;
      badness = how_bad;
    }
  }
  std::string others() const { return count > 1 ? fmt::format(" and {} more", count - 1) : ""; }
};

struct Review {
  Misses rhat, bulk, tail, broken;
  Misses largest;  ///< R-hat by size, whatever its limit
  bool judged = false;
};

Review review(const Summary& summary, const Limits& limits) {
  Review r;
  const double tolerance = limits.rhat * limits.rhat - 1;
  for (const Row& row : summary.rows) {
    if (!row.decides || row.condition == Condition::constant || row.condition == Condition::unset) continue;
    r.judged = true;
    if (row.condition != Condition::fine) {
      r.broken.consider(row, double(row.not_finite), double(row.not_finite), true);
      continue;
    }
    const double rhat = summary.nested() ? row.nested.value : row.rhat;
    const double limit = summary.nested() ? row.nested.limit(tolerance) : limits.rhat;
    r.rhat.consider(row, rhat, rhat - limit, !(rhat <= limit));
    r.largest.consider(row, rhat, rhat, false);
    r.bulk.consider(row, row.ess_bulk, -row.ess_bulk, !(row.ess_bulk >= limits.ess));
    r.tail.consider(row, row.ess_tail, -row.ess_tail, !(row.ess_tail >= limits.ess));
  }
  return r;
}

std::string percent(double part, double whole) { return fmt::format("{:.2g} %", 100 * part / whole); }

/// Rounds up to two significant digits, so that advice reads like advice.
std::int64_t round_up(double x) {
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(std::max(x, 1.0))) - 1));
  return std::int64_t(std::ceil(x / unit) * unit);
}

std::string nested_name(const Summary& summary) { return summary.nested() ? "nested R-hat" : "R-hat"; }

class Judge {
 public:
  Judge(const Summary& summary, const Limits& limits, std::string run_file)
      : summary_(summary), limits_(limits), run_(std::move(run_file)), r_(review(summary, limits)) {
    if (run_.empty()) run_ = "NAME.run";
  }

  Verdict verdict() {
    if (summary_.sampler.temperature == 0) {
      verdict_.evidence = "an ascent at temperature 0, not draws: thalweg optimize judges where it ends";
      return std::move(verdict_);
    }
    quantities();
    sampler();
    verdict_.trusted = failures_.empty();
    verdict_.findings = std::move(failures_);
    verdict_.findings.insert(verdict_.findings.end(), notes_.begin(), notes_.end());
    if (!verdict_.trusted) advise();
    verdict_.evidence = evidence();
    return std::move(verdict_);
  }

 private:
  template <class... Args>
  void failure(fmt::format_string<Args...> text, Args&&... args) {
    failures_.push_back({Finding::Weight::failure, fmt::format(text, std::forward<Args>(args)...)});
  }
  template <class... Args>
  void note(fmt::format_string<Args...> text, Args&&... args) {
    notes_.push_back({Finding::Weight::note, fmt::format(text, std::forward<Args>(args)...)});
  }
  template <class... Args>
  void advice(fmt::format_string<Args...> text, Args&&... args) {
    verdict_.advice.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void quantities();
  void sampler();
  void advise();
  std::string evidence() const;
  bool many_divergences() const {
    return double(summary_.sampler.divergences) > limits_.divergent_fraction * double(summary_.sampler.transitions);
  }
  bool energy_fails() const { return summary_.sampler.energy.pooled < limits_.energy_fraction; }
  bool many_saturated() const { return 100 * summary_.sampler.saturated > summary_.sampler.transitions; }

  const Summary& summary_;
  const Limits& limits_;
  std::string run_;
  Review r_;
  Verdict verdict_;
  std::vector<Finding> failures_, notes_;
};

void Judge::quantities() {
  if (!summary_.rows.empty() &&
      std::none_of(summary_.rows.begin(), summary_.rows.end(), [](const Row& row) { return row.decides; })) {
    note("log p and the sampler's statistics are shown, not judged");
  } else if (!r_.judged && std::none_of(summary_.rows.begin(), summary_.rows.end(), [](const Row& row) {
               return row.decides && row.condition == Condition::constant;
             })) {
    failure("there are no draws to judge");
  }
  if (const Row* row = r_.broken.worst) {
    if (row->not_finite > 0) {
      failure("{} is {}: {} of {} draws{}", row->name, describe(row->condition), row->not_finite,
              summary_.chains * summary_.draws, r_.broken.others());
    } else {
      failure("{}: {}{}", row->name, describe(row->condition), r_.broken.others());
    }
  }
  if (r_.rhat.count > 0) {
    const Row& row = *r_.rhat.worst;
    const double limit = summary_.nested() ? row.nested.limit(limits_.rhat * limits_.rhat - 1) : limits_.rhat;
    const std::string chance = limit > limits_.rhat + 5e-5
                                   ? fmt::format(" ({} and {:.4f} for chance)", limits_.rhat, limit - limits_.rhat)
                                   : "";
    failure("{} of {} is {:.4f}, above {:.4f}{}{}: the chains do not agree", nested_name(summary_), row.name,
            r_.rhat.value, limit, chance, r_.rhat.others());
  } else if (summary_.nested() && r_.rhat.worst) {
    for (const Row& row : summary_.rows) {
      if (!row.decides || !(row.nested.value > limits_.rhat)) continue;
      note("nested R-hat of {} is {:.4f}; chance alone explains what it has above {} (limit {:.4f})", row.name,
           row.nested.value, limits_.rhat, row.nested.limit(limits_.rhat * limits_.rhat - 1));
      break;
    }
  }
  const auto small = [&](const char* which, const Misses& m) {
    if (m.count > 0) {
      failure("{} ESS of {} is {:.0f}, below {:.0f}{}", which, m.worst->name, m.value, limits_.ess, m.others());
    }
  };
  small("bulk", r_.bulk);
  small("tail", r_.tail);
  for (const Row& row : summary_.rows) {
    if (row.condition != Condition::unset) continue;
    note("{} is never set: NaN in every draw", row.name);
    break;
  }
}

void Judge::sampler() {
  const SamplerFacts& s = summary_.sampler;
  if (s.transitions <= 0) return;
  if (s.divergences > 0) {
    const std::string text =
        fmt::format("{} divergent transition{} ({} of {})", s.divergences, s.divergences == 1 ? "" : "s",
                    percent(double(s.divergences), double(s.transitions)), s.transitions);
    if (many_divergences()) {
      failure("{}, more than {}: the draws avoid a part of the posterior", text,
              percent(limits_.divergent_fraction, 1));
    } else {
      note("{}", text);
    }
  }
  if (s.energy.pooled < limits_.energy_fraction_notice) {
    const auto text = fmt::format("E-BFMI is {:.2f}, below {}", s.energy.pooled,
                                  energy_fails() ? limits_.energy_fraction : limits_.energy_fraction_notice);
    if (energy_fails()) {
      failure("{}: the energy, and with it the tails, is explored slowly", text);
    } else {
      note("{}: the energy is explored slowly", text);
    }
  }
  if (s.rungs > 0 && s.round_trips == 0)
    failure(
        "no place has gone along the ladder of {} rungs from the density to its reference and back: swaps of rungs {} "
        "and {} are taken with probability {:.2g}; modes may be missing and log Z wrong",
        s.rungs, s.least_rung, s.least_rung + 1, s.least_exchange);
  if (s.evidence_error > limits_.evidence_error)
    failure("log Z is known to {:.2g} only, and its standard error with it: too few of the particles carry the weight",
            s.evidence_error);
  if (s.weights_ess * static_cast<double>(summary_.chains) < limits_.weighted_particles)
    failure("the weights leave {:.1f} of {} particles effective: the draws are copies of few",
            s.weights_ess * static_cast<double>(summary_.chains), summary_.chains);
  if (s.temperature != 1) note("these are draws of p^(1/T) at T = {:g}, not of p", s.temperature);
  if (s.squared_bias > limits_.squared_bias_notice)
    note(
        "the energy errors are those of steps whose squared bias is about {:.2g} of a variance: a smaller --tolerance, "
        "or a "
        "method with a Metropolis test",
        s.squared_bias);
  if (s.saturated > 0) {
    note("{} transition{} ({}) reached the largest tree depth, {}: slow, but not wrong", s.saturated,
         s.saturated == 1 ? "" : "s", percent(double(s.saturated), double(s.transitions)), s.max_depth);
  }
}

void Judge::advise() {
  const SamplerFacts& s = summary_.sampler;
  const double total = double(summary_.chains) * double(summary_.draws);
  if (r_.broken.worst && r_.broken.worst->not_finite > 0) {
    advice("look at how the program computes {}: a division by zero, a logarithm or an overflow",
           r_.broken.worst->name);
  }
  if (many_divergences()) {
    const double target = s.target_accept;
    if (target > 0 && target < 0.985) {
      advice("sample again with smaller steps: --target-accept {}", target < 0.94 ? "0.95" : "0.99");
    }
    advice(
        "if divergences stay, change the geometry: write group effects without their scale (non-centred: "
        "theta = mu + tau * eta with eta ~ std_normal()), or give scales priors that keep them away from 0");
  }
  if (s.rungs > 0 && s.round_trips == 0)
    advice("connect the ladder: more --rungs than {}, a longer --warmup, another --reference, or more draws", s.rungs);
  if (s.evidence_error > limits_.evidence_error ||
      s.weights_ess * static_cast<double>(summary_.chains) < limits_.weighted_particles)
    advice("take more particles: --chains {}, or smc in the place of ais", 4 * summary_.chains);
  const bool apart = r_.rhat.count > 0, few = r_.bulk.count + r_.tail.count > 0;
  double smallest = limits_.ess;
  for (const Misses* m : {&r_.bulk, &r_.tail}) {
    if (m->worst) smallest = std::min(smallest, m->value);
  }
  const bool modes = apart && r_.rhat.value > 1.1;
  if (modes) {
    advice(
        "compare the chains of {}: when groups of chains sit in different places, the posterior has several modes and "
        "no number of draws will join them; order the components, restrict the start (--init), or tighten the priors",
        r_.rhat.worst->name);
    advice("if they drift towards one place, warm up for longer: --warmup 2000");
  }
  if (few || apart || r_.broken.worst) {
    const double factor = few ? 1.25 * limits_.ess / std::max(smallest, 1.0) : 4;
    if (factor <= 100 && total > 0 && !modes) {
      advice("draw more, going on where this run stopped: thalweg resume {} --draws {}", run_,
             round_up(total * std::max(factor, 1.5)));
    }
  }
  if (apart && !modes) advice("warm up for longer: --warmup 2000");
  if (s.transitions > 0 && many_saturated()) {
    advice("trees are cut off at depth {}: --metric dense for correlated parameters, or --max-depth {}", s.max_depth,
           s.max_depth + 2);
  }
  if (energy_fails()) {
    advice(
        "heavy tails or a scale that rules others make the energy slow: non-centred group effects, or lighter-tailed "
        "priors, shorten its walk");
  }
  if (few && !many_divergences() && s.transitions > 0 && !many_saturated()) {
    advice("strong correlations make chains slow: centre the predictors, or --metric dense");
  }
}

std::string Judge::evidence() const {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (r_.largest.worst)
    add(fmt::format("{} at most {:.4f} ({})", nested_name(summary_), r_.largest.value, r_.largest.worst->name));
  if (r_.bulk.worst) add(fmt::format("bulk ESS at least {:.0f} ({})", r_.bulk.value, r_.bulk.worst->name));
  if (r_.tail.worst) add(fmt::format("tail ESS at least {:.0f} ({})", r_.tail.value, r_.tail.worst->name));
  const SamplerFacts& s = summary_.sampler;
  if (s.transitions > 0) {
    add(fmt::format("{} divergence{} in {} transitions", s.divergences, s.divergences == 1 ? "" : "s", s.transitions));
    if (s.rungs > 0) add(fmt::format("round trips {:.0f}; Λ = {:.2g}", s.round_trips, s.barrier));
    if (!std::isnan(s.log_evidence))
      add(fmt::format("log Z = {:.4f} ± {:.4f}, {}", s.log_evidence, s.evidence_error,
                      s.evidence_of_whole ? "the integral of the whole density" : "of the likelihood under the prior"));
    if (!std::isnan(s.energy.pooled)) add(fmt::format("E-BFMI {:.2f}", s.energy.pooled));
    if (!std::isnan(s.squared_bias))
      add(fmt::format("bias of the steps, squared, about {:.2g} of a variance", s.squared_bias));
  }
  return text;
}

}  // namespace

void merge(Verdict& into, const Verdict& other) {
  into.trusted = into.trusted && other.trusted;
  into.findings.insert(into.findings.end(), other.findings.begin(), other.findings.end());
  std::stable_partition(into.findings.begin(), into.findings.end(),
                        [](const Finding& f) { return f.weight == Finding::Weight::failure; });
  into.advice.insert(into.advice.end(), other.advice.begin(), other.advice.end());
  if (into.trusted) into.advice.clear();
  if (!into.evidence.empty() && !other.evidence.empty()) into.evidence += "; ";
  into.evidence += other.evidence;
}

Verdict judge(const Summary& summary, const std::string& run_file, const Limits& limits) {
  return Judge(summary, limits, run_file).verdict();
}

}  // namespace thalweg
