// The tables of all named SDEs for one instruction set.
#pragma once
#include <cstdint>

#include "thalweg/sde/sde.hpp"
#include "thalweg/sde/sde_table.hpp"

namespace thalweg {

/// How the loaded form of the unit exports `named_sde_tables`.
inline constexpr const char* named_sde_symbol = "thalweg_named_sde_tables";
using NamedSdeTables = const SdeTable* const* (*)(std::int32_t* count);

inline namespace THALWEG_ISA {
/// The tables and, in `count`, their number.
const SdeTable* const* named_sde_tables(std::int32_t* count);
}  // namespace THALWEG_ISA
}  // namespace thalweg
