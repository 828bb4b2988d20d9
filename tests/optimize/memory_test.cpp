// What L-BFGS keeps of a large density: counted, not believed.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/optimize/densities.hpp"
#include "tests/optimize/one_ascent.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace {

std::atomic<std::size_t> live{0}, peak{0};

void* counted(void* p) {
  if (!p) throw std::bad_alloc();
  const std::size_t now = live += malloc_usable_size(p);
  for (std::size_t seen = peak; now > seen && !peak.compare_exchange_weak(seen, now);) {
  }
  return p;
}
void uncounted(void* p) {
  if (p) live -= malloc_usable_size(p);
  std::free(p);
}

}  // namespace

void* operator new(std::size_t n) { return counted(std::malloc(n)); }
void* operator new(std::size_t n, std::align_val_t a) {
  const auto align = static_cast<std::size_t>(a);
  return counted(std::aligned_alloc(align, (n + align - 1) / align * align));
}
void operator delete(void* p) noexcept { uncounted(p); }
void operator delete(void* p, std::size_t) noexcept { uncounted(p); }
void operator delete(void* p, std::align_val_t) noexcept { uncounted(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { uncounted(p); }

namespace thalweg {
namespace {

/// The most that was allocated at a time, in numbers a dimension.
double numbers_a_dimension(std::int64_t d, double& decrement) {
  const test::Bowl bowl{.d = d, .condition = 1e3};
  const Model model = model_of(bowl);
  const std::vector<double> start(static_cast<std::size_t>(d), 3.0);
  const std::size_t before = live;
  peak = before;
  const test::Climbed c =
      test::climb(model, start, [](auto& strand, auto dimension, auto& point, auto& ascent, auto o) {
        return lbfgs(strand, {.arrival = {.tolerance = 1e-10}}, dimension, point, ascent, o);
      });
  decrement = 0;
  for (std::size_t i = 0; i < c.x.size(); ++i) decrement += 0.5 * c.gradient[i] * c.gradient[i] / bowl.curvature(i);
  return static_cast<double>(peak - before) / (8.0 * static_cast<double>(d));
}

/// 2·10 vectors of pairs, 6 of its own, 3 of the watch, 2 of the point, and what is around: workspaces of one lane
/// (requests 4, the table's 3 and Hessians' as many), the start and the answer (4).
TEST(LbfgsMemory, is_linear_in_the_dimension_at_79409) {
  double decrement = 0;
  EXPECT_LT(numbers_a_dimension(79409, decrement), 60);
  EXPECT_LT(decrement, 1e-6);
}

TEST(LbfgsMemory, a_dimension_costs_the_same_in_small_and_large) {
  double ignored = 0;
  const double small = numbers_a_dimension(5000, ignored), large = numbers_a_dimension(20000, ignored);
  EXPECT_NEAR(large / small, 1, 0.1);
}

}  // namespace
}  // namespace thalweg
