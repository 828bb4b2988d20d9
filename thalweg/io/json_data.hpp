// Stan's JSON data: named numbers and arrays of numbers.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"

namespace thalweg {

/// Reads one JSON object whose members are numbers and rectangular arrays of numbers of any depth.
///
/// Beyond JSON, as Stan accepts them: NaN, Infinity and Inf (also in lower case, also signed), bare or in quotes.
/// A number written without point and exponent is an integer and must fit 32 bits.
///
/// Shapes  the outermost array is the first index, the last index runs fastest; `[]` has shape {0}, `[[], []]` {2, 0}.
/// Cost    one pass; about 0.1 µs a number.
/// Errors  throws Error with line, column and caret on: a file that cannot be read or is not UTF-8, a syntax error,
///         a top level that is no object, a name given twice, an integer beyond 32 bits, a ragged array, and strings,
///         booleans, null and objects as values (tuples are not supported).
/// Source  Stan's CmdStan guide, "JSON format for data"; RFC 8259.
DataMap read_json_data(const std::string& path);
/// The same from a text; `origin` names it in messages.
DataMap parse_json_data(const std::string& text, const std::string& origin);

/// Initial values: one object for all chains, or an array of one object a chain.
///
/// Shapes  the result has one entry (for all chains) or `chains` entries.
/// Errors  as read_json_data; also when an array has another length than `chains`.
std::vector<DataMap> read_json_inits(const std::string& path, std::size_t chains);
std::vector<DataMap> parse_json_inits(const std::string& text, const std::string& origin, std::size_t chains);

/// The JSON text that reads back to the same map, bit for bit (places aside): reals with a point or an exponent,
/// NaN and infinities bare.
std::string write_json_data(const DataMap& data);

}  // namespace thalweg
