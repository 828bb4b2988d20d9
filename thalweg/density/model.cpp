#include "thalweg/density/model.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/density/hessian_differences.hpp"
#include "thalweg/density/raw_view.hpp"

namespace thalweg {
namespace {

/// What `print` writes to; one line at a time, whichever thread it comes from.
struct Printer {
  std::function<void(const std::string&)> write;
  std::mutex one_at_a_time;

  static void receive(void* receiver, const char* text) {
    auto& printer = *static_cast<Printer*>(receiver);
    if (!printer.write) return;
    const std::lock_guard lock(printer.one_at_a_time);
    printer.write(text);
  }
};

void require_table(const ModelTable& table) {
  if (table.abi != model_abi)
    fail("the compiled model speaks version {} of the model table, this thalweg speaks version {}: compile it again",
         table.abi, model_abi);
}

std::vector<Variable> read_variables(const ModelTable& table, const void* instance) {
  std::vector<Variable> variables;
  std::int64_t offset = 0;
  for (std::int32_t i = 0; i < table.variable_count(instance); ++i) {
    const RawVariable& raw = *table.variable(instance, i);
    Variable v{raw.name, raw.type, raw.block, {raw.shape, raw.shape + raw.rank}, raw.is_integer != 0, offset, 1};
    for (const std::int64_t n : v.shape) v.size *= n;
    offset += v.size;
    variables.push_back(std::move(v));
  }
  return variables;
}

/// An instance that keeps alive what it needs.
std::shared_ptr<void> create_instance(const ModelTable& table, const DataMap& data, const Model::Options& options,
                                      std::shared_ptr<void> keep_alive) {
  require_table(table);
  auto printer = std::make_shared<Printer>();
  printer->write = options.print;
  const RawView raw(data);
  std::string error(4096, '\0');
  void* instance = table.create(raw.raw(), options.seed, Printer::receive, printer.get(), error.data(),
                                static_cast<std::int64_t>(error.size()));
  if (!instance) {
    error.resize(std::min(error.find('\0'), error.size()));
    throw Error(error.empty() ? fmt::format("model {} could not be created and gave no reason", table.name) : error);
  }
  const auto destroy = table.destroy;
  return {instance, [destroy, printer, keep_alive](void* p) { destroy(p); }};
}

std::int64_t total_size(const std::vector<Variable>& variables) {
  return variables.empty() ? 0 : variables.back().offset + variables.back().size;
}

}  // namespace

Workspace::Workspace(const ModelTable& table, const void* instance, int width, std::shared_ptr<const void> owner,
                     Parts parts)
    : table_(&table),
      width_(width),
      parts_(parts),
      dimension_(table.dimension(instance)),
      draw_size_(total_size(read_variables(table, instance))),
      handle_(table.create_workspace(instance, width), Release{table.destroy_workspace, std::move(owner)}) {
  if (!handle_) fail("model {}: no memory for a workspace of width {}", table.name, width);
}

Evidence Workspace::evidence(int lane) const {
  require(lane >= 0 && lane < width_, "lane must be in [0, {}); found {}", width_, lane);
  const RawEvidence raw = table_->evidence(handle_.get(), lane);
  Evidence evidence{raw.statement, raw.reason ? raw.reason : ""};
  if (raw.statement < 0 || raw.statement >= table_->statement_count) return evidence;
  const RawStatement& s = table_->statements[raw.statement];
  evidence.text = fmt::format("{}:{}:{}: {}", s.file, s.line, s.column, evidence.text.empty() ? s.text : evidence.text);
  return evidence;
}

void Workspace::constrain(std::span<const double> x, std::uint64_t seed, std::uint64_t particle, std::uint64_t step,
                          bool generate, std::span<double> values) {
  require(width_ == 1, "constrain needs a workspace of width 1; found width {}", width_);
  require(std::ssize(x) == dimension_, "x must have {} elements; found {}", dimension_, x.size());
  require(std::ssize(values) == draw_size_, "values must have {} elements; found {}", draw_size_, values.size());
  const char* error = table_->constrain(handle_.get(), x.data(), seed, particle, step, generate, values.data());
  if (error) throw Error(error);
}

void Workspace::unconstrain(const DataMap& parameters, std::span<double> x) {
  require(width_ == 1, "unconstrain needs a workspace of width 1; found width {}", width_);
  require(std::ssize(x) == dimension_, "x must have {} elements; found {}", dimension_, x.size());
  const RawView raw(parameters);
  if (const char* error = table_->unconstrain(handle_.get(), raw.raw(), x.data())) throw Error(error);
}

Model Model::create(const ModelTable& table, const DataMap& data, const Options& options,
                    std::shared_ptr<void> keep_alive) {
  return adopt(table, create_instance(table, data, options, std::move(keep_alive)));
}

Model Model::adopt(const ModelTable& table, std::shared_ptr<void> instance) {
  require_table(table);
  Model model;
  model.table_ = &table;
  model.name_ = table.name;
  model.dimension_ = table.dimension(instance.get());
  model.variables_ = read_variables(table, instance.get());
  model.draw_size_ = total_size(model.variables_);
  model.instance_ = std::move(instance);
  if (table.hessian_vector) model.hessian_ = {&table, model.instance_, {}, nullptr};
  if (table.evaluate_subset)
    model.subsets_ = {&table, model.instance_, {}};
  else if (!table.subset_index)
    model.subsets_.reason = "it does not say which terms belong to its observations";
  return model;
}

std::vector<int> Model::widths() const { return {table_->widths, table_->widths + table_->width_count}; }

int Model::preferred_width() const {
  return table_->one_lane_only || table_->width_count == 0 ? 1 : table_->widths[table_->width_count - 1];
}

void Model::add_hessian(const ModelTable& table, const DataMap& data, const Options& options,
                        std::shared_ptr<void> keep_alive) {
  require(table.hessian_vector != nullptr, "the table of {} has no Hessian-vector products", table.name);
  hessian_ = {&table, second_instance(table, data, options, std::move(keep_alive), "Hessians"), {}, nullptr};
}

std::shared_ptr<void> Model::second_instance(const ModelTable& table, const DataMap& data, const Options& options,
                                             std::shared_ptr<void> keep_alive, const char* purpose) const {
  std::shared_ptr<void> instance = create_instance(table, data, {options.seed, {}}, std::move(keep_alive));
  if (table.dimension(instance.get()) != dimension_)
    fail("model {} has {} dimensions, but {} in its unit for {}: they were not made from one program", name_,
         dimension_, table.dimension(instance.get()), purpose);
  return instance;
}

void Model::add_hessian_differences(std::string reason) {
  HessianDifferences differences = hessian_differences(*table_, instance_);
  hessian_ = {differences.table, std::move(differences.instance), std::move(reason), differences.error};
}

std::string Model::hessian_reason() const {
  return hessian_.table ? hessian_.reason : "it was compiled without Hessian-vector products";
}

std::vector<int> Model::hessian_widths() const {
  if (!hessian_.table) return {};
  if (hessian_.table->one_lane_only) return {1};
  return {hessian_.table->widths, hessian_.table->widths + hessian_.table->width_count};
}

Workspace Model::hessian_workspace(int width, Parts parts) const {
  require(hessian_.table != nullptr, "model {} was compiled without Hessian-vector products", name_);
  Workspace w = workspace_of(*hessian_.table, hessian_.instance, width, parts);
  w.error_ = hessian_.error;
  return w;
}

void Model::add_subsets(const ModelTable& table, const DataMap& data, const Options& options,
                        std::shared_ptr<void> keep_alive) {
  require(table.evaluate_subset != nullptr, "the table of {} has no subsets of its observations", table.name);
  subsets_ = {&table, second_instance(table, data, options, std::move(keep_alive), "subsets"), {}};
}

void Model::refuse_subsets(std::string reason) { subsets_ = {nullptr, nullptr, std::move(reason)}; }

std::int64_t Model::observations() const {
  if (!subsets_.table) return 0;
  const std::int32_t index = subsets_.table->subset_index(subsets_.instance.get());
  return index < 0 ? 0 : subsets_.table->index_size(subsets_.instance.get(), index);
}

std::string Model::subset_reason() const {
  return subsets_.table && observations() == 0 ? "there are no observations in its data" : subsets_.reason;
}

std::vector<int> Model::subset_widths() const {
  if (observations() == 0) return {};
  if (subsets_.table->one_lane_only) return {1};
  return {subsets_.table->widths, subsets_.table->widths + subsets_.table->width_count};
}

Workspace Model::subset_workspace(int width, Parts parts) const {
  if (observations() == 0) fail("model {} cannot be evaluated for a part of its data: {}", name_, subset_reason());
  return workspace_of(*subsets_.table, subsets_.instance, width, parts);
}

std::vector<Term> Model::terms() const {
  std::vector<Term> terms;
  const std::int32_t chosen = table_->subset_index ? table_->subset_index(instance_.get()) : -1;
  for (std::int32_t i = 0; i < table_->term_count; ++i) {
    const RawTerm& raw = table_->terms[i];
    Term term{raw.part, {}, raw.text, raw.reason, raw.subset ? raw.subset : ""};
    if (raw.index >= 0 && table_->index_size) {
      term.observations = table_->index_size(instance_.get(), raw.index);
      term.is_subsampled = raw.index == chosen;
    }
    if (raw.statement >= 0 && raw.statement < table_->statement_count) {
      const RawStatement& s = table_->statements[raw.statement];
      term.place = fmt::format("{}:{}:{}", s.file, s.line, s.column);
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

void Model::require_parts(Parts parts) const {
  constexpr Parts target = whole_density & ~part_jacobian;
  if ((parts & target) == target || ((parts & target) == 0 && table_->terms)) return;
  if (const std::string reason = split_reason(); !reason.empty()) fail("{}", reason);
}

std::string Model::split_reason() const {
  if (!table_->terms)
    return fmt::format(
        "model {} does not say which of its terms are prior and which likelihood, so that neither can be had apart",
        name_);
  std::string reason;
  std::int64_t others = -1;
  bool in_source = false;
  for (const Term& term : terms()) {
    if (term.part != part_undecided) continue;
    if (++others > 0) continue;
    in_source = !term.place.empty();
    reason = fmt::format("{}{}nobody can tell whether this term is prior or likelihood: {} ({})", term.place,
                         in_source ? ": " : "", term.text, term.reason);
  }
  if (others > 0) reason += fmt::format(", and {} more", others);
  if (in_source) reason += "; a comment at the end of its line decides: // thalweg: prior, or // thalweg: likelihood";
  return reason;
}

Workspace Model::workspace(int width, Parts parts) const { return workspace_of(*table_, instance_, width, parts); }

Workspace Model::workspace_of(const ModelTable& table, const std::shared_ptr<void>& instance, int width,
                              Parts parts) const {
  const std::vector<int> known(table.widths, table.widths + table.width_count);
  require(std::find(known.begin(), known.end(), width) != known.end(),
          "width must be one that model {} was compiled for ({}); found {}", name_, fmt::join(known, ", "), width);
  require(width == 1 || !table.one_lane_only, "model {} can only be evaluated one point at a time ({}); found width {}",
          name_, table.one_lane_reason ? table.one_lane_reason : "its control flow depends on parameters", width);
  require_parts(parts);
  return Workspace(table, instance.get(), width, instance, parts);
}

}  // namespace thalweg
