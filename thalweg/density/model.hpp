// A density with its data, as every method of the library sees it: the table of a compiled unit, owned safely.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/density/model_table.hpp"
#include "thalweg/density/subset.hpp"

namespace thalweg {

/// One named quantity of a draw; see RawVariable for the order of its values.
struct Variable {
  std::string name, type;
  Block block;
  std::vector<std::int64_t> shape;
  bool is_integer = false;
  std::int64_t offset = 0;  ///< of its first value in a draw
  std::int64_t size = 1;
};

/// Why a lane failed, in words: "model.stan:12:3: normal_lpdf: scale must be > 0" or empty.
struct Evidence {
  int statement = -1;
  std::string text;
};

/// A term of log p, what it is and why; `place` is "model.stan:12:3" or empty.
struct Term {
  Part part;
  std::string place, text, reason;
  std::string subset = {};        ///< of a likelihood term: the index that it is a sum over, or why it is none
  std::int64_t observations = 0;  ///< numbers of that index; 0: the term is whole
  bool is_subsampled = false;     ///< subsets choose from these numbers
};

/// One thread's means to evaluate a model at `width` points at once.
///
/// Shapes  x, gradient: [dimension][width] (lane fastest); log_p: [width].
/// Errors  `evaluate` never throws; a lane that fails has log p = −∞ or NaN, and `evidence(lane)` says why.
class Workspace {
 public:
  /// `owner` is kept alive as long as the workspace: what `instance` lives in.
  Workspace(const ModelTable& table, const void* instance, int width, std::shared_ptr<const void> owner = {},
            Parts parts = whole_density);
  /// Estimates the error of the last product in a lane; see `hessian_error`.
  using ErrorEstimate = double (*)(const void* workspace, int lane);
  int width() const { return width_; }
  Parts parts() const { return parts_; }  ///< of log p that are evaluated
  void evaluate(const double* x, double* gradient, double* log_p) {
    table_->evaluate(handle_.get(), parts_, x, gradient, log_p);
  }
  /// The same with the likelihood of some observations alone; of a workspace from Model::subset_workspace. All lanes
  /// have the same subset; a number that is no observation makes all lanes fail.
  void evaluate_subset(const Subset& subset, const double* x, double* gradient, double* log_p) {
    table_->evaluate_subset(handle_.get(), parts_, subset.indices.data(), std::ssize(subset.indices), subset.scale, x,
                            gradient, log_p);
  }
  Evidence evidence(int lane) const;
  bool has_hessian_vector() const { return table_->hessian_vector != nullptr; }
  /// out = ∇²log p(x)·v, [dimension][width]; NaN in a lane whose log p is not finite.
  void hessian_vector(const double* x, const double* v, double* out) {
    table_->hessian_vector(handle_.get(), parts_, x, v, out);
  }
  /// An estimate of the largest absolute error in a lane of the last product; 0 where products are exact.
  double hessian_error(int lane) const { return error_ ? error_(handle_.get(), lane) : 0; }
  /// All values of a draw (see Model::variables) from one unconstrained point; width 1 only. Throws Error when a
  /// statement of transformed parameters or generated quantities rejects.
  void constrain(std::span<const double> x, std::uint64_t seed, std::uint64_t particle, std::uint64_t step,
                 bool generate, std::span<double> values);
  /// Parameters by name to an unconstrained point; those absent keep their place in x. Width 1 only. Throws Error.
  void unconstrain(const DataMap& parameters, std::span<double> x);

 private:
  friend class Model;
  struct Release {
    void (*destroy)(void*);
    std::shared_ptr<const void> owner;
    void operator()(void* workspace) const { destroy(workspace); }
  };
  const ModelTable* table_;
  int width_;
  Parts parts_;
  std::int64_t dimension_, draw_size_;
  std::unique_ptr<void, Release> handle_;
  ErrorEstimate error_ = nullptr;
};

/// A compiled density bound to its data.
class Model {
 public:
  struct Options {
    std::uint64_t seed = 0;                           ///< for `_rng` calls in transformed data
    std::function<void(const std::string&)> print{};  ///< what `print` writes; dropped when empty
  };
  /// `keep_alive` holds what the table lives in (a loaded shared object). Throws Error on data that do not fit.
  static Model create(const ModelTable& table, const DataMap& data, const Options& options,
                      std::shared_ptr<void> keep_alive = {});
  /// The same for an instance that already exists, of the type that `table` works on.
  static Model adopt(const ModelTable& table, std::shared_ptr<void> instance);

  const std::string& name() const { return name_; }
  std::int64_t dimension() const { return dimension_; }
  const std::vector<Variable>& variables() const { return variables_; }
  std::int64_t draw_size() const { return draw_size_; }  ///< numbers in a draw: the sizes of all variables
  const ModelTable& table() const { return *table_; }
  std::vector<int> widths() const;
  /// The widest width to use: the native one, or 1 when control flow depends on parameters.
  int preferred_width() const;
  /// A new workspace for a sum of parts of log p; `width` must be one of widths(). Throws Error when the density does
  /// not know its prior from its likelihood and `parts` asks for that.
  Workspace workspace(int width, Parts parts = whole_density) const;

  // ---- Hessian–vector products: the table's own, or those of a second table of the same density ----

  /// Takes them from a second table, for which an instance is made from the same data and seed; what that prints is
  /// dropped. Throws Error when data or dimension do not fit.
  void add_hessian(const ModelTable& table, const DataMap& data, const Options& options,
                   std::shared_ptr<void> keep_alive = {});
  /// Takes them from differences of the gradient (see density/hessian_differences.hpp); `reason` says why, in words.
  void add_hessian_differences(std::string reason);
  /// Whether products are derivatives of the gradient's own code; false too when there are none.
  bool hessian_is_exact() const { return hessian_.table != nullptr && hessian_.error == nullptr; }
  /// Why they are not exact, in words; empty when they are.
  std::string hessian_reason() const;
  /// Widths for Hessian–vector products, ascending; empty: there are none.
  std::vector<int> hessian_widths() const;
  /// A workspace that has `hessian_vector`; `width` must be one of hessian_widths().
  Workspace hessian_workspace(int width, Parts parts = whole_density) const;

  // ---- subsets of the observations: the table's own, or those of a second table of the same density ----

  /// Takes them from a second table, for which an instance is made from the same data and seed; what that prints is
  /// dropped. Throws Error when data or dimension do not fit.
  void add_subsets(const ModelTable& table, const DataMap& data, const Options& options,
                   std::shared_ptr<void> keep_alive = {});
  /// Says why there are none.
  void refuse_subsets(std::string reason);
  /// The terms that a subset chooses from; 0: the density cannot be subsampled.
  std::int64_t observations() const;
  /// Why it cannot, in words; empty when it can.
  std::string subset_reason() const;
  /// Widths for subsets, ascending; empty: there are none.
  std::vector<int> subset_widths() const;
  /// A workspace that has `evaluate_subset`; `width` must be one of subset_widths(). Throws Error with subset_reason().
  Workspace subset_workspace(int width, Parts parts = whole_density) const;

  /// The terms of log p with what each is; empty when the density does not say.
  std::vector<Term> terms() const;
  /// Why prior and likelihood cannot be had apart, with the first term that is undecided; empty when they can.
  std::string split_reason() const;

 private:
  Model() = default;
  void require_parts(Parts parts) const;
  /// Where Hessian–vector products come from.
  struct Hessian {
    const ModelTable* table = nullptr;
    std::shared_ptr<void> instance;
    std::string reason;
    Workspace::ErrorEstimate error = nullptr;
  };
  /// Where subsets come from.
  struct Subsets {
    const ModelTable* table = nullptr;
    std::shared_ptr<void> instance;
    std::string reason = "it was compiled without subsets of its observations";
  };
  std::shared_ptr<void> second_instance(const ModelTable& table, const DataMap& data, const Options& options,
                                        std::shared_ptr<void> keep_alive, const char* purpose) const;
  Workspace workspace_of(const ModelTable& table, const std::shared_ptr<void>& instance, int width, Parts parts) const;
  const ModelTable* table_ = nullptr;
  std::string name_;
  std::int64_t dimension_ = 0, draw_size_ = 0;
  std::vector<Variable> variables_;
  std::shared_ptr<void> instance_;  ///< its deleter holds all that the instance needs
  Hessian hessian_;
  Subsets subsets_;
};

}  // namespace thalweg
