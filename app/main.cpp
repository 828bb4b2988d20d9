// The command line: parses, calls one verb, and turns what happens into an exit status.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

#include "app/company.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::app {
namespace {

struct Verb {
  CLI::App* app;
  Action action;
};

std::vector<Verb> add_verbs(CLI::App& app) {
  std::vector<Verb> verbs;
  for (const auto add : {add_sample, add_optimize, add_laplace, add_pathfinder, add_vi, add_stein, add_simulate,
                         add_fokker_planck, add_resume, add_summary, add_export, add_check, add_compile, add_methods}) {
    Action action = add(app);
    verbs.push_back({app.get_subcommands({}).back(), std::move(action)});
  }
  return verbs;
}

/// What an argument that nobody expected may have been meant to be.
std::string suggestion(const std::string& argument, const CLI::App& app) {
  std::vector<std::string> known;
  if (argument.starts_with("-")) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else {
    for (const CLI::App* sub : app.get_subcommands({})) known.push_back(sub->get_name());
  }
  return nearest(argument.substr(0, argument.find('=')), known);
}

int refuse(const std::string& message, const CLI::App& app) {
  print_err("error: {}\n  thalweg {}{}--help lists what there is\n", message, app.get_parent() ? app.get_name() : "",
            app.get_parent() ? " " : "");
  return status_usage;
}

/// What the parser says of an option's values, in our words.
std::string in_words(const CLI::ParseError& error) {
  const std::string text = error.what(), name = text.substr(0, text.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    const auto count = text.rfind("received ");
    if (count == text.npos) return name + ": a value is missing";
    return fmt::format("{}: is given {} times; expected once", name, text.substr(count + 9));
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) && name == "Could not convert")
    return fmt::format("{}: expected true, false or nothing", text.substr(name.size() + 2));
  return text;
}

int refuse(const CLI::ParseError& error, const CLI::App& top) {
  const CLI::App* app = &top;
  for (const CLI::App* sub : top.get_subcommands()) app = sub;
  const auto extras = top.remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) && !extras.empty()) {
    const std::string near = suggestion(extras.front(), *app);
    const char* kind = extras.front().starts_with("-") ? "option" : app == &top ? "command" : "argument";
    return refuse(fmt::format("unknown {} {}{}", kind, extras.front(),
                              near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                  *app);
  }
  return refuse(in_words(error), *app);
}

int run(int argc, char** argv) {
  CLI::App app("thalweg turns a probability into optimization and dynamics", "thalweg");
  app.set_version_flag("--version", describe_build(), "Version, compiler, flags and instruction set");
  app.require_subcommand(0, 1);
  const auto verbs = add_verbs(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help and --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return refuse(error, app);
  }
  for (const Verb& verb : verbs) {
    if (verb.app->parsed()) return verb.action();
  }
  print_err("{}", app.help());
  return status_usage;
}

int run_and_catch(int argc, char** argv) {
  try {
    return run_in_company([&] {
      const int status = run(argc, argv);
      return signal_received() ? 128 + signal_received() : status;
    });
  } catch (const UsageError& error) {
    print_err("error: {}\n", error.what());
    return status_usage;
  } catch (const std::invalid_argument& error) {
    print_err("error: {}\n", error.what());
    return status_usage;
  } catch (const std::bad_alloc&) {
    print_err("error: out of memory; fewer --chains or --draws need less\n");
  } catch (const std::exception& error) {
    if (signal_received() == 0) print_err("error: {}\n", error.what());
  }
  return signal_received() ? 128 + signal_received() : int(status_failed);
}

}  // namespace
}  // namespace thalweg::app

int main(int argc, char** argv) {
  using namespace thalweg::app;
  hold_standard_streams();
  watch_for_signals();
  const int status = run_and_catch(argc, argv);
  const int lost = output_error();
  if (lost == 0 || lost == EPIPE) return status;  // whoever closes a pipe has read enough
  print_err("error: standard output cannot be written: {}\n", std::strerror(lost));
  return status_failed;
}
