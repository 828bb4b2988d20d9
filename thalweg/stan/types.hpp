// The types of Stan values: what an expression has once its sizes and constraints are forgotten.
#pragma once
#include <compare>
#include <string>
#include <vector>

namespace thalweg::stan {

/// The innermost type. `string` is the type of string literals, allowed only in print, reject, fatal_error and profile;
/// `none` is what a void function returns; `unknown` marks an expression in which an error was already reported.
enum class Base { unknown, none, integer, real, vector, row_vector, matrix, string };

/// An unsized type: `array_rank` array dimensions around a base. `array[,] vector` is {Base::vector, 2}.
struct Type {
  Base base = Base::unknown;
  int array_rank = 0;

  auto operator<=>(const Type&) const = default;

  bool is_known() const { return base != Base::unknown; }
  bool is_array() const { return array_rank > 0; }
  /// A real or an integer, not an array.
  bool is_scalar() const { return array_rank == 0 && (base == Base::integer || base == Base::real); }
  bool is_integer() const { return array_rank == 0 && base == Base::integer; }
  bool is_real() const { return array_rank == 0 && base == Base::real; }
  /// A vector, row vector or matrix, not an array.
  bool is_linear() const {
    return array_rank == 0 && (base == Base::vector || base == Base::row_vector || base == Base::matrix);
  }
  /// How many indexes reach a scalar: array dimensions, plus 1 for vectors and 2 for matrices.
  int index_rank() const;
  /// The type behind one array dimension, or of one element of a vector, or of one row of a matrix.
  Type element() const;
};

inline constexpr Type unknown_type{Base::unknown, 0};
inline constexpr Type void_type{Base::none, 0};
inline constexpr Type int_type{Base::integer, 0};
inline constexpr Type real_type{Base::real, 0};
inline constexpr Type vector_type{Base::vector, 0};
inline constexpr Type row_vector_type{Base::row_vector, 0};
inline constexpr Type matrix_type{Base::matrix, 0};

/// The same base with `rank` more array dimensions around it.
inline Type array_of(Type element, int rank = 1) { return {element.base, element.array_rank + rank}; }

/// As Stan writes it: `int`, `array[,] vector`, `void`.
std::string to_string(Type type);
std::string to_string(const std::vector<Type>& types);  ///< `(real, array[] int)`

/// Whether a value of type `from` may stand where `to` is expected: equal types, or int to real, also inside arrays of
/// one rank. Nothing else converts.
bool converts(Type from, Type to);

/// The smallest type that both convert to; unknown_type when there is none.
Type common_type(Type a, Type b);

}  // namespace thalweg::stan
