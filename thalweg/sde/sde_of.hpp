// A C++ functor as an SdeModel: the C++ user's road.
#pragma once
#include <memory>
#include <utility>

#include "thalweg/sde/sde_model.hpp"
#include "thalweg/sde/sde_table_of.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// An SDE object as a model; see sde.hpp for what S must offer.
template <class S>
SdeModel sde_of(S sde) {
  return SdeModel::adopt(sde_table_of<S>(), std::make_shared<S>(std::move(sde)));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
