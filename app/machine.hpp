// What the command line takes from the machine, so that the library need not.
#pragma once
#include <cstdint>
#include <string>

#include "thalweg/core/sink.hpp"

namespace thalweg::app {

/// The cores that this process may use: its affinity mask, and the quota of its control group (rounded up).
int cores_allowed();
/// The affinity mask as a text: processes with the same one on a machine share the same cores.
std::string core_mask();

/// A fresh seed from the system's random source, below 2³² so that a person can type it.
std::uint64_t draw_seed();

class SteadyClock final : public Clock {
 public:
  double seconds() override;
};

/// "x.y.z" of this build.
std::string version();
/// Version, compiler, flags and instruction set in one line; what must agree for the same bits.
std::string build_fingerprint();
/// The same in several lines for people, with the processor's widest instruction set.
std::string describe_build();

}  // namespace thalweg::app
