// The tape itself: local sweeps, overwriting, aliases, the arena, lanes that fail.
#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::differentiate;
using law::Values;

TEST(tape, a_variable_used_many_times) {
  check(
      "fan out", 1,
      [](auto x) {
        using T = typename decltype(x)::Scalar;
        T a = x[0] * x[0], b = a * x[0];
        a = a + b;  // the name stands for another variable
        return a * b + a;
      },
      [](Values x) {
        const double b = std::pow(x[0], 3), a = x[0] * x[0] + b;
        return a * b + a;
      });
  check(
      "aliases", 2,
      [](auto x) {
        const auto same = x;  // a handle: the same container
        return dot_product(x, same) + sum(elt_multiply(x, reverse(x))) + x[0] * same[0];
      },
      [](Values x) { return 2 * x[0] * x[0] + x[1] * x[1] + 2 * x[0] * x[1]; });
}

TEST(tape, numbers_leave_no_record) {
  Tape tape;
  const Tape::Scope scope(tape);
  const auto v = linspaced_vector(3, 1, 3);
  (void)let(exp(v) * 2.0);
  (void)let(sum(v) + 1.0);
  (void)max(v);
  assign_at(v, 1.0, 1);
  EXPECT_EQ(tape.mark().last, nullptr);
}

// target += f(n) in a loop, each iteration swept at once; what the iteration overwrites is whole again afterwards.
TEST(tape, local_sweeps) {
  const auto run = [](bool local, Values at, Values& gradient) {
    Tape tape;
    const Tape::Scope scope(tape);
    const auto x = make_unset_sequence<Vector<Var<double>>>(3);
    for (int i = 0; i < 3; ++i) x.storage.values[i] = at[static_cast<std::size_t>(i)];
    double target = 0;
    const Var<double> scale = exp(x[0]);  // from before the loop
    const auto kept = tape.mark();
    const auto body = [&](int n) {
      const Var<double> a = scale * x[1] + n * 1.0, b = sin(a) * x[2];
      const auto part = copy(x * b);
      assign_at(part, a, 2);
      const auto term = let(dot_product(part, x) * b);
      target += term.value();
      *term.adjoint_at += 1.0;
    };
    for (int n = 0; n < 5; ++n) {
      if (local) {
        const LocalSweep sweep;
        body(n);
      } else {
        body(n);
      }
      if (local) {
        EXPECT_EQ(tape.mark().last, kept.last);
      }
    }
    tape.sweep();
    gradient.assign(x.storage.adjoints, x.storage.adjoints + 3);
    return target;
  };
  Values local, whole;
  const Values at{0.3, 1.1, 0.7};
  EXPECT_EQ(run(true, at, local), run(false, at, whole));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(local[i], whole[i], 1e-13 * std::abs(whole[i]));
    Values unused;
    const auto value = [&](const Values& v) { return run(true, v, unused); };
    EXPECT_NEAR(local[i], law::finite_difference(value, at, law::unit(3, i), 0.003), 1e-9 * (1 + std::abs(local[i])));
  }
}

TEST(tape, overwriting_after_the_old_value_was_used) {
  const auto f = [](auto x) {
    const auto y = copy(x);
    auto total = let(y[0] * y[1]);  // x₁ x₂
    y[0] = y[1] * 3.0;              // 3 x₂
    total = let(total + y[0] * y[1]);
    y[0] = y[0] * y[0];  // 9 x₂²
    y[1] = x[0];
    return total + y[0] * y[1];
  };
  const auto plain = [](Values x) { return x[0] * x[1] + 3 * x[1] * x[1] + 9 * x[1] * x[1] * x[0]; };
  // numbers are assigned through references: only variables are recorded by Element
  const Values x{0.7, 1.3};
  const auto found = differentiate(f, x);
  EXPECT_NEAR(found.value, law::weighted(plain(x)), 1e-14);
  const auto value = [&](const Values& at) { return law::weighted(plain(at)); };
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_NEAR(found.gradient[i], law::finite_difference(value, x, law::unit(2, i), 0.004), 1e-11);
}

// The adjoint that `target +=` gave at once, before an element is overwritten, belongs to the old value.
TEST(tape, overwriting_after_a_swept_target) {
  Tape tape;
  const Tape::Scope scope(tape);
  const auto x = make_unset_sequence<Vector<Var<double>>>(1);
  x.storage.values[0] = 0.5;
  const auto y = copy(2.0 * x);
  const auto add = [](const auto& formula) {  // what target += does
    typename std::remove_cvref_t<decltype(formula)>::Kept kept;
    const double v = formula.forward(kept);
    formula.backward(kept, 1.0);
    return v;
  };
  double target = add(y[0] * y[0]);  // 4 x²
  y[0] = sin(x[0]);
  target += add(y[0] * 3.0);  // 3 sin x
  assign_at(y, x * 5.0, All{});
  target += add(y[0] * y[0]);  // 25 x²
  tape.sweep();
  EXPECT_NEAR(target, 29 * 0.25 + 3 * std::sin(0.5), 1e-14);
  EXPECT_NEAR(x.storage.adjoints[0], 29 * 2 * 0.5 + 3 * std::cos(0.5), 1e-13);
}

TEST(tape, a_named_element_is_a_copy) {
  check(
      "named element", 2,
      [](auto x) {
        using T = typename decltype(x)::Scalar;
        const auto y = copy(x);
        const T first = y[0];
        assign_at(y, 5.0, 1);
        return first * y[0];
      },
      [](Values x) { return 5 * x[0]; });
}

TEST(arena, grows_and_is_reused) {
  Arena arena;
  const auto start = arena.mark();
  char* first = static_cast<char*>(arena.allocate(100, 64));
  EXPECT_EQ(reinterpret_cast<std::size_t>(first) % 64, 0u);
  const auto mark = arena.mark();
  // far more than a block, in pieces of many sizes: none overlaps, all are aligned, earlier ones stay
  std::vector<std::pair<char*, std::size_t>> pieces;
  for (std::size_t bytes = 1; bytes < 3'000'000; bytes = bytes * 3 + 1) {
    char* p = static_cast<char*>(arena.allocate(bytes, 16));
    EXPECT_EQ(reinterpret_cast<std::size_t>(p) % 16, 0u);
    for (const auto& [other, size] : pieces) EXPECT_TRUE(p + bytes <= other || other + size <= p);
    pieces.emplace_back(p, bytes);
    for (std::size_t i = 0; i < bytes; ++i) p[i] = static_cast<char>(i);
  }
  arena.rewind(mark);
  EXPECT_EQ(arena.allocate(1, 16), pieces[0].first);  // where the first of them was
  arena.rewind(start);
  EXPECT_EQ(arena.allocate(100, 64), first);
  arena.reset();
  EXPECT_EQ(arena.allocate(100, 64), first);
}

TEST(tape, the_same_after_reset) {
  Tape tape;
  const auto f = [](auto x) { return sum(exp(rep_vector(x[0], 5000) * x[1])); };  // more than a block
  const TapedDensity density{tape, f};
  double x[2] = {0.3, 0.2}, gradient[2], again[2];
  const double value = density(View<const double>{x, 2}, View<double>{gradient, 2});
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(density(View<const double>{x, 2}, View<double>{again, 2}), value);
    EXPECT_EQ(again[0], gradient[0]);
    EXPECT_EQ(again[1], gradient[1]);
  }
}

TEST(tape, lanes_are_refused_alone) {
  Tape tape;
  const Tape::Scope scope(tape);
  tape.statement = 7;
  const char* reasons[] = {"first", "second"};
  Pack<4> x(0.0);
  x.set(1, 1.0);
  tape.reject(x > Pack<4>(0.5), reasons[0]);
  x.set(3, 1.0);
  tape.statement = 9;
  tape.reject(x > Pack<4>(0.5), reasons[1]);
  EXPECT_EQ(tape.rejected(), 0b1010u);
  EXPECT_EQ(tape.reason(1).text, reasons[0]);  // the first reason stays
  EXPECT_EQ(tape.reason(1).statement, 7);
  EXPECT_EQ(tape.reason(3).text, reasons[1]);
  EXPECT_EQ(tape.reason(3).statement, 9);
  EXPECT_FALSE(tape.left());
  tape.reset();
  EXPECT_EQ(tape.rejected(), 0u);
  EXPECT_THROW(tape.reject_all("found # where # was expected", -3, 4), Rejected);
  EXPECT_STREQ(tape.reason(63).text, "found -3 where 4 was expected");
  EXPECT_TRUE(tape.left());
}

}  // namespace
}  // namespace thalweg
