// A density that knows its parts: s > 0 and a real u.
#pragma once
#include <cmath>
#include <memory>

#include "thalweg/density/model.hpp"

namespace thalweg::test {

/// prior e^{−c s} N(u; 1, 1), likelihood s^a e^{−b s}, x = (log s, u) with Jacobian x₀:
///   map  s = (a + 1)/(b + c),   mode  s = a/(b + c),   mle  s = a/b,  u untouched.
struct PartsTable {
  static constexpr double a = 4, b = 2, c = 3;
  static constexpr double map = (a + 1) / (b + c), mode = a / (b + c), mle = a / b;

  struct At {
    Parts parts;
  };
  static void evaluate(void*, Parts parts, const double* x, double* gradient, double* log_p) {
    const double s = std::exp(x[0]), r = x[1] - 1;
    *log_p = gradient[0] = gradient[1] = 0;
    if (parts & part_prior) {
      *log_p += -c * s - 0.5 * r * r;
      gradient[0] += -c * s;
      gradient[1] += -r;
    }
    if (parts & part_likelihood) {
      *log_p += a * x[0] - b * s;
      gradient[0] += a - b * s;
    }
    if (parts & part_jacobian) {
      *log_p += x[0];
      gradient[0] += 1;
    }
  }
  static void hessian_vector(void*, Parts parts, const double* x, const double* v, double* out) {
    const double s = std::exp(x[0]);
    out[0] = out[1] = 0;
    if (parts & part_prior) {
      out[0] += -c * s * v[0];
      out[1] += -v[1];
    }
    if (parts & part_likelihood) out[0] += -b * s * v[0];
  }
  static const char* constrain(void*, const double* x, std::uint64_t, std::uint64_t, std::uint64_t, std::int32_t,
                               double* out) {
    out[0] = std::exp(x[0]);
    out[1] = x[1];
    return nullptr;
  }
};

/// With its terms, or with those of the prior and the Jacobian only.
inline Model parts_model(bool with_likelihood = true) {
  static constexpr std::int32_t widths[] = {1};
  static constexpr RawStatement statement{"", "", 0, 0};
  static constexpr RawTerm terms[] = {{-1, part_prior, "s ~ exponential(3)", "its outcome is a parameter"},
                                      {-1, part_jacobian, "s", "of the transform of s"},
                                      {-1, part_likelihood, "y ~ gamma(s)", "its outcome depends on data"}};
  static constexpr RawVariable variables[] = {{"s", "real", Block::parameters, 0, nullptr, 0},
                                              {"u", "real", Block::parameters, 0, nullptr, 0}};
  static const ModelTable whole = [] {
    ModelTable t{};
    t.abi = model_abi;
    t.name = "parts";
    t.fingerprint = "test";
    t.widths = widths;
    t.width_count = 1;
    t.statements = &statement;
    t.terms = terms;
    t.term_count = 3;
    t.destroy = [](void*) {};
    t.dimension = [](const void*) -> std::int64_t { return 2; };
    t.variable_count = [](const void*) -> std::int32_t { return 2; };
    t.variable = [](const void*, std::int32_t i) { return &variables[i]; };
    t.create_workspace = [](const void*, std::int32_t) -> void* { return new char; };
    t.destroy_workspace = [](void* w) { delete static_cast<char*>(w); };
    t.evaluate = PartsTable::evaluate;
    t.evidence = [](void*, std::int32_t) -> RawEvidence { return {-1, "outside"}; };
    t.hessian_vector = PartsTable::hessian_vector;
    t.constrain = PartsTable::constrain;
    return t;
  }();
  static const ModelTable without = [] {
    ModelTable t = whole;
    t.term_count = 2;
    return t;
  }();
  return Model::adopt(with_likelihood ? whole : without, std::make_shared<int>(0));
}

}  // namespace thalweg::test
