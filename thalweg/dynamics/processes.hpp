// Runs that several processes share: the first begins them, the others take part.
#pragma once
#include "thalweg/dynamics/checkpoint.hpp"

namespace thalweg {

/// The part of every process but the first: its share of each run that `sample` or `resume` begins there, with
/// `execution.world`, of the same model; until the first calls `dismiss`.
///
/// Errors  throws what its share of a run throws, and ProcessFailed when another process has abandoned the world. Who
///         catches the former must abandon the world in turn.
///
///     auto world = join_world();
///     const Execution execution{.threads = 8, .world = world.get()};
///     if (world->leads()) { Draws draws = sample(model, {.seed = 1}, execution); dismiss(*world); … }
///     else take_part(model, execution, observer);
void take_part(const Model& model, const Execution& execution, Observer& observer);
/// On the first process: `take_part` returns in the others.
void dismiss(World& world);

/// On the first process: the others begin at `standing` too.
void call_others(World& world, const Standing& standing);

/// Goes on from where it stands, in all processes alike.
Standing run_on(const Model& model, Standing standing, const Execution& execution, Sink& sink, Clock& clock,
                Observer& observer);

}  // namespace thalweg
