#include "thalweg/density/test_densities.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities/unit.hpp"
#include "thalweg/density/wide_module.hpp"

namespace thalweg {
namespace {

constexpr TestDensity registry[] = {
    {"gaussian", "independent standard normals", 10, true},
    {"ill-conditioned-gaussian", "independent normals with standard deviations from 0.1 to 10", 100, true},
    {"correlated-gaussian", "a stationary autoregression with correlation 0.95", 10, true},
    {"banana", "a normal pair bent along a parabola", 2, false},
    {"funnel", "Neal's funnel: normals whose log variance is N(0, 9)", 10, true},
    {"rosenbrock", "pairs along Rosenbrock's valley", 2, true},
    {"mixture", "two normals, weights 3/4 and 1/4, 4 apart", 2, true},
    {"ring", "a ring of radius 4 in the plane", 2, false},
    {"eight-schools", "Rubin's eight schools, non-centred: samples well", 10, false},
    {"eight-schools-centered", "Rubin's eight schools, centred: a funnel that biases most samplers", 10, false},
};

constexpr std::int64_t largest_dimension = 1'000'000;

/// Levenshtein distance, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j)
      diagonal = std::exchange(row[j + 1], std::min({row[j + 1] + 1, row[j] + 1, diagonal + (a[i] != b[j])}));
  }
  return row[b.size()];
}

const TestDensity* look_up(std::string_view name) {
  const auto found =
      std::find_if(std::begin(registry), std::end(registry), [&](const TestDensity& t) { return name == t.name; });
  return found == std::end(registry) ? nullptr : found;
}

/// A test density with the dimension that was asked for.
struct Request {
  const TestDensity* density;
  std::int64_t dimension;
};

Request parse(std::string_view model) {
  const std::size_t colon = model.find(':');
  const std::string_view name = model.substr(0, colon);
  const TestDensity* density = look_up(name);
  if (!density) {
    const auto nearest = std::min_element(std::begin(registry), std::end(registry), [&](const auto& a, const auto& b) {
      return edit_distance(name, a.name) < edit_distance(name, b.name);
    });
    fail("there is no test density \"{}\"; the nearest name is \"{}\"", name, nearest->name);
  }
  if (colon == model.npos) return {density, density->default_dimension};
  const std::string_view text = model.substr(colon + 1);
  std::int64_t d = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), d);
  if (status != std::errc{} || end != text.data() + text.size() || d < 1 || d > largest_dimension)
    fail("{}: the dimension must be an integer in [1, {}]; found \"{}\"", model, largest_dimension, text);
  if (!density->any_dimension && d != density->default_dimension)
    fail("{}: test density {} has dimension {} only; found {}", model, name, density->default_dimension, d);
  return {density, d};
}

const ModelTable& table_called(std::string_view name, const WideModule& module) {
  const auto list = module.symbol() ? reinterpret_cast<TestDensityTables>(module.symbol()) : test_density_tables;
  std::int32_t count = 0;
  const ModelTable* const* tables = list(&count);
  const auto found = std::find_if(tables, tables + count, [&](const ModelTable* t) { return name == t->name; });
  if (found == tables + count) fail("the compiled test densities lack \"{}\": install thalweg again", name);
  return **found;
}

}  // namespace

std::span<const TestDensity> test_densities() { return registry; }

bool is_test_density(std::string_view model) { return look_up(model.substr(0, model.find(':'))) != nullptr; }

Model test_density(std::string_view model) {
  const Request request = parse(model);
  DataMap data;
  data.origin = std::string(model);
  if (request.density->any_dimension) {
    DataValue& d = data.values["dimension"];
    d.reals = {static_cast<double>(request.dimension)};
    d.integers = {static_cast<std::int32_t>(request.dimension)};
    d.is_integer = true;
  }
  static const WideModule module("thalweg-densities-v4.so", test_density_symbol);
  return Model::create(table_called(request.density->name, module), data, {}, module.handle());
}

}  // namespace thalweg
