// Compiled into the library at its own instruction set, and again as a shared object for each wider one.
#include "thalweg/density/test_densities/unit.hpp"

#include "thalweg/density/table_of.hpp"
#include "thalweg/density/test_densities/banana.hpp"
#include "thalweg/density/test_densities/correlated_gaussian.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"
#include "thalweg/density/test_densities/funnel.hpp"
#include "thalweg/density/test_densities/gaussian.hpp"
#include "thalweg/density/test_densities/ill_conditioned_gaussian.hpp"
#include "thalweg/density/test_densities/mixture.hpp"
#include "thalweg/density/test_densities/ring.hpp"
#include "thalweg/density/test_densities/rosenbrock.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

const ModelTable* const* test_density_tables(std::int32_t* count) {
  static const ModelTable* const tables[] = {
      &table_of<Gaussian>(),
      &table_of<IllConditionedGaussian>(),
      &table_of<CorrelatedGaussian>(),
      &table_of<Banana>(),
      &table_of<Funnel>(),
      &table_of<Rosenbrock>(),
      &table_of<Mixture>(),
      &table_of<Ring>(),
      &table_of<EightSchools>(),
      &table_of<EightSchoolsCentered>(),
  };
  *count = static_cast<std::int32_t>(sizeof tables / sizeof tables[0]);
  return tables;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg

#ifdef THALWEG_TEST_DENSITY_MODULE
extern "C" [[gnu::visibility("default")]] const thalweg::ModelTable* const* thalweg_test_density_tables(
    std::int32_t* count) {
  return thalweg::test_density_tables(count);
}
#endif
