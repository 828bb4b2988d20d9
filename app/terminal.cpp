#include "app/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "app/interruption.hpp"
#include "app/print.hpp"
#include "app/text.hpp"

namespace thalweg::app {
namespace {

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void note(const std::string& text) { print_err("note: {}\n", text); }

ProgressDisplay::ProgressDisplay(Clock& clock, bool quiet)
    : clock_(clock), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

bool ProgressDisplay::interrupted() { return app::interrupted(); }

void ProgressDisplay::clear() {
  if (!drawn_) return;
  print_err("\r\033[K");
  drawn_ = false;
}

double ProgressDisplay::seconds_left(const Progress& p) const {
  const double done = p.fraction - start_fraction_, elapsed = clock_.seconds() - start_time_;
  return done > 0.005 && elapsed > 0.2 ? elapsed * (1 - p.fraction) / done : -1;
}

void ProgressDisplay::progress(const Progress& p) {
  if (quiet_) return;
  if (!started_) {
    started_ = true;
    start_time_ = clock_.seconds();
    start_fraction_ = p.fraction;
  }
  if (terminal_) {
    draw_bar(p);
  } else {
    print_line(p);
  }
}

void ProgressDisplay::draw_bar(const Progress& p) {
  const double now = clock_.seconds();
  if (drawn_ && now - last_drawn_ < 0.1 && p.fraction < 1) return;
  last_drawn_ = now;
  const double left = seconds_left(p);
  const std::string tail =
      fmt::format(" {:3} %{}", int(100 * p.fraction), left < 0 ? "" : "  " + duration(left) + " left");
  const int room = std::clamp(terminal_columns() - int(tail.size()) - 14, 0, 40);
  const int filled = std::clamp(int(p.fraction * room + 0.5), 0, room);
  print_err("\r{:<9} [{:=<{}}{:<{}}]{}\033[K", p.phase, "", filled, "", room - filled, tail);
  drawn_ = true;
}

void ProgressDisplay::print_line(const Progress& p) {
  const int tenth = int(p.fraction * 10);
  if (p.phase == last_phase_ && tenth <= last_tenth_) return;
  if (tenth <= last_tenth_ && p.fraction >= 1) return;
  last_phase_ = p.phase;
  last_tenth_ = tenth;
  const double left = seconds_left(p);
  print_err("{}: {} of {} transitions, {} % of the run{}\n", p.phase, p.done, p.total, int(100 * p.fraction),
            left < 0 ? "" : ", " + duration(left) + " left");
}

}  // namespace thalweg::app
