#include "thalweg/fokker_planck/line_step.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

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

/// Up to W lines: their rates, and the two schemes on them.
template <std::size_t W>
class Batch {
 public:
  using Lines = std::vector<Lane<W>>;

  Batch(const Grid& grid, int axis)
      : axis_(axis),
        n_(grid.axis(axis).cells),
        stride_(grid.stride(axis)),
        all_(grid.cells() / n_),
        cyclic_(grid.axis(axis).periodic()) {
    for (Lines* l : {&forward_, &backward_, &below_, &diagonal_, &above_, &m_, &middle_, &end_}) l->resize(n_);
  }
  void load(const Generator& g, std::size_t first, const std::vector<double>& masses) {
    count_ = std::min(W, all_ - first);
    entry_ = {g.entry[side(0)], g.entry[side(1)]};
    for (std::size_t w = 0; w < W; ++w) {
      const std::size_t line = first + std::min(w, count_ - 1);
      base_[w] = line / stride_ * stride_ * n_ + line % stride_;
    }
    const Direction& direction = g.directions[static_cast<std::size_t>(axis_)];
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < W; ++w) {
        const std::size_t c = base_[w] + k * stride_;
        forward_[k][w] = direction.forward[c];
        backward_[k][w] = direction.backward[c];
        m_[k][w] = masses[c];
      }
    for (std::size_t upper = 0; upper < 2; ++upper) {
      const auto& exit = g.exit[side(upper)];
      for (std::size_t w = 0; w < W; ++w)
        exit_[upper][w] =
            exit.empty() ? 0 : exit[first + std::min(w, count_ - 1)];  // cells of a side are in line order
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
      for (std::size_t w = 0; w < W; ++w)
        end_[k][w] = tr_bdf2::of_middle * middle_[k][w] - tr_bdf2::of_start * m_[k][w];
    add_entry(c, end_);
    solver_.solve(end_);
    StepAudit audit;
    std::array<bool, W> failed{};
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
      for (std::size_t w = 0; w < W; ++w) {
        below_[k][w] = -c * forward_[before][w];
        above_[k][w] = -c * backward_[k][w];
        diagonal_[k][w] = 1 + c * (backward_[before][w] + forward_[k][w]);
      }
    }
    for (std::size_t w = 0; w < W; ++w) {
      diagonal_[0][w] += c * exit_[0][w];
      diagonal_[n_ - 1][w] += c * exit_[1][w];
    }
    solver_.factor(below_, diagonal_, above_, cyclic_);
  }
  /// middle += c L m in row k.
  void add_rates(double c, std::size_t k) {
    const std::size_t before = k == 0 ? n_ - 1 : k - 1, after = k + 1 == n_ ? 0 : k + 1;
    for (std::size_t w = 0; w < W; ++w) {
      double rate = forward_[before][w] * m_[before][w] + backward_[k][w] * m_[after][w] -
                    (backward_[before][w] + forward_[k][w]) * m_[k][w];
      if (k == 0) rate -= exit_[0][w] * m_[k][w];
      if (k + 1 == n_) rate -= exit_[1][w] * m_[k][w];
      middle_[k][w] += c * rate;
    }
  }
  void add_entry(double dt, Lines& to) const {
    for (std::size_t w = 0; w < W; ++w) {
      to[0][w] += dt * entry_[0];
      to[n_ - 1][w] += dt * entry_[1];
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
  void fall_back(double dt, const std::array<bool, W>& failed, StepAudit& audit) {
    const Lines good = end_;
    for (int half = 0; half < 2; ++half) {
      end_ = m_;
      factor(dt / 2);
      add_entry(dt / 2, end_);
      solver_.solve(end_);
      for (std::size_t w = 0; w < count_; ++w)
        if (failed[w]) leave(dt / 2, end_, w, audit);
      m_ = end_;
    }
    for (std::size_t k = 0; k < n_; ++k)
      for (std::size_t w = 0; w < W; ++w)
        if (!failed[w]) end_[k][w] = good[k][w];
  }

  const int axis_;
  const std::size_t n_, stride_, all_;
  const bool cyclic_;
  std::size_t count_ = 0;
  std::array<std::size_t, W> base_{};
  std::array<double, 2> entry_{};
  std::array<Lane<W>, 2> exit_{};
  Lines forward_, backward_, below_, diagonal_, above_, m_, middle_, end_;
  Tridiagonal<W> solver_;
};

}  // namespace

/// Batches that no thread is using.
class LineSteps::Buffers {
 public:
  Buffers(const Grid& grid, int axis) : grid_(grid), axis_(axis), lines_(grid.cells() / grid.axis(axis).cells) {}

  StepAudit step(const Generator& g, ImplicitScheme scheme, double dt, double budget, Team& team,
                 std::vector<double>& masses) {
    StepAudit audit = lines_ == 1 ? run(single_, g, scheme, dt, budget, team, masses)
                                  : run(several_, g, scheme, dt, budget, team, masses);
    for (const int s : {2 * axis_, 2 * axis_ + 1})
      audit.ledger.entered += dt * g.entry[static_cast<std::size_t>(s)] * static_cast<double>(lines_);
    return audit;
  }

 private:
  template <std::size_t W>
  using Free = std::vector<std::unique_ptr<Batch<W>>>;

  template <std::size_t W>
  StepAudit run(Free<W>& free, const Generator& g, ImplicitScheme scheme, double dt, double budget, Team& team,
                std::vector<double>& masses) {
    std::vector<StepAudit> audits((lines_ + W - 1) / W);
    team.run(audits.size(), [&](std::size_t first, std::size_t last) {
      std::unique_ptr<Batch<W>> batch = take(free);
      for (std::size_t b = first; b < last; ++b) {
        batch->load(g, b * W, masses);
        audits[b] = scheme == ImplicitScheme::euler ? batch->euler(dt) : batch->tr_bdf2(dt, budget);
        batch->store(masses);
      }
      const std::lock_guard lock(mutex_);
      free.push_back(std::move(batch));
    });
    StepAudit audit;
    for (const StepAudit& one : audits) audit.add(one);
    return audit;
  }
  template <std::size_t W>
  std::unique_ptr<Batch<W>> take(Free<W>& free) {
    const std::lock_guard lock(mutex_);
    if (free.empty()) return std::make_unique<Batch<W>>(grid_, axis_);
    std::unique_ptr<Batch<W>> batch = std::move(free.back());
    free.pop_back();
    return batch;
  }

  const Grid grid_;
  const int axis_;
  const std::size_t lines_;
  std::mutex mutex_;
  Free<1> single_;
  Free<8> several_;
};

LineSteps::LineSteps(const Grid& grid, int axis) : buffers_(std::make_unique<Buffers>(grid, axis)) {}
LineSteps::LineSteps(LineSteps&&) noexcept = default;
LineSteps::~LineSteps() = default;

StepAudit LineSteps::step(const Generator& g, ImplicitScheme scheme, double dt, double budget, Team& team,
                          std::vector<double>& masses) {
  return buffers_->step(g, scheme, dt, budget, team, masses);
}

}  // namespace thalweg::fokker_planck
