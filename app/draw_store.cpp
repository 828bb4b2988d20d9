#include "app/draw_store.hpp"

#include <utility>

namespace thalweg::app {

DrawStore::DrawStore(RunFile& run, const Model& model, std::size_t statistics, std::uint64_t seed)
    : run_(run),
      workspace_(model.workspace(1)),
      statistics_(statistics),
      columns_(statistics + static_cast<std::size_t>(model.draw_size())),
      seed_(seed) {}

void DrawStore::add(Phase phase, std::int64_t chain, std::span<const double> statistics, std::span<const double> x) {
  constexpr std::size_t most_waiting = std::size_t{4} << 20;
  if (!rows_.values.empty() && (rows_.phase != phase || rows_.chain != chain)) flush();
  if (rows_.values.empty() && (rows_.phase != phase || rows_.chain != chain)) rows_ = {phase, chain, 0, {}};
  const std::int64_t index = rows_.first + static_cast<std::int64_t>(rows_.values.size() / columns_);
  const std::size_t at = rows_.values.size();
  rows_.values.insert(rows_.values.end(), statistics.begin(), statistics.end());
  rows_.values.resize(at + columns_);
  const std::uint64_t step =
      static_cast<std::uint64_t>(index) | (phase == Phase::sampling ? 0 : std::uint64_t{1} << 63);
  try {
    workspace_.constrain(x, seed_, static_cast<std::uint64_t>(chain), step, true,
                         {rows_.values.data() + at + statistics_, columns_ - statistics_});
  } catch (...) {
    rows_.values.resize(at);
    throw;
  }
  waiting_ += columns_;
  if (waiting_ < most_waiting) return;
  flush();
  run_.commit(std::exchange(blocks_, {}), {}, {});
  waiting_ = 0;
}

void DrawStore::flush() {
  const auto next = rows_.first + static_cast<std::int64_t>(rows_.values.size() / columns_);
  const Phase phase = rows_.phase;
  const std::int64_t chain = rows_.chain;
  append_blocks(std::move(rows_), columns_, blocks_);
  rows_ = {phase, chain, next, {}};
}

void DrawStore::finish(const std::vector<LogEntry>& log) {
  flush();
  run_.commit(std::exchange(blocks_, {}), log, {{}, true});
}

}  // namespace thalweg::app
