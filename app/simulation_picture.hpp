// Paths of a simulation with the bands that hold nine tenths and half of them.
#pragma once
#include "app/plot.hpp"
#include "thalweg/sde/simulate.hpp"

namespace thalweg::app {

/// Quantiles that the bands need.
inline const std::vector<double> picture_probabilities{0.05, 0.25, 0.5, 0.75, 0.95};
/// Times between which a picture is drawn, and paths in it.
inline constexpr int picture_times = 60, picture_paths = 16;
/// Coordinates that are drawn, each in a colour.
inline constexpr std::size_t picture_coordinates = 3;

/// Needs observations with picture_probabilities, and kept paths.
Picture picture_of(const SdeModel& model, const Simulation& simulation);

}  // namespace thalweg::app
