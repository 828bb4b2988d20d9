// What a person sees while a command runs: notes, and a progress bar on a terminal or plain lines elsewhere.
#pragma once
#include <string>

#include "thalweg/core/sink.hpp"

namespace thalweg::app {

/// Writes "note: text" to standard error.
void note(const std::string& text);

/// Shows a driver's progress on standard error, and passes interruptions on.
///
/// On a terminal one line is rewritten: phase, bar, share, time left. Elsewhere a line is printed at the
/// start of a phase and at each tenth of the whole run. With `quiet` nothing.
class ProgressDisplay final : public Observer {
 public:
  ProgressDisplay(Clock& clock, bool quiet);
  ~ProgressDisplay() override;
  void progress(const Progress& p) override;
  bool interrupted() override;
  /// Wipes the bar, so that other text can follow.
  void clear();

 private:
  double seconds_left(const Progress& p) const;
  void draw_bar(const Progress& p);
  void print_line(const Progress& p);

  Clock& clock_;
  bool quiet_, terminal_, drawn_ = false, started_ = false;
  double start_time_ = 0, start_fraction_ = 0, last_drawn_ = -1;
  int last_tenth_ = -1;
  std::string last_phase_;
};

}  // namespace thalweg::app
