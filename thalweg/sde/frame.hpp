// Memory of a step: local arrays whose length may be known at run time only.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// A stack of arrays that grows in pieces and never moves them: nothing is allocated after the first step.
class Frame {
 public:
  template <class Real>
  Real* take(std::size_t n) {
    const std::size_t lines = (n * sizeof(Real) + sizeof(Line) - 1) / sizeof(Line);
    while (at_.piece < pieces_.size() && at_.used + lines > pieces_[at_.piece].size) ++at_.piece, at_.used = 0;
    if (at_.piece == pieces_.size()) pieces_.push_back({std::make_unique<Line[]>(lines + least), lines + least});
    Line* first = pieces_[at_.piece].lines.get() + at_.used;
    at_.used += lines;
    return new (first) Real[n];
  }
  struct Mark {
    std::size_t piece = 0, used = 0;
  };
  Mark mark() const { return at_; }
  void release(Mark mark) { at_ = mark; }

 private:
  static constexpr std::size_t least = 256;
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  struct Piece {
    std::unique_ptr<Line[]> lines;
    std::size_t size;
  };
  std::vector<Piece> pieces_;
  Mark at_;
};

/// An array of n Reals on the stack, where the compiler can keep it in registers.
template <class Real, std::size_t n>
struct Local {
  THALWEG_INLINE Local(Frame&, std::size_t) {}
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;
  THALWEG_INLINE
  Real& operator[](std::size_t i) { return data[i]; }
  THALWEG_INLINE
  View<Real> view() { return {data, n}; }
  THALWEG_INLINE
  View<const Real> read() const { return {data, n}; }

 private:
  Real data[n];
};

/// n = 0: an array of a length that is known at run time, taken from the frame and given back at the end of the scope.
template <class Real>
struct Local<Real, 0> {
  Local(Frame& from, std::size_t size) : frame(from), mark(from.mark()), data(from.take<Real>(size)), length(size) {}
  ~Local() { frame.release(mark); }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;
  Real& operator[](std::size_t i) { return data[i]; }
  View<Real> view() { return {data, length}; }
  View<const Real> read() const { return {data, length}; }

 private:
  Frame& frame;
  Frame::Mark mark;
  Real* data;
  std::size_t length;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
