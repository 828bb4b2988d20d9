// The claim: a gradient from a Stan program costs a tenth (a sixth) of Stan Math 2.21's reverse mode, a fifth of our
// own scalar width, and at most four times what a person would write by hand over packs.
//
// usage: bench_gradients PROGRAMS_FOLDER [PEERS_FOLDER] [ROUNDS] [PROGRAM]
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "bench/contest.hpp"
#include "bench/hand/hand.hpp"
#include "bench/peers/loaded.hpp"
#include "bench/problems.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/stan/compile.hpp"

namespace thalweg::bench {
namespace {

constexpr double target_over_one = 5, target_hand = 0.25;

/// Points of `width` particles, lane fastest, close to where the posteriors of standardised data lie.
std::vector<double> points(std::int64_t dimension, int width) {
  std::vector<double> x(std::size_t(dimension) * std::size_t(width));
  for (int lane = 0; lane < width; ++lane) {
    Random<double> random(7, Purpose::test, std::uint64_t(lane), 0);
    for (std::size_t i = 0; i < std::size_t(dimension); ++i)
      x[i * std::size_t(width) + std::size_t(lane)] = 0.3 * random.normal();
  }
  return x;
}

std::vector<double> lane_of(const std::vector<double>& x, int lane, int width) {
  std::vector<double> one;
  for (std::size_t i = std::size_t(lane); i < x.size(); i += std::size_t(width)) one.push_back(x[i]);
  return one;
}

/// max |a − b| / max(1, ‖b‖∞): the error of a against b.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double off = 0, size = 1;
  for (std::size_t i = 0; i < b.size(); ++i) {
    off = std::max(off, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return std::isnan(off) ? INFINITY : off / size;
}

void expect_agreement(const std::string& program, const char* who, double off, double tolerance) {
  if (!(off <= tolerance)) fail("{}: {} and ours differ by {:.1e} (allowed {:.0e})", program, who, off, tolerance);
}

struct Row {
  double stan = 0, newer = 0, one = 0, pack = 0, hand = 0;            // µs a gradient of one particle
  double over_stan = 0, over_newer = 0, over_one = 0, over_hand = 0;  // ratios within rounds
};

class Race {
 public:
  Race(const Problem& problem, const std::string& programs, const std::string& peers)
      : problem_(problem),
        compiled_(stan::compile_program(programs + "/" + problem.program + ".stan")),
        model_(Model::create(*compiled_.table, problem.data, {}, compiled_.keep_alive)),
        width_(model_.preferred_width()),
        one_(model_.workspace(1)),
        pack_(model_.workspace(width_)),
        hand_(hand_written(problem.hand, problem.data)),
        stan_(StanPeer::load(peers + "/stan-2.21", problem.program, problem.data)),
        newer_(StanPeer::load(peers + "/stan-newer", problem.program, problem.data)),
        x_(points(model_.dimension(), width_)),
        gradient_(x_.size()),
        hand_gradient_(x_.size()),
        log_p_(std::size_t(width_)),
        hand_log_p_(std::size_t(width_)) {
    if (hand_->width() != width_) fail("the hand-written width is {}, ours {}", hand_->width(), width_);
    for (int lane = 0; lane < width_; ++lane) particles_.push_back(lane_of(x_, lane, width_));
    slope_.resize(particles_[0].size());
  }

  /// Every gradient that is timed is the gradient of the same function.
  void check() {
    const auto& name = problem_.program;
    pack_.evaluate(x_.data(), gradient_.data(), log_p_.data());
    hand_->evaluate(x_.data(), hand_gradient_.data(), hand_log_p_.data());
    expect_agreement(name, "hand-written gradient", distance(hand_gradient_, gradient_), 1e-10);
    for (int lane = 0; lane < width_; ++lane) {
      const auto& x = particles_[std::size_t(lane)];
      const auto ours = lane_of(gradient_, lane, width_);
      const double ours_step = log_p_[std::size_t(lane)] - log_p_[0];
      expect_agreement(name, "hand-written log p",
                       distance({hand_log_p_[std::size_t(lane)] - hand_log_p_[0]}, {ours_step}), 1e-10);
      double log_p = 0;
      one_.evaluate(x.data(), slope_.data(), &log_p);
      if (slope_ != ours || log_p != log_p_[std::size_t(lane)]) fail("{}: width 1 gives other bits", name);
      for (const auto* peer : {&stan_, &newer_}) {
        if (!*peer) continue;
        (*peer)->gradient(x.data(), slope_.data());
        expect_agreement(name, "Stan's gradient", distance(slope_, ours), 1e-9);
      }
    }
  }

  Row run(int rounds) {
    std::vector<Contender> all;
    const auto add = [&](const char* name, auto body, double units) {
      all.push_back({name, units, [body](long n) {
                       for (long i = 0; i < n; ++i) body();
                     }});
      return all.size() - 1;
    };
    // one pass over the particles each, so that all see the same points
    const auto pack = add(
        "pack", [this] { pack_.evaluate(x_.data(), gradient_.data(), log_p_.data()); }, width_);
    const auto one = add(
        "one",
        [this] {
          for (const auto& x : particles_) one_.evaluate(x.data(), slope_.data(), log_p_.data());
        },
        width_);
    const auto hand = add(
        "hand", [this] { hand_->evaluate(x_.data(), hand_gradient_.data(), hand_log_p_.data()); }, width_);
    const auto peer = [&](const std::optional<StanPeer>& p) -> std::optional<std::size_t> {
      if (!p) return {};
      return add(
          "stan",
          [this, &p] {
            for (const auto& x : particles_) p->gradient(x.data(), slope_.data());
          },
          width_);
    };
    const auto stan = peer(stan_), newer = peer(newer_);
    const Rounds r = contest(all, rounds);
    Row row;
    row.pack = r.microseconds(pack), row.one = r.microseconds(one), row.hand = r.microseconds(hand);
    row.over_one = r.ratio(one, pack), row.over_hand = r.ratio(hand, pack);
    if (stan) row.stan = r.microseconds(*stan), row.over_stan = r.ratio(*stan, pack);
    if (newer) row.newer = r.microseconds(*newer), row.over_newer = r.ratio(*newer, pack);
    return row;
  }

 private:
  const Problem& problem_;
  stan::CompiledProgram compiled_;
  Model model_;
  int width_;
  Workspace one_, pack_;
  std::unique_ptr<HandWritten> hand_;
  std::optional<StanPeer> stan_, newer_;
  std::vector<double> x_, gradient_, hand_gradient_, log_p_, hand_log_p_, slope_;
  std::vector<std::vector<double>> particles_;
};

std::string number(double x, int digits) { return x > 0 ? fmt::format("{:.{}f}", x, digits) : std::string("-"); }
std::string verdict(double x, double target) { return !(x > 0) ? "-" : x >= target ? "met" : "MISSED"; }

void print(const Problem& p, const Row& r) {
  fmt::print(
      "{:<15} {:>9} {:>9} {:>9} {:>9} {:>9}  {:>6}x {:>5}x {:>6} {:>6}x   >={:<2.0f} {:<6}  >=5 {:<6}  >=1/4 {}\n",
      p.program, number(r.stan, 3), number(r.newer, 3), number(r.one, 3), number(r.pack, 3), number(r.hand, 3),
      number(r.over_stan, 1), number(r.over_one, 1), number(r.over_hand, 2), number(r.over_newer, 1),
      p.target_over_stan, verdict(r.over_stan, p.target_over_stan), verdict(r.over_one, target_over_one),
      verdict(r.over_hand, target_hand));
  std::fflush(stdout);
}

int compare(const std::string& programs, const std::string& peers, int rounds, const std::string& only) {
  pin_to_one_core();
  fmt::print("gradients: us a gradient of one particle on one core (medians of {} alternating rounds), and ratios\n\n",
             rounds);
  fmt::print("{:<15} {:>9} {:>9} {:>9} {:>9} {:>9}  {:>7} {:>6} {:>6} {:>7}   targets\n", "", "Stan 2.21", "newer",
             "ours W=1", "ours", "by hand", "2.21/", "W=1/", "hand/", "newer/");
  fmt::print("{:<15} {:>9} {:>9} {:>9} {:>9} {:>9}  {:>7} {:>6} {:>6} {:>7}\n", "program", "", "Stan", "", "pack",
             "pack", "ours", "ours", "ours", "ours");
  for (const auto& problem : gradient_problems()) {
    if (!only.empty() && problem.program != only) continue;
    Race race(problem, programs, peers);
    race.check();
    print(problem, race.run(rounds));
  }
  for (const char* peer : {"stan-2.21", "stan-newer"})
    if (!std::filesystem::exists(peers + "/" + peer))
      fmt::print("missing: {} (bench/peers/build makes it where its packages can be installed)\n", peer);
  return 0;
}

}  // namespace
}  // namespace thalweg::bench

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: bench_gradients PROGRAMS_FOLDER [PEERS_FOLDER] [ROUNDS] [PROGRAM]\n");
    return 2;
  }
  try {
    return thalweg::bench::compare(words[1], count > 2 ? words[2] : "", count > 3 ? std::atoi(words[3]) : 101,
                                   count > 4 ? words[4] : "");
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_gradients: {}\n", e.what());
    return 1;
  }
}
