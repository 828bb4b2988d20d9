// thalweg methods: what there is, printed from the cards.
#include "app/methods.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/print.hpp"
#include "app/status.hpp"
#include "app/verbs.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/method.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/variational/pathfinder.hpp"
#include "thalweg/variational/stein.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg::app {
namespace {

constexpr Card climbing_cards[] = {lbfgs_card, newton_card, adam_card, gradient_descent_card, annealing_card};
constexpr Card approximation_cards[] = {laplace_card, pathfinder_card, vi_card, stein_card};

/// A family of methods, and how the command line asks for one of them.
struct Family {
  const char *name, *title;
  std::span<const Card> cards;
};
const Family families[] = {{"sample", "Draws (thalweg sample --method NAME)", method_cards()},
                           {"optimize", "Peaks (thalweg optimize --method NAME)", climbing_cards},
                           {"approximate", "Approximations (thalweg NAME)", approximation_cards}};

int print_json() {
  nlohmann::ordered_json json;
  json["methods"] = json["test_densities"] = nlohmann::ordered_json::array();
  for (const Family& family : families)
    for (const Card& c : family.cards)
      json["methods"].push_back({{"name", c.name},
                                 {"family", family.name},
                                 {"purpose", c.purpose},
                                 {"needs", c.needs},
                                 {"exact", c.exact},
                                 {"cost", c.cost},
                                 {"source", c.source}});
  for (const TestDensity& t : test_densities()) {
    json["test_densities"].push_back({{"name", t.name},
                                      {"description", t.description},
                                      {"dimension", t.default_dimension},
                                      {"any_dimension", t.any_dimension}});
  }
  print_out("{}\n", json.dump(2));
  return status_fine;
}

int print_text() {
  for (const Family& family : families) {
    print_out("{}\n", family.title);
    for (const Card& c : family.cards)
      print_out("\n{}\n  {}\n  needs   {}\n  exact?  {}\n  cost    {}\n  source  {}\n", c.name, c.purpose, c.needs,
                c.exact, c.cost, c.source);
    print_out("\n");
  }
  print_out("Test densities (thalweg sample NAME, or NAME:DIMENSION where marked *)\n\n");
  for (const TestDensity& t : test_densities()) {
    print_out("  {:<26} {}\n", fmt::format("{}{}", t.name, t.any_dimension ? " *" : ""), t.description);
  }
  return status_fine;
}

}  // namespace

std::span<const Card> method_cards() {
  static const std::vector<Card> cards = [] {
    std::vector<Card> all;
    for (const MethodTraits& t : sampling_methods()) all.push_back(t.card);
    return all;
  }();
  return cards;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Card& c : method_cards()) names.emplace_back(c.name);
  return names;
}

Action add_methods(CLI::App& parent) {
  auto json = std::make_shared<bool>(false);
  CLI::App& app = *parent.add_subcommand("methods", "The methods, and the test densities");
  app.add_flag("--json", *json, "As JSON");
  return [json] { return *json ? print_json() : print_text(); };
}

}  // namespace thalweg::app
