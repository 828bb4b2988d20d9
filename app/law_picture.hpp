// Densities on a grid as pictures: curves in one dimension, maps in two, with the probability current.
#pragma once
#include <string>
#include <vector>

#include "app/plot.hpp"
#include "thalweg/fokker_planck/current.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg::app {

struct Law {
  std::string name;
  std::vector<double> values;  ///< [cells]
};

/// One dimension: all laws; two: the last one, with the current over it. Throws UsageError in three.
Picture picture_of(const SdeModel& sde, const fokker_planck::Grid& grid, const std::vector<Law>& laws,
                   const fokker_planck::Current* current);

}  // namespace thalweg::app
