#include "app/model_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/company.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/run_settings.hpp"
#include "app/terminal.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg::app {

void ModelCommand::say(const std::string& text) const {
  if (!quiet) note(text);
}

void add_model_arguments(CLI::App& app, ModelCommand& c) {
  c.verb = app.get_name();
  c.threads = default_threads();
  app.add_option("MODEL", c.model, "A Stan program, or a test density (funnel, banana:2, …)")
      ->required()
      ->check(not_empty());
  app.add_option("--data", c.data_path, "The data, a JSON file; may be left out when the program has none")
      ->type_name("FILE")
      ->check(not_empty());
}

void add_run_options(CLI::App& app, ModelCommand& c) {
  app.add_option_function<std::string>(
         "--seed",
         [&c](const std::string& text) {
           const auto seed = parse_unsigned(text);
           if (!seed) throw CLI::ValidationError("--seed", "must be an integer from 0 to 2^64 - 1; found " + text);
           c.seed = *seed;
           c.seed_given = true;
         },
         "Seed of all random numbers; left out: drawn, printed and stored")
      ->type_name("N");
  integer_option(app, "--threads", c.threads, 1, 4096, "Threads; they change no bit of the answer");
  app.add_option("--out", c.out, "The run file; left out: MODEL's stem + .run here, with -2, -3 … if taken")
      ->type_name("NAME.run")
      ->check(not_empty());
  app.add_flag("--overwrite", c.overwrite, "Replace an existing --out, at the first commit");
  app.add_flag("--quiet", c.quiet, "No progress and no notes; the answer only");
}

LoadedModel open_model(ModelCommand& c, DataMap& data, const ModelNeeds& needs) {
  if (!c.overwrite && !c.out.empty() && file_exists(c.out))
    fail("{}: exists already; --overwrite replaces it, another --out keeps it", c.out);
  if (!c.seed_given) c.seed = draw_seed();
  if (!c.data_path.empty()) data = read_json_data(c.data_path);
  LoadedModel loaded = load_model(c.model, data,
                                  {.seed = c.seed,
                                   .data_given = !c.data_path.empty(),
                                   .quiet = c.quiet,
                                   .hessian = needs.hessian,
                                   .subset = needs.subset,
                                   .constants = needs.constants});
  if (loaded.model.dimension() == 0) fail("{}: has no parameters, so that there is nothing to {}", c.model, c.verb);
  return loaded;
}

std::map<std::string, std::string> settings_of(const ModelCommand& c, const nlohmann::json& own) {
  using nlohmann::json;
  json all{{"command", c.verb},
           {"thalweg", version()},
           {"model", c.model},
           {"data", c.data_path.empty() ? json() : json(c.data_path)},
           {"seed", c.seed}};
  all.update(own);
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : all.items()) texts[key] = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return texts;
}

RunHeader header_of(const ModelCommand& c, const LoadedModel& loaded) {
  RunHeader header;
  header.program_name = c.model;
  header.program_source = loaded.source;
  header.fingerprint = run_fingerprint(loaded.model);
  header.chains = 1;
  return header;
}

RunFile create_run(const ModelCommand& c, const RunHeader& header, const DataMap& data) {
  const RunFile::Creation options{.overwrite = c.overwrite, .data_path = c.data_path};
  if (!c.out.empty()) return RunFile::create(c.out, header, data, options);
  for (;;) {  // a name that was free may be taken by another process before the file is made
    const std::string name = free_run_name(stem_of(c.model));
    try {
      return RunFile::create(name, header, data, options);
    } catch (const Error&) {
      if (!file_exists(name)) throw;
    }
  }
}

std::string count_parameters(const Model& model) {
  return fmt::format("{} parameter{}", model.dimension(), model.dimension() == 1 ? "" : "s");
}

}  // namespace thalweg::app
