// The values of a draw: their names and shapes, and writing them out.
#pragma once
#include "thalweg/core/random.hpp"
#include "thalweg/density/model_table.hpp"
#include "thalweg/stan/runtime/text.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Collects the variables of a program once its data are known.
class Describer {
 public:
  static constexpr int most_ranks = 8;
  ~Describer() {
    delete[] variables_;
    delete[] shapes_;
  }
  Describer() = default;
  Describer(const Describer&) = delete;
  Describer& operator=(const Describer&) = delete;

  template <class... Sizes>
  void add(const char* name, const char* type, Block block, bool integer, Sizes... sizes) {
    grow();
    const std::int64_t shape[sizeof...(sizes) + 1] = {static_cast<std::int64_t>(sizes)..., 0};
    for (std::size_t i = 0; i < sizeof...(sizes); ++i) shapes_[count_].size[i] = shape[i] < 0 ? 0 : shape[i];
    variables_[count_] = {name, type, block, static_cast<std::int32_t>(sizeof...(sizes)), nullptr, integer};
    ++count_;
  }
  int count() const { return count_; }
  const RawVariable* variable(int i) {
    variables_[i].shape = shapes_[i].size;
    return variables_ + i;
  }

 private:
  struct Sizes {
    std::int64_t size[most_ranks];
  };
  void grow() {
    if (count_ < capacity_) return;
    capacity_ = 2 * capacity_ + 16;
    auto* v = new RawVariable[static_cast<std::size_t>(capacity_)];
    auto* s = new Sizes[static_cast<std::size_t>(capacity_)];
    for (int i = 0; i < count_; ++i) {
      v[i] = variables_[i];
      s[i] = shapes_[i];
    }
    delete[] variables_;
    delete[] shapes_;
    variables_ = v;
    shapes_ = s;
  }
  RawVariable* variables_ = nullptr;
  Sizes* shapes_ = nullptr;
  int count_ = 0, capacity_ = 0;
};

/// Writes the values of a draw in the order of their declarations, and carries the random numbers of generated
/// quantities.
class DrawWriter {
 public:
  DrawWriter(double* to, bool generate, Random<double>* random) : to_(to), generate(generate), random_(random) {}

  void operator()(double x) { *to_++ = x; }
  void operator()(int x) { *to_++ = x; }
  template <Container C>
  void operator()(const C& c) {
    for_each_value(c, [&](int, const auto& v) { *to_++ = v; });
  }
  template <class E>
  void operator()(const ArrayOf<E>& a) {
    for (int i = 0; i < a.size(); ++i) (*this)(a[i]);
  }
  Random<double>& random() { return *random_; }

 private:
  double* to_;

 public:
  const bool generate;  ///< whether generated quantities are wanted

 private:
  Random<double>* random_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
