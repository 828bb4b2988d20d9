// Named SDEs with known answers: what schemes are judged on, and what can be simulated without a file.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

struct NamedSde {
  const char* name;
  const char* description;
  const char* parameters;  ///< with their defaults
};

/// All of them, in the order in which a list should print them.
std::span<const NamedSde> named_sdes();

/// Whether `name` is that of a named SDE.
bool is_named_sde(std::string_view name);

/// The SDE of that name, compiled for the widest instruction set of this machine, with the parameters that `data` has.
/// Throws Error on an unknown name and on parameters that are unknown or out of range.
SdeModel named_sde(std::string_view name, const DataMap& data = {});

}  // namespace thalweg
