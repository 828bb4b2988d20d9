#include "thalweg/trust/summary.hpp"

#include "thalweg/core/error.hpp"

namespace thalweg {

Row summarise(Diagnostics& d, const Column& column, const Quantity& quantity, int superchains) {
  d.assign(column);
  const auto or_nan = [&](double p) {
    return d.condition() == Condition::empty ? std::numeric_limits<double>::quiet_NaN() : d.quantile(p);
  };
  Row row;
  row.name = quantity.name;
  row.decides = quantity.decides;
  row.condition = d.condition();
  row.not_finite = d.not_finite();
  row.mean = d.mean();
  row.sd = d.sd();
  row.q5 = or_nan(0.05);
  row.q50 = or_nan(0.5);
  row.q95 = or_nan(0.95);
  row.rhat = d.rhat();
  row.nested = d.nested_rhat_ranked(superchains, nested_tolerance);
  row.ess_bulk = d.ess_bulk();
  row.ess_tail = d.ess_tail();
  row.mcse_mean = d.mcse_mean();
  row.mcse_sd = d.mcse_sd();
  row.mcse_q5 = d.mcse_quantile(0.05);
  row.mcse_q50 = d.mcse_quantile(0.5);
  row.mcse_q95 = d.mcse_quantile(0.95);
  return row;
}

Summary summarise(std::int64_t chains, std::int64_t draws, std::span<const Quantity> quantities,
                  const ColumnReader& read, int superchains, const std::function<bool()>& keep_going) {
  require(chains > 0, "chains must be > 0; found {}", chains);
  require(draws >= 0, "draws must be >= 0; found {}", draws);
  Summary summary;
  summary.chains = chains;
  summary.draws = draws;
  summary.superchains = superchains;
  std::vector<double> values(chains * draws);
  Diagnostics diagnostics;
  for (const Quantity& quantity : quantities) {
    if (keep_going && !keep_going()) break;
    for (std::int64_t c = 0; c < chains; ++c) {
      read(c, quantity.column, std::span(values).subspan(c * draws, draws));
    }
    summary.rows.push_back(summarise(diagnostics, {values, chains}, quantity, superchains));
  }
  return summary;
}

}  // namespace thalweg
