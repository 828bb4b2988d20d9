// Pictures, drawn by gnuplot.
#pragma once
#include <string>
#include <vector>

namespace thalweg::app {

/// A gnuplot script with its data in it; the terminal and the output are set by `draw`.
class Picture {
 public:
  Picture(std::string title, std::string x_label, std::string y_label);
  /// Data under a name: rows of numbers; a row that is empty separates curves. NaN is a gap.
  void data(const std::string& name, const std::vector<std::vector<double>>& rows);
  /// One curve of the plot command: `$bands using 1:2:3 with filledcurves …`.
  void curve(const std::string& text);
  /// A line of script before the plot command.
  void set(const std::string& text);
  std::string script() const;

 private:
  std::string head_, data_, curves_;
};

/// Throws UsageError unless the file ends in .svg or .png.
void require_picture_name(const std::string& file);

/// Writes the picture to a file; one that exists is replaced when the new one is whole.
///
/// Errors  throws Error when gnuplot is not on this machine, or fails: with its words.
void draw(const Picture& picture, const std::string& file);

}  // namespace thalweg::app
