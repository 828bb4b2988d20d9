// Many coroutines run to their ends on one thread, their requests gathered into packs.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "thalweg/core/driver_lanes.hpp"
#include "thalweg/core/driver_task.hpp"

namespace thalweg {

/// A coroutine with the strand it runs on. Make the strand first, then the task on it.
struct Job {
  std::unique_ptr<Strand> strand = std::make_unique<Strand>();
  Task task{};
};

/// Runs all jobs to their ends. Live jobs wait in a ring, so that all lanes stay filled while there are more jobs than
/// lanes. `keep_going` is asked before each evaluation; false stops where the jobs stand.
///
/// Returns  whether all came to their ends.
/// Errors   passes on what a job throws.
template <class Lanes>
bool run_jobs(std::vector<Job*> waiting, Lanes& lanes, const std::function<bool()>& keep_going = {}) {
  std::vector<Job*> served;
  std::vector<GradientRequest*> requests;
  const auto runs_on = [](Job* job) {
    job->task.resume();
    return !job->task.done();
  };
  std::erase_if(waiting, [&](Job* job) { return !runs_on(job); });
  for (std::size_t head = 0; !waiting.empty();) {
    if (keep_going && !keep_going()) return false;
    const std::size_t n = std::min(waiting.size(), lanes.width());
    requests.clear();
    served.clear();
    for (std::size_t i = 0; i < n; ++i) {
      served.push_back(waiting[(head + i) % waiting.size()]);
      requests.push_back(&served.back()->strand->request());
    }
    lanes.serve(requests);
    head = (head + n) % waiting.size();
    for (Job* job : served) {
      if (runs_on(job)) continue;
      const auto at = std::find(waiting.begin(), waiting.end(), job);
      if (static_cast<std::size_t>(at - waiting.begin()) < head) --head;
      waiting.erase(at);
      if (head >= waiting.size()) head = 0;
    }
  }
  return true;
}

}  // namespace thalweg
