// Compiled into the library at its own instruction set, and again as a shared object for each wider one.
#include "thalweg/sde/named/unit.hpp"

#include "thalweg/sde/named/brownian.hpp"
#include "thalweg/sde/named/brownian_bridge.hpp"
#include "thalweg/sde/named/cir.hpp"
#include "thalweg/sde/named/double_well.hpp"
#include "thalweg/sde/named/geometric_brownian.hpp"
#include "thalweg/sde/named/kinetic_double_well.hpp"
#include "thalweg/sde/named/ornstein_uhlenbeck.hpp"
#include "thalweg/sde/named/rotating_ou.hpp"
#include "thalweg/sde/sde_table_of.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

const SdeTable* const* named_sde_tables(std::int32_t* count) {
  static const SdeTable* const tables[] = {
      &sde_table_of<Brownian>(),
      &sde_table_of<OrnsteinUhlenbeck>(),
      &sde_table_of<RotatingOu>(),
      &sde_table_of<GeometricBrownian>(),
      &sde_table_of<Cir>(),
      &sde_table_of<DoubleWell>(),
      &sde_table_of<BrownianBridge>(),
      &sde_table_of<KineticDoubleWell>(),
  };
  *count = static_cast<std::int32_t>(sizeof tables / sizeof tables[0]);
  return tables;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg

#ifdef THALWEG_NAMED_SDE_MODULE
extern "C" [[gnu::visibility("default")]] const thalweg::SdeTable* const* thalweg_named_sde_tables(
    std::int32_t* count) {
  return thalweg::named_sde_tables(count);
}
#endif
