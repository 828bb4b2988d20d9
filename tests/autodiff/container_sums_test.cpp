// Functions that order, sum up or normalise the elements of a container.
#include <algorithm>
#include <numeric>

#include "law.hpp"

namespace thalweg {
namespace {
using law::check;
using law::matrix;
using law::rejection;
using law::Values;

double plain_sum(const Values& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double plain_mean(const Values& x) { return plain_sum(x) / static_cast<double>(x.size()); }
double plain_variance(const Values& x) {
  double s = 0;
  for (const double v : x) s += (v - plain_mean(x)) * (v - plain_mean(x));
  return s / static_cast<double>(x.size() - 1);
}
double plain_log_sum_exp(const Values& x) {
  double s = 0;
  for (const double v : x) s += std::exp(v);
  return std::log(s);
}
Values plain_log_softmax(Values x) {
  const double s = plain_log_sum_exp(x);
  for (double& v : x) v -= s;
  return x;
}
Values exp_of(Values x) {
  for (double& v : x) v = std::exp(v);
  return x;
}
double dot(const Values& x, std::initializer_list<int> a, std::initializer_list<int> b) {
  double s = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end(); ++i, ++j)
    s += x[static_cast<std::size_t>(*i)] * x[static_cast<std::size_t>(*j)];
  return s;
}

TEST(container_sums, order) {
  const law::Options near{.step = 1e-4};  // elements must not change places
  check(
      "max", 5, [](auto x) { return max(x); }, [](Values x) { return *std::max_element(x.begin(), x.end()); }, near);
  check(
      "min", 5, [](auto x) { return min(2.0 * x); }, [](Values x) { return 2 * *std::min_element(x.begin(), x.end()); },
      near);
  check(
      "sort_asc", 7, [](auto x) { return sort_asc(x); },
      [](Values x) {
        std::sort(x.begin(), x.end());
        return x;
      },
      near);
  check(
      "sort_desc", 6, [](auto x) { return sort_desc(square(x)); },
      [](Values x) {
        for (double& v : x) v *= v;
        std::sort(x.rbegin(), x.rend());
        return x;
      },
      near);
}

TEST(container_sums, moments) {
  check(
      "sum", 5, [](auto x) { return sum(x); }, plain_sum);
  check(
      "prod", 5, [](auto x) { return prod(x); },
      [](Values x) { return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>()); });
  check(
      "prod with zeros", 3, [](auto x) { return prod(append_row(x, x[0] - x[0])) + prod(x - x[1]); },
      [](Values) { return 0.0; });
  check(
      "mean", 5, [](auto x) { return mean(x); }, plain_mean);
  check(
      "variance", 5, [](auto x) { return variance(exp(x)); }, [](Values x) { return plain_variance(exp_of(x)); });
  check(
      "variance of one", 1, [](auto x) { return variance(x); }, [](Values) { return 0.0; });
  check(
      "sd", 5, [](auto x) { return sd(x); }, [](Values x) { return std::sqrt(plain_variance(x)); });
  check(
      "norm1", 4, [](auto x) { return norm1(x - 5.0); }, [](Values x) { return 20 - plain_sum(x); });
  check(
      "norm2", 4, [](auto x) { return norm2(x); },
      [](Values x) { return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0)); });
  check(
      "cumulative_sum", 4, [](auto x) { return cumulative_sum(x); },
      [](Values x) {
        std::partial_sum(x.begin(), x.end(), x.begin());
        return x;
      });
  check(
      "cumulative_sum of a formula", 4, [](auto x) { return cumulative_sum(transpose(exp(x))); },
      [](Values x) {
        x = exp_of(x);
        std::partial_sum(x.begin(), x.end(), x.begin());
        return x;
      });
}

TEST(container_sums, exponentials) {
  check(
      "log_sum_exp", 4, [](auto x) { return log_sum_exp(x); }, plain_log_sum_exp);
  check(
      "softmax", 4, [](auto x) { return softmax(x); }, [](Values x) { return exp_of(plain_log_softmax(x)); });
  check(
      "log_softmax", 4, [](auto x) { return log_softmax(2.0 * x); },
      [](Values x) {
        for (double& v : x) v *= 2;
        return plain_log_softmax(x);
      });
}

TEST(container_sums, mixtures) {
  const auto plain = [](double t, double a, double b) { return std::log(t * std::exp(a) + (1 - t) * std::exp(b)); };
  check(
      "log_mix", 3, [](auto x) { return log_mix(0.5 * x[0], x[1], x[2]); },
      [&](Values x) { return plain(0.5 * x[0], x[1], x[2]); });
  check(
      "log_mix of a number", 2, [](auto x) { return log_mix(0.25, 3.0 * x[0], x[0] * x[1]); },
      [&](Values x) { return plain(0.25, 3 * x[0], x[0] * x[1]); });
  check(
      "log_mix one argument", 1, [](auto x) { return log_mix(x[0] * 0.1, 1.0, 2.0); },
      [&](Values x) { return plain(x[0] * 0.1, 1, 2); });
  check(
      "log_mix of vectors", 6, [](auto x) { return log_mix(softmax(head(x, 3)), tail(x, 3)); },
      [](Values x) {
        const Values t = exp_of(plain_log_softmax({x[0], x[1], x[2]}));
        return std::log(t[0] * std::exp(x[3]) + t[1] * std::exp(x[4]) + t[2] * std::exp(x[5]));
      });
  check(
      "log_mix of an array of vectors", 2,
      [](auto x) {
        return log_mix(linspaced_vector(2, 0.25, 0.75), append_array(rep_array(x, 1), rep_array(let(2.0 * x), 1)));
      },
      [&](Values x) { return plain(0.25, x[0], x[1]) + plain(0.25, 2 * x[0], 2 * x[1]); });
  check(
      "fma of containers", 3, [](auto x) { return fma(x[0], x, fma(x, x, 1.0)); },
      [](Values x) {
        const double a = x[0];
        for (double& v : x) v = a * v + v * v + 1;
        return x;
      });
  check(
      "fma", 3, [](auto x) { return fma(x[0], x[1], x[2]); }, [](Values x) { return x[0] * x[1] + x[2]; });
}

TEST(container_sums, log_mix_at_its_ends) {
  const auto f = [](auto x) { return log_mix(x[0], x[1], x[2]); };
  const auto none = law::differentiate(f, Values{0, 1000, -1000});
  EXPECT_EQ(none.value, -1000 * law::weight(0));
  EXPECT_EQ(none.gradient[1], 0);
  EXPECT_EQ(none.gradient[2], law::weight(0));
  const auto whole = law::differentiate(f, Values{1, -1000, 1000});
  EXPECT_EQ(whole.value, -1000 * law::weight(0));
  EXPECT_EQ(whole.gradient[1], law::weight(0));
  EXPECT_EQ(whole.gradient[2], 0);
  const auto outside = law::differentiate(f, Values{1.5, 0, 0});
  EXPECT_EQ(outside.rejected, 1u);
  EXPECT_EQ(law::differentiate(f, Values{0.5, -infinity, -infinity}).value, -infinity);
  const auto nothing = law::differentiate(f, Values{0.5, -infinity, 2});
  EXPECT_NEAR(nothing.value, (2 + std::log(0.5)) * law::weight(0), 1e-14);
  EXPECT_EQ(nothing.gradient[1], 0);
  const auto vectors = [](auto x) { return log_mix(head(x, 2), tail(x, 2)); };
  const auto v = law::differentiate(vectors, Values{0, 1, 1000, -1000});
  EXPECT_EQ(v.value, -1000 * law::weight(0));
}

TEST(container_sums, many_dot_products) {
  check(
      "columns_dot_product", 8, [](auto x) { return columns_dot_product(matrix(x, 2, 2), matrix(x, 2, 2, 5)); },
      [](Values x) {
        return Values{dot(x, {0, 1}, {4, 5}), dot(x, {2, 3}, {6, 7})};
      });
  check(
      "rows_dot_product", 8, [](auto x) { return rows_dot_product(matrix(x, 2, 2), matrix(x, 2, 2, 5)); },
      [](Values x) {
        return Values{dot(x, {0, 2}, {4, 6}), dot(x, {1, 3}, {5, 7})};
      });
  check(
      "columns_dot_product with numbers", 2, [](auto x) { return columns_dot_product(x, ones_vector(2)); },
      [](Values x) { return Values{x[0] + x[1]}; });
  check(
      "columns_dot_self", 4, [](auto x) { return columns_dot_self(matrix(x, 2, 2)); },
      [](Values x) {
        return Values{dot(x, {0, 1}, {0, 1}), dot(x, {2, 3}, {2, 3})};
      });
  check(
      "rows_dot_self", 4, [](auto x) { return rows_dot_self(matrix(x, 2, 2)); },
      [](Values x) {
        return Values{dot(x, {0, 2}, {0, 2}), dot(x, {1, 3}, {1, 3})};
      });
  check(
      "rows_dot_self of a row", 2, [](auto x) { return rows_dot_self(transpose(x)); },
      [](Values x) {
        return Values{dot(x, {0, 1}, {0, 1})};
      });
  check(
      "csr_matrix_times_vector", 6,
      [](auto x) {
        const auto v = append_array(linspaced_int_array(2, 1, 3), linspaced_int_array(1, 2, 2));  // 1 3 2
        const auto u = append_array(linspaced_int_array(2, 1, 3), linspaced_int_array(2, 3, 4));  // 1 3 3 4
        return csr_matrix_times_vector(3, 3, head(x, 3), v, u, tail(x, 3));
      },
      [](Values x) {
        return Values{dot(x, {0, 1}, {3, 5}), 0, x[2] * x[4]};
      });
}

TEST(container_sums, of_numbers_only) {
  Tape tape;
  const Tape::Scope scope(tape);
  const auto x = append_row(linspaced_vector(3, 3, 1), append_row(2.0, 5.0 * ones_vector(1)));  // 3 2 1 2 5
  const auto ascending = sort_indices_asc(x), descending = sort_indices_desc(x);
  const int up[] = {3, 2, 4, 1, 5}, down[] = {5, 1, 2, 4, 3};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ascending[i], up[i]);
    EXPECT_EQ(descending[i], down[i]);
  }
  EXPECT_EQ(rank(x, 1), 3);
  EXPECT_EQ(quantile(x, 0.5), 2);
  EXPECT_EQ(quantile(x, 0.875), 4);
  EXPECT_EQ(quantile(x, linspaced_array(2, 0, 1))[1], 5);
  const auto k = linspaced_int_array(4, 1, 4);
  EXPECT_EQ(max(k), 4);
  EXPECT_EQ(sum(k), 10);
  EXPECT_EQ(prod(k), 24);
  EXPECT_EQ(mean(k), 2.5);
  EXPECT_EQ(sort_desc(k)[0], 4);
  EXPECT_NEAR(sd(k), std::sqrt(5.0 / 3), 1e-15);
  EXPECT_EQ(max(zeros_vector(0)), -infinity);
  EXPECT_EQ(dot_product(k, linspaced_array(4, 0.5, 2)), 15);
}

TEST(container_sums, what_does_not_fit) {
  EXPECT_EQ(rejection([] { quantile(zeros_vector(0), 0.5); }), "quantile: there are no numbers");
  EXPECT_EQ(rejection([] { variance(zeros_vector(0)); }), "the variance of no numbers is not defined");
  EXPECT_EQ(rejection([] { log_mix(ones_vector(1), ones_vector(2)); }), "log_mix: 1 proportions, 2 log densities");
  EXPECT_EQ(rejection([] {
              const auto v = linspaced_int_array(1, 4, 4), u = linspaced_int_array(2, 1, 2);
              csr_matrix_times_vector(1, 3, ones_vector(1), v, u, ones_vector(3));
            }),
            "csr: column 4 is outside 1..3");
  const auto nan = law::differentiate([](auto x) { return sort_asc(x); }, Values{1, not_a_number});
  EXPECT_EQ(nan.rejected, 1u);
}

}  // namespace
}  // namespace thalweg
