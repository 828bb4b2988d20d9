// The methods that the command line offers.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/card.hpp"

namespace thalweg::app {

/// The cards of all methods, in the order in which a list prints them.
std::span<const Card> method_cards();
std::vector<std::string> method_names();

}  // namespace thalweg::app
