#include "thalweg/dynamics/ensemble/driver.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "thalweg/density/points.hpp"
#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/ensemble/save_watch.hpp"
#include "thalweg/dynamics/ensemble/shard_run.hpp"
#include "thalweg/dynamics/ensemble/world.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/dynamics/relax.hpp"

namespace thalweg {
namespace {

constexpr std::size_t most_waiting = std::size_t{8} << 20;  ///< numbers in rows before they are saved

/// A place for each superchain, relaxed, or those that the user gave.
std::vector<std::vector<double>> places_to_start(const Model& model, const SampleSettings& s, int threads) {
  const auto d = static_cast<std::size_t>(model.dimension());
  const std::size_t starts = s.starts.empty() ? static_cast<std::size_t>(s.superchains()) : s.starts.size();
  std::vector<Vectors> places;
  std::vector<Point> points(starts);
  std::vector<EpochMoments> curvatures(starts);
  std::vector<Job> jobs(starts);
  for (std::size_t k = 0; k < starts; ++k) {
    places.emplace_back(2, d);
    points[k] = {places[k][0], places[k][1], 0};
    Strand& strand = *jobs[k].strand;
    if (s.starts.empty()) {
      jobs[k].task = find_start(strand, UniformStart{.radius = s.init_radius}, d, s.seed, k, 0, true, points[k]);
    } else {
      std::copy(s.starts[k].begin(), s.starts[k].end(), points[k].x);
      jobs[k].task = check_start(strand, d, k, points[k]);
    }
  }
  run_jobs(model, whole_density, jobs, threads, false);
  if (s.starts.empty() && s.warmup != 0) {
    for (std::size_t k = 0; k < starts; ++k) {
      jobs[k].task.destroy();
      jobs[k].task = relax(*jobs[k].strand, Relaxation{}, d, points[k], curvatures[k]);
    }
    run_jobs(model, whole_density, jobs, threads, false);
  }
  std::vector<std::vector<double>> x;
  for (const Point& p : points) x.emplace_back(p.x, p.x + d);
  return x;
}

}  // namespace

std::vector<double> numbers_of(const EnsembleFacts& f) {
  NumberArchive archive;
  EnsembleFacts facts = f;
  double has = facts.log_evidence.has_value(), value = facts.log_evidence.value_or(0);
  LadderFacts ladder = facts.ladder.value_or(LadderFacts{});
  AnnealingFacts annealing = facts.annealing.value_or(AnnealingFacts{});
  archive(facts.warming, facts.settled, facts.step_size, facts.gradients, facts.variances, has, value,
          facts.evidence_error, ladder.beta, ladder.acceptance, ladder.gaussian, ladder.round_trips);
  archive(annealing);
  return archive.take();
}
EnsembleFacts facts_from(std::span<const double> numbers) {
  EnsembleFacts facts;
  if (numbers.empty()) return facts;
  NumberArchive archive(numbers);
  double has = 0, value = 0;
  LadderFacts ladder;
  AnnealingFacts annealing;
  archive(facts.warming, facts.settled, facts.step_size, facts.gradients, facts.variances, has, value,
          facts.evidence_error, ladder.beta, ladder.acceptance, ladder.gaussian, ladder.round_trips);
  archive(annealing);
  if (!annealing.beta.empty()) facts.annealing = annealing;
  if (!ladder.beta.empty()) facts.ladder = ladder;
  if (has != 0) facts.log_evidence = value;
  return facts;
}

Standing run_ensemble(const Model& model, Standing standing, const EnsembleMaker& make, const Execution& execution,
                      Sink& sink, Clock& clock, Observer& observer) {
  const SampleSettings settings = standing.settings;
  const bool fresh = standing.particles == nullptr;
  Alone alone;
  World& world = execution.world ? *execution.world : alone;
  EnsembleStarts starts;
  if (fresh) {
    if (world.leads()) {
      const Execution here{.threads = execution.threads, .width = execution.width};
      if (auto own = make()->starts(here, clock, observer))
        starts = std::move(*own);
      else
        starts.x = places_to_start(model, settings, execution.threads);
    }
    starts = starts_of_first(world, std::move(starts));
    if (starts.interrupted) return standing;
  }
  const auto blocks = static_cast<int>((settings.chains + block_particles - 1) / block_particles);
  const int threads = std::min(execution.threads, (blocks + world.ranks() - 1) / world.ranks());
  Depot depot;
  depot.rows.resize(static_cast<std::size_t>(settings.chains));
  depot.shards.resize(static_cast<std::size_t>(shards_of(world, threads)));
  if (standing.streams) depot.streams = std::make_shared<DrawStreams>(*standing.streams);
  SaveWatch watch(settings, statistic_count + static_cast<std::size_t>(model.draw_size()), sink, clock, observer);
  const auto caller = std::this_thread::get_id();
  const auto work = [&](Collective& all) {
    const std::unique_ptr<EnsembleMethod> method = make();
    ShardRun run(model, settings, *method, all, depot);
    const bool watches = std::this_thread::get_id() == caller, leads = watches && world.leads();
    if (fresh)
      run.begin(starts);
    else
      run.resume(standing);
    for (bool stop = false, over = run.over(); !stop;) {
      const bool wants_stop = watches && watch.wants_stop(run);
      const bool wants_save = over || run.must_save() || run.waiting() > most_waiting || (leads && watch.wants_save());
      if (!all.all(!wants_stop && !wants_save)) {
        stop = over || !all.all(!wants_stop);
        if (watches) watch.begin_save(), depot.streams = run.new_streams();
        all.all(true);  // the depot is there
        run.deposit(stop);
        all.all(true);  // everything is in the depot
        if (watches) bring_to_first(world, depot);
        if (leads) watch.save(depot, standing);
        all.all(true);  // and has been read
      }
      if (stop) break;
      run.step();
      over = run.over();
    }
  };
  run_shards(settings.chains, threads, work, &world);
  return standing;
}

}  // namespace thalweg
