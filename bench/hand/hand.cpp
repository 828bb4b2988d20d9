// Compiled for the machine at hand, as the units of Stan programs are.
#include "bench/hand/hand.hpp"

#include "bench/hand/autoregression.hpp"
#include "bench/hand/eight_schools.hpp"
#include "bench/hand/logistic.hpp"
#include "bench/hand/mixture.hpp"
#include "bench/hand/radon.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::bench {
namespace {

template <class M, class Real>
class Packed final : public HandWritten {
 public:
  explicit Packed(const DataMap& data) : model_(data) {}
  int width() const override { return width_of<Real>; }
  std::int64_t dimension() const override { return model_.dimension(); }
  void evaluate(const double* x, double* gradient, double* log_p) const override {
    store(log_p, model_.log_density(Point<Real>{x}, Slope<Real>{gradient}));
  }

 private:
  M model_;
};

}  // namespace

std::unique_ptr<HandWritten> hand_written(const std::string& name, const DataMap& data) {
  using Real = Pack<default_width>;
  if (name == "radon") return std::make_unique<Packed<Radon, Real>>(data);
  if (name == "logistic") return std::make_unique<Packed<Logistic, Real>>(data);
  if (name == "eight_schools") return std::make_unique<Packed<EightSchools, Real>>(data);
  if (name == "mixture") return std::make_unique<Packed<Mixture, Real>>(data);
  if (name == "autoregression") return std::make_unique<Packed<Autoregression, Real>>(data);
  fail("no gradient is written by hand for '{}'", name);
}

}  // namespace thalweg::bench
