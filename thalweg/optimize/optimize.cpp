#include "thalweg/optimize/optimize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/optimize/profile.hpp"

namespace thalweg {
namespace {

void require_settings(const OptimizeSettings& s, const Model& model) {
  require(model.dimension() > 0, "the model must have at least one parameter to optimize; found none");
  require(s.starts > 0, "starts must be > 0; found {}", s.starts);
  require(std::isfinite(s.init_radius) && s.init_radius >= 0, "init radius must be finite and >= 0; found {}",
          s.init_radius);
  require(s.given.empty() || s.given.size() == s.starts, "given must hold one point a start ({}); found {}", s.starts,
          s.given.size());
  for (const auto& x : s.given)
    require(std::ssize(x) == model.dimension(), "a start must have {} unconstrained coordinates; found {}",
            model.dimension(), x.size());
  require(s.max_iterations >= 0, "max iterations must be >= 0; found {}", s.max_iterations);
  require(s.tolerance >= 0 && std::isfinite(s.tolerance), "tolerance must be finite and >= 0; found {}", s.tolerance);
  require(s.step_size >= 0 && std::isfinite(s.step_size), "step size must be finite and >= 0; found {}", s.step_size);
  require(s.half_life >= 0 && std::isfinite(s.half_life), "half life must be finite and >= 0; found {}", s.half_life);
  require(s.temperature >= 0 && std::isfinite(s.temperature), "temperature must be finite and >= 0; found {}",
          s.temperature);
  require(s.threads > 0, "threads must be > 0; found {}", s.threads);
}

/// What one start works with.
struct Place {
  explicit Place(std::size_t d) : memory(2, d), point{memory[0], memory[1], std::numeric_limits<double>::quiet_NaN()} {}
  Vectors memory;
  Point point;
  std::string no_start;             ///< why none was found
  std::vector<double> early, late;  ///< iterates at powers of two: `early` is at most half of the way
};

class Climbers {
 public:
  Climbers(const Model& model, const OptimizeSettings& settings)
      : model_(model),
        settings_(settings),
        parts_(parts_of(settings.objective)),
        d_(static_cast<std::size_t>(model.dimension())) {
    if (settings.optimizer == Optimizer::newton && model_.hessian_widths().empty())
      model_.add_hessian_differences("compiled without second derivatives");
    for (std::size_t i = 0; i < settings.starts; ++i) places_.push_back(std::make_unique<Place>(d_));
  }

  OptimizeResult run(const std::function<bool()>& keep_going) {
    OptimizeResult result;
    result.climbs.resize(settings_.starts);
    if (!start(keep_going)) return result;
    if (settings_.objective == Objective::mle) hold_untouched();
    for (std::size_t i = 0; i < settings_.starts; ++i)
      result.climbs[i].start.assign(places_[i]->point.x, places_[i]->point.x + d_);
    climb(result, keep_going);
    resume_false_alarms(result, keep_going);
    explain(result);
    std::vector<Arrived> arrived;
    for (std::size_t i = 0; i < settings_.starts; ++i) {
      Climb& c = result.climbs[i];
      Place& place = *places_[i];
      result.gradients += c.ascent.gradients;
      result.products += c.ascent.products;
      for (const std::size_t j : fixed_) place.point.x[j] = c.start[j];  // noise may have moved them
      c.log_p = place.point.log_p;
      c.x.assign(place.point.x, place.point.x + d_);
      c.gradient.assign(place.point.gradient, place.point.gradient + d_);
      c.found = c.ascent.ending != Ending::failed;
      if (c.found) arrived.push_back({i, c.x, c.gradient, c.log_p, c.ascent.ending, place.early, c.ascent.direction});
    }
    CensusSettings census = settings_.census;
    census.fixed = fixed_;
    result.census = take_census(model_, parts_, arrived, census, settings_.threads, keep_going);
    result.census.climbs = settings_.starts;
    result.census.failed = settings_.starts - arrived.size();
    result.gradients += result.census.gradients;
    result.products += result.census.products;
    if (arrived.empty()) fail("no start has a finite log density and gradient; the first: {}", first_evidence(result));
    return result;
  }

 private:
  static std::string first_evidence(const OptimizeResult& result) {
    const std::string& text = result.climbs.front().ascent.evidence;
    return text.empty() ? "no reason given" : text;
  }
  bool start(const std::function<bool()>& keep_going) {
    if (!settings_.given.empty()) {
      for (std::size_t i = 0; i < settings_.starts; ++i)
        std::copy(settings_.given[i].begin(), settings_.given[i].end(), places_[i]->point.x);
      return true;
    }
    std::vector<Job> jobs(settings_.starts);
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].task = look_for_start(*jobs[i].strand, i, false);
    if (!run_jobs(model_, parts_, jobs, settings_.threads, false, keep_going)) return false;
    const bool any = std::any_of(places_.begin(), places_.end(),
                                 [](const auto& place) { return std::isfinite(place->point.log_p); });
    if (any) return true;
    std::vector<Job> one(1);  // its search says why
    one[0].task = look_for_start(*one[0].strand, 0, true);
    run_jobs(model_, parts_, one, 1, false);
    return true;
  }
  Task look_for_start(Strand& strand, std::size_t i, bool required) {
    return find_start(strand, UniformStart{.radius = settings_.init_radius}, d_, settings_.seed, i, 0, required,
                      places_[i]->point, &places_[i]->no_start);
  }

  void hold_untouched() {
    const std::vector<std::size_t> untouched = untouched_by_likelihood(model_);
    if (settings_.fix_untouched) fixed_ = untouched;
    if (untouched.empty() || settings_.fix_untouched) return;
    const std::vector<std::string> names = coordinate_names(model_);
    std::string list;
    for (std::size_t k = 0; k < untouched.size() && k < 10; ++k) list += (k ? ", " : "") + names[untouched[k]];
    if (untouched.size() > 10) list += fmt::format(" and {} more", untouched.size() - 10);
    fail(
        "model {}: no likelihood term depends on {}, so that the likelihood has no single maximum; use the objective "
        "map or mode, or let them stay at their starts (--fix-untouched)",
        model_.name(), list);
  }

  IterateObserver observer_of(Climb& climb, Place& place) {
    return [this, &climb, &place](const Iterate& iterate) {
      const auto n = static_cast<std::uint64_t>(iterate.number);
      if ((n & (n - 1)) == 0) {  // a power of two
        place.early = std::move(place.late);
        place.late.assign(iterate.x, iterate.x + d_);
      }
      if (settings_.save_path)
        climb.path.push_back(
            {-iterate.log_p, iterate.gradient_norm, iterate.step, std::vector<double>(iterate.x, iterate.x + d_)});
      return true;
    };
  }
  Task method(Strand& strand, std::size_t i, Climb& climb) {
    const OptimizeSettings& s = settings_;
    Place& place = *places_[i];
    const auto arrival = [&](std::int64_t otherwise) {
      return Arrival{.max_iterations = s.max_iterations > 0 ? s.max_iterations : otherwise,
                     .tolerance = s.tolerance,
                     .watch = watch_};
    };
    const StepSchedule schedule{.first = s.step_size, .half_life = s.half_life};
    IterateObserver observer = observer_of(climb, place);
    switch (s.optimizer) {
      case Optimizer::lbfgs:
        return lbfgs(strand, {.arrival = arrival(2000)}, d_, place.point, climb.ascent, std::move(observer));
      case Optimizer::newton:
        return newton(strand, {.arrival = arrival(500), .seed = s.seed}, d_, place.point, climb.ascent,
                      std::move(observer));
      case Optimizer::adam:
        return adam(strand, {.arrival = arrival(20000), .rate = s.step_size > 0 ? s.step_size : 0.1}, d_, place.point,
                    climb.ascent, std::move(observer));
      case Optimizer::gradient_descent:
        return gradient_descent(strand, {.arrival = arrival(20000), .schedule = schedule}, d_, place.point,
                                climb.ascent, std::move(observer));
      case Optimizer::annealing:
        return annealing(strand,
                         {.iterations = s.max_iterations > 0 ? s.max_iterations : 5000,
                          .temperature = s.temperature,
                          .schedule = schedule,
                          .seed = s.seed,
                          .particle = i,
                          .tolerance = s.tolerance},
                         d_, place.point, climb.ascent, std::move(observer));
    }
    return {};
  }
  void climb(OptimizeResult& result, const std::function<bool()>& keep_going) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < settings_.starts; ++i) {
      Climb& c = result.climbs[i];
      c.ascent.ending = Ending::failed;
      if (settings_.given.empty() && !std::isfinite(places_[i]->point.log_p)) {
        c.ascent.evidence = places_[i]->no_start;
        continue;
      }
      Job& job = jobs.emplace_back();
      job.task = method(*job.strand, i, c);
    }
    run_jobs(model_, parts_, jobs, settings_.threads, settings_.optimizer == Optimizer::newton, keep_going);
  }

  /// Those that seemed to run away but whose profile has an end go on from where they are.
  void resume_false_alarms(OptimizeResult& result, const std::function<bool()>& keep_going) {
    std::map<std::pair<std::size_t, bool>, bool> known;  // by coordinate and sign: does it run away?
    std::optional<Points> points;
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < settings_.starts; ++i) {
      Ascent& ascent = result.climbs[i].ascent;
      Place& place = *places_[i];
      if (ascent.direction.empty() || place.early.empty()) continue;
      std::size_t j = 0;
      for (std::size_t k = 0; k < d_; ++k)
        if (std::fabs(ascent.direction[k]) > std::fabs(ascent.direction[j])) j = k;
      const auto [known_one, is_new] = known.try_emplace({j, ascent.direction[j] > 0}, true);
      if (is_new) {
        if (!points) points.emplace(model_, parts_, 1);
        known_one->second =
            profile_along(*points, place.early, j, place.point.x[j] - place.early[j]).rises != Rise::ends;
      }
      if (known_one->second) continue;
      jobs.push_back({.strand = std::make_unique<Strand>()});
      before_.push_back({i, ascent});
      watch_ = false;
      jobs.back().task = method(*jobs.back().strand, i, result.climbs[i]);
    }
    if (points) result.gradients += points->gradients();
    run_jobs(model_, parts_, jobs, settings_.threads, settings_.optimizer == Optimizer::newton, keep_going);
    for (const auto& [i, before] : before_) {
      Ascent& ascent = result.climbs[i].ascent;
      ascent.iterations += before.iterations;
      ascent.gradients += before.gradients;
      ascent.products += before.products;
    }
  }

  /// Where an ascent failed or came to rest beside a place without numbers: why, and which parameters.
  void explain(OptimizeResult& result) {
    std::vector<std::string> names;
    for (Climb& climb : result.climbs) {
      Ascent& ascent = climb.ascent;
      if (ascent.lost.empty() || (ascent.ending != Ending::failed && ascent.ending != Ending::stalled)) continue;
      if (names.empty()) names = coordinate_names(model_);
      Workspace workspace = model_.workspace(1, parts_);
      std::vector<double> gradient(d_);
      double log_p = 0;
      workspace.evaluate(ascent.lost.data(), gradient.data(), &log_p);
      std::string text = workspace.evidence(0).text, which;
      if (text.empty()) text = "the gradient is not finite";
      for (std::size_t j = 0, named = 0; j < d_ && named < 4; ++j)
        if (!std::isfinite(gradient[j])) {
          which += fmt::format("{}{} = {:.4g}", named ? ", " : "", names[j], ascent.lost[j]);
          ++named;
        }
      if (!which.empty()) text += fmt::format(" (gradient not finite at {})", which);
      ascent.evidence = ascent.ending == Ending::failed ? text : "steps from here lead to where " + text;
    }
  }

  std::vector<std::size_t> fixed_;  ///< coordinates that stay at their start
  bool watch_ = true;
  std::vector<std::pair<std::size_t, Ascent>> before_;  ///< what was resumed, as it was
  Model model_;
  const OptimizeSettings& settings_;
  Parts parts_;
  std::size_t d_;
  std::vector<std::unique_ptr<Place>> places_;
};

}  // namespace

const char* to_string(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::lbfgs:
      return "lbfgs";
    case Optimizer::newton:
      return "newton";
    case Optimizer::adam:
      return "adam";
    case Optimizer::gradient_descent:
      return "gradient-descent";
    case Optimizer::annealing:
      return "annealing";
  }
  return "";
}

OptimizeResult optimize(const Model& model, const OptimizeSettings& settings, const std::function<bool()>& keep_going) {
  require_settings(settings, model);
  return Climbers(model, settings).run(keep_going);
}

}  // namespace thalweg
