#include "thalweg/dynamics/keeper.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "thalweg/core/bytes.hpp"

namespace thalweg {
namespace {

constexpr double seconds_between_looks = 0.05;

bool any(const std::vector<double>& said) {
  return std::any_of(said.begin(), said.end(), [](double s) { return s != 0; });
}
bool all(const std::vector<double>& said) {
  return std::all_of(said.begin(), said.end(), [](double s) { return s != 0; });
}
std::int64_t total(const std::vector<double>& said) {
  return static_cast<std::int64_t>(std::accumulate(said.begin(), said.end(), 0.0));
}

}  // namespace

ChainShare share_of_chains(World& world, std::size_t chains, int threads) {
  const double mine = threads;
  const std::vector<double> of = world.gather(std::span(&mine, 1));
  const auto before = [&](int rank) {
    return static_cast<std::size_t>(std::accumulate(of.begin(), of.begin() + rank, 0.0));
  };
  const std::size_t seats = before(world.ranks());
  const std::size_t first = before(world.rank()) * chains / seats, end = before(world.rank() + 1) * chains / seats;
  return {first, end - first};
}

Standing Keeper::keep() {
  bool asked = false, failed = false;
  for (bool over = false; !over;) {
    exchange_.wait(seconds_between_looks);
    const Round round = meet();
    over = all(round.over);  // before anything is taken: what is there then is all there will be
    failed = any(round.failed);
    const bool full = any(round.full), answered = asked && !any(round.asking);
    if (failed || any(round.interrupted)) exchange_.stop();
    if (all(round.at_epoch_end) && !failed && !any(round.interrupted)) {
      go_on();
      continue;
    }
    if (!full && !over && !answered) {
      if (!asked && any(round.late)) exchange_.ask(), asked = true;
      continue;
    }
    if (over && failed && all(round.untouched)) break;  // nothing has come of the run: leave nothing behind
    const double begun = clock_.seconds();
    commit();
    pace_.committed(begun, clock_.seconds());
    asked = false;
  }
  if (failed && !exchange_.error()) world_.gather(std::span<const double>{});  // whoever failed abandons the world
  return std::move(standing_);
}

Keeper::Round Keeper::meet() {
  const bool over = exchange_.over(), full = exchange_.is_full(), failed = exchange_.error() != nullptr;
  const bool interrupted = !full && !over && observer_.interrupted();
  const bool late = world_.leads() && pace_.is_due(clock_.seconds());
  const auto [transitions, divergences] = exchange_.counts();
  const double mine[] = {double(over),        double(exchange_.at_epoch_end()),
                         double(full),        double(exchange_.asking()),
                         double(failed),      double(exchange_.untouched()),
                         double(interrupted), double(late),
                         double(transitions), double(divergences)};
  const std::vector<double> said = world_.gather(mine);
  Round round;
  std::vector<double>* const entries[] = {&round.over,        &round.at_epoch_end, &round.full,        &round.asking,
                                          &round.failed,      &round.untouched,    &round.interrupted, &round.late,
                                          &round.transitions, &round.divergences};
  for (std::size_t i = 0; i < said.size(); ++i) entries[i % std::size(entries)]->push_back(said[i]);
  if (!full && world_.leads())
    observer_.progress(exchange_.progress(total(round.transitions), total(round.divergences)));
  return round;
}

void Keeper::go_on() {
  std::vector<ChainState> chains;
  for (const Bytes& theirs : world_.gather(std::span<const unsigned char>(write_chains(exchange_.own_chains()))))
    for (ChainState& chain : read_chains(theirs)) chains.push_back(std::move(chain));
  exchange_.go_on(std::move(chains));
}

void Keeper::commit() {
  Exchange::Taken taken = exchange_.take();
  if (world_.ranks() > 1) bring(taken);
  if (!world_.leads()) return;
  std::vector<DrawBlock> blocks;
  for (Rows& rows : taken.rows) append_blocks(std::move(rows), columns_, blocks);
  standing_ = {.settings = settings_,
               .dimension = dimension_,
               .shared = std::move(taken.shared),
               .chains = std::move(taken.chains),
               .finished = taken.finished,
               .streams = std::move(taken.streams)};
  sink_.commit(blocks, taken.log, write_checkpoint(standing_));
}

void Keeper::bring(Exchange::Taken& taken) {
  ByteWriter out;
  const auto own_chains = std::span(taken.chains).subspan(exchange_.share().first, exchange_.share().count);
  const std::vector<unsigned char> own = write_chains({own_chains.begin(), own_chains.end()});
  out.string({reinterpret_cast<const char*>(own.data()), own.size()});
  out.u64(taken.rows.size());
  for (const Rows& r : taken.rows) {
    out.u8(r.phase == Phase::sampling);
    out.i64(r.chain);
    out.i64(r.first);
    out.reals(r.values);
  }
  const std::vector<Bytes> parts = world_.to_first(out.take());
  if (!world_.leads()) return;
  taken.rows.clear();
  taken.chains.clear();
  for (const Bytes& part : parts) {
    ByteReader in(part, "what another process sent");
    const std::string states = in.string();
    for (ChainState& c : read_chains({reinterpret_cast<const unsigned char*>(states.data()), states.size()}))
      taken.chains.push_back(std::move(c));
    for (std::uint64_t k = in.u64(); k > 0; --k) {
      Rows& r = taken.rows.emplace_back();
      r.phase = in.u8() ? Phase::sampling : Phase::warmup;
      r.chain = in.i64();
      r.first = in.i64();
      r.values = in.reals();
    }
  }
}

}  // namespace thalweg
