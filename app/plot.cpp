#include "app/plot.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/status.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::app {
namespace {

/// In single quotes, as gnuplot and the shell understand them.
std::string quoted_for_gnuplot(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}
std::string quoted_for_shell(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}
bool ends_in(const std::string& file, const char* ending) { return file.ends_with(ending); }

}  // namespace

Picture::Picture(std::string title, std::string x_label, std::string y_label)
    : head_(
          fmt::format("set title {} noenhanced\nset xlabel {} noenhanced\nset ylabel {} noenhanced\n"
                      "set key outside right top noenhanced\nset grid lc rgb '#dddddd'\nset border lc rgb '#444444'\n",
                      quoted_for_gnuplot(title), quoted_for_gnuplot(x_label), quoted_for_gnuplot(y_label))) {}

void Picture::data(const std::string& name, const std::vector<std::vector<double>>& rows) {
  data_ += fmt::format("${} << END_OF_DATA\n", name);
  for (const auto& row : rows) {
    for (const double v : row) data_ += std::isfinite(v) ? fmt::format("{:.9g} ", v) : "NaN ";
    data_ += '\n';
  }
  data_ += "END_OF_DATA\n";
}
void Picture::curve(const std::string& text) { curves_ += (curves_.empty() ? "" : ", \\\n  ") + text; }
void Picture::set(const std::string& text) { head_ += text + "\n"; }
std::string Picture::script() const { return data_ + head_ + "plot " + curves_ + "\n"; }

void require_picture_name(const std::string& file) {
  if (!ends_in(file, ".svg") && !ends_in(file, ".png"))
    throw UsageError(fmt::format("--plot: expected a file that ends in .svg or .png; found {}", file));
}

void draw(const Picture& picture, const std::string& file) {
  const std::string own = fmt::format("{}.{}.part", file, getpid()), words = own + ".log";
  const std::string terminal = ends_in(file, ".svg")
                                   ? "set terminal svg size 960,560 font 'DejaVu Sans,13' background '#ffffff'"
                                   : "set terminal pngcairo size 1440,840 font 'DejaVu Sans,18' background '#ffffff'";
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0)
    fail("--plot {}: gnuplot is not on this machine; install it (Debian: gnuplot-nox)", file);
  FILE* const gnuplot = popen(("gnuplot 2>" + quoted_for_shell(words)).c_str(), "w");
  if (!gnuplot) fail("--plot {}: gnuplot cannot be started", file);
  const std::string script =
      fmt::format("{}\nset output {}\n{}unset output\n", terminal, quoted_for_gnuplot(own), picture.script());
  std::fwrite(script.data(), 1, script.size(), gnuplot);
  const int status = pclose(gnuplot);
  std::ifstream log(words);
  const std::string said{std::istreambuf_iterator<char>(log), {}};
  std::error_code ignored;
  std::filesystem::remove(words, ignored);
  if (status != 0 || !std::filesystem::exists(own)) {
    std::filesystem::remove(own, ignored);
    fail("--plot {}: gnuplot failed: {}", file, said);
  }
  std::error_code error;
  std::filesystem::rename(own, file, error);
  if (error) fail("--plot {}: cannot be written: {}", file, error.message());
}

}  // namespace thalweg::app
