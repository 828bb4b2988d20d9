// What a simulation says: its table, its numbers for programs, and how far they can be trusted.
#pragma once
#include "app/answer.hpp"
#include "thalweg/sde/order.hpp"
#include "thalweg/sde/simulate.hpp"

namespace thalweg::app {

/// `show_quantiles`, `show_variance`: columns of the table. Failures: paths that exploded, a bias of more than a tenth
/// of a standard deviation. Notes: a bias beyond twice its error of chance, and what the simulation warns of.
Answer answer_of(const SdeModel& model, const Simulation& simulation, bool show_variance, bool show_quantiles);

/// Errors against steps, and the slopes.
Answer answer_of(const OrderStudy& study);

}  // namespace thalweg::app
