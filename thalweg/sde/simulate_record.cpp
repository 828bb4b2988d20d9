#include "thalweg/sde/simulate_record.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr const char* format = "thalweg simulation 1";

// One text writes and reads: an archive is a ByteWriter or a ByteReader.
struct Writer {
  ByteWriter out;
  void real(double& v) { out.f64(v); }
  void integer(std::int64_t& v) { out.i64(v); }
  void reals(std::vector<double>& v) { out.reals(v); }
  void string(std::string& v) { out.string(v); }
  static constexpr bool reads = false;
};
struct Reader {
  ByteReader in;
  void real(double& v) { v = in.f64(); }
  void integer(std::int64_t& v) { v = in.i64(); }
  void reals(std::vector<double>& v) { v = in.reals(); }
  void string(std::string& v) { v = in.string(); }
  static constexpr bool reads = true;
};

template <class A, class T>
void number(A& a, T& v) {
  auto n = static_cast<std::int64_t>(v);
  a.integer(n);
  v = static_cast<T>(n);
}
template <class A, class T, class Each>
void list(A& a, std::vector<T>& v, const Each& each) {
  auto size = static_cast<std::int64_t>(v.size());
  a.integer(size);
  if constexpr (A::reads) {
    if (size < 0 || static_cast<std::size_t>(size) > a.in.left())
      fail("checkpoint: a list of {} does not fit; the run file is damaged", size);
    v.resize(static_cast<std::size_t>(size));
  }
  for (T& item : v) each(item);
}
template <class A, class T, class Each>
void maybe(A& a, std::optional<T>& v, const Each& each) {
  bool there = v.has_value();
  number(a, there);
  if (A::reads && there) v.emplace();
  if (there) each(*v);
}

template <class A>
void visit(A& a, Estimate& e) {
  a.real(e.value), a.real(e.standard_error), a.real(e.bias), a.real(e.bias_error);
}
template <class A>
void visit(A& a, Quantile& q) {
  a.real(q.probability), a.real(q.value), a.real(q.standard_error);
}
template <class A>
void visit(A& a, Bins& b) {
  a.integer(b.coordinate), a.real(b.low), a.real(b.high), a.integer(b.count);
}
template <class A>
void visit(A& a, PassageSettings& p) {
  a.reals(p.functional), a.real(p.lower), a.real(p.upper), number(a, p.corrected);
}
template <class A>
void visit(A& a, SimulationSettings& s) {
  maybe(a, s.calculus, [&](Calculus& c) { number(a, c); });
  a.real(s.end_time), a.real(s.start_time), a.integer(s.paths);
  maybe(a, s.step, [&](double& h) { a.real(h); });
  maybe(a, s.tolerance, [&](double& e) { a.real(e); });
  maybe(a, s.scheme, [&](Scheme& z) { number(a, z); });
  number(a, s.seed);
  a.reals(s.initial), a.reals(s.observe);
  number(a, s.statistics.covariance);
  a.reals(s.statistics.probabilities);
  list(a, s.statistics.histograms, [&](Bins& b) { visit(a, b); });
  a.integer(s.keep_paths);
  maybe(a, s.passage, [&](PassageSettings& p) { visit(a, p); });
  maybe(a, s.bias_paths, [&](std::int64_t& n) { a.integer(n); });
}
template <class A>
void visit(A& a, Observation& o) {
  a.real(o.time), a.integer(o.paths);
  list(a, o.mean, [&](Estimate& e) { visit(a, e); });
  list(a, o.variance, [&](Estimate& e) { visit(a, e); });
  a.reals(o.covariance);
  list(a, o.quantiles, [&](std::vector<Quantile>& v) { list(a, v, [&](Quantile& q) { visit(a, q); }); });
  list(a, o.histograms, [&](Histogram& h) {
    visit(a, h.bins);
    list(a, h.counts, [&](std::int64_t& n) { a.integer(n); });
    a.integer(h.below), a.integer(h.above);
  });
}
template <class A>
void visit(A& a, Simulation& s) {
  number(a, s.finished), number(a, s.scheme), number(a, s.calculus);
  a.real(s.step), a.integer(s.steps), a.integer(s.rejected), a.integer(s.paths), a.integer(s.failed),
      a.integer(s.bias_paths);
  list(a, s.observations, [&](Observation& o) { visit(a, o); });
  maybe(a, s.passage, [&](PassageReport& p) {
    visit(a, p.probability), a.integer(p.passed), a.integer(p.upper), visit(a, p.mean_time);
    list(a, p.time_quantiles, [&](Quantile& q) { visit(a, q); });
  });
  a.reals(s.kept);
  list(a, s.failures, [&](PathFailure& f) { a.integer(f.particle), a.real(f.time), a.reals(f.x); });
  list(a, s.warnings, [&](std::string& w) { a.string(w); });
}

}  // namespace

Checkpoint write_record(const SimulationRecord& given) {
  SimulationRecord record = given;
  Writer a;
  a.out.string(format);
  visit(a, record.settings);
  a.integer(record.position.interval), a.integer(record.position.steps);
  visit(a, record.report);
  a.out.u64(record.states.size());
  std::vector<unsigned char> bytes = a.out.take();
  bytes.insert(bytes.end(), record.states.begin(), record.states.end());
  return {std::move(bytes), record.report.finished};
}

SimulationRecord read_record(const Checkpoint& checkpoint, const SdeModel& model) {
  Reader a{ByteReader(checkpoint.bytes, "checkpoint")};
  if (a.in.string() != format)
    fail("checkpoint: expected \"{}\", found another format; it was written by another version of thalweg", format);
  SimulationRecord record;
  visit(a, record.settings);
  a.integer(record.position.interval), a.integer(record.position.steps);
  visit(a, record.report);
  const std::uint64_t size = a.in.u64();
  if (size != a.in.left()) fail("checkpoint: expected {} bytes of states, found {}; it is damaged", size, a.in.left());
  record.states.assign(checkpoint.bytes.end() - static_cast<std::ptrdiff_t>(size), checkpoint.bytes.end());
  // also checks that the settings suit this SDE
  if (!record.settings.observe.empty() && record.settings.passage &&
      record.settings.passage->functional.size() != static_cast<std::size_t>(model.dimension()))
    fail("checkpoint: it is of an SDE of another dimension than {}", model.dimension());
  return record;
}

PassageReport passage_report(const Ensemble& fine, const Ensemble* coarse, const SimulationSettings& settings) {
  PassageReport report;
  std::vector<double> times, passed_times;
  for (std::int64_t p = 0; p < fine.count(); ++p) {
    if (!fine.alive(p)) continue;
    times.push_back(fine.passage_time(p));
    if (!(fine.passage_time(p) < infinity)) continue;
    passed_times.push_back(fine.passage_time(p));
    report.upper += fine.passage_side(p) > 0;
  }
  report.passed = std::ssize(passed_times);
  const auto n = static_cast<double>(times.size()), k = static_cast<double>(passed_times.size());
  report.probability.value = k / n;
  report.probability.standard_error = std::sqrt(k / n * (1 - k / n) / n);
  double sum = 0, squares = 0;
  for (const double t : passed_times) sum += t;
  for (const double t : passed_times) squares += (t - sum / k) * (t - sum / k);
  report.mean_time = {sum / k, std::sqrt(squares / (k * (k - 1))), not_a_number, not_a_number};
  report.time_quantiles = quantiles_of(times, settings.statistics.probabilities);
  if (!coarse) {
    report.probability.bias = report.probability.bias_error = not_a_number;
    return report;
  }
  const double factor = 1 / (std::exp2(facts_of(*settings.scheme).weak_order) - 1);
  double pairs = 0, difference = 0, different = 0;
  for (std::int64_t p = 0; p < coarse->count(); ++p) {
    if (!fine.alive(p) || !coarse->alive(p)) continue;
    const double change = static_cast<double>(coarse->passage_time(p) < infinity) - (fine.passage_time(p) < infinity);
    ++pairs, difference += change, different += change * change;
  }
  const double mean = difference / pairs;
  report.probability.bias = factor * mean;
  report.probability.bias_error = factor * std::sqrt(std::max(different / pairs - mean * mean, 0.0) / pairs);
  return report;
}

}  // namespace thalweg
