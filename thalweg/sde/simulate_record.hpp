// What a simulation saves, and its first passages summed up.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/sde/simulate.hpp"

namespace thalweg {

/// Steps made in the interval under way.
struct SimulationPosition {
  std::int64_t interval = 0, steps = 0;
};

struct SimulationRecord {
  SimulationSettings settings;
  SimulationPosition position;
  Simulation report;
  std::vector<unsigned char> states;  ///< of both ensembles
};

Checkpoint write_record(const SimulationRecord& record);
/// Throws Error on bytes that are not a record, or one of another SDE.
SimulationRecord read_record(const Checkpoint& checkpoint, const SdeModel& model);

/// `coarse`, with steps twice as long, gives the bias of the probability; null: none is given.
PassageReport passage_report(const Ensemble& fine, const Ensemble* coarse, const SimulationSettings& settings);

}  // namespace thalweg
