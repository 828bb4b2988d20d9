#include "thalweg/fokker_planck/line_step.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/fokker_planck/tr_bdf2.hpp"
#include "thalweg/fokker_planck/tridiagonal.hpp"

namespace thalweg::fokker_planck {

void StepAudit::add(const StepAudit& other) {
  for (std::size_t s = 0; s < 6; ++s) ledger.left[s] += other.ledger.left[s];
  ledger.entered += other.ledger.entered;
  fallbacks += other.fallbacks;
  clipped += other.clipped;
}

namespace {

using Lines = std::vector<Lane>;

/// Up to eight lines: their rates, and the two schemes on them.
class Batch {
 public:
  Batch(const Generator& g, int axis)
      : g_(g), axis_(axis), n_(g.grid.axis(axis).cells), stride_(g.grid.stride(axis)), cyclic_(g.grid.axis(axis).periodic()) {
    for (Lines* l : {&forward_, &backward_, &below_, &diagonal_, &above_, &m_, &middle_, &end_}) l->resize(n_);
  }
  std::size_t lines() const { return g_.grid.cells() / n_; }

  void load(std::size_t first, const std::vector<double>& masses) {
    count_ = std::min(batch_lines, lines() - first);
    for (std::size_t w = 0; w < batch_lines; ++w) {
      const std::size_t line = first + std::min(w, count_ - 1);
      base_[w] = line / stride_ * stride_ * n_ + line % stride_;
    }
    const Direction& direction = g_.directions[static_cast<std::size_t>(axis_)];
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < batch_lines; ++w) {
        const std::size_t c = base_[w] + k * stride_;
        forward_[k][w] = direction.forward[c];
        backward_[k][w] = direction.backward[c];
        m_[k][w] = masses[c];
      }
    for (std::size_t upper = 0; upper < 2; ++upper) {
      const auto& exit = g_.exit[side(upper)];
      for (std::size_t w = 0; w < batch_lines; ++w)
        exit_[upper][w] = exit.empty() ? 0 : exit[first + std::min(w, count_ - 1)];  // cells of a side are in line order
    }
  }
  void store(std::vector<double>& masses) const {
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < count_; ++w) masses[base_[w] + k * stride_] = end_[k][w];
  }

  StepAudit euler(double dt) {
    end_ = m_;
    factor(dt);
    add_entry(dt, end_);
    solver_.solve(end_);
    StepAudit audit;
    for (std::size_t w = 0; w < count_; ++w) leave(dt, end_, w, audit);
    return audit;
  }

  StepAudit tr_bdf2(double dt, double budget) {
    const double c = tr_bdf2::implicit * dt;
    factor(c);
    middle_ = m_;
    for (std::size_t k = 0; k < n_; ++k) add_rates(c, k);
    add_entry(2 * c, middle_);
    solver_.solve(middle_);
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < batch_lines; ++w)
        end_[k][w] = tr_bdf2::of_middle * middle_[k][w] - tr_bdf2::of_start * m_[k][w];
    add_entry(c, end_);
    solver_.solve(end_);
    StepAudit audit;
    std::array<bool, batch_lines> failed{};
    for (std::size_t w = 0; w < count_; ++w) {
      if (!clip(w, budget, audit)) {
        failed[w] = true;
        ++audit.fallbacks;
        continue;
      }
      leave(tr_bdf2::early_weight * dt, m_, w, audit);
      leave(tr_bdf2::early_weight * dt, middle_, w, audit);
      leave(tr_bdf2::late_weight * dt, end_, w, audit);
    }
    if (audit.fallbacks > 0) fall_back(dt, failed, audit);
    return audit;
  }

 private:
  std::size_t side(std::size_t upper) const { return 2 * static_cast<std::size_t>(axis_) + upper; }
  /// 1 − c L.
  void factor(double c) {
    for (std::size_t k = 0; k < n_; ++k) {
      const std::size_t before = k == 0 ? n_ - 1 : k - 1;
      for (std::size_t w = 0; w < batch_lines; ++w) {
        below_[k][w] = -c * forward_[before][w];
        above_[k][w] = -c * backward_[k][w];
        diagonal_[k][w] = 1 + c * (backward_[before][w] + forward_[k][w]);
      }
    }
    for (std::size_t w = 0; w < batch_lines; ++w) {
      diagonal_[0][w] += c * exit_[0][w];
      diagonal_[n_ - 1][w] += c * exit_[1][w];
    }
    solver_.factor(below_, diagonal_, above_, cyclic_);
  }
  /// middle += c L m in row k.
  void add_rates(double c, std::size_t k) {
    const std::size_t before = k == 0 ? n_ - 1 : k - 1, after = k + 1 == n_ ? 0 : k + 1;
    for (std::size_t w = 0; w < batch_lines; ++w) {
      double rate = forward_[before][w] * m_[before][w] + backward_[k][w] * m_[after][w] -
                    (backward_[before][w] + forward_[k][w]) * m_[k][w];
      if (k == 0) rate -= exit_[0][w] * m_[k][w];
      if (k + 1 == n_) rate -= exit_[1][w] * m_[k][w];
      middle_[k][w] += c * rate;
    }
  }
  void add_entry(double dt, Lines& to) const {
    for (std::size_t w = 0; w < batch_lines; ++w) {
      to[0][w] += dt * g_.entry[side(0)];
      to[n_ - 1][w] += dt * g_.entry[side(1)];
    }
  }
  void leave(double dt, const Lines& m, std::size_t w, StepAudit& audit) const {
    audit.ledger.left[side(0)] += dt * exit_[0][w] * m[0][w];
    audit.ledger.left[side(1)] += dt * exit_[1][w] * m[n_ - 1][w];
  }
  bool clip(std::size_t w, double budget, StepAudit& audit) {
    double negative = 0, total = 0;
    for (std::size_t k = 0; k < n_; ++k) {
      negative += std::max(-end_[k][w], 0.0);
      total += end_[k][w];
    }
    if (negative == 0) return true;
    if (!(negative <= budget * total)) return false;
    for (std::size_t k = 0; k < n_; ++k) end_[k][w] = std::max(end_[k][w], 0.0) * (total / (total + negative));
    audit.clipped += negative;
    return true;
  }
  /// Two Euler steps for the lines that failed; the others keep what they have.
  void fall_back(double dt, const std::array<bool, batch_lines>& failed, StepAudit& audit) {
    const Lines good = end_, start = m_;
    for (int half = 0; half < 2; ++half) {
      end_ = m_;
      factor(dt / 2);
      add_entry(dt / 2, end_);
      solver_.solve(end_);
      for (std::size_t w = 0; w < count_; ++w)
        if (failed[w]) leave(dt / 2, end_, w, audit);
      m_ = end_;
    }
    m_ = start;
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < batch_lines; ++w)
        if (!failed[w]) end_[k][w] = good[k][w];
  }

  const Generator& g_;
  const int axis_;
  const std::size_t n_, stride_;
  const bool cyclic_;
  std::size_t count_ = 0;
  std::array<std::size_t, batch_lines> base_{};
  std::array<Lane, 2> exit_{};
  Lines forward_, backward_, below_, diagonal_, above_, m_, middle_, end_;
  Tridiagonal solver_;
};

}  // namespace

StepAudit step_lines(const Generator& g, int axis, ImplicitScheme scheme, double dt, double budget, Team& team,
                     std::vector<double>& masses) {
  const std::size_t lines = g.grid.cells() / g.grid.axis(axis).cells, batches = (lines + batch_lines - 1) / batch_lines;
  std::vector<StepAudit> audits(batches);
  team.run(batches, [&](std::size_t first, std::size_t last) {
    Batch batch(g, axis);
    for (std::size_t b = first; b < last; ++b) {
      batch.load(b * batch_lines, masses);
      audits[b] = scheme == ImplicitScheme::euler ? batch.euler(dt) : batch.tr_bdf2(dt, budget);
      batch.store(masses);
    }
  });
  StepAudit audit;
  for (const StepAudit& one : audits) audit.add(one);
  for (const int s : {2 * axis, 2 * axis + 1})
    audit.ledger.entered += dt * g.entry[static_cast<std::size_t>(s)] * static_cast<double>(lines);
  return audit;
}

}  // namespace thalweg::fokker_planck
