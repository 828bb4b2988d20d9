#include "thalweg/trust/run_certificate.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/trust/run_certificate_verdict.hpp"
#include "thalweg/trust/run_slopes.hpp"

namespace thalweg {
namespace {

constexpr std::size_t least_groups = 16, wanted_groups = 32;
constexpr double bias_allowed = 5;  ///< times √squared_bias

/// Draws in a row that make a group: a chain, or with few chains a stretch of one; 0: too few for any test.
std::size_t group_size(const AuditedDraws& a) {
  if (a.chains == 0 || a.per_chain == 0) return 0;
  const std::size_t stretches = std::min(a.per_chain, (wanted_groups + a.chains - 1) / a.chains);
  return a.chains * stretches < least_groups ? 0 : a.per_chain / stretches;
}

class Audit {
 public:
  Audit(const EvaluateRows& evaluate, const AuditedDraws& draws, const RunCertificateSettings& settings)
      : settings_(settings), d_(draws.dimension), draws_(draws), x_(draws.x) {
    evaluate_ = [this, &evaluate](std::size_t n, const double* x, double* gradient, double* log_p) {
      out_.gradients += static_cast<std::int64_t>(n);
      evaluate(n, x, gradient, log_p);
    };
  }

  RunCertificate run() {
    out_.draws = draws_.chains * draws_.per_chain;
    out_.tail = draws_.tail;
    out_.stuck = draws_.stuck;
    if (out_.draws == 0) return std::move(out_);
    evaluate_draws();
    if (out_.unusable < out_.draws) {
      if (draws_.no_identities.empty()) test_identities();
      out_.slopes = slopes_of_run(evaluate_, x_, gradient_, log_p_, d_, settings_.points, settings_.seed);
    }
    return std::move(out_);
  }

 private:
  bool sound(std::size_t row) const {
    const auto g = gradient_.begin() + static_cast<std::ptrdiff_t>(row * d_);
    return std::isfinite(log_p_[row]) &&
           std::all_of(g, g + static_cast<std::ptrdiff_t>(d_), [](double v) { return std::isfinite(v); });
  }
  /// A draw whose log p or gradient is not finite once it has been through the run file gives its place to the next of
  /// its chain that is, so that groups stay of one size.
  void evaluate_draws() {
    gradient_.resize(x_.size()), log_p_.resize(out_.draws);
    evaluate_(out_.draws, x_.data(), gradient_.data(), log_p_.data());
    const std::size_t m = draws_.per_chain;
    const std::vector<double> x = x_, g = gradient_;
    std::vector<bool> is_sound(out_.draws);
    for (std::size_t r = 0; r < out_.draws; ++r) is_sound[r] = sound(r);
    for (std::size_t r = 0; r < out_.draws; ++r) {
      if (is_sound[r]) continue;
      ++out_.unusable;
      std::size_t other = r;
      for (std::size_t k = 1; k < m && !is_sound[other]; ++k) other = r / m * m + (r % m + k) % m;
      for (std::size_t k = 1; k < out_.draws && !is_sound[other]; ++k) other = (r + k) % out_.draws;
      if (!is_sound[other]) return;
      log_p_[r] = log_p_[other];  // sound rows are never replaced
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(other * d_), d_,
                  x_.begin() + static_cast<std::ptrdiff_t>(r * d_));
      std::copy_n(g.begin() + static_cast<std::ptrdiff_t>(other * d_), d_,
                  gradient_.begin() + static_cast<std::ptrdiff_t>(r * d_));
    }
  }

  void test_identities() {
    const std::size_t copies = group_size(draws_);
    if (copies == 0) return;
    // what a stretch leaves over at the end of a chain is left out
    const std::size_t used = draws_.per_chain / copies * copies;
    std::vector<double> x, g;
    for (std::size_t c = 0; c < draws_.chains; ++c) {
      const auto first = static_cast<std::ptrdiff_t>(c * draws_.per_chain * d_),
                 size = static_cast<std::ptrdiff_t>(used * d_);
      x.insert(x.end(), x_.begin() + first, x_.begin() + first + size);
      g.insert(g.end(), gradient_.begin() + first, gradient_.begin() + first + size);
    }
    for (double& v : g) v /= settings_.temperature;
    out_.identities_tested = true;
    out_.groups = draws_.chains * used / copies;
    out_.identities = score_identities(x, g, d_, {.significance = settings_.significance, .copies = copies});
    if (out_.identities.failed.empty()) return;
    look_for_walls(x, g, copies);
    if (!settings_.adjusted) excuse();
  }
  /// Along these coordinates identities fail; where there is a wall the weighted ones take their place.
  void look_for_walls(const std::vector<double>& x, const std::vector<double>& g, std::size_t copies) {
    std::vector<std::size_t> suspects;
    for (const ScoreIdentity& t : out_.identities.failed) suspects.push_back(along(t));
    std::sort(suspects.begin(), suspects.end());
    suspects.erase(std::unique(suspects.begin(), suspects.end()), suspects.end());
    out_.boundary =
        boundary_identities(evaluate_, x, g, d_, suspects, {.significance = settings_.significance, .copies = copies});
    if (out_.boundary.walls.empty()) return;
    out_.identities = score_identities(
        x, g, d_, {.significance = settings_.significance, .copies = copies, .without = out_.boundary.walls});
  }
  static std::size_t along(const ScoreIdentity& t) { return static_cast<std::size_t>(t.j < 0 ? t.i : t.j); }

  void excuse() {
    const double bias = bias_allowed * std::sqrt(settings_.squared_bias > 0 ? settings_.squared_bias : 0);
    const auto explained = [&](ScoreIdentities& s) {
      std::erase_if(s.failed, [&](const ScoreIdentity& t) {
        const bool small = std::abs(t.found - t.expected) - bias <= s.threshold * t.standard_error;
        if (small) out_.excused.push_back(t);
        return small;
      });
    };
    explained(out_.identities);
    explained(out_.boundary.identities);
  }

  RunCertificateSettings settings_;
  std::size_t d_;
  const AuditedDraws& draws_;
  std::vector<double> x_, gradient_, log_p_;
  EvaluateRows evaluate_;
  RunCertificate out_;
};

}  // namespace

RunCertificate certify_run(const EvaluateRows& evaluate, const AuditedDraws& draws, std::span<const std::string> names,
                           const RunCertificateSettings& settings) {
  const std::size_t d = draws.dimension;
  require(d > 0 && draws.x.size() == draws.chains * draws.per_chain * d,
          "draws must hold {} x {} rows of {} numbers; found {} numbers", draws.chains, draws.per_chain, d,
          draws.x.size());
  require(names.size() == d, "names must have one for each of {} coordinates; found {}", d, names.size());
  require(settings.temperature > 0, "temperature must be > 0; found {}", settings.temperature);
  RunCertificate certificate = Audit(evaluate, draws, settings).run();
  certificate.verdict = judge(certificate, draws, names, settings);
  return certificate;
}

}  // namespace thalweg
