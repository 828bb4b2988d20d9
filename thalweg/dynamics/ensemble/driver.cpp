#include "thalweg/dynamics/ensemble/driver.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "thalweg/core/rows.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/ensemble/world.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/dynamics/relax.hpp"

namespace thalweg {
namespace {

constexpr double seconds_between_commits = 2, seconds_between_looks = 0.05;
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

/// Where the shards of this process leave what is to be saved; the first process's depot then takes those of all.
struct Depot {
  std::size_t first = 0;  ///< particle of this process
  EnsembleState state;    ///< without its particles
  std::vector<double> particles;
  std::vector<LogEntry> log;
  std::vector<std::vector<double>> rows;  ///< of each particle, draw after draw
  std::int64_t first_row = 0;             ///< number of the first of these draws in its phase
  Phase phase = Phase::sampling;
  bool finished = false;
};

/// One thread's part of the run.
class ShardRun {
 public:
  ShardRun(const Model& model, const SampleSettings& settings, EnsembleMethod& method, Collective& all, Depot& depot)
      : settings_(settings),
        method_(method),
        all_(all),
        depot_(depot),
        scalar_(model.workspace(1)),
        dimension_(static_cast<std::size_t>(model.dimension())),
        columns_(statistic_count + static_cast<std::size_t>(model.draw_size())),
        particles_(all.shard(), dimension_, 1 + method.vectors(), particle_scalars + method.scalars()),
        rows_(particles_.count()) {}

  void begin(const EnsembleStarts& starts) {
    const auto& places = starts.x;
    state_.gradients = (starts.gradients + settings_.chains - 1) / settings_.chains;
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      const auto k = static_cast<std::int64_t>(particles_.shard().first) + static_cast<std::int64_t>(i);
      const auto from = places.size() == static_cast<std::size_t>(settings_.chains) ? k
                        : settings_.starts.size() == 1                              ? 0
                                                       : superchain_of(k, settings_.chains, settings_.superchains());
      particles_.write(0, i, places[static_cast<std::size_t>(from)].data());
    }
    particles_.fill_last_pack();
    EnsembleShard shard{particles_, all_};
    method_.start(shard);
    require_sound();
    if (!method_.facts().warming) end_warmup();
  }
  void resume(const EnsembleState& state) {
    state_ = state;
    NumberArchive archive(state.numbers);
    method_.archive(archive);
    particles_.resize(1 + method_.vectors(), particle_scalars + method_.scalars());
    const std::size_t each = particles_.numbers_of_one();
    if (state.particles.size() != each * static_cast<std::size_t>(settings_.chains))
      fail("checkpoint: {} numbers for {} particles of {}; the run file is damaged", state.particles.size(),
           settings_.chains, each);
    for (std::size_t i = 0; i < particles_.count(); ++i)
      particles_.restore(i, &state.particles[(static_cast<std::size_t>(particles_.shard().first) + i) * each]);
    particles_.fill_last_pack();
    state_.particles.clear();
  }
  bool over() const {
    return state_.warmup >= 0 && state_.step - state_.warmup >= settings_.draws_per_chain() * settings_.thin;
  }
  void step() {
    EnsembleShard shard{particles_, all_};
    const bool warming = state_.warmup < 0;
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack) particles_.pack_scalar(diverging_of, pack) = 0.0;
    method_.step(shard, static_cast<std::uint64_t>(state_.step));
    for (std::string& note : method_.take_notes()) notes_.push_back(std::move(note));
    require_sound();
    const EnsembleFacts& facts = method_.facts();
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack)
      particles_.pack_scalar(divergences_of, pack) += particles_.pack_scalar(diverging_of, pack);
    state_.gradients += facts.gradients;
    ++state_.step;
    const std::int64_t sampled = warming ? 0 : state_.step - state_.warmup;
    if (warming ? settings_.save_warmup : sampled % settings_.thin == 0)
      store(warming ? Phase::warmup : Phase::sampling, warming ? state_.step - 1 : sampled / settings_.thin - 1);
    if (warming && !facts.warming) end_warmup();
  }
  std::size_t waiting() const { return rows_.empty() ? 0 : rows_.front().size() * rows_.size(); }
  /// A change of phase: rows of one phase only wait together.
  bool must_save() const { return phase_ended_; }
  std::int64_t steps() const { return state_.step; }
  std::int64_t warmup() const { return state_.warmup; }
  /// Copies its part to the depot; the shared part is the same on all shards, and rank 0 leaves it.
  void deposit() {
    EnsembleState shared = state_;
    (state_.warmup < 0 ? shared.warmup_counts : shared.sampling_counts) = counts();
    const std::size_t each = particles_.numbers_of_one(),
                      first = static_cast<std::size_t>(particles_.shard().first) - depot_.first;
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      particles_.save(i, &depot_.particles[(first + i) * each]);
      depot_.rows[first + i] = std::exchange(rows_[i], {});
    }
    phase_ended_ = has_rows_ = false;
    std::vector<std::string> notes = std::exchange(notes_, {});
    if (particles_.shard().rank != 0) return;
    shared.facts = numbers_of(method_.facts());
    NumberArchive archive;
    method_.archive(archive);
    shared.numbers = archive.take();
    depot_.state = std::move(shared);
    for (std::string& note : notes) depot_.log.push_back({"note", -1, state_.step, std::move(note)});
    depot_.first_row = first_row_;
    depot_.phase = rows_phase_;
    depot_.finished = over();
  }
  std::size_t numbers_of_one() const { return particles_.numbers_of_one(); }

 private:
  /// The method's own failure, the same on all shards.
  void require_sound() const {
    if (!method_.facts().failure.empty()) fail("{}: {}", to_string(settings_.method), method_.facts().failure);
  }
  TransitionCounts counts() {
    const auto sum = [&](int scalar) {
      std::vector<double> mine(particles_.count());
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = particles_.scalar_of(scalar, i);
      return all_.sum(mine);
    };
    const std::int64_t steps = state_.warmup < 0 ? state_.step : state_.step - state_.warmup;
    return {steps * settings_.chains, state_.gradients * settings_.chains,
            static_cast<std::int64_t>(sum(divergences_of)), 0, sum(squared_errors_of)};
  }
  void end_warmup() {
    state_.warmup_counts = counts();
    state_.warmup = state_.step;
    state_.gradients = 0;
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack)
      particles_.pack_scalar(divergences_of, pack) = particles_.pack_scalar(squared_errors_of, pack) = 0.0;
    phase_ended_ = waiting() > 0 || !notes_.empty();
  }
  void store(Phase phase, std::int64_t index) {
    if (!has_rows_) has_rows_ = true, first_row_ = index, rows_phase_ = phase;
    const EnsembleFacts& facts = method_.facts();
    const double scale = traits_of(settings_.method).own_temperature ? 1 : settings_.special.temperature;
    const std::uint64_t step =
        static_cast<std::uint64_t>(index) | (phase == Phase::sampling ? 0 : std::uint64_t{1} << 63);
    std::vector<double> x(dimension_);
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      auto& row = rows_[i];
      const std::size_t at = row.size();
      row.insert(row.end(), {particles_.scalar_of(log_p_of, i) * scale, particles_.scalar_of(acceptance_of_particle, i),
                             facts.step_size, 0.0, static_cast<double>(facts.gradients),
                             particles_.scalar_of(diverging_of, i), particles_.scalar_of(energy_of, i)});
      row.resize(at + columns_);
      particles_.read(0, i, x.data());
      scalar_.constrain(x, settings_.seed, static_cast<std::uint64_t>(particles_.shard().first) + i, step, true,
                        {row.data() + at + statistic_count, columns_ - statistic_count});
    }
  }

  const SampleSettings& settings_;
  EnsembleMethod& method_;
  Collective& all_;
  Depot& depot_;
  Workspace scalar_;
  std::size_t dimension_, columns_;
  Particles particles_;
  std::vector<std::vector<double>> rows_;
  EnsembleState state_;
  std::int64_t first_row_ = 0;
  Phase rows_phase_ = Phase::sampling;
  bool phase_ended_ = false;
  bool has_rows_ = false;  ///< that wait to be saved, of a shard without particles too
  std::vector<std::string> notes_;
};

/// What the caller's thread sees of the outside: it decides when to save and when to stop.
class Watch {
 public:
  Watch(const SampleSettings& settings, std::size_t columns, Sink& sink, Clock& clock, Observer& observer)
      : settings_(settings),
        columns_(columns),
        sink_(sink),
        clock_(clock),
        observer_(observer),
        saved_(clock.seconds()) {}
  bool wants_save() {
    const double now = clock_.seconds();
    return now - saved_ >= seconds_between_commits;
  }
  bool wants_stop(const ShardRun& run) {
    const double now = clock_.seconds();
    if (now - looked_ < seconds_between_looks && now != looked_) return false;
    looked_ = now;
    const bool sampling = run.warmup() >= 0;
    const std::int64_t steps = settings_.draws_per_chain() * settings_.thin,
                       done = sampling ? run.steps() - run.warmup() : run.steps();
    Progress p{sampling ? "sampling" : "warm-up", done * settings_.chains,
               settings_.chains * (sampling ? steps : done + 200), 0, 0};
    p.fraction = sampling
                     ? 0.5 + 0.5 * static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(steps, 1))
                     : 0.5 * static_cast<double>(done) / static_cast<double>(done + 200);
    observer_.progress(p);
    return observer_.interrupted();
  }
  void save(Depot& depot, Standing& standing) {
    std::vector<DrawBlock> blocks;
    for (std::size_t k = 0; k < depot.rows.size(); ++k)
      if (!depot.rows[k].empty())
        append_blocks({depot.phase, static_cast<std::int64_t>(k), depot.first_row, std::exchange(depot.rows[k], {})},
                      columns_, blocks);
    standing.ensemble = depot.state;
    standing.ensemble.particles = depot.particles;
    standing.finished = depot.finished;
    sink_.commit(blocks, std::exchange(depot.log, {}), write_checkpoint(standing));
    saved_ = clock_.seconds();
  }

 private:
  const SampleSettings& settings_;
  std::size_t columns_;
  Sink& sink_;
  Clock& clock_;
  Observer& observer_;
  double saved_, looked_ = -1;
};

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
  const bool fresh = standing.ensemble.particles.empty();
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
  const Shard share = share_of(world, settings.chains, threads);
  Depot depot;
  depot.first = static_cast<std::size_t>(share.first);
  depot.rows.resize(static_cast<std::size_t>(world.leads() ? share.total : share.count));
  Watch watch(settings, statistic_count + static_cast<std::size_t>(model.draw_size()), sink, clock, observer);
  const auto caller = std::this_thread::get_id();
  const auto work = [&](Collective& all) {
    const std::unique_ptr<EnsembleMethod> method = make();
    ShardRun run(model, settings, *method, all, depot);
    const bool watches = std::this_thread::get_id() == caller, leads = watches && world.leads();
    if (fresh)
      run.begin(starts);
    else
      run.resume(standing.ensemble);
    for (bool stop = false, over = run.over(); !stop;) {
      const bool wants_stop = watches && watch.wants_stop(run);
      const bool wants_save = over || run.must_save() || run.waiting() > most_waiting || (leads && watch.wants_save());
      if (!all.all(!wants_stop && !wants_save)) {
        stop = over || !all.all(!wants_stop);
        if (watches) depot.particles.resize(run.numbers_of_one() * static_cast<std::size_t>(share.count));
        all.all(true);  // the depot is there
        run.deposit();
        all.all(true);  // everything is in the depot
        if (watches) bring_to_first(world, share, depot.particles, depot.rows);
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
