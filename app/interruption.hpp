// SIGINT, SIGTERM and SIGHUP: the first asks to save and stop, the second stops at once.
#pragma once

namespace thalweg::app {

/// Installs the handlers; SIGPIPE is ignored, so that a closed pipe can't end a run.
void watch_for_signals();
/// The signal that came, or 0.
int signal_received();
inline bool interrupted() { return signal_received() != 0; }

}  // namespace thalweg::app
