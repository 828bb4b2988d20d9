#include "thalweg/dynamics/sampler.hpp"

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

constexpr double seconds_between_commits = 2, seconds_between_looks = 0.05;
constexpr std::size_t numbers_in_a_block = (std::size_t{4} << 20) / sizeof(double);

/// Draw after draw to parameter-major blocks of at most 4 MiB; the rows are released.
void append_blocks(Rows rows, std::size_t columns, std::vector<DrawBlock>& blocks) {
  const std::size_t draws = rows.values.size() / columns, most = std::max<std::size_t>(numbers_in_a_block / columns, 1);
  for (std::size_t first = 0; first < draws; first += most) {
    const std::size_t n = std::min(most, draws - first);
    DrawBlock block{
        rows.phase, rows.chain, rows.first + static_cast<std::int64_t>(first), static_cast<std::int64_t>(n), {}};
    block.values.resize(n * columns);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < columns; ++c) block.values[c * n + i] = rows.values[(first + i) * columns + c];
    blocks.push_back(std::move(block));
  }
}

}  // namespace

std::vector<int> usable_widths(const Model& model, int most, std::size_t chains) {
  if (most == 0) most = model.preferred_width();
  std::vector<int> widths;
  for (const int w : model.widths()) {
    if (w > most) break;
    widths.push_back(w);
    if (static_cast<std::size_t>(w) >= chains) break;
  }
  return widths;
}

Standing Keeper::keep() {
  double last = clock_.seconds();
  bool asked = false;
  for (bool over = false; !over;) {
    const bool roused = exchange_.wait(seconds_between_looks);
    over = exchange_.over();  // before anything is taken: what is there then is all there will be
    const bool full = roused && !over;
    if (!full) observer_.progress(exchange_.progress());
    if (!full && !over && observer_.interrupted()) exchange_.stop();
    const bool answered = asked && !exchange_.asking();
    if (!full && !over && !answered) {
      if (!asked && clock_.seconds() - last >= seconds_between_commits) exchange_.ask(), asked = true;
      continue;
    }
    if (over && exchange_.failed_at_start()) break;  // nothing has come of the run: leave nothing behind
    commit();
    last = clock_.seconds();
    asked = false;
  }
  return std::move(standing_);
}

void Keeper::commit() {
  Exchange::Taken taken = exchange_.take();
  std::vector<DrawBlock> blocks;
  for (Rows& rows : taken.rows) append_blocks(std::move(rows), columns_, blocks);
  standing_ = {settings_, std::move(taken.shared), std::move(taken.chains), taken.finished};
  sink_.commit(blocks, taken.log, write_checkpoint(standing_));
}

template Standing run_sampler<SamplerRules>(const Model&, Standing, const Execution&, Sink&, Clock&, Observer&);

}  // namespace thalweg
