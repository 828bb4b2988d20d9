// The settings of a run: from the command line into the run file and back.
#pragma once
#include <map>
#include <string>

#include "thalweg/dynamics/sample.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

/// All that a run file keeps of the command that made it.
struct RunSettings {
  std::string model;      ///< as given
  std::string data_path;  ///< as given; empty: none
  std::string method = "nuts";
  std::string init = "2";  ///< a radius or a file, as given
  SampleSettings sampling;
};

std::map<std::string, std::string> to_settings(const RunSettings& settings);

/// Fingerprint of a run: the build of the program and of the model's unit.
std::string run_fingerprint(const Model& model);

/// The names of the columns of a group: "theta[1]", "Sigma[2,1]" …, in storage order.
std::vector<std::string> element_names(const ColumnGroup& group);

/// "stem.run", or "stem-2.run", "stem-3.run" … in the current folder: the first that is free.
std::string free_run_name(const std::string& stem);

}  // namespace thalweg::app
