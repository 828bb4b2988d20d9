#include "thalweg/trust/run_certificate_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

std::string others(std::size_t n) { return n > 1 ? fmt::format(" and {} more", n - 1) : ""; }

/// What a failed identity means.
std::string meaning(const ScoreIdentity& t, std::span<const std::string> names) {
  const std::string& i = names[static_cast<std::size_t>(t.i)];
  if (t.j < 0) return fmt::format("the draws of {} are cut off, or lie off-centre", i);
  if (t.i != t.j)
    return fmt::format("the draws of {} and {} are not correlated as log p says", i,
                       names[static_cast<std::size_t>(t.j)]);
  return fmt::format("the draws of {} are {} than log p says", i, t.found > -1 ? "narrower" : "wider");
}

class Words {
 public:
  Words(const RunCertificate& c, const AuditedDraws& draws, std::span<const std::string> names,
        const RunCertificateSettings& settings)
      : c_(c), draws_(draws), names_(names), settings_(settings) {}

  Verdict verdict() {
    slopes();
    identities();
    standstill();
    unusable();
    v_.trusted = std::none_of(v_.findings.begin(), v_.findings.end(),
                              [](const Finding& f) { return f.weight == Finding::Weight::failure; });
    std::stable_sort(v_.findings.begin(), v_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.weight > b.weight; });
    v_.evidence = evidence();
    return std::move(v_);
  }

 private:
  template <class... Args>
  void failure(fmt::format_string<Args...> text, Args&&... args) {
    v_.findings.push_back({Finding::Weight::failure, fmt::format(text, std::forward<Args>(args)...)});
  }
  template <class... Args>
  void note(fmt::format_string<Args...> text, Args&&... args) {
    v_.findings.push_back({Finding::Weight::note, fmt::format(text, std::forward<Args>(args)...)});
  }
  template <class... Args>
  void advice(fmt::format_string<Args...> text, Args&&... args) {
    v_.advice.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void slopes() {
    const SlopesOfRun& s = c_.slopes;
    if (s.failed > 0) {
      failure(
          "the gradient is not that of log p: at {} of {} draws it differs from differences; worst along {}, {:.6g} "
          "from "
          "the gradient, {:.6g} ± {:.1g} by differences (in units of the sd)",
          s.failed, s.compared,
          s.coordinate < 0 ? "a random direction" : names_[static_cast<std::size_t>(s.coordinate)], s.worst.found,
          s.worst.expected, s.worst.error);
      advice("compare term by term: thalweg check {}; let the tape make the gradient where it is written by hand",
             settings_.model);
    }
    if (2 * s.inconclusive > s.compared)
      note("the gradient could not be compared at {} of {} draws: log p is rough, or leaves its support nearby",
           s.inconclusive, s.compared);
  }
  void identities() {
    for (const ScoreIdentities* s : {&c_.identities, &c_.boundary.identities}) {
      if (s->failed.empty()) continue;
      const bool weighted = s != &c_.identities;
      failure("{}{} does not hold: {}{}", weighted ? "at a wall, the weighted identity " : "",
              describe(s->failed[0], names_), meaning(s->failed[0], names_), others(s->failed.size()));
    }
    if (!c_.identities.failed.empty() || !c_.boundary.identities.failed.empty()) {
      if (c_.slopes.failed == 0)
        advice(
            "let the chains reach equilibrium: --warmup 2000, smaller steps (--target-accept 0.95), another --method");
      advice(
          "where log p jumps (a step, an if on a parameter) these identities need not hold: smooth the jump, or sum it "
          "out");
    }
    if (!c_.excused.empty())
      note("{}{}: the bias of the steps explains it; a smaller --tolerance, or a method with a Metropolis test",
           describe(c_.excused[0], names_), others(c_.excused.size()));
    if (!c_.boundary.walls.empty()) {
      const std::string& where = names_[c_.boundary.walls[0]];
      note("log p ends in a wall near draws of {}{}: the identities there are weighted by the distance to it", where,
           others(c_.boundary.walls.size()));
      advice("declare the bound of {} (real<lower=…>): trajectories are not stopped by it then", where);
    }
    if (!draws_.no_identities.empty())
      note("the score identities are not tested: {}", draws_.no_identities);
    else if (!c_.identities_tested && c_.unusable < c_.draws)
      note("the score identities are not tested: {} draws in {} chains are too few", c_.draws, draws_.chains);
  }
  void standstill() {
    if (c_.stuck.empty()) return;
    failure("chain {}{} never moved over {} last {} draws", c_.stuck[0] + 1, others(c_.stuck.size()),
            c_.stuck.size() > 1 ? "their" : "its", c_.tail);
    advice("smaller steps for chains that are stuck: --target-accept 0.95, or a fixed --step-size; warm up for longer");
  }
  void unusable() {
    if (c_.unusable == 0) return;
    const std::string why =
        draws_.unusable_reason.empty() ? "log p or its gradient is not finite there" : draws_.unusable_reason;
    if (20 * c_.unusable > c_.draws)
      failure("{} of {} audited draws cannot be evaluated again: {}", c_.unusable, c_.draws, why);
    else
      note("{} of {} audited draws cannot be evaluated again: {}", c_.unusable, c_.draws, why);
  }
  std::string evidence() const {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    if (c_.identities_tested) {
      const ScoreIdentities &plain = c_.identities, &weighted = c_.boundary.identities;
      const bool larger = std::abs(weighted.worst.z()) > std::abs(plain.worst.z());
      const ScoreIdentities& worse = larger ? weighted : plain;
      add(fmt::format("{} score identities, largest |z| {:.1f} (limit {:.1f})", plain.tested + weighted.tested,
                      std::abs(worse.worst.z()), worse.threshold));
    }
    if (c_.slopes.compared > 0)
      add(fmt::format("gradient compared at {} draws", c_.slopes.compared - c_.slopes.inconclusive));
    return text;
  }

  const RunCertificate& c_;
  const AuditedDraws& draws_;
  std::span<const std::string> names_;
  const RunCertificateSettings& settings_;
  Verdict v_;
};

}  // namespace

Verdict judge(const RunCertificate& certificate, const AuditedDraws& draws, std::span<const std::string> names,
              const RunCertificateSettings& settings) {
  return Words(certificate, draws, names, settings).verdict();
}

}  // namespace thalweg
