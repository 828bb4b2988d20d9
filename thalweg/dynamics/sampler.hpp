// The driver of samplers: threads that run shards of chains, and the one that saves what they complete.
#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/exchange.hpp"
#include "thalweg/dynamics/keeper.hpp"

namespace thalweg {

/// The chains [first, first + count) of a run, on one thread.
template <class Rules>
class Crew {
 public:
  Crew(const Model& model, const SampleSettings& settings, Exchange& exchange, int worker, std::size_t first,
       std::size_t count, std::vector<int> widths)
      : exchange_(exchange),
        worker_(worker),
        first_(first),
        scalar_(model.workspace(1)),
        lanes_(workspaces(model, widths), static_cast<std::size_t>(model.dimension())) {
    for (std::size_t k = first; k < first + count; ++k)
      chains_.push_back(std::make_unique<Chain<Rules>>(settings, model, k, exchange.chain(k)));
  }
  /// Epoch after epoch, until the run is over or is being stopped.
  void run() {
    auto shared = exchange_.shared();
    while (shared) {
      if (shared->epoch.role == EpochRole::sampling && exchange_.streams()) begin_streams();
      const bool completed = run_epoch(*shared);
      hand_over();
      const EpochRole role = shared->epoch.role;
      if (!completed) return;
      shared = exchange_.arrive(worker_);
      if (shared && role == EpochRole::start)
        for (std::size_t i = 0; i < chains_.size(); ++i) chains_[i]->restore(exchange_.chain(first_ + i));
    }
  }
  void hand_over() {
    std::vector<ChainState> states;
    std::vector<Rows> rows;
    for (auto& chain : chains_) {
      states.push_back(chain->state());
      rows.push_back(chain->take_rows());
    }
    numbers_ = 0;
    exchange_.hand_over(worker_, first_, states, std::move(rows), streams_ ? &*streams_ : nullptr);
  }

 private:
  static std::vector<Workspace> workspaces(const Model& model, std::span<const int> widths) {
    std::vector<Workspace> w;
    for (const int width : widths) w.push_back(model.workspace(width));
    return w;
  }
  void begin_streams() {
    streams_.emplace(*exchange_.streams(), static_cast<std::int64_t>(first_), std::ssize(chains_));
    for (auto& chain : chains_) chain->stream_to(&*streams_);
  }
  /// False when it was stopped before its end. Live chains wait in a ring, so that all lanes stay filled while there
  /// are more live chains than lanes.
  bool run_epoch(const SharedState& shared) {
    std::vector<Chain<Rules>*> waiting, served;
    for (auto& chain : chains_)
      if (advance(*chain, shared)) waiting.push_back(chain.get());
    std::vector<GradientRequest*> requests;
    std::size_t head = 0;
    while (!waiting.empty()) {
      if (exchange_.stopping()) return false;
      const std::size_t n = std::min(waiting.size(), lanes_.width());
      requests.clear();
      served.clear();
      for (std::size_t i = 0; i < n; ++i) {
        served.push_back(waiting[(head + i) % waiting.size()]);
        requests.push_back(&served.back()->request());
      }
      lanes_.serve(requests);
      head = (head + n) % waiting.size();
      for (Chain<Rules>* chain : served) {
        chain->temper();
        if (advance(*chain, shared)) continue;
        const auto at = std::find(waiting.begin(), waiting.end(), chain);
        if (static_cast<std::size_t>(at - waiting.begin()) < head) --head;
        waiting.erase(at);
        if (head >= waiting.size()) head = 0;
      }
      if (numbers_ > most_numbers || exchange_.asked(worker_)) hand_over();
    }
    return true;
  }
  bool advance(Chain<Rules>& chain, const SharedState& shared) {
    const TransitionCounts before = chain.counts();
    const std::size_t numbers = chain.row_numbers();
    const bool waits = chain.advance(shared, scalar_);
    const TransitionCounts after = chain.counts();
    if (after.transitions != before.transitions)
      exchange_.count(after.transitions - before.transitions, after.divergences - before.divergences);
    numbers_ += chain.row_numbers() - numbers;
    return waits;
  }

  static constexpr std::size_t most_numbers = std::size_t{1} << 19;  ///< in rows before they are handed over

  Exchange& exchange_;
  int worker_;
  std::size_t first_, numbers_ = 0;
  Workspace scalar_;
  Lanes<Workspace, Rules> lanes_;
  std::vector<std::unique_ptr<Chain<Rules>>> chains_;
  std::optional<StreamShard<>> streams_;
};

/// The compiled widths up to `most` (0: the preferred width) that up to `chains` chains can fill.
std::vector<int> usable_widths(const Model& model, int most, std::size_t chains);

/// The streams of a run of chains, which count about the places that the chains have when sampling begins.
///
/// Random  generated quantities from (seed, generated_quantities, chain, 2⁶²).
/// Errors  throws Error when the model fails to compute a quantity at one of these places.
std::shared_ptr<DrawStreams> streams_of_chains(const Model& model, const SampleSettings& settings,
                                               const SharedState& shared, std::span<const ChainState> chains);

/// Where a run begins. Throws std::invalid_argument on settings out of range.
Standing starting_point(const Model& model, const SampleSettings& settings);
SampleOutcome outcome_of(const Standing& standing);
/// How its chains are warmed up.
Warmup warmup_of(const SampleSettings& settings, std::size_t dimension);

/// Runs from `standing` to its end or to an interruption. In a world all processes call this with the same `standing`;
/// the first has the answer, and alone uses its sink.
template <class Rules = SamplerRules>
Standing run_sampler(const Model& model, Standing standing, const Execution& execution, Sink& sink, Clock& clock,
                     Observer& observer) {
  const SampleSettings settings = standing.settings;
  const std::size_t chains = standing.chains.size();
  Alone alone;
  World& world = execution.world ? *execution.world : alone;
  const ChainShare share = share_of_chains(world, chains, execution.threads);
  const std::size_t workers = std::min<std::size_t>(static_cast<std::size_t>(execution.threads), share.count);
  const auto dimension = static_cast<std::size_t>(model.dimension());
  const Warmup warmup = Rules::warmup(warmup_of(settings, dimension), dimension);
  Exchange::StreamMaker make_streams;
  if (settings.keep > 0)
    make_streams = [&](const SharedState& shared, std::span<const ChainState> now) {
      return streams_of_chains(model, settings, shared, now);
    };
  Exchange exchange(warmup, std::move(standing.shared), std::move(standing.chains), share, static_cast<int>(workers),
                    world.ranks() == 1, standing.streams ? std::make_shared<DrawStreams>(*standing.streams) : nullptr,
                    make_streams);
  std::vector<std::jthread> threads;
  for (std::size_t w = 0; w < workers; ++w) {
    threads.emplace_back([&, w] {
      const std::size_t begin = w * share.count / workers, count = (w + 1) * share.count / workers - begin,
                        first = share.first + begin;
      std::exception_ptr error;
      try {
        Crew<Rules> crew(model, settings, exchange, static_cast<int>(w), first, count,
                         usable_widths(model, execution.width, count));
        try {
          crew.run();
        } catch (...) {
          error = std::current_exception();
          exchange.stop();
          crew.hand_over();
        }
      } catch (...) {
        error = std::current_exception();
      }
      exchange.leave(static_cast<int>(w), error);
    });
  }
  try {
    standing = Keeper(settings, model.dimension(), statistic_count + static_cast<std::size_t>(model.draw_size()),
                      exchange, world, sink, clock, observer)
                   .keep();
  } catch (...) {
    exchange.stop();
    throw;
  }
  if (const auto error = exchange.error()) std::rethrow_exception(error);
  return standing;
}

}  // namespace thalweg
