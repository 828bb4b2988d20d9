// Reading and writing parts of containers, and values that must not change behind one's back.
#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::differentiate;
using law::matrix;
using law::rejection;
using law::Values;
using law::weight;

Values of(const Values& x, std::initializer_list<int> which) {
  Values y;
  for (const int i : which) y.push_back(x[static_cast<std::size_t>(i)]);
  return y;
}
/// An array of integers on the current tape.
Array<int> list(std::initializer_list<int> numbers) {
  const auto a = make_unset_sequence<Array<int>>(static_cast<int>(numbers.size()));
  int i = 0;
  for (const int n : numbers) a.storage.data[i++] = n;
  return a;
}
/// The scalar type of a vector.
template <class X>
using ScalarIn = typename X::Scalar;

TEST(indexing, of_vectors) {
  check(
      "one", 3, [](auto x) { return index(x, 2); }, [](Values x) { return x[1]; });
  check(
      "range", 4,
      [](auto x) {
        return index(x, Range{2, 3});
      },
      [](Values x) {
        return of(x, {1, 2});
      });
  check(
      "from", 4, [](auto x) { return index(x, Range{.from = 3}); },
      [](Values x) {
        return of(x, {2, 3});
      });
  check(
      "to", 4, [](auto x) { return index(transpose(x), Range{.to = 2}); },
      [](Values x) {
        return of(x, {0, 1});
      });
  check(
      "empty", 4,
      [](auto x) {
        return append_row(index(x, Range{3, 2}), index(x, Range{.from = 5}));
      },
      [](Values) { return Values{}; });
  check(
      "all", 2, [](auto x) { return index(x, All{}); }, [](Values x) { return x; });
  check(
      "list", 3,
      [](auto x) {
        return index(x, list({3, 1, 3}));
      },
      [](Values x) {
        return of(x, {2, 0, 2});
      });
  check(
      "formula", 3,
      [](auto x) {
        return index(2.0 * x, list({3, 1}));
      },
      [](Values x) {
        return Values{2 * x[2], 2 * x[0]};
      });
  check(
      "list of a list", 3,
      [](auto x) {
        return index(x, index(list({3, 1, 2}), list({2, 1})));
      },
      [](Values x) {
        return of(x, {0, 2});
      });
}

TEST(indexing, of_matrices) {  // x is 3 × 3, column by column
  const auto nine = [](const char* name, auto f, std::initializer_list<int> which) {
    check(
        name, 9, [f](auto x) { return f(let(matrix(x, 3, 3))); }, [&](Values x) { return of(x, which); });
  };
  nine("one row", [](auto m) { return index(m, 2); }, {1, 4, 7});
  nine("one", [](auto m) { return index(m, 2, 3); }, {7});
  nine("row, range", [](auto m) { return index(m, 3, Range{2, 3}); }, {5, 8});
  nine("row, list", [](auto m) { return index(m, 3, list({3, 1})); }, {8, 2});
  nine("range, column", [](auto m) { return index(m, Range{2, 3}, 1); }, {1, 2});
  nine("list, column", [](auto m) { return index(m, list({3, 1}), 2); }, {5, 3});
  nine("all, column", [](auto m) { return index(m, All{}, 3); }, {6, 7, 8});
  nine("range, range", [](auto m) { return index(m, Range{1, 2}, Range{2, 3}); }, {3, 6, 4, 7});
  nine("list, all", [](auto m) { return index(m, list({2, 2}), All{}); }, {1, 4, 7, 1, 4, 7});
  nine("list, list", [](auto m) { return index(m, list({3, 1}), list({1, 3})); }, {2, 8, 0, 6});
  nine("list of rows", [](auto m) { return index(m, list({3, 1})); }, {2, 5, 8, 0, 3, 6});
  nine("range of rows", [](auto m) { return index(m, Range{2, 2}); }, {1, 4, 7});
  nine("no rows", [](auto m) { return index(m, Range{2, 1}, All{}); }, {});
}

TEST(indexing, of_arrays) {  // x is an array of 3 vectors of 2, item by item
  const auto six = [](const char* name, auto f, std::initializer_list<int> which) {
    const auto in_engine = [f](auto x) {
      using V = decltype(segment(x, 1, 2));
      const auto a = make_array_of<V>(3);
      for (int i = 0; i < 3; ++i) a.items[i] = segment(x, 2 * i + 1, 2);
      return f(a);
    };
    check(name, 6, in_engine, [&](Values x) { return of(x, which); });
  };
  six("item", [](auto a) { return index(a, 2); }, {2, 3});
  six("element", [](auto a) { return index(a, 2, 1); }, {2});
  six("items", [](auto a) { return index(a, Range{2, 3}); }, {2, 3, 4, 5});
  six("list of items", [](auto a) { return index(a, list({3, 1})); }, {4, 5, 0, 1});
  six("element of all", [](auto a) { return index(a, All{}, 2); }, {1, 3, 5});
  six("element of a list", [](auto a) { return exp(log(index(a, list({3, 3}), 1))); }, {4, 4});
  six("range of a list", [](auto a) { return index(a, list({3, 1}), Range{2, 2}); }, {5, 1});
  six("list of all", [](auto a) { return index(a, All{}, list({2, 1})); }, {1, 0, 3, 2, 5, 4});
  six("all of an item", [](auto a) { return index(a, 3, All{}); }, {4, 5});
  six("nested", [](auto a) { return index(rep_array(a, 2), 2, Range{2, 3}, 1); }, {2, 4});
  six("reversed", [](auto a) { return reverse(a); }, {4, 5, 2, 3, 0, 1});
}

TEST(indexing, outside) {
  const auto v = [] { return ones_vector(3); };
  EXPECT_EQ(rejection([&] { index(v(), 4); }), "index 4 is outside 1..3");
  EXPECT_EQ(rejection([&] { index(v(), Range{0, 2}); }), "index 0 is outside 1..3");
  EXPECT_EQ(rejection([&] { index(v(), Range{2, 4}); }), "index 4 is outside 1..3");
  EXPECT_EQ(rejection([&] { copy(index(v(), list({1, 5}))); }), "index 5 is outside 1..3");
  EXPECT_EQ(rejection([&] { index(zeros_matrix(2, 3), 3, 1); }), "index 3 is outside 1..2");
  EXPECT_EQ(rejection([&] { index(zeros_matrix(2, 3), All{}, list({4})); }), "index 4 is outside 1..3");
  EXPECT_EQ(rejection([&] { index(rep_array(v(), 2), 3, 1); }), "index 3 is outside 1..2");
  EXPECT_EQ(rejection([&] { index(v(), Range{9, 2}); }), "");
}

// Assignments to parts: f(x) does them on a copy of x, so that all of x also counts afterwards.

TEST(assignment, to_elements) {
  const auto f = [](auto x) {
    auto y = copy(x);
    assign_at(y, 2.0 * y[1], 1);          // y = 2 x₂, x₂, x₃
    assign_at(y, y[0] * y[1], 2);         // y₂ = 2 x₂²
    assign_at(y, y[1] * y[1] + x[2], 2);  // y₂ = 4 x₂⁴ + x₃
    assign_at(y, 3, 3);
    return y;
  };
  check("elements", 3, f, [](Values x) { return Values{2 * x[1], 4 * std::pow(x[1], 4) + x[2], 3}; });
}

TEST(assignment, to_parts) {
  const auto vector = [](const char* name, auto change, std::initializer_list<int> which) {
    check(
        name, 4,
        [change](auto x) {
          const auto y = copy(x);
          change(y, x);
          return y;
        },
        [&](Values x) { return of(x, which); });
  };
  vector("range", [](auto y, auto x) { assign_at(y, head(x, 2), Range{3, 4}); }, {0, 1, 0, 1});
  vector("overlapping up", [](auto y, auto) { assign_at(y, head(y, 3), Range{2, 4}); }, {0, 0, 1, 2});
  vector("overlapping down", [](auto y, auto) { assign_at(y, tail(y, 3), Range{1, 3}); }, {1, 2, 3, 3});
  vector("reversed in place", [](auto y, auto) { assign_at(y, reverse(y), All{}); }, {3, 2, 1, 0});
  vector("list", [](auto y, auto x) { assign_at(y, head(x, 2), list({4, 1})); }, {1, 1, 2, 0});
  vector("a place listed twice", [](auto y, auto x) { assign_at(y, tail(x, 2), list({1, 1})); }, {3, 1, 2, 3});
  vector("formula",
         [](auto y, auto x) {
           assign_at(y, 2.0 * y - x, All{});
           assign_at(y, y + segment(x, 1, 4) - reverse(reverse(x)), All{});
         },
         {0, 1, 2, 3});
  const auto square = [](const char* name, auto change, std::initializer_list<int> which) {
    check(
        name, 6,
        [change](auto x) {
          const auto y = copy(matrix(x, 2, 2));
          change(y, x);
          return y;
        },
        [&](Values x) { return of(x, which); });
  };
  square("one", [](auto y, auto x) { assign_at(y, x[4], 1, 2); }, {0, 4, 1, 3});
  square("row", [](auto y, auto x) { assign_at(y, transpose(tail(x, 2)), 2); }, {0, 2, 4, 5});
  square("part of a row", [](auto y, auto x) { assign_at(y, transpose(tail(x, 1)), 2, Range{2, 2}); }, {0, 2, 1, 5});
  square("column", [](auto y, auto x) { assign_at(y, tail(x, 2), All{}, 2); }, {0, 4, 1, 5});
  square("block", [](auto y, auto x) { assign_at(y, matrix(x, 1, 2, 5), Range{2, 2}, All{}); }, {0, 2, 4, 5});
  square("rows", [](auto y, auto) { assign_at(y, index(y, list({2, 1})), All{}); }, {1, 3, 0, 2});
  square("transposed in place", [](auto y, auto) { assign_at(y, transpose(y), All{}, All{}); }, {0, 1, 2, 3});
}

TEST(assignment, to_parts_of_arrays) {
  const auto array = [](const char* name, auto change, std::initializer_list<int> which) {
    check(
        name, 6,
        [change](auto x) {
          using V = Vector<ScalarIn<decltype(x)>>;
          const auto a = make<ArrayOf<V>>(3, 2);
          for (int i = 1; i <= 3; ++i) assign_at(a, segment(x, 2 * i - 1, 2), i);
          change(a, x);
          return a;
        },
        [&](Values x) { return of(x, which); });
  };
  array("items", [](auto, auto) {}, {0, 1, 2, 3, 4, 5});
  array("element", [](auto a, auto x) { assign_at(a, x[0], 3, 2); }, {0, 1, 2, 3, 4, 0});
  array("item of itself",
        [](auto a, auto x) {
          assign_at(a, index(a, 1), 2);
          assign_at(a, x[5], 1, 1);  // must not change item 2
        },
        {5, 1, 0, 1, 4, 5});
  array("items up", [](auto a, auto) { assign_at(a, index(a, Range{1, 2}), Range{2, 3}); }, {0, 1, 0, 1, 2, 3});
  array("list of items", [](auto a, auto) { assign_at(a, a, list({3, 1, 2})); }, {2, 3, 4, 5, 0, 1});
  array("element of all", [](auto a, auto) { assign_at(a, index(reverse(a), All{}, 2), All{}, 1); },
        {5, 1, 3, 3, 1, 5});
  array("parts",
        [](auto a, auto) {
          assign_at(a, index(a, Range{1, 2}, Range{1, 1}), Range{2, 3}, Range{2, 2});
        },
        {0, 1, 2, 0, 4, 2});
}

TEST(assignment, of_whole_variables) {
  const auto f = [](auto x) {
    using T = ScalarIn<decltype(x)>;
    auto a = make<Vector<T>>(2), b = a;
    assign(a, x);
    assign(b, a);
    assign_at(a, 7.0, 1);  // b keeps x₁
    T element = a[0];
    assign(element, b[1]);
    assign_at(b, 5.0, 2);  // element keeps x₂
    auto m = make<Matrix<T>>(1, 2);
    assign(m, to_matrix(transpose(a)));
    auto nested = make<ArrayOf<Array<T>>>(1, 2), other = nested;
    assign(nested, rep_array(1.5, 1, 2));
    assign(other, nested);
    assign_at(nested, element, 1, 2);
    return append_row(append_row(a, append_row(b, element)),
                      append_row(to_vector(m), append_row(to_vector(nested.items[0]), to_vector(other.items[0]))));
  };
  check("whole variables", 2, f, [](Values x) { return Values{7, x[1], x[0], 5, x[1], 7, x[1], 1.5, x[1], 1.5, 1.5}; });
  Tape tape;
  const Tape::Scope scope(tape);
  auto reals = make<Array<double>>(3);
  EXPECT_TRUE(std::isnan(reals[1]));
  assign(reals, list({1, 2, 3}));
  EXPECT_EQ(reals[1], 2);
  auto ints = make<ArrayOf<Array<int>>>(2, 2);
  EXPECT_EQ(ints(2, 2), -2147483647 - 1);
  assign_at(ints, list({4, 5}), 2);
  EXPECT_EQ(ints(2, 2), 5);
}

// What a record reads again on the way back must be what it read on the way forward, numbers included.
TEST(assignment, of_numbers_that_were_used) {
  const auto f = [](auto x) {
    auto weights = make<Vector<double>>(2);
    assign(weights, linspaced_vector(2, 1, 2));
    const auto which = copy(list({1, 2}));
    auto items = rep_array(copy(weights), 1);
    const auto first = copy(elt_multiply(weights, x));                 // x₁, 2 x₂
    const auto second = copy(elt_multiply(weights, index(x, which)));  // the same
    const auto third = copy(elt_multiply(items.items[0], x));          // the same
    assign_at(weights, 10.0, 1);
    assign_at(weights, 2.0 * weights, All{});
    assign_at(which, 2, 1);
    assign_at(items, weights, 1);
    return append_row(append_row(first, second), append_row(third, elt_multiply(items.items[0], index(x, which))));
  };
  check("numbers", 2, f,
        [](Values x) { return Values{x[0], 2 * x[1], x[0], 2 * x[1], x[0], 2 * x[1], 20 * x[1], 4 * x[1]}; });
}

TEST(assignment, that_does_not_fit) {
  EXPECT_EQ(rejection([] {
              auto v = make<Vector<double>>(3);
              assign(v, ones_vector(2));
            }),
            "assignment: 3 elements are expected, 2 are given");
  EXPECT_EQ(rejection([] {
              auto m = make<Matrix<double>>(3, 2);
              assign(m, zeros_matrix(3, 3));
            }),
            "assignment: 2 columns are expected, 3 are given");
  EXPECT_EQ(rejection([] {
              auto m = make<Matrix<double>>(3, 2);
              assign_at(m, zeros_matrix(1, 2), Range{2, 3}, All{});
            }),
            "assignment: 2 rows are expected, 1 are given");
  EXPECT_EQ(rejection([] { assign_at(make<ArrayOf<Vector<double>>>(2, 2), ones_vector(3), 1); }),
            "assignment: 2 elements are expected, 3 are given");
  EXPECT_EQ(rejection([] { assign_at(make<Vector<double>>(2), 1.0, 3); }), "index 3 is outside 1..2");
  EXPECT_EQ(rejection([] { make<Matrix<double>>(2, -1); }), "the sizes of a matrix must not be negative; found 2 × -1");
}

}  // namespace
}  // namespace thalweg
