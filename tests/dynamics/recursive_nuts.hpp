// NUTS as the papers print it, by recursion and in log weights: what the iterative tree is compared with. Identity
// metric, plain loops, the C library's mathematics.
#pragma once
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg::test {

class RecursiveNuts {
 public:
  using Vector = std::vector<double>;
  using Density = std::function<double(const double*, double*)>;
  struct Result {
    Vector x;
    int depth = 0, steps = 0;
    bool diverging = false;
    double acceptance = 0;
  };

  RecursiveNuts(Density density, double step_size, int max_depth)
      : density_(std::move(density)), h_(step_size), max_depth_(max_depth) {}

  Result transition(const Vector& x, Random<double> momentum, Random<double> choice) {
    choice_ = &choice;
    result_ = {x, 0, 0, false, 0};
    State start{x, Vector(x.size()), Vector(x.size()), 0};
    for (double& p : start.p) p = momentum.normal();
    start.log_p = density_(start.x.data(), start.g.data());
    start_energy_ = energy(start);
    State backward = start, forward = start;
    Part whole{start.p, start.p, start.p, x, 0};
    for (; result_.depth < max_depth_;) {
      const bool forwards = choice.uniform() < 0.5;
      State& end = forwards ? forward : backward;
      Part fresh;
      if (!build(result_.depth, forwards ? 1 : -1, end, fresh)) break;
      ++result_.depth;
      if (choice.uniform() < std::exp(std::min(0.0, fresh.log_weight - whole.log_weight))) whole.x = fresh.x;
      const bool on = forwards ? join(whole, fresh) : join(fresh, whole);
      if (!forwards) std::swap(whole, fresh);
      if (!forwards) whole.x = fresh.x;
      if (!on) break;
    }
    result_.x = whole.x;
    result_.acceptance = acceptance_ / result_.steps;
    acceptance_ = 0;
    return result_;
  }

 private:
  struct State {
    Vector x, p, g;
    double log_p;
  };
  /// A stretch in the order of time: momenta at its ends, their sum, the state chosen.
  struct Part {
    Vector first, last, sum, x;
    double log_weight;
  };
  static double dot(const Vector& a, const Vector& b) {
    double s = 0;
    for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
    return s;
  }
  static Vector plus(Vector a, const Vector& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }
  static double energy(const State& s) { return 0.5 * dot(s.p, s.p) - s.log_p; }
  static bool ahead(const Vector& first, const Vector& last, const Vector& sum) {
    return dot(first, sum) > 0 && dot(last, sum) > 0;
  }
  /// a becomes a followed by b; false when the union, or a half with the nearest state of the other, turns back.
  static bool join(Part& a, const Part& b) {
    const Vector sum = plus(a.sum, b.sum);
    const bool on = ahead(a.first, b.last, sum) && ahead(a.first, b.first, plus(a.sum, b.first)) &&
                    ahead(a.last, b.last, plus(b.sum, a.last));
    const double larger = std::max(a.log_weight, b.log_weight);
    a.log_weight = larger + std::log(std::exp(a.log_weight - larger) + std::exp(b.log_weight - larger));
    a.sum = sum;
    a.last = b.last;
    return on;
  }
  bool build(int depth, int direction, State& end, Part& part) {
    if (depth == 0) {
      const double h = direction * h_;
      for (std::size_t i = 0; i < end.x.size(); ++i) end.p[i] += 0.5 * h * end.g[i];
      for (std::size_t i = 0; i < end.x.size(); ++i) end.x[i] += h * end.p[i];
      end.log_p = density_(end.x.data(), end.g.data());
      for (std::size_t i = 0; i < end.x.size(); ++i) end.p[i] += 0.5 * h * end.g[i];
      ++result_.steps;
      const double gain = start_energy_ - energy(end);
      if (!(gain >= -1000)) {
        result_.diverging = true;
        return false;
      }
      acceptance_ += std::exp(std::min(0.0, gain));
      part = {end.p, end.p, end.p, end.x, gain};
      return true;
    }
    Part later;
    if (!build(depth - 1, direction, end, part) || !build(depth - 1, direction, end, later)) return false;
    const Vector earlier_x = part.x;
    const double odds = 1 / (1 + std::exp(part.log_weight - later.log_weight));
    const Vector chosen = choice_->uniform() < odds ? later.x : earlier_x;
    const bool on = direction > 0 ? join(part, later) : join(later, part);
    if (direction < 0) part = later;
    part.x = chosen;
    return on;
  }

  Density density_;
  double h_, start_energy_ = 0, acceptance_ = 0;
  int max_depth_;
  Random<double>* choice_ = nullptr;
  Result result_;
};

}  // namespace thalweg::test
