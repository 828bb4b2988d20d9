// The processes that mpirun has started.
#pragma once
#include <memory>

#include "thalweg/core/world.hpp"

namespace thalweg {

/// Joins the processes that a launcher has started together with this one; a process without a launcher is alone.
/// Once a process, before its other threads. MPI ends with the object: all processes destroy theirs.
///
/// Cost    up to 4 kB go with the first message of an exchange, what is more with a second; whoever waits sleeps, after
///         some microseconds.
/// Errors  throws Error when MPI gives no exchanges from several threads, one at a time (MPI_THREAD_SERIALIZED). A
///         failure inside MPI ends all processes, as MPI does by itself.
///
/// `most_of_a_message`: numbers that are sent at once, over all processes; MPI counts them with int.
std::unique_ptr<World> join_world(std::int64_t most_of_a_message = std::int64_t{1} << 28);

}  // namespace thalweg
