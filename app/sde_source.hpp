// Where an SDE comes from: a Stan file with drift and diffusion, or a name.
#pragma once
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg::app {

struct LoadedSde {
  SdeModel model;
  std::string source;  ///< the file with its includes resolved; empty: a named SDE
};

/// Errors  throws Error when there is no such file or name, when the file states no SDE, when data do not fit.
LoadedSde load_sde(const std::string& sde, const DataMap& data, bool quiet);
/// The SDE of a run: from the source that it keeps.
SdeModel reload_sde(const std::string& sde, const std::string& source, const DataMap& data, bool quiet);

/// "kappa=2": puts a number among the data, over what is there. Throws UsageError on anything else.
void set_datum(DataMap& data, const std::string& assignment);

}  // namespace thalweg::app
