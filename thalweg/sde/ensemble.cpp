#include "thalweg/sde/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <thread>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/brownian_tree.hpp"
#include "thalweg/sde/scheme.hpp"

namespace thalweg {

Ensemble::Ensemble(const SdeModel& model, EnsembleSettings settings)
    : model_(model),
      settings_(std::move(settings)),
      width_(settings_.width > 0 ? settings_.width : model.preferred_width()),
      d_(static_cast<std::size_t>(model.dimension())) {
  require(settings_.count >= 1, "the number of paths must be >= 1; found {}", settings_.count);
  packs_ = (static_cast<std::size_t>(settings_.count) + static_cast<std::size_t>(width_) - 1) /
           static_cast<std::size_t>(width_);
  const std::size_t lanes = packs_ * static_cast<std::size_t>(width_);
  x_.resize(lanes * d_);
  if (!settings_.passage) return;
  const PassageSettings& p = *settings_.passage;
  require(p.functional.size() == d_, "the first passage's functional must have {} numbers; found {}", d_,
          p.functional.size());
  require(p.lower < p.upper, "a first passage needs lower < upper; found {} and {}", p.lower, p.upper);
  passage_time_.assign(lanes, std::numeric_limits<double>::infinity());
  passage_side_.assign(lanes, 0);
}

void Ensemble::start(std::span<const double> points, double t) {
  const auto lanes = packs_ * static_cast<std::size_t>(width_), count = static_cast<std::size_t>(settings_.count);
  if (points.empty()) {
    if (!model_.has_initial())
      fail("SDE {} has no initial law of its own: give a starting point, or one for each path", model_.name());
    SdeWorkspace workspace = model_.workspace(width_);
    for (std::size_t pack = 0; pack < packs_; ++pack)
      workspace.initial(settings_.seed,
                        static_cast<std::uint64_t>(settings_.first_particle) + pack * static_cast<std::size_t>(width_),
                        x_.data() + pack * d_ * static_cast<std::size_t>(width_));
  } else {
    require(points.size() == d_ || points.size() == d_ * count,
            "starting points: expected {} numbers, or {} for {} paths; found {}", d_, d_ * count, count, points.size());
    for (std::size_t path = 0; path < lanes; ++path)
      for (std::size_t i = 0; i < d_; ++i)
        x_[index(static_cast<std::int64_t>(path), static_cast<std::int64_t>(i))] =
            points[points.size() == d_ ? i : std::min(path, count - 1) * d_ + i];
  }
  for (std::int64_t path = 0; path < settings_.count; ++path)
    for (std::size_t i = 0; i < d_; ++i)
      if (const double v = x(path, static_cast<std::int64_t>(i)); !std::isfinite(v))
        fail("the start of path {} is not finite: {} = {}", path, model_.coordinates()[i], v);
  if (!settings_.passage) return;
  for (std::size_t path = 0; path < lanes; ++path) {
    double y = 0;
    for (std::size_t i = 0; i < d_; ++i)
      y = std::fma(settings_.passage->functional[i], x(static_cast<std::int64_t>(path), static_cast<std::int64_t>(i)),
                   y);
    if (y > settings_.passage->lower && y < settings_.passage->upper) continue;
    passage_time_[path] = t;
    passage_side_[path] = y >= settings_.passage->upper ? 1 : -1;
  }
}

void Ensemble::Share::add(PathFailure failure) {
  ++failed;
  if (failures.size() < most_failures) failures.push_back(std::move(failure));
}

void Ensemble::advance_packs(const Stretch& stretch, std::size_t first, std::size_t last, SdeWorkspace& workspace,
                             Share& share) {
  const auto w = static_cast<std::size_t>(width_);
  std::vector<std::int64_t> failed_step(w);
  std::vector<double> failed_x(w * d_);
  SdePassage passage{};
  if (settings_.passage)
    passage = {settings_.passage->functional.data(), settings_.passage->lower, settings_.passage->upper,
               settings_.passage->corrected};
  SdeAdvance request{.scheme = static_cast<std::int32_t>(settings_.scheme),
                     .calculus = static_cast<std::int32_t>(settings_.calculus),
                     .seed = settings_.seed,
                     .first_particle = 0,
                     .start = stretch.start,
                     .step = stretch.step,
                     .first_step = stretch.first_step,
                     .steps = stretch.steps,
                     .first_increment = stretch.first_increment,
                     .refine = stretch.refine,
                     .x = nullptr,
                     .passage = settings_.passage ? &passage : nullptr,
                     .passage_time = nullptr,
                     .passage_side = nullptr,
                     .failed_step = failed_step.data(),
                     .failed_x = failed_x.data()};
  for (std::size_t pack = first; pack < last; ++pack) {
    request.first_particle = static_cast<std::uint64_t>(settings_.first_particle) + pack * w;
    request.x = x_.data() + pack * d_ * w;
    if (settings_.passage) {
      request.passage_time = passage_time_.data() + pack * w;
      request.passage_side = passage_side_.data() + pack * w;
    }
    workspace.advance(request);
    for (std::size_t lane = 0; lane < w && pack * w + lane < static_cast<std::size_t>(settings_.count); ++lane) {
      if (failed_step[lane] < 0) continue;
      PathFailure failure{static_cast<std::int64_t>(pack * w + lane),
                          stretch.start + static_cast<double>(failed_step[lane] + 1) * stretch.step,
                          std::vector<double>(d_)};
      for (std::size_t i = 0; i < d_; ++i) failure.x[i] = failed_x[i * w + lane];
      share.add(std::move(failure));
    }
  }
}

template <class Work>
void Ensemble::share_out(std::size_t items, int threads, const Work& work) {
  const auto workers = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), 1, items);
  std::vector<Share> shares(workers);
  std::vector<std::thread> others;
  const auto run = [&](std::size_t k) { work(k, items * k / workers, items * (k + 1) / workers, shares[k]); };
  for (std::size_t k = 1; k < workers; ++k) others.emplace_back(run, k);
  run(0);
  for (std::thread& thread : others) thread.join();
  // each share keeps its first ones in order of paths: together they hold the first of all
  for (Share& share : shares) {
    failed_ += share.failed;
    for (PathFailure& failure : share.failures)
      if (failures_.size() < most_failures) failures_.push_back(std::move(failure));
  }
}

void Ensemble::advance(const Stretch& stretch, int threads) {
  if (stretch.steps == 0) return;
  while (std::cmp_less(workspaces_.size(), std::max(threads, 1))) workspaces_.push_back(model_.workspace(width_));
  share_out(packs_, threads, [&](std::size_t k, std::size_t first, std::size_t last, Share& share) {
    advance_packs(stretch, first, last, workspaces_[k], share);
  });
}

void Ensemble::advance_adaptively(double start, double length, std::int64_t end, const AdaptiveSettings& settings,
                                  int threads) {
  adaptive_.resize(static_cast<std::size_t>(settings_.count));
  const auto m = static_cast<std::size_t>(model_.noise_dimension());
  const double order = facts_of(settings_.scheme).strong_order;
  share_out(adaptive_.size(), threads, [&](std::size_t, std::size_t first, std::size_t last, Share& share) {
    SdeWorkspace workspace = model_.workspace(1);
    AdaptiveStepper<BrownianTree> stepper(workspace, d_, m, settings_.scheme, settings_.calculus, order, settings);
    std::vector<double> x(d_);
    for (std::size_t p = first; p < last; ++p) {
      const auto path = static_cast<std::int64_t>(p);
      if (!alive(path)) continue;
      for (std::size_t i = 0; i < d_; ++i) x[i] = this->x(path, static_cast<std::int64_t>(i));
      const BrownianTree tree(settings_.seed, static_cast<std::uint64_t>(settings_.first_particle + path), m, start,
                              length);
      const bool arrived = stepper.run(tree, end, adaptive_[p], x);
      if (!arrived) share.add({path, tree.time(adaptive_[p].tick), x});
      for (std::size_t i = 0; i < d_; ++i)
        x_[index(path, static_cast<std::int64_t>(i))] = arrived ? x[i] : std::numeric_limits<double>::quiet_NaN();
    }
  });
}

std::int64_t Ensemble::accepted() const {
  std::int64_t sum = 0;
  for (const AdaptiveState& state : adaptive_) sum += state.accepted;
  return sum;
}
std::int64_t Ensemble::rejected() const {
  std::int64_t sum = 0;
  for (const AdaptiveState& state : adaptive_) sum += state.rejected;
  return sum;
}

void Ensemble::save(ByteWriter& out) const {
  std::vector<double> states;
  for (std::int64_t path = 0; path < settings_.count; ++path)
    for (std::size_t i = 0; i < d_; ++i) states.push_back(x(path, static_cast<std::int64_t>(i)));
  out.reals(states);
  out.u8(settings_.passage.has_value());
  if (settings_.passage)
    for (std::int64_t path = 0; path < settings_.count; ++path) {
      out.f64(passage_time(path));
      out.i64(passage_side(path));
    }
  out.u64(adaptive_.size());
  for (const AdaptiveState& state : adaptive_) {
    out.i64(state.tick);
    out.f64(state.step), out.f64(state.last_error);
    out.i64(state.accepted), out.i64(state.rejected);
  }
  out.i64(failed_);
  out.u64(failures_.size());
  for (const PathFailure& failure : failures_) {
    out.i64(failure.particle);
    out.f64(failure.time);
    out.reals(failure.x);
  }
}

void Ensemble::load(ByteReader& in) {
  const std::vector<double> states = in.reals();
  const auto count = static_cast<std::size_t>(settings_.count);
  if (states.size() != count * d_)
    fail("checkpoint: expected {} numbers of {} paths, found {}", count * d_, count, states.size());
  for (std::size_t path = 0; path < packs_ * static_cast<std::size_t>(width_); ++path)
    for (std::size_t i = 0; i < d_; ++i)  // lanes beyond the last path repeat it; nobody looks at them
      x_[index(static_cast<std::int64_t>(path), static_cast<std::int64_t>(i))] =
          states[std::min(path, count - 1) * d_ + i];
  if ((in.u8() != 0) != settings_.passage.has_value()) fail("checkpoint: first passage: the settings do not fit it");
  if (settings_.passage)
    for (std::size_t path = 0; path < count; ++path) {
      passage_time_[path] = in.f64();
      passage_side_[path] = static_cast<std::int32_t>(in.i64());
    }
  adaptive_.resize(in.u64() == 0 ? 0 : count);
  for (AdaptiveState& state : adaptive_) {
    state.tick = in.i64();
    state.step = in.f64(), state.last_error = in.f64();
    state.accepted = in.i64(), state.rejected = in.i64();
  }
  failed_ = in.i64();
  failures_.clear();
  for (std::uint64_t left = in.u64(); left > 0; --left) {
    PathFailure failure{in.i64(), in.f64(), {}};
    failure.x = in.reals();
    failures_.push_back(std::move(failure));
  }
}

}  // namespace thalweg
