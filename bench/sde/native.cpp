#include "native.hpp"

#include "thalweg/core/normals.hpp"
#include "thalweg/sde/sde_table_of.hpp"

namespace thalweg::bench {
namespace {

/// dx = (x − x³) dt + √(2T) dW at T = ¼
struct Well {
  static constexpr const char* name = "well";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous;
  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[0] - x[0] * x[0] * x[0];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(0.70710678118654752);
  }
};

}  // namespace

const SdeTable& double_well_table() { return sde_table_of<Well>(); }

NormalsDone normals_alone(std::int64_t packs, std::int64_t count) {
  using Real = Pack<default_width>;
  Real sum(0.0);
  for (std::int64_t pack = 0; pack < packs; ++pack) {
    NormalStream<Real> stream(1, Purpose::brownian, static_cast<std::uint64_t>(pack * default_width), 0);
    for (std::int64_t n = 0; n < count; ++n) sum += stream.next();
  }
  return {lane_of(sum, 0), packs * count * default_width};
}

NormalsDone general_normals_alone(std::int64_t packs, std::int64_t count) {
  constexpr std::size_t at_once = 1024;
  double buffer[at_once], sum = 0;
  std::int64_t numbers = 0;
  for (std::int64_t pack = 0; pack < packs; ++pack)
    for (std::int64_t n = 0; n < count * default_width; n += static_cast<std::int64_t>(at_once)) {
      fill_normals(1, Purpose::brownian, static_cast<std::uint64_t>(pack), static_cast<std::uint64_t>(n), buffer,
                   at_once);
      sum += buffer[7];
      numbers += static_cast<std::int64_t>(at_once);
    }
  return {sum, numbers};
}

}  // namespace thalweg::bench
