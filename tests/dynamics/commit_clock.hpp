// A clock for tests that want many commits: each look finds it ten seconds later, but a commit takes no time.
#pragma once
#include <utility>

#include "thalweg/core/sink.hpp"

namespace thalweg::test {

struct CommitClock : Clock {
  double now = 0;
  bool stands = false;  ///< at the next look: said by the sink while it commits
  double seconds() override {
    if (std::exchange(stands, false)) return now;
    return now += 10;
  }
};

}  // namespace thalweg::test
