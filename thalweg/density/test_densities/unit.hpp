// The tables of all test densities for one instruction set.
#pragma once
#include <cstdint>

#include "thalweg/core/pack.hpp"
#include "thalweg/density/model_table.hpp"

namespace thalweg {

/// How the loaded form of the unit exports `test_density_tables`.
inline constexpr const char* test_density_symbol = "thalweg_test_density_tables";
using TestDensityTables = const ModelTable* const* (*)(std::int32_t* count);

inline namespace THALWEG_ISA {
/// The tables and, in `count`, their number.
const ModelTable* const* test_density_tables(std::int32_t* count);
}  // namespace THALWEG_ISA
}  // namespace thalweg
