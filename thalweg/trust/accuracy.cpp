#include "thalweg/trust/accuracy.hpp"

#include <cmath>
#include <vector>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

/// Keeps the quantity whose `shortfall` (negative: the goal holds) is largest.
class Worst {
 public:
  void consider(const std::string& quantity, double value, double limit, double shortfall) {
    if (std::isnan(value)) return;  // this quantity does not have the statistic
    if (worst_ && !(shortfall > shortfall_)) return;
    worst_ = {value, limit, quantity, shortfall <= 0};
    shortfall_ = shortfall;
  }
  const std::optional<Attained>& found() const { return worst_; }

 private:
  std::optional<Attained> worst_;
  double shortfall_ = 0;
};

struct Goals {
  Worst ess, mcse, nested_rhat;

  void consider(const Accuracy& asked, Diagnostics& d, const std::string& name, int superchains) {
    if (asked.ess)
      for (const double ess : {d.ess_bulk(), d.ess_tail()}) this->ess.consider(name, ess, *asked.ess, *asked.ess - ess);
    if (asked.mcse) {
      const double error = 1 / std::sqrt(d.ess_mean());
      mcse.consider(name, error, *asked.mcse, error - *asked.mcse);
    }
    if (asked.nested_rhat) {
      const double tolerance = *asked.nested_rhat * *asked.nested_rhat - 1;
      const NestedRHat r = d.nested_rhat_ranked(superchains, tolerance);
      nested_rhat.consider(name, r.value, r.limit(tolerance), r.value - r.limit(tolerance));
    }
  }
};

}  // namespace

void require_sound(const Accuracy& asked, std::int64_t chains, std::int64_t superchains) {
  require(!asked.ess || (std::isfinite(*asked.ess) && *asked.ess > 0), "ess must be finite and > 0; found {}",
          asked.ess.value_or(0));
  require(!asked.mcse || (std::isfinite(*asked.mcse) && *asked.mcse > 0), "mcse must be finite and > 0; found {}",
          asked.mcse.value_or(0));
  require(!asked.nested_rhat || (std::isfinite(*asked.nested_rhat) && *asked.nested_rhat > 1),
          "nested R-hat must be finite and > 1; found {}", asked.nested_rhat.value_or(0));
  require(!asked.nested_rhat || chains > superchains,
          "nested R-hat needs more than {} chains, several of each start; found {}", superchains, chains);
}

AccuracyLook look(const Accuracy& asked, std::int64_t chains, std::int64_t draws, std::span<const Quantity> quantities,
                  const ColumnReader& read, int superchains, const std::function<bool()>& keep_going) {
  require(chains > 0, "chains must be > 0; found {}", chains);
  require(draws >= 0, "draws must be >= 0; found {}", draws);
  AccuracyLook seen{.draws = draws};
  Goals goals;
  Diagnostics diagnostics;
  std::vector<double> values(static_cast<std::size_t>(chains * draws));
  bool whole = true, decided = false;
  for (const Quantity& quantity : quantities) {
    if (!quantity.decides) continue;
    if (keep_going && !keep_going()) {
      whole = false;
      break;
    }
    for (std::int64_t c = 0; c < chains; ++c)
      read(c, quantity.column, std::span(values).subspan(static_cast<std::size_t>(c * draws), draws));
    diagnostics.assign({values, chains});
    const Condition condition = diagnostics.condition();
    if (condition == Condition::constant || condition == Condition::unset) continue;
    decided = true;
    if (condition == Condition::nan || condition == Condition::infinite) {
      seen.obstacle = quantity.name + " is " + describe(condition);
      break;
    }
    if (condition == Condition::fine) goals.consider(asked, diagnostics, quantity.name, superchains);
  }
  if (!decided && whole && draws >= 4) seen.obstacle = "no quantity varies";
  seen.ess = goals.ess.found();
  seen.mcse = goals.mcse.found();
  seen.nested_rhat = goals.nested_rhat.found();
  const auto met = [](bool is_asked, const std::optional<Attained>& a) { return !is_asked || (a && a->holds); };
  seen.holds = whole && seen.obstacle.empty() && !asked.empty() && met(asked.ess.has_value(), seen.ess) &&
               met(asked.mcse.has_value(), seen.mcse) && met(asked.nested_rhat.has_value(), seen.nested_rhat);
  return seen;
}

}  // namespace thalweg
