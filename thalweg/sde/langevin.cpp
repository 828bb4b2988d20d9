#include "thalweg/sde/langevin.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/sde/sde_of.hpp"

namespace thalweg {
namespace {

/// One thread's workspaces of a model, at one width and what that can be taken apart into.
class Evaluator {
 public:
  explicit Evaluator(const Model& model) : d_(static_cast<std::size_t>(model.dimension())) {
    const std::vector<int> widths = model.widths();
    if (std::find(widths.begin(), widths.end(), default_width) != widths.end() && !model.table().one_lane_only)
      wide_.emplace(model.workspace(default_width));
    one_.emplace(model.workspace(1));
    if (!model.hessian_widths().empty()) product_.emplace(model.hessian_workspace(1));
  }

  void gradient(View<const Pack<default_width>> x, View<Pack<default_width>> out) {
    constexpr std::size_t width = default_width;
    if (!wide_) return by_lane(x, out);
    point_.resize(d_ * width), slope_.resize(d_ * width);
    for (std::size_t i = 0; i < d_; ++i) store(point_.data() + i * width, x[i]);
    double log_p[width];
    wide_->evaluate(point_.data(), slope_.data(), log_p);
    const auto known = load<Pack<default_width>>(log_p);
    for (std::size_t i = 0; i < d_; ++i)
      out[i] = select(is_finite(known), load<Pack<default_width>>(slope_.data() + i * width),
                      Pack<default_width>(not_a_number));
  }
  void gradient(View<const double> x, View<double> out) {
    double log_p = 0;
    one_->evaluate(x.data, out.data, &log_p);
    if (!std::isfinite(log_p)) std::fill_n(out.data, d_, not_a_number);
  }
  /// Gradient and Hessian–vector product, lane by lane.
  template <class R>
  void gradient(View<const Dual<R>> x, View<Dual<R>> out) {
    std::vector<double> at(d_), v(d_), g(d_), hv(d_, not_a_number);
    for (int lane = 0; lane < width_of<R>; ++lane) {
      for (std::size_t i = 0; i < d_; ++i) at[i] = lane_of(x[i].value, lane), v[i] = lane_of(x[i].tangent, lane);
      gradient(View<const double>{at.data(), d_}, View<double>{g.data(), d_});
      if (product_) product_->hessian_vector(at.data(), v.data(), hv.data());
      for (std::size_t i = 0; i < d_; ++i) set_lane(out[i].value, lane, g[i]), set_lane(out[i].tangent, lane, hv[i]);
    }
  }

 private:
  void by_lane(View<const Pack<default_width>> x, View<Pack<default_width>> out) {
    point_.resize(d_), slope_.resize(d_);
    for (int lane = 0; lane < default_width; ++lane) {
      for (std::size_t i = 0; i < d_; ++i) point_[i] = x[i][lane];
      gradient(View<const double>{point_.data(), d_}, View<double>{slope_.data(), d_});
      for (std::size_t i = 0; i < d_; ++i) out[i].set(lane, slope_[i]);
    }
  }

  std::size_t d_;
  std::optional<Workspace> wide_, one_, product_;
  std::vector<double> point_, slope_;
};

class Langevin {
 public:
  static constexpr const char* name = "langevin";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | gradient_drift | commuting_noise;

  Langevin(const Model& model, double temperature)
      : model_(std::make_shared<Model>(model)), noise_size_(std::sqrt(2 * temperature)) {}

  Langevin for_one_thread() const {
    Langevin own = *this;
    own.evaluator_ = std::make_shared<Evaluator>(*model_);
    return own;
  }
  std::int64_t dimension() const { return model_->dimension(); }
  std::int64_t noise_dimension() const { return model_->dimension(); }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    evaluator_->gradient(x, out);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Real(noise_size_);
  }

 private:
  std::shared_ptr<const Model> model_;
  double noise_size_;
  std::shared_ptr<Evaluator> evaluator_;  ///< of objects made by for_one_thread
};

}  // namespace

SdeModel langevin_sde(const Model& model, double temperature) {
  require(std::isfinite(temperature) && temperature >= 0, "temperature must be finite and >= 0; found {}", temperature);
  return sde_of(Langevin(model, temperature));
}

}  // namespace thalweg
