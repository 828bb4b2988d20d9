// thalweg fokker-planck SDE: the law of an SDE on a grid, in time and at rest.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <fstream>
#include <memory>

#include "app/answer.hpp"
#include "app/grid_options.hpp"
#include "app/interruption.hpp"
#include "app/law_picture.hpp"
#include "app/machine.hpp"
#include "app/model_command.hpp"
#include "app/passage_expression.hpp"
#include "app/print.hpp"
#include "app/sde_source.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/backward.hpp"
#include "thalweg/fokker_planck/current.hpp"
#include "thalweg/fokker_planck/evolution.hpp"
#include "thalweg/fokker_planck/of_sde.hpp"
#include "thalweg/fokker_planck/spectrum.hpp"
#include "thalweg/fokker_planck/stationary.hpp"
#include "thalweg/io/json_data.hpp"
#include "thalweg/sde/scheme.hpp"
#include "thalweg/trust/table.hpp"

namespace thalweg::app {
namespace {

using namespace fokker_planck;
using nlohmann::ordered_json;

struct FokkerPlanckCommand {
  ModelCommand common;
  std::vector<std::string> data;
  std::string calculus, grid, sides = "reflecting", initial, times, backward, table, plot;
  std::optional<double> end_time;
  double tolerance = EvolutionSettings{}.tolerance;
  bool stationary = false;
  std::int64_t spectrum = 0;
};

/// A column of the table of cells.
struct Field {
  std::string name;
  std::vector<double> values;
};

struct Moments {
  double mass = 0;
  std::vector<double> mean, variance;
};
Moments moments_of(const Grid& grid, const std::vector<double>& masses) {
  const auto d = static_cast<std::size_t>(grid.dimension());
  Moments m{0, std::vector<double>(d, 0), std::vector<double>(d, 0)};
  std::vector<double> x(d);
  for (const double p : masses) m.mass += p;
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t c = 0; c < masses.size(); ++c) {
      grid.center(c, x.data());
      for (std::size_t i = 0; i < d; ++i)
        if (pass == 0)
          m.mean[i] += masses[c] * x[i] / m.mass;
        else
          m.variance[i] += masses[c] * (x[i] - m.mean[i]) * (x[i] - m.mean[i]) / m.mass;
    }
  return m;
}

std::vector<double> density_of(const Grid& grid, std::vector<double> masses) {
  for (double& m : masses) m /= grid.volume();
  return masses;
}

/// One question after another to one generator; what it finds becomes lines, facts, fields and a verdict.
class Study {
 public:
  Study(const FokkerPlanckCommand& c, const SdeModel& sde, const Coefficients& coefficients, const Grid& grid)
      : c_(c), sde_(sde), coefficients_(coefficients), grid_(grid) {
    answer.facts = {{"command", "fokker-planck"}, {"cells", grid.cells()}};
  }
  Answer answer;
  std::vector<Field> fields;
  std::optional<Current> flow;

  /// False when it was interrupted.
  bool evolve(const std::vector<double>& law, const std::vector<double>& times) {
    EvolutionSettings settings{.end_time = times.back(), .tolerance = c_.tolerance, .threads = int(c_.common.threads)};
    Evolution evolution(coefficients_, grid_, law, settings);
    std::vector<std::vector<std::string>> lines{{"time", "mass"}};
    for (const std::string& name : sde_.coordinates()) lines[0].insert(lines[0].end(), {"mean of " + name, "variance"});
    auto& all = answer.facts["times"] = ordered_json::array();
    for (const double t : times) {
      if (!evolution.advance_to(t, [] { return !interrupted(); })) return false;
      const Moments m = moments_of(grid_, evolution.masses());
      std::vector<std::string> line{fmt::format("{:.6g}", t), fmt::format("{:.8g}", m.mass)};
      for (std::size_t i = 0; i < m.mean.size(); ++i)
        line.insert(line.end(), {fmt::format("{:.6g}", m.mean[i]), fmt::format("{:.6g}", m.variance[i])});
      lines.push_back(std::move(line));
      all.push_back({{"time", t}, {"mass", m.mass}, {"mean", m.mean}, {"variance", m.variance}});
      fields.push_back({fmt::format("density at {:.6g}", t), density_of(grid_, evolution.masses())});
    }
    add_lines(align(lines));
    judge(evolution.report());
    return true;
  }
  void rest(const Generator& generator) {
    const Stationary s = fokker_planck::stationary(generator);
    const Moments m = moments_of(grid_, s.masses);
    flow = current(generator, s.masses);
    std::string line = "stationary law: ";
    for (std::size_t i = 0; i < m.mean.size(); ++i)
      line += fmt::format("{}mean of {} {:.6g}, variance {:.6g}", i ? "; " : "", sde_.coordinates()[i], m.mean[i],
                          m.variance[i]);
    add_lines(line);
    add_lines(
        fmt::format("  by {}; residual {:.2g} per time, smallest mass {:.2g}; current {:.4g}, entropy production "
                    "{:.4g} nats per time",
                    to_string(s.method), s.residual, s.smallest, flow->norm, flow->entropy_production));
    answer.facts["stationary"] = {{"mean", m.mean},
                                  {"variance", m.variance},
                                  {"method", to_string(s.method)},
                                  {"residual", s.residual},
                                  {"smallest", s.smallest},
                                  {"current", flow->norm},
                                  {"entropy_production", flow->entropy_production}};
    fields.push_back({"stationary density", density_of(grid_, s.masses)});
    for (const std::string& advice : edge_advice(grid_, edges_of(grid_, s.masses)))
      answer.verdict.findings.push_back({Finding::Weight::note, advice});
    if (!(s.smallest >= 0)) refuse("the stationary law has negative masses", "more cells: --grid");
  }
  void slow_modes(const Generator& generator) {
    const Spectrum s = fokker_planck::spectrum(generator, static_cast<int>(c_.spectrum));
    std::vector<std::vector<std::string>> lines{{"eigenvalue", "relaxation time", "residual"}};
    auto& all = answer.facts["spectrum"] = ordered_json::array();
    for (std::size_t k = 0; k < s.values.size(); ++k) {
      const auto v = s.values[k];
      lines.push_back({v.imag() == 0
                           ? fmt::format("{:.8g}", v.real())
                           : fmt::format("{:.8g} {} {:.8g} i", v.real(), v.imag() < 0 ? '-' : '+', std::abs(v.imag())),
                       fmt::format("{:.6g}", s.relaxation_time(k)), fmt::format("{:.2g}", s.residuals[k])});
      all.push_back({{"real", v.real()}, {"imaginary", v.imag()}, {"residual", s.residuals[k]}});
    }
    add_lines(align(lines));
  }
  void look_back(const Generator& generator) {
    const auto [what, sets] = sets_of_backward();
    if (what == "mfpt") {
      const std::vector<bool> target = sets.empty() ? std::vector<bool>{} : cells_of(sets[0]);
      fields.push_back({"mean first passage time", mean_first_passage(generator, target)});
    } else {
      const auto a = cells_of(sets[0]), b = cells_of(sets[1]);
      fields.push_back({"committor", committor(generator, a, b)});
      if (generator.closed()) {
        const double rate =
            reactive_rate(generator, a, fields.back().values, fokker_planck::stationary(generator).masses);
        add_lines(fmt::format("transitions from A to B per time, at rest: {:.6g}", rate));
        answer.facts["reactive_rate"] = rate;
      }
    }
    const Field& field = fields.back();
    const auto [low, high] = std::minmax_element(field.values.begin(), field.values.end());
    add_lines(fmt::format("{} from {:.6g} to {:.6g} over the grid{}", field.name, *low, *high,
                          c_.table.empty() ? "; --table writes it, cell by cell" : ""));
  }

 private:
  void add_lines(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    answer.lines.push_back(std::move(text));
  }
  void refuse(std::string text, std::string advice) {
    answer.verdict.trusted = false;
    answer.verdict.findings.insert(answer.verdict.findings.begin(), {Finding::Weight::failure, std::move(text)});
    answer.verdict.advice.push_back(std::move(advice));
  }
  void judge(const EvolutionReport& r) {
    double edge = 0;
    std::string left;
    for (int s = 0; s < grid_.sides(); ++s) {
      const auto k = static_cast<std::size_t>(s);
      edge = std::max(edge, r.edges[k].mass);
      if (grid_.side(s).boundary == Boundary::absorbing)
        left += fmt::format("; {:.6g} left through {}", r.left[k], Grid::name_of_side(s));
    }
    answer.verdict.evidence = fmt::format(
        "{} in {} steps, {} applications; mass defect {:.2g}, smallest mass {:.2g}, edge mass {:.2g}, error in "
        "time {:.2g} (L1){}",
        to_string(r.scheme), r.steps, r.applications, r.mass_defect, r.smallest, edge, r.time_error, left);
    answer.facts["report"] = {{"scheme", to_string(r.scheme)}, {"steps", r.steps},    {"mass_defect", r.mass_defect},
                              {"smallest", r.smallest},        {"edge_mass", edge},   {"time_error", r.time_error},
                              {"fallbacks", r.fallbacks},      {"clipped", r.clipped}};
    for (const std::string& advice : edge_advice(grid_, r.edges))
      refuse(advice, "a wider --grid; or --boundary absorbing or periodic where the edge is meant");
    if (r.mass_defect > 1e-9)
      refuse(fmt::format("the books do not close: mass defect {:.2g}", r.mass_defect), "a smaller --tolerance");
  }
  /// "committor A; B", "mfpt" or "mfpt A".
  std::pair<std::string, std::vector<std::string>> sets_of_backward() const {
    const std::size_t space = std::min(c_.backward.find(' '), c_.backward.size());
    const std::string what = c_.backward.substr(0, space);
    std::string rest = space < c_.backward.size() ? c_.backward.substr(space + 1) : "";
    std::vector<std::string> sets;
    const char separator = rest.find(';') != rest.npos ? ';' : ' ';
    if (what == "committor")
      for (std::size_t at; !rest.empty(); rest = at < rest.size() ? rest.substr(at + 1) : "") {
        at = std::min(rest.find(separator), rest.size());
        if (at > 0) sets.push_back(rest.substr(0, at));
      }
    else if (!rest.empty())
      sets.push_back(rest);
    if ((what != "committor" || sets.size() != 2) && (what != "mfpt" || sets.size() > 1))
      throw UsageError(
          fmt::format("--backward: expected \"committor A; B\" or \"mfpt A\", with sets such as x[1] < -1; "
                      "found {}",
                      c_.backward));
    return {what, sets};
  }
  std::vector<bool> cells_of(const std::string& set) const {
    const PassageSettings event = parse_passage(set, sde_);
    return cells_where(grid_, [&](const double* x) {
      double y = 0;
      for (std::size_t i = 0; i < event.functional.size(); ++i) y += event.functional[i] * x[i];
      return y <= event.lower || y >= event.upper;
    });
  }

  const FokkerPlanckCommand& c_;
  const SdeModel& sde_;
  const Coefficients& coefficients_;
  const Grid& grid_;
};

std::vector<double> times_of(const FokkerPlanckCommand& c) {
  std::vector<double> times;
  for (const std::string& one : split_names(c.times)) {
    const auto t = parse_real(one);
    if (!t || !(*t > (times.empty() ? 0 : times.back())) || !(*t <= *c.end_time))
      throw UsageError(fmt::format("--times: expected ascending times in (0, {}]; found {}", *c.end_time, one));
    times.push_back(*t);
  }
  if (times.empty() || times.back() < *c.end_time) times.push_back(*c.end_time);
  return times;
}

void write_table(const std::string& path, const SdeModel& sde, const Grid& grid, const std::vector<Field>& fields) {
  std::ofstream out(path);
  std::vector<std::string> names = sde.coordinates();
  for (const Field& f : fields) names.push_back(f.name);
  out << fmt::format("{}\n", fmt::join(names, ","));
  std::vector<double> x(static_cast<std::size_t>(grid.dimension()));
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    grid.center(c, x.data());
    std::vector<double> row = x;
    for (const Field& f : fields) row.push_back(f.values[c]);
    out << fmt::format("{}\n", fmt::join(row, ","));
  }
  out.flush();
  if (!out) fail("--table {}: cannot be written", path);
}

int run_fokker_planck(FokkerPlanckCommand& c) {
  if (!c.plot.empty()) require_picture_name(c.plot);
  if (!c.end_time && !c.stationary && c.spectrum == 0 && c.backward.empty())
    throw UsageError("give --end-time, --stationary, --spectrum or --backward: there is nothing to ask");
  DataMap data;
  if (!c.common.data_path.empty()) data = read_json_data(c.common.data_path);
  for (const std::string& one : c.data) set_datum(data, one);
  if (c.common.model.ends_with(".stan") && !data.values.contains("dimension"))
    set_datum(data, fmt::format("dimension={}", 1 + std::count(c.grid.begin(), c.grid.end(), ',')));
  const LoadedSde loaded = load_sde(c.common.model, data, c.common.quiet);
  const SdeModel& sde = loaded.model;
  const std::optional<Calculus> given = c.calculus.empty() ? std::nullopt : std::optional(calculus_called(c.calculus));
  const Calculus calculus = require_calculus(sde, given);
  const Grid grid = parse_grid(c.grid, c.sides, sde.dimension());
  const Coefficients coefficients = coefficients_of(sde, calculus);
  Study study(c, sde, coefficients, grid);
  if (c.end_time) {
    if (c.initial.empty())
      throw UsageError("--initial: expected point:X,…, gaussian:MEAN,…:SD,… or uniform, the law at time 0");
    if (!study.evolve(parse_law(c.initial, grid), times_of(c))) return 128 + signal_received();
  }
  if (c.stationary || c.spectrum > 0 || !c.backward.empty()) {
    const Generator generator = make_generator(coefficients, grid);
    if (c.stationary) study.rest(generator);
    if (c.spectrum > 0) study.slow_modes(generator);
    if (!c.backward.empty()) study.look_back(generator);
  }
  if (!c.table.empty()) write_table(c.table, sde, grid, study.fields);
  if (!c.plot.empty()) {
    std::vector<Law> laws;
    for (const Field& f : study.fields) laws.push_back({f.name, f.values});
    draw(picture_of(sde, grid, laws, c.stationary && study.flow ? &*study.flow : nullptr), c.plot);
    c.common.say("picture: " + c.plot);
  }
  if (study.answer.verdict.evidence.empty()) study.answer.verdict.evidence = fmt::format("{} cells", grid.cells());
  for (const std::string& line : study.answer.lines) print_out("{}\n", line);
  print_out("{}", render(study.answer.verdict));
  return study.answer.verdict.trusted ? status_fine : status_untrusted;
}

}  // namespace

Action add_fokker_planck(CLI::App& parent) {
  auto c = std::make_shared<FokkerPlanckCommand>();
  CLI::App& app =
      *parent.add_subcommand("fokker-planck", "The law of an SDE on a grid: in time, at rest, slowest modes");
  c->common.verb = "fokker-planck";
  c->common.threads = cores_allowed();
  app.add_option("SDE", c->common.model, "A Stan file with drift and diffusion, or a named SDE (ou, double-well, …)")
      ->required()
      ->check(not_empty());
  app.add_option("--data", c->common.data_path, "The data of the file, JSON")->type_name("FILE")->check(not_empty());
  app.add_option("--set", c->data, "A number among the data, such as T=0.25; may be repeated")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
  app.add_option("--calculus", c->calculus,
                 "How the noise is meant where it depends on x: ito, stratonovich, isothermal")
      ->type_name("NAME")
      ->check(CLI::IsMember({"ito", "stratonovich", "isothermal"}));
  app.add_option("--grid", c->grid, "LOW:HIGH:CELLS for each coordinate, 3 at most: -3:3:400,-2:2:200")
      ->required()
      ->type_name("GRID")
      ->check(not_empty());
  app.add_option("--boundary", c->sides,
                 "reflecting, absorbing or periodic: for all sides, for each axis, or LOWER/UPPER of an axis")
      ->type_name("KIND,…")
      ->capture_default_str();
  optional_real(
      app, "--end-time", c->end_time, [](double t) { return t > 0; }, "> 0", "Follow the law until then, from time 0");
  app.add_option("--times", c->times, "When to look besides the end")->type_name("T,…");
  app.add_option("--initial", c->initial, "The law at time 0: point:X,…, gaussian:MEAN,…:SD,… or uniform")
      ->type_name("LAW");
  real_option(
      app, "--tolerance", c->tolerance, [](double t) { return t > 0; }, "> 0",
      "Error in time of the law at the end, L1");
  app.add_flag("--stationary", c->stationary, "The law at rest, and its probability current");
  integer_option(app, "--spectrum", c->spectrum, 0, 100, "The slowest modes: how many");
  app.add_option("--backward", c->backward,
                 "\"committor A; B\": the chance to reach B before A; \"mfpt A\": the mean time to A, or to absorbing "
                 "sides; sets such as x[1] < -1")
      ->type_name("WHAT");
  app.add_option("--table", c->table, "All that was found, cell by cell")->type_name("FILE.csv")->check(not_empty());
  app.add_option("--plot", c->plot, "A picture, by gnuplot")->type_name("FILE.svg|.png")->check(not_empty());
  integer_option(app, "--threads", c->common.threads, 1, 4096, "Threads; they change no bit of the answer");
  app.add_flag("--quiet", c->common.quiet, "No notes; the answer only");
  return [c] { return run_fokker_planck(*c); };
}

}  // namespace thalweg::app
