// Damaged programs: whatever the bytes, the front end gives a program or an Error, and what it accepts it also prints
// and reads again as the same program.
#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <utility>

#include "outline.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/emitter.hpp"
#include "thalweg/stan/parser.hpp"
#include "thalweg/stan/printer.hpp"

namespace thalweg::stan {
namespace {

const char* const seeds[] = {
    R"(functions {
  real f_lpdf(vector y, real s) { real t = 0; for (v in y) t += normal_lpdf(v | 0, s); return t; }
  real g(int n);
  real g(int n) { return n < 1 ? 1 : n * g(n - 1); }
  void h_lp(array[] real x, data int k) { while (k > 3) { if (x[k] > 0) break; else continue; } x ~ normal(0, 1); }
}
data { int<lower=0> N; array[N, 2] vector<lower=-1, upper=1>[3] x; vector[N] y; }
transformed data { matrix[2, 2] A = [[1, 2], [3, 4.5e-1]]; int k = 3 %/% 2; k += 1; }
parameters { real<offset=1, multiplier=2> mu; simplex[3] p; cholesky_factor_corr[2] L; positive_ordered[3] c; }
transformed parameters { vector[N] eta; eta = y * mu; eta[1:2] = -eta[{2, 1}]; }
model {
  target += f_lpdf(y | exp(mu)) + g(k);
  mu ~ normal(0, 1) T[-1, 1];
  for (n in 1:N) { array[2] real s; for (i in 1:2) s[i] = log(p[i]) + x[n, i][1]; target += log_sum_exp(s); }
  profile("a") { y ~ normal(eta, fmax(mu, 1) ^ 2 .^ 2); }
  if (N > 2 && !(mu == 1)) reject("mu = ", mu); else print(A \ A' ./ 2, target());
  h_lp({mu, 1}, N);
}
generated quantities { array[N] real r = normal_rng(eta, 1); row_vector[3] w = p'; }
)",
    R"(data { int<lower=1> J; array[J] real y; array[J] real<lower=0> sigma; }
parameters { real mu; real<lower=0> tau; vector[J] theta_tilde; }
transformed parameters { vector[J] theta = mu + tau * theta_tilde; }
model { mu ~ normal(0, 5); tau ~ cauchy(0, 5); theta_tilde ~ std_normal(); y ~ normal(theta, sigma); }
)"};

/// Pieces that make trouble where they don't belong.
const char* const pieces[] = {"(",     ")",     "[",        "]",      "{",      "}",       "<",           ">",
                              "|",     ",",     ";",        ":",      "?",      "'",       "~",           "=",
                              "+=",    "^",     "-",        "%/%",    ".*",     "\\",      "!",           "T[",
                              "1e",    "1.",    ".",        "\"",     "/*",     "*/",      "//",          "\n",
                              "\r",    "#",     "#include", "int ",   "if ",    "else ",   "for ",        "x",
                              "in ",   "while", "array",    "array[", "data ",  "void ",   "target",      "return ",
                              "_lpdf", "__",    "vector[",  "real ",  "0",      "1",       "99999999999", "é",
                              "\xFF",  "\xC3",  "complex",  "tuple(", "break;", "normal(", "~ normal(",   "mu"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The bounds of the word around a place (empty between words).
std::pair<std::size_t, std::size_t> word_at(const std::string& text, std::size_t at) {
  std::size_t begin = at, end = at;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  while (end < text.size() && is_word(text[end])) ++end;
  return {begin, end - begin};
}

std::string mutate(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t edits = 1 + below(3); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(below(12), text.size() - at);
    const auto [begin, size] = word_at(text, at);
    const auto [other_begin, other_size] = word_at(text, below(text.size()));
    switch (below(8)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      case 2:
        text.replace(at, length, pieces[below(std::size(pieces))]);
        break;
      case 3:
        text.insert(below(text.size() + 1), text.substr(at, below(40)));
        break;
      case 4:
        text[at] = static_cast<char>(random());
        break;
      case 5:
        text.insert(begin, below(2) == 0 ? "\r\n" : " /* … */ ");
        break;
      case 6:
        text.replace(begin, size, std::to_string(below(10)));
        break;
      default:
        text.replace(begin, size, text.substr(other_begin, other_size));
    }
  }
  return text;
}

TEST(Mutations, GiveAProgramOrAnErrorWithItsPlace) {
  std::mt19937 random(20240607);
  int accepted = 0, refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = mutate(seeds[i % std::size(seeds)], random);
    try {
      const Program program = parse_program(Source::from_text(text, "model.stan"));
      emit_cpp(program, analyse(program), {.name = "model", .widths = {}, .hessian = false, .subset = true});
      const Program again = parse_program(Source::from_text(print(program), "model.stan"));
      ASSERT_EQ(outline(program), outline(again)) << text;
      ++accepted;
    } catch (const Error& error) {
      ASSERT_EQ(std::string(error.what()).substr(0, 11), "model.stan:") << error.what();
      ++refused;
    }
  }
  // both kinds must be there in numbers, or the test tests nothing
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 1000);
}

TEST(Mutations, EveryPrefixOfAProgramIsReadToItsEnd) {
  for (const char* const seed : seeds) {
    const std::string text(seed);
    for (std::size_t length = 0; length < text.size(); length += 3) {
      try {
        parse_program(Source::from_text(text.substr(0, length), "model.stan"));
      } catch (const Error&) {
      }
    }
  }
}

}  // namespace
}  // namespace thalweg::stan
