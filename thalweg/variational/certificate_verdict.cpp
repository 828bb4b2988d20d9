// What a certificate says in words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/variational/certificate.hpp"

namespace thalweg {
namespace {

constexpr std::size_t most_mentioned = 3;
constexpr std::size_t largest_full_rank = 500;

class Judge {
 public:
  Judge(const Certificate& c, const Approximation& q, const CertificateSettings& s) : c_(c), q_(q), s_(s) {}

  Verdict verdict() {
    weights();
    support();
    moments();
    chains();
    modes();
    finish();
    if (!verdict_.trusted) advise();
    evidence();
    return std::move(verdict_);
  }

  Verdict resampled(const Resampled& r) {
    corrected_ = true;
    weights();
    const double ess = c_.weights.effective_size;
    if (ess < s_.limits.weight_ess)
      failure("the weights are worth {:.0f} draws, fewer than {:.0f}", ess, s_.limits.weight_ess);
    if (static_cast<double>(r.distinct) < s_.limits.weight_ess)
      failure("only {} distinct draws among the {} resampled", r.distinct, r.index.size());
    modes();
    finish();
    if (!verdict_.trusted) advise();
    verdict_.evidence = fmt::format("{}; weight ESS {:.0f} of {}; {} distinct draws among {}", k_hat(), ess, q_.count,
                                    r.distinct, r.index.size());
    return std::move(verdict_);
  }

 private:
  void finish() {
    verdict_.trusted = failures_.empty();
    verdict_.findings = std::move(failures_);
    verdict_.findings.insert(verdict_.findings.end(), notes_.begin(), notes_.end());
  }
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

  /// "theta[3] (0.98), tau (0.91) and 4 more", those with the largest values first; empty when none is taken.
  template <class Value, class Takes, class Words>
  std::string mention(Value value, Takes takes, Words words) const {
    std::vector<const QuantityCertificate*> taken;
    for (const QuantityCertificate& q : c_.quantities)
      if (takes(q)) taken.push_back(&q);
    std::stable_sort(taken.begin(), taken.end(), [&](auto* a, auto* b) { return value(*a) > value(*b); });
    std::string text;
    for (std::size_t k = 0; k < std::min(most_mentioned, taken.size()); ++k)
      text += (k ? ", " : "") + fmt::format("{} ({})", taken[k]->name, words(*taken[k]));
    if (taken.size() > most_mentioned) text += fmt::format(" and {} more", taken.size() - most_mentioned);
    return text;
  }
  static double worst_k(const QuantityCertificate& q) { return std::max(q.k_mean, q.k_sd); }
  std::string moments_that_fail() const {
    return mention(
        worst_k, [&](const auto& q) { return worst_k(q) > c_.weights.threshold; },
        [&](const QuantityCertificate& q) {
          return q.k_mean > c_.weights.threshold ? fmt::format("mean {:.2f}, sd {:.2f}", q.k_mean, q.k_sd)
                                                 : fmt::format("sd {:.2f}", q.k_sd);
        });
  }

  void weights();
  void support();
  void moments();
  void chains();
  void modes();
  void advise();
  void evidence();
  std::string k_hat() const;
  bool chains_fail() const {
    return std::any_of(c_.quantities.begin(), c_.quantities.end(), [](const auto& q) { return q.wrong(); });
  }
  /// By Cauchy–Schwarz |E_p h − E_q h| ≤ sd_q(h)·√χ², and χ² is about draws/ESS − 1.
  double largest_move() const {
    return std::sqrt(std::max(0.0, static_cast<double>(q_.count) / c_.weights.effective_size - 1));
  }
  bool weights_are_even() const { return largest_move() <= s_.limits.mean; }
  bool misses_modes() const { return s_.census && s_.census->weight > s_.limits.missed; }
  bool single_gaussian() const { return q_.components.size() == 1; }

  const Certificate& c_;
  const Approximation& q_;
  const CertificateSettings& s_;
  bool corrected_ = false;  ///< the draws were resampled
  Verdict verdict_;
  std::vector<Finding> failures_, notes_;
};

void Judge::weights() {
  const ParetoWeights& w = c_.weights;
  if (w.state == TailState::invalid) {
    failure("{}: log p or log q cannot be computed where q has its mass", w.reason);
  } else if (w.state == TailState::too_short) {
    failure("{}: the weights cannot be judged, and cannot be relied on", w.reason);
  } else if (!w.good() && weights_are_even()) {
    note(
        "Pareto k-hat is {:.2f}, above {:.2f}, but of weights that hardly differ (ESS {:.0f} of {}): together they can "
        "move no mean by more than {:.2f} sd",
        w.k, w.threshold, w.effective_size, q_.count, largest_move());
  } else if (!w.good()) {
    const std::string which = moments_that_fail();
    failure(
        "Pareto k-hat is {:.2f}, above {:.2f} for {} draws: q is too far from p for importance weights (weight ESS "
        "{:.0f}){}",
        w.k, w.threshold, q_.count, w.effective_size, which.empty() ? "" : "; k-hat by parameter: " + which);
  }
}

void Judge::support() {
  const ParetoWeights& w = c_.weights;
  const double outside = static_cast<double>(w.outside) / static_cast<double>(q_.count);
  if (outside > s_.limits.outside) {
    failure("{:.2g} % of q's draws are outside the support of p", 100 * outside);
  } else if (w.outside > 0) {
    note("{} of {} draws are outside the support of p", w.outside, q_.count);
  }
}

void Judge::moments() {
  if (!c_.weights.good()) return;
  const std::string which = moments_that_fail();
  if (!which.empty()) note("k-hat is fine for the weights, but not for these moments under them: {}", which);
  const std::string means = mention([](const auto& q) { return std::abs(q.weighted.mean); },
                                    [](const auto& q) { return q.weights_move_mean; },
                                    [](const auto& q) { return fmt::format("{:+.2f} sd", q.weighted.mean); });
  const std::string sds = mention([](const auto& q) { return std::abs(q.weighted.log_sd); },
                                  [](const auto& q) { return q.weights_change_sd; },
                                  [](const auto& q) { return fmt::format("{:.2f} times", exp(q.weighted.log_sd)); });
  if (!means.empty()) failure("importance weights move means by more than {} sd: {}", s_.limits.mean, means);
  if (!sds.empty()) failure("importance weights change sds by more than a factor {}: {}", s_.limits.sd_ratio, sds);
}

void Judge::chains() {
  if (c_.chains == 0) return;
  const auto relative = [](const QuantityCertificate& q) { return std::abs(q.chains.change) / q.chains.sd_end; };
  const std::string means = mention(
      relative, [](const auto& q) { return q.chains_move_mean; },
      [&](const QuantityCertificate& q) {
        return fmt::format("{:+.2f} sd, at least {:.2f}", q.chains.change / q.chains.sd_end,
                           q.chains.mean_error / q.chains.sd_end);
      });
  const std::string sds = mention([](const auto& q) { return std::abs(q.chains.log_ratio); },
                                  [](const auto& q) { return q.chains_change_sd; },
                                  [](const QuantityCertificate& q) {
                                    return fmt::format("{:.2f} times, at least {:.2f}", exp(q.chains.log_ratio),
                                                       exp(std::copysign(q.chains.sd_error, q.chains.log_ratio)));
                                  });
  if (!means.empty()) failure("short chains move means: {}", means);
  if (!sds.empty()) failure("short chains change sds: {}", sds);
  const auto remembered = [](const QuantityCertificate& q) {
    return std::max(std::abs(q.chains.correlation), std::abs(q.chains.square_correlation));
  };
  const std::string unreliable = mention(
      remembered, [](const auto& q) { return !(q.chains.mean_reliable && q.chains.sd_reliable); },
      [&](const auto& q) { return fmt::format("{:.2f}", remembered(q)); });
  if (!unreliable.empty())
    note(
        "short chains bound nothing for quantities that they have not mixed (correlation of start and end, "
        "or of their squares): "
        "{}",
        unreliable);
  if (10 * c_.stuck > c_.chains) note("{} of {} short chains never moved", c_.stuck, c_.chains);
}

void Judge::modes() {
  if (!s_.census) return;
  const MissedModes& m = *s_.census;
  if (misses_modes()) {
    failure("q misses {} mode{} with {:.2g} of the weight; k-hat and short chains do not see that", m.modes,
            m.modes == 1 ? "" : "s", m.weight);
  } else if (m.modes > 0) {
    note("q misses {} mode{} with {:.1g} of the weight", m.modes, m.modes == 1 ? "" : "s", m.weight);
  }
}

void Judge::advise() {
  const bool weights_good = c_.weights.good();
  if (c_.weights.faulty > 0)
    advice("look at what the model computes there: thalweg check {} finds NaN and gradients that are wrong", s_.model);
  if (misses_modes()) advice("cover all modes: thalweg pathfinder {} --paths 32", s_.model);
  if (!weights_good && c_.weights.k < 0.7 && c_.weights.state == TailState::fitted) {
    const double enough = pareto_draws_needed(c_.weights.k);
    advice("draw more: a k-hat of {:.2f} is fine from {:.0f} draws on (--draws {:.0f})", c_.weights.k, enough,
           std::ceil(1.2 * enough / 100) * 100);
  }
  if (weights_good && !misses_modes() && chains_fail() && !corrected_)
    advice("let the weights correct the draws: --correct, since k-hat is fine");
  const bool diagonal = single_gaussian() && q_.components[0].rank() == 0 && q_.dimension > 1;
  const bool low_rank = single_gaussian() && q_.components[0].rank() > 0 && !q_.components[0].is_full();
  const bool can_be_full = q_.dimension <= largest_full_rank;
  if (diagonal && can_be_full)
    advice("full-rank instead of mean-field, for correlations: thalweg vi {} --family full-rank", s_.model);
  else if (diagonal)
    advice("low-rank instead of mean-field, for correlations: thalweg vi {} --family low-rank", s_.model);
  else if (low_rank && can_be_full)
    advice("full-rank instead of low-rank: thalweg vi {} --family full-rank", s_.model);
  else if (single_gaussian() && !misses_modes())
    advice("one Gaussian may not fit this shape; group effects without their scale (non-centred) come nearer to one");
  advice("sample, starting from these draws: thalweg sample {} --init {}", s_.model, s_.run_file);
}

std::string Judge::k_hat() const {
  const ParetoWeights& w = c_.weights;
  if (w.state == TailState::exact) return "all weights are equal";
  if (w.state == TailState::bounded) return "weights are bounded";
  return fmt::format("k-hat {:.2f} (limit {:.2f})", w.k, w.threshold);
}

void Judge::evidence() {
  const ParetoWeights& w = c_.weights;
  std::string text = k_hat();
  text += fmt::format("; weight ESS {:.0f} of {}; {}", w.effective_size, q_.count, c_.evidence.describe());
  const QuantityCertificate *mean = nullptr, *sd = nullptr;
  const auto relative = [](const QuantityCertificate& q) { return q.chains.mean_error / q.chains.sd_end; };
  for (const QuantityCertificate& q : c_.quantities) {
    if (q.chains.mean_reliable && (!mean || relative(q) > relative(*mean))) mean = &q;
    if (q.chains.sd_reliable && (!sd || q.chains.sd_error > sd->chains.sd_error)) sd = &q;
  }
  if (c_.chains > 0 && !mean) text += fmt::format("; {} short chains bound nothing", c_.chains);
  if (c_.chains > 0 && mean) {
    text += fmt::format("; {} short chains: errors of means at least {:.2f} sd ({})", c_.chains, relative(*mean),
                        mean->name);
    if (sd) text += fmt::format(", of sds at least {:.0f} % ({})", 100 * expm1(sd->chains.sd_error), sd->name);
  }
  verdict_.evidence = text;
}

}  // namespace

Verdict judge_resampled(const Certificate& certificate, const Resampled& resampled, const Approximation& q,
                        const CertificateSettings& settings) {
  return Judge(certificate, q, settings).resampled(resampled);
}

Verdict judge(const Certificate& certificate, const Approximation& q, const CertificateSettings& settings) {
  return Judge(certificate, q, settings).verdict();
}

}  // namespace thalweg
