#include "thalweg/trust/rank_normalise.hpp"

#include <algorithm>
#include <limits>

namespace thalweg {
namespace {

/// Where a draw goes when its chain is split: −1 for the middle draw of an odd chain.
struct Place {
  std::int64_t draws, half;
  bool identity;
  std::int64_t operator()(std::uint32_t source) const {
    if (identity) return source;
    const std::int64_t chain = source / draws, i = source % draws;
    if (i == half) return -1;
    return chain * 2 * half + (i < half ? i : i - 1);
  }
};

struct Draw {
  std::uint32_t source = 0;
  double value = 0;
};

/// Gives `count` draws their scores; next() yields them in ascending order.
template <class Next>
void assign_scores(std::size_t count, Next next, const Place& place, NormalScores& scores, std::vector<double>& out) {
  std::vector<std::int64_t> tied;
  std::int64_t before = 0;  // draws ranked so far
  Draw draw = count > 0 ? next() : Draw{};
  for (std::size_t k = 1; k <= count; ++k) {
    const Draw following = k < count ? next() : Draw{};
    const bool ends = k == count || following.value != draw.value;
    const std::int64_t p = place(draw.source);
    if (ends && tied.empty()) {
      if (p >= 0) out[p] = scores.of_whole(++before);
    } else {
      if (p >= 0) tied.push_back(p);
      if (ends && !tied.empty()) {
        const double score = scores(double(before) + double(tied.size() + 1) / 2);
        for (const std::int64_t t : tied) out[t] = score;
        before += std::int64_t(tied.size());
        tied.clear();
      }
    }
    draw = following;
  }
}

Place prepare(const Ordering& order, std::int64_t chains, NormalScores& scores, std::vector<double>& out) {
  const std::int64_t draws = std::int64_t(order.sorted().size()) / chains, half = draws / 2;
  out.resize(2 * half * chains);
  scores.assign(std::int64_t(out.size()));
  return {draws, half, draws % 2 == 0};
}

}  // namespace

void rank_normalise(const Ordering& order, std::int64_t chains, NormalScores& scores, std::vector<double>& out) {
  const Place place = prepare(order, chains, scores, out);
  const auto sorted = order.sorted();
  const auto index = order.index();
  std::size_t j = 0;
  const auto next = [&] {
    const Draw draw{index[j], sorted[j]};
    ++j;
    return draw;
  };
  assign_scores(sorted.size(), next, place, scores, out);
}

void rank_normalise_folded(const Ordering& order, std::int64_t chains, NormalScores& scores, std::vector<double>& out) {
  // The distances to the median ascend to both sides of it, so that one merge replaces a second sort.
  const Place place = prepare(order, chains, scores, out);
  const auto sorted = order.sorted();
  const auto index = order.index();
  const double median = order.quantile(0.5), infinity = std::numeric_limits<double>::infinity();
  std::size_t right = std::size_t(std::lower_bound(sorted.begin(), sorted.end(), median) - sorted.begin());
  std::size_t left = right;  // one behind the next draw to the left
  const auto next = [&] {
    const double below = left > 0 ? median - sorted[left - 1] : infinity;
    const double above = right < sorted.size() ? sorted[right] - median : infinity;
    const bool take_left = right == sorted.size() || (left > 0 && below <= above);
    const Draw draw{index[take_left ? left - 1 : right], take_left ? below : above};
    left -= take_left;
    right += !take_left;
    return draw;
  };
  assign_scores(sorted.size(), next, place, scores, out);
}

}  // namespace thalweg
