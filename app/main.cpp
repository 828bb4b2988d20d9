// The command line: parses, calls one verb, and turns what happens into an exit status.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

#include "app/interruption.hpp"
#include "app/machine.hpp"
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
  for (const auto add : {add_sample, add_resume, add_summary, add_export, add_check, add_compile, add_methods}) {
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
  fmt::print(stderr, "error: {}\n  thalweg {}{}--help lists what there is\n", message,
             app.get_parent() ? app.get_name() : "", app.get_parent() ? " " : "");
  return status_usage;
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
  return refuse(error.what(), *app);
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
  fmt::print(stderr, "{}", app.help());
  return status_usage;
}

int run_and_catch(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return status_usage;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return status_usage;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory; fewer --chains or --draws need less\n");
  } catch (const std::exception& error) {
    if (signal_received() == 0) fmt::print(stderr, "error: {}\n", error.what());
  }
  return signal_received() ? 128 + signal_received() : int(status_failed);
}

}  // namespace
}  // namespace thalweg::app

int main(int argc, char** argv) {
  thalweg::app::watch_for_signals();
  const int status = thalweg::app::run_and_catch(argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    if (errno != EPIPE) {
      fmt::print(stderr, "error: standard output cannot be written: {}\n", std::strerror(errno));
      return thalweg::app::status_failed;
    }
  }
  return status;
}
