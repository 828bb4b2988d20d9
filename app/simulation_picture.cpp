#include "app/simulation_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace thalweg::app {

Picture picture_of(const SdeModel& model, const Simulation& s) {
  static constexpr const char* colours[] = {"#2166ac", "#b2182b", "#1b7837"};
  Picture picture(
      fmt::format("{} paths of {} ({}, {})", s.paths, model.name(), to_string(s.scheme), to_string(s.calculus)), "time",
      model.dimension() == 1 ? model.coordinates().front() : "coordinates");
  const auto d = static_cast<std::size_t>(model.dimension()), times = s.observations.size() + 1;
  const std::size_t shown = std::min(d, picture_coordinates), paths = s.kept.size() / (times * d);
  for (std::size_t i = 0; i < shown; ++i) {
    std::vector<std::vector<double>> bands, lines;
    for (const Observation& o : s.observations) {
      std::vector<double> row{o.time};
      for (const Quantile& q : o.quantiles[i]) row.push_back(q.value);
      bands.push_back(std::move(row));
    }
    for (std::size_t p = 0; p < std::min<std::size_t>(paths, picture_paths); ++p) {
      for (std::size_t t = 0; t < times; ++t)
        lines.push_back({t == 0 ? 0 : s.observations[t - 1].time, s.kept[(p * times + t) * d + i]});
      lines.emplace_back();
    }
    picture.data(fmt::format("bands{}", i), bands);
    picture.data(fmt::format("paths{}", i), lines);
    const std::string& name = model.coordinates()[i];
    const char* const colour = colours[i];
    picture.curve(
        fmt::format("$bands{} using 1:2:6 with filledcurves fc rgb '{}' fs transparent solid 0.15 noborder "
                    "title '{}: 5 to 95 %'",
                    i, colour, name));
    picture.curve(
        fmt::format("$bands{} using 1:3:5 with filledcurves fc rgb '{}' fs transparent solid 0.25 noborder "
                    "title '25 to 75 %'",
                    i, colour));
    picture.curve(fmt::format("$paths{} using 1:2 with lines lc rgb '#99{}' lw 0.7 title 'some paths'", i,
                              std::string(colour + 1)));
    picture.curve(fmt::format("$bands{} using 1:4 with lines lc rgb '{}' lw 2 title 'median'", i, colour));
  }
  return picture;
}

}  // namespace thalweg::app
