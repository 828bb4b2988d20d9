// Names with a meaning: the endings of functions, reserved words, names of the past.
#pragma once
#include <string>
#include <string_view>

namespace thalweg::stan {

/// What the end of a function's name says about it.
enum class Ending {
  none,
  lpdf,     ///< log density, constants kept
  lpmf,     ///< log mass, constants kept
  lupdf,    ///< log density, constants dropped; calls the _lpdf
  lupmf,    ///< log mass, constants dropped; calls the _lpmf
  lcdf,     ///< log of the cumulative distribution
  lccdf,    ///< log of its complement
  cdf,      ///< cumulative distribution
  rng,      ///< takes random numbers
  lp,       ///< reads and adds to target
  jacobian  ///< adds to the log Jacobian
};
Ending ending_of(std::string_view function);
/// The name without its ending: `normal` of `normal_lpdf`.
std::string_view stem_of(std::string_view function);
const char* to_string(Ending ending);  ///< "_lpdf"; "" for none
/// Whether calls are written `f(x | y)`.
bool takes_bar(Ending ending);
/// The name under which a function is defined: `normal_lpdf` for `normal_lupdf`, else itself.
std::string definition_name(std::string_view function);

/// Why a name can't be declared, or "" when it can: reserved words, names that end in two underscores, `_lupdf`,
/// `_lupmf`.
std::string why_not_a_name(std::string_view name);

/// What to write instead of a function of older Stan versions, or "".
std::string modern_form(std::string_view function);

/// Whether a function exists in Stan but not here: solvers and parallel maps, which take functions as arguments.
bool is_higher_order(std::string_view function);
/// Whether a function has signatures, so that calls of it are checked, but no implementation yet.
bool is_missing(std::string_view function);
/// Whether a builtin function has no derivative: its arguments may not depend on parameters, except in generated
/// quantities.
bool takes_data_only(std::string_view function);

}  // namespace thalweg::stan
