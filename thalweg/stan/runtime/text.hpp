// Text that a program's `print` and `reject` make, in a buffer that never allocates.
#pragma once
#include "thalweg/autodiff/container.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Appends to a fixed buffer; what does not fit is cut off.
class Text {
 public:
  static constexpr int capacity = 1 << 12;
  Text() { buffer_[0] = 0; }
  const char* c_str() const { return buffer_; }

  Text& operator<<(const char* s) {
    while (*s && length_ < capacity - 1) buffer_[length_++] = *s++;
    buffer_[length_] = 0;
    return *this;
  }
  Text& operator<<(int i) {
    char digits[16];
    __builtin_snprintf(digits, sizeof digits, "%d", i);
    return *this << digits;
  }
  Text& operator<<(long i) {
    char digits[24];
    __builtin_snprintf(digits, sizeof digits, "%ld", i);
    return *this << digits;
  }
  Text& operator<<(double x) {
    char digits[32];
    __builtin_snprintf(digits, sizeof digits, "%.6g", x);
    return *this << digits;
  }
  /// A pack shows its first particle.
  template <int W>
  Text& operator<<(const Pack<W>& x) {
    return *this << lane_of(x, 0);
  }
  template <ScalarExpression E>
  Text& operator<<(const E& e) {
    return *this << value_of(e);
  }
  template <Container E>
  Text& operator<<(const E& e) {
    *this << "[";
    const int cols = E::shape == Shape::matrix ? e.extent().cols : 0;
    for_each_value(e, [&](int i, const auto& v) {
      if (i > 0) *this << (cols > 0 && i % cols == 0 ? "; " : ", ");
      *this << v;
    });
    return *this << "]";
  }
  template <class E>
  Text& operator<<(const ArrayOf<E>& a) {
    *this << "[";
    for (int i = 0; i < a.size(); ++i) {
      if (i > 0) *this << ", ";
      *this << a[i];
    }
    return *this << "]";
  }

 private:
  char buffer_[capacity];
  int length_ = 0;
};

/// `reject(…)`: no lane of this evaluation goes on.
template <class... Args>
[[noreturn, gnu::noinline, gnu::cold]] void reject(const Args&... args) {
  Text text;
  (text << ... << args);
  Tape::current().reject_all(Tape::current().keep(text.c_str()));
}

/// `print(…)`: a line to the receiver of the evaluation, if there is one.
template <class... Args>
[[gnu::noinline, gnu::cold]] void print(const Args&... args) {
  const Tape& tape = Tape::current();
  if (tape.print == nullptr) return;
  Text text;
  (text << ... << args);
  tape.print(tape.print_receiver, text.c_str());
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
