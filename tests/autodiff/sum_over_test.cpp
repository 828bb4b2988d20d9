// Sums of formulas, against the same sums written out.
#include "thalweg/autodiff/sum_over.hpp"
#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::Values;

TEST(sum_over, of_products_and_numbers) {
  static constexpr double y[] = {0.5, -1.5, 2.0};
  check(
      "Σ x[k] y[k] − x[k]²", 4,
      [](auto x) { return x[3] * sum_over(1, 3, 0, [=](int k) { return x[k - 1] * y[k - 1] - x[k - 1] * x[k - 1]; }); },
      [](Values x) {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k) sum += x[k] * y[k] - x[k] * x[k];
        return Values{x[3] * sum};
      });
  check(
      "an empty sum", 1, [](auto x) { return x[0] - sum_over(2, 1, 0, [=](int) { return x[0] * 2.0; }); },
      [](Values x) { return Values{x[0]}; });
  EXPECT_EQ(sum_over(1, 4, 0, [](int k) { return 0.5 * k; }), 5.0);
}

// A recorded sum sees on the way back what it saw before, though its elements were overwritten meanwhile.
TEST(sum_over, is_recorded_with_the_values_of_its_time) {
  check(
      "overwritten", 2,
      [](auto x) {
        const auto z = copy(x);
        const auto sum = let(sum_over(1, 2, 0, [=](int k) { return z[k - 1] * z[k - 1]; }));
        z[0] = 3.0 * x[1];
        return sum * z[0];
      },
      [](Values x) { return Values{(x[0] * x[0] + x[1] * x[1]) * 3 * x[1]}; });
}

TEST(sum_over, blames_its_own_statement) {
  Tape tape;
  const Tape::Scope scope(tape);
  tape.statement = 3;
  const Var<double> x(1.0);
  EXPECT_THROW(let(sum_over(1, 2, 8,
                            [=](int) {
                              Tape::current().reject_all("no");
                              return x * x;
                            })),
               Rejected);
  EXPECT_EQ(tape.reason(0).statement, 8);
}

}  // namespace
}  // namespace thalweg
