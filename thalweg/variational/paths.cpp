#include "thalweg/variational/paths.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/variational/path_gaussians.hpp"

namespace thalweg {
namespace {

/// Numbers that the iterates of all paths may fill: 256 megabytes. Where d is large ascents end the sooner for it.
constexpr std::size_t most_numbers = std::size_t{1} << 25;
constexpr std::size_t fewest_iterates = 50;

/// The iterates of one ascent, one a row of `stride` numbers.
struct Track {
  std::vector<double> x, gradient, log_p;
  std::vector<std::int64_t> number;

  void add(const Iterate& i, std::size_t stride) {
    x.insert(x.end(), i.x, i.x + stride);
    gradient.insert(gradient.end(), i.gradient, i.gradient + stride);
    log_p.push_back(i.log_p);
    number.push_back(i.number);
  }
};

/// A Gaussian that is looked at: of which path and at which entry of its trace.
struct Candidate {
  std::size_t path, entry;
  Elbo elbo;
  MultivariateNormal q;
};

void check(const PathSearch& s, std::size_t d) {
  require(s.paths > 0, "paths must be > 0; found {}", s.paths);
  require(s.history > 0, "history must be > 0; found {}", s.history);
  require(s.screening_draws > 1, "screening_draws must be > 1; found {}", s.screening_draws);
  require(s.elbo_draws > 1, "elbo_draws must be > 1; found {}", s.elbo_draws);
  require(s.finalists > 0, "finalists must be > 0; found {}", s.finalists);
  require(s.starts.empty() || s.starts.size() == s.paths * d,
          "starts must hold {} paths of {} numbers each; found {} numbers", s.paths, d, s.starts.size());
}

/// Why path i found no start.
std::string no_start(Points& points, const PathSearch& search, std::size_t i) {
  const std::size_t d = points.dimension();
  Vectors place(2, d);
  Point point{place[0], place[1], 0};
  std::vector<Job> one(1);
  one[0].task = find_start(*one[0].strand, search.start, d, search.seed, i, 0, true, point);
  try {
    run_jobs(points.model(), points.parts(), one, 1, false);
  } catch (const Error& e) {
    return e.what();
  }
  return "no start";
}

/// The starts: given, or found at random. Paths without one get their failure.
void place_starts(Points& points, const PathSearch& search, int threads, std::vector<Path>& paths,
                  std::vector<Point>& at) {
  const std::size_t d = points.dimension();
  if (search.starts.empty()) {
    std::vector<Job> jobs(paths.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      at[i].log_p = not_a_number;
      jobs[i].task = find_start(*jobs[i].strand, search.start, d, search.seed, i, 0, false, at[i]);
    }
    run_jobs(points.model(), points.parts(), jobs, threads, false);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!search.starts.empty()) std::copy_n(&search.starts[i * d], d, at[i].x);
    paths[i].start.assign(at[i].x, at[i].x + d);
    if (std::isnan(at[i].log_p)) paths[i].failure = no_start(points, search, i);
  }
}

void climb(Points& points, const PathSearch& search, int threads, std::vector<Path>& paths, std::vector<Point>& at,
           std::vector<Track>& tracks) {
  const std::size_t d = points.dimension(), stride = padded(d);
  Lbfgs method = search.ascent;
  const std::size_t room = std::max(most_numbers / (2 * stride * paths.size()), fewest_iterates);
  method.arrival.max_iterations = std::min(method.arrival.max_iterations, static_cast<std::int64_t>(room));
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i].failure.empty()) continue;
    Job& job = jobs.emplace_back();
    job.task = lbfgs(*job.strand, method, d, at[i], paths[i].ascent, [&track = tracks[i], stride](const Iterate& it) {
      track.add(it, stride);
      return true;
    });
  }
  run_jobs(points.model(), points.parts(), jobs, threads, false);
  for (Path& path : paths)
    if (path.failure.empty() && path.ascent.ending == Ending::failed)
      path.failure =
          path.ascent.evidence.empty() ? "log p or its gradient is not finite at the start" : path.ascent.evidence;
}

/// The best few candidates of each path, by screening.
class Finalists {
 public:
  Finalists(std::size_t paths, std::size_t most) : most_(most), best_(paths) {}
  void offer(Candidate c) {
    std::vector<Candidate>& best = best_[c.path];
    const auto at =
        std::find_if(best.begin(), best.end(), [&](const Candidate& other) { return c.elbo.value > other.elbo.value; });
    if (c.elbo.value > -infinity) best.insert(at, std::move(c));
    if (best.size() > most_) best.pop_back();
  }
  std::vector<std::vector<Candidate>>& of_paths() { return best_; }

 private:
  std::size_t most_;
  std::vector<std::vector<Candidate>> best_;
};

void evaluate(ElboBatch& batch, std::vector<Candidate>& candidates, std::vector<Path>& paths) {
  std::vector<MultivariateNormal> gaussians;
  std::vector<Elbo> elbos(candidates.size());
  for (Candidate& c : candidates) gaussians.push_back(std::move(c.q));
  batch.evaluate(gaussians, elbos);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].q = std::move(gaussians[i]);
    candidates[i].elbo = elbos[i];
    paths[candidates[i].path].trace[candidates[i].entry].elbo = elbos[i];
  }
}

/// Which iterates of a path have their Gaussian looked at: the last 8, where the curvature is known best, and 16 spread
/// evenly over those before.
bool is_screened(std::size_t k, std::size_t count) {
  constexpr std::size_t last = 8, before = 16;
  const std::size_t to_the_end = count - 1 - k;
  if (to_the_end < last) return true;
  return to_the_end % ((count - last + before - 1) / before) == 0;
}

/// ELBOs of the Gaussians of the iterates looked at. The start's own Gaussian counts only where it is the only one.
Finalists screen(Points& points, const PathSearch& search, std::vector<Path>& paths, const std::vector<Track>& tracks) {
  const std::size_t stride = padded(points.dimension());
  ElboBatch batch(points, search.seed, 0, search.screening_draws);
  Finalists finalists(paths.size(), search.finalists);
  std::vector<Candidate> waiting;
  const auto flush = [&] {
    evaluate(batch, waiting, paths);
    for (Candidate& c : waiting) finalists.offer(std::move(c));
    waiting.clear();
  };
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Track& track = tracks[i];
    PathGaussians gaussians(points.dimension(), search.history);
    for (std::size_t k = 0; k < track.log_p.size() && paths[i].failure.empty(); ++k) {
      gaussians.move(&track.x[k * stride], &track.gradient[k * stride]);
      if ((k == 0 && track.log_p.size() > 1) || !is_screened(k, track.log_p.size())) continue;
      paths[i].trace.push_back({track.number[k], track.log_p[k], {-infinity, infinity, 0}});
      if (auto q = gaussians.gaussian()) {
        if (k + 1 == track.log_p.size()) paths[i].q = *q;
        waiting.push_back({i, paths[i].trace.size() - 1, {}, std::move(*q)});
      }
      if (waiting.size() == batch.batch()) flush();
    }
  }
  flush();
  return finalists;
}

void choose(Points& points, const PathSearch& search, std::vector<Path>& paths, Finalists finalists) {
  ElboBatch batch(points, search.seed, search.screening_draws, search.elbo_draws);
  std::vector<Candidate> all;
  for (auto& few : finalists.of_paths())
    for (Candidate& c : few) all.push_back(std::move(c));
  evaluate(batch, all, paths);
  for (Candidate& c : all) {
    Path& path = paths[c.path];
    if (!(c.elbo.value > -infinity) || (path.best >= 0 && c.elbo.value <= path.elbo.value)) continue;
    path.best = path.trace[c.entry].iteration;
    path.elbo = c.elbo;
    path.q = std::move(c.q);
  }
  for (Path& path : paths)
    if (path.failure.empty() && path.best < 0)
      path.failure = fmt::format(
          "none of the Gaussians along {} iterates has a finite ELBO: each had draws without a finite log density",
          path.trace.size());
}

}  // namespace

std::vector<Path> find_paths(Points& points, const PathSearch& search, int threads) {
  const std::size_t d = points.dimension();
  check(search, d);
  std::vector<Path> paths(search.paths);
  std::vector<Track> tracks(search.paths);
  Vectors places(2 * search.paths, d);
  std::vector<Point> at(search.paths);
  for (std::size_t i = 0; i < search.paths; ++i) at[i] = {places[2 * i], places[2 * i + 1], 0};
  place_starts(points, search, threads, paths, at);
  climb(points, search, threads, paths, at, tracks);
  choose(points, search, paths, screen(points, search, paths, tracks));
  return paths;
}

const Path* best_path(const std::vector<Path>& paths) {
  const Path* best = nullptr;
  for (const Path& path : paths)
    if (path.failure.empty() && (!best || path.elbo.value > best->elbo.value)) best = &path;
  return best;
}

MultivariateNormal start_of(const std::vector<Path>& paths) {
  const Path* best = best_path(paths);
  const auto height = [](const Path& path) { return path.trace.empty() ? -infinity : path.trace.back().log_p; };
  if (!best)
    for (const Path& path : paths)
      if (path.q.dimension() > 0 && (!best || height(path) > height(*best))) best = &path;
  if (!best) fail("no ascent of the log density ended in a Gaussian to start from\n  {}", failures_of(paths));
  return best->q;
}

std::string failures_of(const std::vector<Path>& paths) {
  std::map<std::string, int> reasons;
  for (const Path& path : paths)
    if (!path.failure.empty()) ++reasons[path.failure];
  std::string text;
  for (const auto& [reason, count] : reasons)
    text += fmt::format("{}{} of {} paths: {}", text.empty() ? "" : "\n  ", count, paths.size(), reason);
  return text;
}

}  // namespace thalweg
