#include "thalweg/trust/streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "tests/trust/chains.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/trust/diagnostics.hpp"
#include "thalweg/trust/stream_pieces.hpp"
#include "thalweg/trust/stream_shard.hpp"
#include "thalweg/trust/stream_summary.hpp"

namespace thalweg {
namespace {

using testing::HasSubstr;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinite = std::numeric_limits<double>::infinity();

/// Draws of several columns: [column][chain][draw].
struct Table {
  std::int64_t chains, draws;
  std::vector<std::vector<double>> columns;

  std::int64_t width() const { return std::ssize(columns); }
  double at(std::int64_t column, std::int64_t chain, std::int64_t draw) const {
    return columns[static_cast<std::size_t>(column)][static_cast<std::size_t>(chain * draws + draw)];
  }
  std::vector<double> row(std::int64_t chain, std::int64_t draw) const {
    std::vector<double> row;
    for (std::int64_t c = 0; c < width(); ++c) row.push_back(at(c, chain, draw));
    return row;
  }
  /// That of the first draws.
  StreamGrid grid() const {
    std::vector<double> rows;
    for (std::int64_t chain = 0; chain < chains; ++chain)
      for (const double x : row(chain, 0)) rows.push_back(x);
    return grid_of(rows, width());
  }
};

/// Far from 0 and narrow; skew; without moments; not of one scale; with two values.
Table rough_table(std::int64_t chains, std::int64_t draws, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  std::cauchy_distribution<double> cauchy;
  Table t{chains, draws, std::vector<std::vector<double>>(5)};
  for (std::int64_t i = 0; i < chains * draws; ++i) {
    t.columns[0].push_back(1e6 + normal(engine));
    t.columns[1].push_back(1e-9 * exponential(engine));
    t.columns[2].push_back(cauchy(engine));
    t.columns[3].push_back(std::exp(3 * normal(engine)));
    t.columns[4].push_back(engine() % 3 == 0);
  }
  return t;
}

/// The streams of a table, counted by shards of so many chains that hand over after every so many draws.
template <class Rules = StreamRules>
DrawStreams streamed(const Table& t, bool lockstep, std::int64_t of_shard, std::int64_t hand_over) {
  DrawStreams whole(StreamLayout::of(t.chains, t.width(), lockstep), t.grid());
  std::vector<std::unique_ptr<StreamShard<Rules>>> shards;
  for (std::int64_t first = 0; first < t.chains; first += of_shard)
    shards.push_back(std::make_unique<StreamShard<Rules>>(whole, first, std::min(of_shard, t.chains - first)));
  for (std::int64_t draw = 0; draw < t.draws; ++draw) {
    for (std::int64_t chain = 0; chain < t.chains; ++chain)
      shards[static_cast<std::size_t>(chain / of_shard)]->add(chain, t.row(chain, draw));
    if ((draw + 1) % hand_over == 0 || draw + 1 == t.draws)
      for (auto& shard : shards) shard->hand_over(whole);
  }
  return whole;
}
DrawStreams streamed(const Table& t, bool lockstep = false) { return streamed(t, lockstep, t.chains, t.draws); }

Diagnostics diagnostics_of(const Table& t, std::size_t column) {
  Diagnostics d;
  d.assign({t.columns[column], t.chains});
  return d;
}

TEST(DrawStreams, have_the_moments_of_all_draws) {
  const Table t = rough_table(40, 50, 1);
  const DrawStreams streams = streamed(t);
  for (std::size_t c = 0; c < t.columns.size(); ++c) {
    const Diagnostics d = diagnostics_of(t, c);
    const StreamedColumn s(streams, static_cast<std::int64_t>(c));
    EXPECT_EQ(s.condition(), Condition::fine);
    // sums of S numbers about a centre inside them: relative to the spread they are exact to S roundings
    EXPECT_NEAR(s.mean(), d.mean(), 1e-12 * d.sd() + 1e-15 * std::abs(d.mean())) << c;
    EXPECT_NEAR(s.sd(), d.sd(), 1e-11 * d.sd()) << c;
  }
}

/// The bound of StreamedColumn::quantile.
double width_of_counter(const DrawStreams& s, std::size_t column, double x) {
  const double far = x - s.grid.centre[column], scale = s.grid.scale[column];
  return 0.0201 * std::sqrt(scale * scale + far * far);
}

TEST(DrawStreams, have_quantiles_within_the_width_of_a_counter) {
  const Table t = rough_table(64, 100, 2);
  const DrawStreams streams = streamed(t);
  for (std::size_t c = 0; c < t.columns.size(); ++c)
    for (const double p : {0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999}) {
      std::vector<double> sorted = t.columns[c];
      std::sort(sorted.begin(), sorted.end());
      const double at = p * static_cast<double>(sorted.size() - 1),
                   q = StreamedColumn(streams, std::int64_t(c)).quantile(p);
      // between the draws of rank floor and ceil, and no further from them than a counter is wide
      const double low = sorted[std::size_t(at)], high = sorted[std::size_t(std::ceil(at))];
      EXPECT_GE(q, low - width_of_counter(streams, c, low)) << c << " at " << p;
      EXPECT_LE(q, high + width_of_counter(streams, c, high)) << c << " at " << p;
    }
}

/// A thousand draws about 0, of which fifty are far beyond the bins on either side.
Table far_table() {
  Table t{20, 50, {independent(20, 50, 3)}};
  for (std::size_t i = 0; i < 100; ++i) t.columns[0][10 * i + 5] = (i % 2 ? 1 : -1) * (1e7 + double(i));
  return t;
}
template <class Rules>
bool finds_what_is_far(const Table& t) {
  const DrawStreams streams = streamed<Rules>(t, false, t.chains, t.draws);
  const StreamedColumn s(streams, 0);
  std::uint64_t counted = 0;
  for (const auto n : streams.counts) counted += n;
  return counted == 1000 && std::abs(s.quantile(0.5)) < 0.2 && s.quantile(0) < -5e6 && s.quantile(1) > 5e6 &&
         s.quantile(0.94) < 10 && s.quantile(0.06) > -10;
}
/// What is beyond the last bin is counted in it.
struct NoOverflow : StreamRules {
  template <class Real>
  static Real counter(const Real& t) {
    return min(max(t + 1.0, Real(1.0)), Real(static_cast<double>(StreamLayout::bins) + 0.5));
  }
};
TEST(DrawStreams, count_what_is_beyond_the_bins) { EXPECT_TRUE(finds_what_is_far<StreamRules>(far_table())); }
TEST(DrawStreams, planted_forgetting_the_overflow_is_seen) { EXPECT_FALSE(finds_what_is_far<NoOverflow>(far_table())); }

/// Chains that remember their superchain, their own place, and their last draw.
Table remembering_table(std::int64_t chains, std::int64_t draws, std::uint64_t seed) {
  Table t{chains, draws, {autoregressive(chains, draws, 0.8, seed)}};
  std::mt19937_64 engine(seed + 1);
  std::normal_distribution<double> normal;
  double of_superchain = 0;
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    if (chain == 0 || chain * 8 / chains != (chain - 1) * 8 / chains) of_superchain = 0.5 * normal(engine);
    const double own = 0.3 * normal(engine);
    for (std::int64_t i = 0; i < draws; ++i) t.columns[0][std::size_t(chain * draws + i)] += of_superchain + own;
  }
  return t;
}

TEST(DrawStreams, have_the_nested_rhat_of_all_draws) {
  for (const std::int64_t chains : {16, 20, 44, 1000})
    for (const std::int64_t draws : {1, 2, 30}) {
      const Table t = remembering_table(chains, draws, 4);
      Diagnostics d = diagnostics_of(t, 0);
      for (const bool lockstep : {false, true}) {
        const DrawStreams streams = streamed(t, lockstep);
        ASSERT_EQ(streams.layout.cell, 1);
        const NestedRHat found = StreamedColumn(streams, 0).nested_rhat(8), expected = d.nested_rhat(8);
        EXPECT_NEAR(found.value, expected.value, 1e-11 * expected.value) << chains << " chains, " << draws << " draws";
        EXPECT_NEAR(found.noise, expected.noise, 1e-10 * expected.noise);
      }
    }
}

TEST(DrawStreams, estimate_the_nested_rhat_from_cells_of_several_chains) {
  const Table t = remembering_table(8200, 6, 5);
  const DrawStreams streams = streamed(t, true);
  ASSERT_EQ(streams.layout.cell, 8);
  Diagnostics d = diagnostics_of(t, 0);
  const NestedRHat found = StreamedColumn(streams, 0).nested_rhat(8), expected = d.nested_rhat(8);
  // the variance between chains is known from about 1000 means of cells: to √(2/1000) of itself, 4.4 standard
  // deviations of which are 0.2 (1e-5); it is in the denominator of one and in both parts of the other
  EXPECT_NEAR(found.value * found.value - 1, expected.value * expected.value - 1,
              0.2 * (expected.value * expected.value - 1));
  EXPECT_NEAR(found.noise, expected.noise, 0.2 * expected.noise);
  EXPECT_GT(found.value, 1.05) << "superchains differ";
}

/// A shard that lays its sums where the first cells of the run are.
struct CellsFromZero : StreamRules {
  static std::size_t cell(std::size_t own, std::size_t /*first*/) { return own; }
};
template <class Rules>
bool is_the_same_from_shards() {
  const Table t = rough_table(2100, 7, 6);
  const DrawStreams whole = streamed(t, true);
  return whole.layout.cell == 2 && streamed<Rules>(t, true, 32, 3) == whole &&
         streamed<Rules>(t, true, 1024, 1) == whole;
}
TEST(DrawStreams, are_the_same_bits_from_any_shards) { EXPECT_TRUE(is_the_same_from_shards<StreamRules>()); }
TEST(DrawStreams, planted_sums_of_the_wrong_cells_are_seen) { EXPECT_FALSE(is_the_same_from_shards<CellsFromZero>()); }

TEST(DrawStreams, know_effective_sizes_from_their_groups) {
  // S/ESS is the integrated time, (1 + ρ)/(1 − ρ), times χ² of 31 degrees of freedom over 31: 7.8 … 77 but for 2e-5
  for (const double rho : {0.0, 0.8, -0.5}) {
    const Table t{64, 500, {autoregressive(64, 500, rho, 7)}};
    const DrawStreams streams = streamed(t);
    const StreamedColumn s(streams, 0);
    const double independent_draws = 64 * 500 * (1 - rho) / (1 + rho);
    for (const double ess : {s.ess_mean(), s.ess_bulk()}) {
      EXPECT_GT(ess, independent_draws * 31 / 77) << rho;
      EXPECT_LT(ess, independent_draws * 31 / 7.8) << rho;
    }
    EXPECT_DOUBLE_EQ(s.mcse_mean(), s.sd() / std::sqrt(s.ess_mean()));
    // indicators forget faster than their quantity, and know less of draws that turn back and forth
    if (rho >= 0) {
      EXPECT_GT(s.ess_quantile(0.05), independent_draws * 31 / 77) << rho;
    }
    // √(n) times the error of a 5 % quantile of a normal is √(p(1 − p))/φ = 2.11; the density φ there is known from the
    // 2√(p(1 − p) ESS) > 25 effective draws between the ends, to 20 % of itself: 4.4 times that is 90 %
    EXPECT_NEAR(std::log(s.mcse_quantile(0.05) * std::sqrt(s.ess_quantile(0.05)) / (2.11 * s.sd())), 0, 0.9) << rho;
    EXPECT_GT(s.mcse_sd(), 0.7 / std::sqrt(77.0 / 31 * 64 * 500));
  }
}

TEST(DrawStreams, say_what_is_wrong_with_a_column) {
  Table t = rough_table(16, 20, 8);
  t.columns[0][7] = not_a_number, t.columns[1][9] = infinite;
  for (double& x : t.columns[2]) x = not_a_number;
  for (double& x : t.columns[3]) x = 4.5;
  const DrawStreams streams = streamed(t);
  for (std::size_t c = 0; c < t.columns.size(); ++c) {
    const StreamedColumn s(streams, std::int64_t(c));
    const Diagnostics d = diagnostics_of(t, c);
    EXPECT_EQ(s.condition(), d.condition()) << c;
    EXPECT_EQ(s.not_finite(), d.not_finite()) << c;
    EXPECT_EQ(std::isnan(s.mcse_mean()), d.condition() != Condition::fine) << c;
  }
  EXPECT_EQ(StreamedColumn(streams, 3).mean(), 4.5);
  EXPECT_EQ(StreamedColumn(streams, 3).quantile(0.5), 4.5);
}

TEST(DrawStreams, follow_the_energy) {
  const Table t{16, 40, {independent(16, 40, 9), autoregressive(16, 40, 0.9, 10)}};
  DrawStreams whole(StreamLayout::of(t.chains, t.width(), false, 1), t.grid());
  StreamShard<> shard(whole, 0, t.chains);
  for (std::int64_t draw = 0; draw < t.draws; ++draw)
    for (std::int64_t chain = 0; chain < t.chains; ++chain) {
      shard.add(chain, t.row(chain, draw));
      if ((draw + chain) % 5 == 0) shard.hand_over(whole);
    }
  shard.hand_over(whole);
  const EnergyFraction found = energy_fraction(whole), expected = energy_fraction(Column{t.columns[1], t.chains});
  EXPECT_NEAR(found.pooled, expected.pooled, 1e-11);
  EXPECT_NEAR(found.worst_chain, expected.worst_chain, 1e-11);
  EXPECT_EQ(found.chain, expected.chain);
  EXPECT_TRUE(std::isnan(energy_fraction(streamed(t, true)).pooled));
}

TEST(DrawStreams, come_back_from_their_pieces) {
  const auto streams = std::make_shared<DrawStreams>(streamed(rough_table(300, 3, 11), true));
  std::vector<Pieces::Bytes> pieces{{1, 2, 3}};
  const StreamPieces source(streams);
  for (std::size_t i = 0; i < source.count(); ++i) pieces.push_back(source.read(i));
  EXPECT_TRUE(read_streams(StoredPieces(pieces), 1) == *streams);
  pieces.back().pop_back();
  pieces.push_back({1, 2});
  try {
    read_streams(StoredPieces(pieces), 1);
    FAIL() << "a piece is too short";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the run file is damaged"));
  }
}

TEST(StreamLayout, cuts_chains_into_cells_and_groups) {
  EXPECT_EQ(StreamLayout::of(1000, 3, true).cell, 1);
  EXPECT_EQ(StreamLayout::of(1'000'000, 3, true).cell, 32);
  EXPECT_EQ(StreamLayout::of(1'000'000, 3, false).cell, 1);
  for (const std::int64_t chains : {16, 33, 1000, 2100, 100'003}) {
    const StreamLayout l = StreamLayout::of(chains, 3, true);
    const std::vector<std::int64_t> cells = l.cells();
    for (std::size_t c = 0; c + 1 < cells.size(); ++c) {
      const std::int64_t first = cells[c], last = cells[c + 1] - 1;
      EXPECT_EQ(l.group_of(first), l.group_of(last));
      EXPECT_EQ(first / 32, last / 32) << "in one block of particles";
      EXPECT_EQ(first * 8 / chains, last * 8 / chains) << "in one superchain";
    }
    EXPECT_EQ(cells.back(), chains);
  }
}

TEST(StreamGrid, has_a_scale_whatever_the_column) {
  // no range but a spread, no spread but a size, nothing at all, not one finite number
  std::vector<double> rows;
  for (int i = 0; i < 40; ++i)
    for (const double x : {i == 0 ? 8.0 : 0.0, -3.0, 0.0, not_a_number}) rows.push_back(x);
  const StreamGrid grid = grid_of(rows, 4);
  EXPECT_NEAR(grid.scale[0], std::sqrt(64.0 / 40), 1e-12);
  EXPECT_EQ(grid.scale[1], 3);
  EXPECT_EQ(grid.centre[1], -3);
  EXPECT_EQ(grid.scale[2], 1);
  EXPECT_EQ(grid.scale[3], 1);
  EXPECT_THROW(grid_of(rows, 3), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
