// Building, reshaping and joining containers.
#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::matrix;
using law::rejection;
using law::Values;

Values of(const Values& x, std::initializer_list<int> which) {
  Values y;
  for (const int i : which) y.push_back(x[static_cast<std::size_t>(i)]);
  return y;
}

template <class C>
Values values(const C& c) {
  Values v;
  for (int i = 0; i < c.size(); ++i) v.push_back(c[i]);
  return v;
}

TEST(container_functions, repeat) {
  check(
      "rep_vector", 1, [](auto x) { return rep_vector(x[0], 3); },
      [](Values x) {
        return of(x, {0, 0, 0});
      });
  check(
      "rep_row_vector", 2, [](auto x) { return rep_row_vector(x[0] * x[1], 2) * 2.0; },
      [](Values x) {
        return Values{2 * x[0] * x[1], 2 * x[0] * x[1]};
      });
  check(
      "rep_matrix", 1, [](auto x) { return rep_matrix(x[0], 2, 2); },
      [](Values x) {
        return of(x, {0, 0, 0, 0});
      });
  check(
      "rep_matrix columns", 2, [](auto x) { return rep_matrix(x, 3); },
      [](Values x) {
        return of(x, {0, 0, 0, 1, 1, 1});
      });
  check(
      "rep_matrix rows", 2, [](auto x) { return rep_matrix(transpose(x), 3); },
      [](Values x) {
        return of(x, {0, 1, 0, 1, 0, 1});
      });
  check(
      "rep_array", 1, [](auto x) { return rep_array(exp(x[0]), 2); },
      [](Values x) {
        return Values{std::exp(x[0]), std::exp(x[0])};
      });
  check(
      "rep_array of arrays", 1, [](auto x) { return rep_array(x[0], 2, 2); },
      [](Values x) {
        return of(x, {0, 0, 0, 0});
      });
  check(
      "rep_array of vectors", 2, [](auto x) { return rep_array(x, 2); },
      [](Values x) {
        return of(x, {0, 1, 0, 1});
      });
}

TEST(container_functions, parts) {
  check(
      "head", 4, [](auto x) { return head(x, 2); },
      [](Values x) {
        return of(x, {0, 1});
      });
  check(
      "tail", 4, [](auto x) { return tail(x * 1.0, 2); },
      [](Values x) {
        return of(x, {2, 3});
      });
  check(
      "segment", 4, [](auto x) { return segment(x, 2, 3); },
      [](Values x) {
        return of(x, {1, 2, 3});
      });
  check(
      "reverse", 3, [](auto x) { return reverse(x); },
      [](Values x) {
        return of(x, {2, 1, 0});
      });
  check(
      "reverse twice", 4, [](auto x) { return reverse(head(reverse(x), 3)); },
      [](Values x) {
        return of(x, {1, 2, 3});
      });
  check(
      "row", 6, [](auto x) { return row(matrix(x, 2, 3), 2); },
      [](Values x) {
        return of(x, {1, 3, 5});
      });
  check(
      "col", 6, [](auto x) { return col(matrix(x, 2, 3), 2); },
      [](Values x) {
        return of(x, {2, 3});
      });
  check(
      "sub_col", 6, [](auto x) { return sub_col(matrix(x, 3, 2), 2, 1, 2); },
      [](Values x) {
        return of(x, {1, 2});
      });
  check(
      "sub_row", 6, [](auto x) { return sub_row(matrix(x, 2, 3), 1, 2, 2); },
      [](Values x) {
        return of(x, {2, 4});
      });
  check(
      "block", 12, [](auto x) { return block(matrix(x, 3, 4), 2, 2, 2, 3); },
      [](Values x) {
        return of(x, {4, 7, 10, 5, 8, 11});
      });
  check(
      "diagonal", 6, [](auto x) { return diagonal(matrix(x, 2, 3)); },
      [](Values x) {
        return of(x, {0, 3});
      });
}

TEST(container_functions, reshape) {
  check(
      "transpose", 6, [](auto x) { return transpose(matrix(x, 2, 3)); },
      [](Values x) {
        return of(x, {0, 1, 2, 3, 4, 5});
      });
  check(
      "transpose of a formula", 2, [](auto x) { return transpose(2.0 * x) * x; },
      [](Values x) { return 2 * x[0] * x[0] + 2 * x[1] * x[1]; });
  check(
      "to_vector", 6, [](auto x) { return to_vector(let(matrix(x, 2, 3))); },
      [](Values x) {
        return of(x, {0, 1, 2, 3, 4, 5});
      });
  check(
      "to_row_vector", 3, [](auto x) { return to_row_vector(x + 1.0) * x; },
      [](Values x) { return x[0] * (x[0] + 1) + x[1] * (x[1] + 1) + x[2] * (x[2] + 1); });
  check(
      "to_array_1d", 6, [](auto x) { return to_array_1d(matrix(x, 2, 3)); },
      [](Values x) {
        return of(x, {0, 1, 2, 3, 4, 5});
      });
  check(
      "to_array_1d nested", 6, [](auto x) { return to_array_1d(to_array_2d(matrix(x, 2, 3))); },
      [](Values x) {
        return of(x, {0, 2, 4, 1, 3, 5});
      });
  check(
      "to_matrix by rows", 6, [](auto x) { return to_matrix(x, 2, 3, 0); },
      [](Values x) {
        return of(x, {0, 1, 2, 3, 4, 5});
      });
  check(
      "to_matrix of a matrix", 6, [](auto x) { return to_matrix(matrix(x, 2, 3), 3, 2); },
      [](Values x) {
        return of(x, {0, 3, 1, 4, 2, 5});
      });
  check(
      "to_matrix of a matrix by rows", 6, [](auto x) { return to_matrix(matrix(x, 2, 3), 3, 2, 0); },
      [](Values x) {
        return of(x, {0, 1, 2, 3, 4, 5});
      });
  check(
      "to_matrix of a vector", 2, [](auto x) { return to_matrix(x) * to_matrix(transpose(x)); },
      [](Values x) {
        return Values{x[0] * x[0], x[0] * x[1], x[0] * x[1], x[1] * x[1]};
      });
  check(
      "to_matrix of a row", 2, [](auto x) { return to_matrix(transpose(x)) * x; },
      [](Values x) { return x[0] * x[0] + x[1] * x[1]; });
  check(
      "to_matrix of arrays", 6, [](auto x) { return to_matrix(to_array_2d(matrix(x, 2, 3))); },
      [](Values x) {
        return of(x, {0, 2, 4, 1, 3, 5});
      });
  check(
      "to_vector of integers", 1, [](auto x) { return to_vector(linspaced_int_array(3, 1, 3)) / 2 * x[0]; },
      [](Values x) {
        return Values{0.5 * x[0], x[0], 1.5 * x[0]};
      });
}

TEST(container_functions, join) {
  check(
      "append_row of vectors", 4, [](auto x) { return append_row(head(x, 3) * 1.0, tail(x, 1)); },
      [](Values x) { return x; });
  check(
      "append_row of a scalar", 3, [](auto x) { return append_row(x[0] * 2.0, append_row(x, 1)); },
      [](Values x) {
        return Values{2 * x[0], x[0], x[1], x[2], 1};
      });
  check(
      "append_row of matrices", 9, [](auto x) { return append_row(matrix(x, 2, 3), transpose(segment(x, 7, 3))); },
      [](Values x) {
        return of(x, {0, 2, 4, 1, 3, 5, 6, 7, 8});
      });
  check(
      "append_row of rows", 4, [](auto x) { return append_row(transpose(head(x, 2)), transpose(tail(x, 2))); },
      [](Values x) { return x; });
  check(
      "append_col of rows", 3, [](auto x) { return append_col(transpose(x), append_col(1.5, transpose(x))); },
      [](Values x) { return Values{x[0], x[1], x[2], 1.5, x[0], x[1], x[2]}; });
  check(
      "append_col of matrices", 8, [](auto x) { return append_col(matrix(x, 2, 3), tail(x, 2)); },
      [](Values x) {
        return of(x, {0, 2, 4, 6, 1, 3, 5, 7});
      });
  check(
      "append_col of vectors and numbers", 2, [](auto x) { return append_col(x, append_col(ones_vector(2), x)); },
      [](Values x) { return Values{x[0], 1, x[0], x[1], 1, x[1]}; });
  check(
      "append_array", 2, [](auto x) { return append_array(rep_array(x[0], 2), rep_array(x[1], 1)); },
      [](Values x) {
        return of(x, {0, 0, 1});
      });
  check(
      "append_array of numbers and variables", 2,
      [](auto x) { return append_array(rep_array(ones_vector(2), 1, 1), rep_array(x, 1, 1)); },
      [](Values x) {
        return Values{1, 1, x[0], x[1]};
      });
  check(
      "append_array nested", 2, [](auto x) { return append_array(rep_array(x, 1), rep_array(reverse(x), 1)); },
      [](Values x) {
        return of(x, {0, 1, 1, 0});
      });
}

TEST(container_functions, of_nested_arrays) {
  check(
      "exp of an array of vectors", 4, [](auto x) { return exp(to_array_2d(matrix(x, 2, 2))); },
      [](Values x) {
        return Values{std::exp(x[0]), std::exp(x[2]), std::exp(x[1]), std::exp(x[3])};
      });
  check(
      "pow of arrays", 2, [](auto x) { return pow(rep_array(x, 2), 2.0); },
      [](Values x) {
        return Values{x[0] * x[0], x[1] * x[1], x[0] * x[0], x[1] * x[1]};
      });
  check(
      "softmax of an array", 2, [](auto x) { return log_softmax(rep_array(x, 2)); },
      [](Values x) {
        const double s = std::log(std::exp(x[0]) + std::exp(x[1]));
        return Values{x[0] - s, x[1] - s, x[0] - s, x[1] - s};
      });
}

TEST(container_functions, sparse) {
  Tape tape;
  const Tape::Scope scope(tape);
  const auto m = zeros_matrix(3, 3);
  m.at(0, 1) = 5;
  m.at(2, 0) = 7;
  m.at(2, 2) = 8;
  EXPECT_EQ(values(csr_extract_w(m)), (Values{5, 7, 8}));
  EXPECT_EQ(values(csr_extract_v(m)), (Values{2, 1, 3}));
  EXPECT_EQ(values(csr_extract_u(m)), (Values{1, 2, 2, 4}));
  EXPECT_EQ(values(csr_to_dense_matrix(3, 3, csr_extract_w(m), csr_extract_v(m), csr_extract_u(m))), values(m));
  check(
      "csr_to_dense_matrix", 2,
      [](auto x) {
        const auto u = linspaced_int_array(3, 1, 3);
        return csr_to_dense_matrix(2, 2, x, reverse(linspaced_int_array(2, 1, 2)), u);
      },
      [](Values x) {
        return Values{0, x[0], x[1], 0};
      });
}

TEST(container_functions, diagonals) {
  check(
      "symmetrize_from_lower_tri", 4, [](auto x) { return symmetrize_from_lower_tri(matrix(x, 2, 2)); },
      [](Values x) {
        return of(x, {0, 1, 1, 3});
      });
  check(
      "diag_matrix", 2, [](auto x) { return diag_matrix(x); },
      [](Values x) {
        return Values{x[0], 0, 0, x[1]};
      });
  check(
      "add_diag", 6, [](auto x) { return add_diag(matrix(x, 2, 2), tail(x, 2)); },
      [](Values x) {
        return Values{x[0] + x[4], x[2], x[1], x[3] + x[5]};
      });
  check(
      "add_diag of one", 6, [](auto x) { return add_diag(matrix(x, 2, 3), x[0]); },
      [](Values x) { return Values{2 * x[0], x[2], x[4], x[1], x[3] + x[0], x[5]}; });
  check(
      "add_diag to numbers", 1, [](auto x) { return add_diag(zeros_matrix(2, 2), x[0]); },
      [](Values x) {
        return Values{x[0], 0, 0, x[0]};
      });
}

TEST(container_functions, numbers) {
  Tape tape;
  const Tape::Scope scope(tape);
  EXPECT_EQ(values(linspaced_vector(3, 1, 2)), (Values{1, 1.5, 2}));
  EXPECT_EQ(values(linspaced_row_vector(1, 1, 2)), (Values{2}));
  EXPECT_EQ(values(linspaced_array(0, 1, 2)), (Values{}));
  EXPECT_EQ(values(linspaced_int_array(3, 1, 6)), (Values{1, 3, 5}));
  EXPECT_EQ(values(linspaced_int_array(4, 0, 1)), (Values{0, 0, 1, 1}));
  EXPECT_EQ(values(linspaced_int_array(1, 0, 5)), (Values{5}));
  EXPECT_EQ(values(one_hot_vector(3, 2)), (Values{0, 1, 0}));
  EXPECT_EQ(values(one_hot_int_array(2, 1)), (Values{1, 0}));
  EXPECT_EQ(values(ones_row_vector(2)), (Values{1, 1}));
  EXPECT_EQ(values(zeros_array(2)), (Values{0, 0}));
  EXPECT_EQ(values(uniform_simplex(4)), (Values{0.25, 0.25, 0.25, 0.25}));
  EXPECT_EQ(values(identity_matrix(2)), (Values{1, 0, 0, 1}));
  EXPECT_EQ(values(dims(rep_array(identity_matrix(2), 3))), (Values{3, 2, 2}));
  EXPECT_EQ(values(dims(rep_array(1, 0, 2))), (Values{0, 0}));
  EXPECT_EQ(num_elements(rep_array(identity_matrix(2), 3)), 12);
  EXPECT_EQ(size(rep_array(identity_matrix(2), 3)), 3);
  EXPECT_EQ(rows(zeros_matrix(2, 3)), 2);
  EXPECT_EQ(cols(zeros_row_vector(3)), 3);
  EXPECT_EQ(rows(zeros_row_vector(3)), 1);
}

TEST(container_functions, sizes_that_do_not_fit) {
  EXPECT_EQ(rejection([] { rep_vector(1.0, -1); }), "a size must not be negative; found -1");
  EXPECT_EQ(rejection([] { head(ones_vector(2), 3); }), "index 3 is outside 1..2");
  EXPECT_EQ(rejection([] { segment(ones_vector(2), 0, 1); }), "index 0 is outside 1..2");
  EXPECT_EQ(rejection([] { tail(ones_vector(2), 3); }), "index 0 is outside 1..2");
  EXPECT_EQ(rejection([] { append_row(zeros_matrix(2, 2), zeros_matrix(2, 3)); }),
            "append_row: 2 columns above 3 columns");
  EXPECT_EQ(rejection([] { append_col(zeros_matrix(2, 2), zeros_vector(3)); }), "append_col: 2 rows beside 3 rows");
  EXPECT_EQ(rejection([] { to_matrix(ones_vector(5), 2, 3); }), "to_matrix: 6 elements are expected, 5 are given");
  EXPECT_EQ(rejection([] { one_hot_vector(3, 4); }), "index 4 is outside 1..3");
  EXPECT_EQ(rejection([] { add_diag(zeros_matrix(2, 2), ones_vector(3)); }), "add_diag: a diagonal of 2, 3 numbers");
  EXPECT_EQ(rejection([] { max(zeros_int_array(0)); }), "an empty array of integers has no largest or smallest");
  EXPECT_EQ(rejection([] { segment(ones_vector(2), 7, 0); }), "");
}

}  // namespace
}  // namespace thalweg
