#include "thalweg/stan/types.hpp"

namespace thalweg::stan {

namespace {

const char* name_of(Base base) {
  switch (base) {
    case Base::unknown:
      return "unknown";
    case Base::none:
      return "void";
    case Base::integer:
      return "int";
    case Base::real:
      return "real";
    case Base::vector:
      return "vector";
    case Base::row_vector:
      return "row_vector";
    case Base::matrix:
      return "matrix";
    case Base::string:
      return "string";
  }
  return "unknown";
}

}  // namespace

int Type::index_rank() const {
  if (base == Base::vector || base == Base::row_vector) return array_rank + 1;
  if (base == Base::matrix) return array_rank + 2;
  return array_rank;
}

Type Type::element() const {
  if (array_rank > 0) return {base, array_rank - 1};
  if (base == Base::vector || base == Base::row_vector) return real_type;
  if (base == Base::matrix) return row_vector_type;
  return unknown_type;
}

std::string to_string(Type type) {
  if (type.array_rank == 0) return name_of(type.base);
  return "array[" + std::string(static_cast<std::size_t>(type.array_rank - 1), ',') + "] " + name_of(type.base);
}

std::string to_string(const std::vector<Type>& types) {
  std::string text = "(";
  for (std::size_t i = 0; i < types.size(); ++i) text += (i > 0 ? ", " : "") + to_string(types[i]);
  return text + ")";
}

bool converts(Type from, Type to) {
  if (from == to) return true;
  return from.array_rank == to.array_rank && from.base == Base::integer && to.base == Base::real;
}

Type common_type(Type a, Type b) {
  if (converts(a, b)) return b;
  if (converts(b, a)) return a;
  return unknown_type;
}

}  // namespace thalweg::stan
