// What the front end finds out about an SDE in a Stan file, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/own_noise.hpp"
#include "thalweg/stan/sde_functions.hpp"

namespace thalweg::stan {
namespace {

Program program_of(const std::string& text) { return parse_program(Source::from_text(text, "sde.stan", {})); }

/// A program with data n, s, A and the body of a diffusion.
Program with_diffusion(const std::string& body, const std::string& type = "vector") {
  return program_of("functions {\n  vector drift(real t, vector x) { return -x; }\n  " + type +
                    " diffusion(real t, vector x, int n, real s, matrix A) { " + body +
                    " }\n}\ndata { int n; real s; matrix[n, n] A; }\n");
}
bool is_own(const std::string& body) {
  const Program program = with_diffusion(body);
  return is_own_noise(program, find_sde(program).diffusion.function);
}

TEST(SdeRules, own_noise_is_seen_through_elementwise_forms) {
  EXPECT_TRUE(is_own("return s * x;"));
  EXPECT_TRUE(is_own("return sqrt(fmax(x, 0)) .* x / s;"));
  EXPECT_TRUE(is_own("return rep_vector(s, n);"));
  EXPECT_TRUE(is_own("return [s * x[1], exp(x[2]) ^ 2]';"));
  EXPECT_TRUE(is_own("vector[n] g; for (i in 1:n) g[i] = s * x[i] + x[i] ^ 2; return g;"));
  EXPECT_TRUE(is_own("vector[n] g = rep_vector(s, n); g[2] = x[2]; g += 1; return g;"));
  EXPECT_TRUE(is_own("if (s > 0) return x; else return 2 * x;"));
  EXPECT_TRUE(is_own("real a = x[1]; return [a * a, 1]';"));
}
TEST(SdeRules, own_noise_is_never_claimed_where_coordinates_meet) {
  EXPECT_FALSE(is_own("return [x[2], x[1]]';"));
  EXPECT_FALSE(is_own("return A * x;"));
  EXPECT_FALSE(is_own("return softmax(x);"));
  EXPECT_FALSE(is_own("return cumulative_sum(x);"));
  EXPECT_FALSE(is_own("return x[1] * x;"));
  EXPECT_FALSE(is_own("return rep_vector(x[1], n);"));
  EXPECT_FALSE(is_own("return x + sum(x);"));
  EXPECT_FALSE(is_own("return reverse(x);"));
  EXPECT_FALSE(is_own("vector[n] g; for (i in 1:n) g[i] = x[n - i + 1]; return g;"));
  EXPECT_FALSE(is_own("vector[n] g; for (i in 1:n) for (j in 1:n) g[i] = x[j]; return g;"));
  EXPECT_FALSE(is_own("vector[n] g = x; for (i in 2:n) g[i] = g[i - 1]; return g;"));
  EXPECT_FALSE(is_own("real a = x[1]; return [a, a]';"));
  EXPECT_FALSE(is_own("if (x[1] > 0) return x; else return 2 * x;"));
  EXPECT_FALSE(is_own("real a = 0; while (a < x[1]) a += 1; return a + x;"));
  EXPECT_FALSE(is_own("return x[1] > 0 ? x : 2 * x;"));
  EXPECT_FALSE(is_own("vector[n] g; g[1:2] = x[1:2]; return g;"));
}

TEST(SdeRules, what_depends_on_x_and_t_is_followed_through_functions) {
  const auto facts = [](const std::string& drift, const std::string& diffusion) {
    return find_sde(
        program_of("functions {\n  real twice(real a) { return 2 * a; }\n  vector drift(real t, vector x) { " + drift +
                   " }\n  vector diffusion(real t, vector x) { " + diffusion + " }\n}\n"));
  };
  SdeFunctions sde = facts("return -x;", "return [1, 2]';");
  EXPECT_TRUE(sde.additive && sde.autonomous);
  sde = facts("return -x;", "real a = 1; if (x[1] > 0) a = 2; return [a]';");
  EXPECT_FALSE(sde.additive) << "the branch depends on x";
  sde = facts("return -twice(t) * x;", "return [1]';");
  EXPECT_TRUE(sde.additive);
  EXPECT_FALSE(sde.autonomous);
  sde = facts("return -x;", "return [twice(x[1])]';");
  EXPECT_FALSE(sde.additive);
  sde = facts("return -x;", "return [twice(t)]';");
  EXPECT_TRUE(sde.additive);
  EXPECT_FALSE(sde.autonomous);
  sde = facts("return -x;", "return rep_vector(1, num_elements(x));");
  EXPECT_TRUE(sde.additive) << "sizes are the same everywhere";
}

TEST(SdeRules, matrices_and_initial_laws_are_found) {
  const Program program = program_of(R"(functions {
  vector drift(real t, vector x, real k) { return -k * x; }
  matrix diffusion(real t, vector x) { return [[1, 0, 1], [0, 1, 1]]; }
  vector initial_rng(real m) { return [normal_rng(m, 1), 0]'; }
  real initial_lpdf(vector x, real m) { return normal_lpdf(x[1] | m, 1); }
}
data { real k; }
transformed data { real m = 2 * k; }
)");
  const SdeFunctions sde = find_sde(program);
  EXPECT_TRUE(sde.matrix);
  EXPECT_THAT(sde.drift.data, testing::ElementsAre("k"));
  ASSERT_TRUE(sde.initial && sde.log_initial);
  EXPECT_THAT(sde.initial->data, testing::ElementsAre("m"));
  EXPECT_THAT(sde.log_initial->data, testing::ElementsAre("m"));
  EXPECT_TRUE(states_sde(program));
  EXPECT_FALSE(states_sde(program_of("parameters { real x; } model { x ~ std_normal(); }")));
}

std::string refusal_of(const std::string& functions, const std::string& data = "") {
  const Program program = program_of("functions {\n" + functions + "\n}\n" + data);
  try {
    find_sde(program);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
TEST(SdeRules, say_what_is_missing_or_does_not_fit) {
  using testing::HasSubstr;
  const std::string drift = "vector drift(real t, vector x) { return -x; }\n",
                    diffusion = "vector diffusion(real t, vector x) { return x; }\n";
  EXPECT_THAT(refusal_of(drift), HasSubstr("the program has no function 'diffusion'"));
  EXPECT_THAT(refusal_of(diffusion), HasSubstr("the program has no function 'drift': an SDE is stated by vector "
                                               "drift(real t, vector x, ...)"));
  EXPECT_THAT(refusal_of("real drift(real t, vector x) { return 1; }\n" + diffusion),
              HasSubstr("sde.stan:2:6: error: 'drift' returns real; expected vector drift(real t, vector x, ...)"));
  EXPECT_THAT(refusal_of("vector drift(vector x, real t) { return x; }\n" + diffusion),
              HasSubstr("'drift' takes (vector, real); expected vector drift(real t, vector x, ...)"));
  EXPECT_THAT(refusal_of(diffusion + "vector drift(real t, vector x, real k) { return -k * x; }"),
              HasSubstr("sde.stan:3:32: error: 'k' of 'drift' is bound by name, and no variable of the data or "
                        "transformed data block is called so: declare 'real k;' in the data block"));
  EXPECT_THAT(refusal_of(diffusion + "vector drift(real t, vector x, int k) { return -k * x; }", "data { real k; }"),
              HasSubstr("'k' of 'drift' is int; the data variable of that name is real"));
  EXPECT_THAT(refusal_of(drift + diffusion + "real initial_rng() { return 1; }"),
              HasSubstr("'initial_rng' returns real; expected vector initial_rng(...)"));
}

}  // namespace
}  // namespace thalweg::stan
