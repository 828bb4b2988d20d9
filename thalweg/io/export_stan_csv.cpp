// As CmdStan 2.3x writes its output files; see "Stan CSV file format" in the CmdStan guide.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <memory>

#include "thalweg/core/error.hpp"
#include "thalweg/io/export.hpp"
#include "thalweg/io/export_layout.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg {
namespace {

/// What the comments of one chain's file say.
struct ChainComments {
  const RunHeader& header;
  const ExportOptions& options;
  const RunAdaptation* adaptation;  ///< or null
  std::int64_t chain, draws, warmup_draws;

  std::int64_t thin() const { return std::max<std::int64_t>(1, std::llround(number_setting(header, "thin", 1))); }
  std::size_t metric_size() const { return adaptation ? adaptation->inverse_metric.size() : 0; }
  /// Rows of the inverse metric when it is a whole matrix; a single number counts as a diagonal.
  std::size_t dense_rows() const {
    if (text_setting(header, "metric", "diagonal") != "dense") return 0;
    const auto rows = static_cast<std::size_t>(std::llround(std::sqrt(static_cast<double>(metric_size()))));
    return rows * rows == metric_size() ? rows : 0;
  }
  /// unit_e when nothing is known: the readers want a metric named, and elements below a diagonal or dense one.
  const char* metric() const { return metric_size() == 0 ? "unit_e" : dense_rows() > 0 ? "dense_e" : "diag_e"; }

  std::string before() const;
  std::string after_warmup() const;
  std::string at_the_end() const;
};

std::string ChainComments::before() const {
  const std::int64_t warmup =
      warmup_draws > 0 ? warmup_draws * thin() : std::llround(number_setting(header, "warmup", 0));
  std::string text;
  const auto line = [&](int depth, const std::string& words) {
    text += "# " + std::string(2 * static_cast<std::size_t>(depth), ' ') + words + '\n';
  };
  line(0, "stan_version_major = 2");
  line(0, "stan_version_minor = 35");
  line(0, "stan_version_patch = 0");
  line(0, fmt::format("thalweg_version = {}", options.version));
  line(0, fmt::format("model = {}", model_name(header)));
  if (!options.created_at.empty()) line(0, fmt::format("start_datetime = {}", options.created_at));
  if (const std::string command = text_setting(header, "command", "sample"); command != "sample") {
    line(0, fmt::format("method = {}", command));
    line(1, command);
    line(0, fmt::format("id = {}", chain + 1));
    line(0, "data");
    line(1, fmt::format("file = {}", text_setting(header, "data", "")));
    line(0, "random");
    line(1, fmt::format("seed = {}", text_setting(header, "seed", "0")));
    return text;
  }
  line(0, "method = sample (Default)");
  line(1, "sample");
  line(2, fmt::format("num_samples = {}", draws * thin()));
  line(2, fmt::format("num_warmup = {}", warmup));
  line(2, fmt::format("save_warmup = {}", warmup_draws > 0 ? "true" : "false"));
  line(2, fmt::format("thin = {}", thin()));
  line(2, "adapt");
  line(3, "engaged = true");
  line(3, fmt::format("delta = {}", number_setting(header, "target_accept", 0.8)));
  line(2, "algorithm = hmc (Default)");
  line(3, "hmc");
  line(4, "engine = nuts (Default)");
  line(5, "nuts");
  line(6, fmt::format("max_depth = {}", std::llround(number_setting(header, "max_depth", 10))));
  line(4, fmt::format("metric = {}", metric()));
  line(4, "metric_file =  (Default)");
  line(4, "stepsize = 1 (Default)");
  line(4, "stepsize_jitter = 0 (Default)");
  line(2, fmt::format("num_chains = {}", header.chains));
  line(0, fmt::format("id = {}", chain + 1));
  line(0, "data");
  line(1, fmt::format("file = {}", text_setting(header, "data", "")));
  line(0, fmt::format("init = {}", text_setting(header, "init", "2")));
  line(0, "random");
  line(1, fmt::format("seed = {}", text_setting(header, "seed", "0")));
  return text;
}

std::string ChainComments::after_warmup() const {
  std::string text = "# Adaptation terminated\n";
  text += fmt::format("# Step size = {}\n", adaptation ? adaptation->step_size : 1.0);
  if (metric_size() == 0) return text;
  const std::vector<double>& m = adaptation->inverse_metric;
  if (const std::size_t rows = dense_rows()) {
    text += "# Elements of inverse mass matrix:\n";
    for (std::size_t r = 0; r < rows; ++r)
      text += fmt::format("# {}\n", fmt::join(m.begin() + static_cast<std::ptrdiff_t>(r * rows),
                                              m.begin() + static_cast<std::ptrdiff_t>((r + 1) * rows), ", "));
  } else {
    text += fmt::format("# Diagonal elements of inverse mass matrix:\n# {}\n", fmt::join(m, ", "));
  }
  return text;
}

std::string ChainComments::at_the_end() const {
  const double warmup = options.warmup_seconds, sampling = options.sampling_seconds;
  return fmt::format(
      "# \n#  Elapsed Time: {:.3f} seconds (Warm-up)\n#                {:.3f} seconds (Sampling)\n"
      "#                {:.3f} seconds (Total)\n# \n",
      warmup, sampling, warmup + sampling);
}

void write_rows(const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t chain, std::int64_t draws,
                const std::vector<std::int64_t>& columns, OutputFile& file) {
  fmt::memory_buffer row;
  visit_draws(run, options, phase, chain, draws, 0, run.header().width(), [&](const DrawPart& part) {
    for (std::int64_t i = 0; i < part.count; ++i) {
      row.clear();
      for (const std::int64_t c : columns)
        fmt::format_to(std::back_inserter(row), "{},", part.values[static_cast<std::size_t>(c * part.stride + i)]);
      row.data()[row.size() - 1] = '\n';
      file.write({row.data(), row.size()});
    }
  });
}

void write_chain(const RunFile& run, const ChainComments& comments, OutputFile& file) {
  std::vector<std::int64_t> columns;
  std::string heading;
  for (const ColumnGroup& group : groups_in_stan_order(run.header()))
    for (const ColumnElement& element : elements_of(group, IndexOrder::first_fastest)) {
      if (!heading.empty()) heading += ',';
      heading += table_name(group);
      for (const std::int64_t index : element.indexes) heading += fmt::format(".{}", index);
      columns.push_back(element.column);
    }
  file.write(comments.before() + heading + '\n');
  write_rows(run, comments.options, Phase::warmup, comments.chain, comments.warmup_draws, columns, file);
  const bool sampled = text_setting(run.header(), "command", "sample") == "sample";
  if (sampled) file.write(comments.after_warmup());
  write_rows(run, comments.options, Phase::sampling, comments.chain, comments.draws, columns, file);
  if (sampled) file.write(comments.at_the_end());
}

/// Counts the CSV files of a folder that are not among `ours`.
std::int64_t count_others(const std::string& folder, const std::vector<std::string>& ours) {
  std::int64_t others = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string path = (std::filesystem::path(folder) / entry.path().filename()).string();
    others += path.ends_with(".csv") && std::find(ours.begin(), ours.end(), path) == ours.end();
  }
  return others;
}

/// A folder that goes away again, unless kept, if this call made it.
class Folder {
 public:
  explicit Folder(const std::string& path) : path_(path) {
    made_ = ::mkdir(path.c_str(), 0777) == 0;
    if (!made_ && errno != EEXIST) fail("{}: the folder cannot be made: {}", path, explain(errno));
    if (!is_folder(path)) fail("{}: exists already, and is not a folder", path);
  }
  ~Folder() {
    if (made_) ::rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void keep() { made_ = false; }

 private:
  std::string path_;
  bool made_;
};

}  // namespace

ExportReport export_stan_csv(const RunFile& run, const std::string& folder, const ExportOptions& options) {
  ExportReport report;
  const RunHeader& header = run.header();
  const std::int64_t draws = draws_to_export(run, report.notes);
  const std::int64_t warmup = run.common_draw_count(Phase::warmup);
  const std::vector<RunAdaptation> adaptation = run.adaptation();
  Folder place(folder);
  std::vector<std::unique_ptr<OutputFile>> files;
  for (std::int64_t chain = 0; chain < header.chains; ++chain) {
    const std::string name = fmt::format("{}_{}.csv", model_name(header), chain + 1);
    const std::string path = (std::filesystem::path(folder) / name).string();
    report.files.push_back(path);
    check_target(path, options.overwrite);
  }
  for (std::int64_t chain = 0; chain < header.chains; ++chain) {
    const RunAdaptation* own = nullptr;
    for (const RunAdaptation& a : adaptation)
      if (a.chain == chain || (a.chain == -1 && !own)) own = &a;
    files.push_back(std::make_unique<OutputFile>(report.files[static_cast<std::size_t>(chain)], options.overwrite));
    write_chain(run, {header, options, own, chain, draws, warmup}, *files.back());
    files.back()->close();
  }
  for (const auto& file : files) file->commit();
  place.keep();
  if (const std::int64_t others = count_others(folder, report.files); others > 0)
    report.notes.push_back(
        fmt::format("{} holds {} other CSV file{}; readers of the whole folder take them for chains of this run",
                    folder, others, others == 1 ? "" : "s"));
  return report;
}

}  // namespace thalweg
