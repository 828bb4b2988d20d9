// The table of the log density's terms.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/stan/split.hpp"
#include "thalweg/stan/subset.hpp"

namespace thalweg::stan {

/// `static constexpr RawTerm terms[] = {…};` with its count. The places of the terms join `marks`, the table of
/// statements.
std::string emit_terms(const Program& program, const Split& split, const SubsetPlan& subset,
                       std::vector<Location>& marks);

/// Text as a C++ literal without line ends.
std::string quoted(std::string_view text);

}  // namespace thalweg::stan
