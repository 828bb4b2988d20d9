// Stops a run wherever one wants.
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>

#include "tests/dynamics/wide_table.hpp"
#include "thalweg/core/sink.hpp"

namespace thalweg::test {

/// Interrupts a run in the middle of evaluation number `at`: the evaluation waits until the driver has noticed.
class Interrupter : public Observer {
 public:
  explicit Interrupter(std::int64_t at) : at_(at) {
    on_evaluation() = [this] {
      if (++evaluations_ == at_)
        while (!noticed_) std::this_thread::yield();
    };
  }
  ~Interrupter() override { on_evaluation() = {}; }
  bool interrupted() override {
    if (evaluations_ < at_) return false;
    noticed_ = true;
    return true;
  }
  std::int64_t evaluations() const { return evaluations_; }

 private:
  std::int64_t at_;
  std::atomic<std::int64_t> evaluations_{0};
  std::atomic<bool> noticed_{false};
};

}  // namespace thalweg::test
