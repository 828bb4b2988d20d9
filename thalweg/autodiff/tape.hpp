// The reverse tape: what has to be undone, in order, to carry adjoints from log p back to the parameters.
#pragma once
#include "thalweg/autodiff/arena.hpp"
#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Whether what is evaluated is recorded, to be undone. A unit whose variables only run forward says THALWEG_FORWARD
/// before it includes anything: its variables are values in the arena, adjoints do not exist.
#ifdef THALWEG_FORWARD
inline constexpr bool tape_records = false;
#else
inline constexpr bool tape_records = true;
#endif

/// Leaves an evaluation in which no lane can go on: an index or a size that does not fit, or `reject` where control
/// flow is the same for all lanes. Caught where the evaluation starts; never seen by callers of a density.
struct Rejected {};

/// One recorded operation. Derived records hold what their reverse needs; they are trivially destructible.
struct Record {
  void (*reverse)(Record*);
  Record* previous;
};

/// The tape of one thread: an arena and the chain of records in it. It does not know the type of the numbers: a
/// record's `reverse` does.
///
/// Evidence  a lane whose log density is refused (domain error, failed factorisation, `reject`) is marked with the
///           statement under way and the reason; the other lanes go on.
/// Cost      nothing is allocated from the system in the steady state.
class Tape {
 public:
  struct Reason {
    int statement = -1;
    const char* text = nullptr;
  };
  struct Mark {
    Arena::Mark arena;
    Record* last;
  };

  /// The tape that expressions of this thread record on.
  static Tape& current() { return *current_; }

  /// Makes a tape current for a scope.
  class Scope {
   public:
    explicit Scope(Tape& tape) : previous_(current_) { current_ = &tape; }
    ~Scope() { current_ = previous_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Tape* previous_;
  };

  template <class T>
  THALWEG_INLINE T* allocate(std::size_t n) {
    return static_cast<T*>(arena_.allocate(n * sizeof(T), alignof(T) < 64 ? alignof(T) : 64));
  }
  /// A record of type R (an implicit-lifetime type) to be filled by the caller, who must not leave by an exception
  /// before that is done. R has a static function `undo(R&)`.
  template <class R>
  THALWEG_INLINE R& record() {
    R* r = static_cast<R*>(arena_.allocate(sizeof(R), alignof(R)));
    r->reverse = [](Record* self) { R::undo(*static_cast<R*>(self)); };
    r->previous = last_;
    last_ = r;
    return *r;
  }
  Mark mark() const { return {arena_.mark(), last_}; }
  /// Undoes all that was recorded since `m`, newest first, and forgets it.
  void sweep_back(const Mark& m) {
    for (Record* r = last_; r != m.last; r = r->previous) r->reverse(r);
    last_ = m.last;
    arena_.rewind(m.arena);
  }
  void sweep() {
    for (Record* r = last_; r != nullptr; r = r->previous) r->reverse(r);
    last_ = nullptr;
  }
  void reset() {
    arena_.reset();
    last_ = nullptr;
    rejected_ = 0;
    left_ = false;
    statement = -1;
  }

  /// Marks lanes (a bit each) as refused; the first reason of a lane stays.
  [[gnu::noinline, gnu::cold]] void reject_lanes(std::uint64_t lanes, const char* reason) {
    for (int lane = 0; lane < 64; ++lane)
      if (lanes >> lane & ~(rejected_ >> lane) & 1) reasons_[lane] = {statement, reason};
    rejected_ |= lanes;
  }
  template <class M>
  THALWEG_INLINE void reject(const M& mask, const char* reason) {
    if (any(mask)) [[unlikely]]
      reject_lanes(lane_bits(mask), reason);
  }
  /// The same for all lanes. Up to two numbers replace the first two '#' of the reason.
  [[noreturn, gnu::noinline, gnu::cold]] void reject_all(const char* reason, long first, long second = 0) {
    char* to = text_;
    const long numbers[2] = {first, second};
    int used = 0;
    for (const char* from = reason; *from && to < text_ + sizeof text_ - 32; ++from) {
      if (*from != '#' || used == 2) {
        *to++ = *from;
        continue;
      }
      char digits[24];
      int n = 0;
      unsigned long rest = numbers[used] < 0 ? 0ul - static_cast<unsigned long>(numbers[used])
                                             : static_cast<unsigned long>(numbers[used]);
      do digits[n++] = static_cast<char>('0' + rest % 10);
      while (rest /= 10);
      if (numbers[used++] < 0) *to++ = '-';
      while (n > 0) *to++ = digits[--n];
    }
    *to = 0;
    reject_all(text_);
  }
  [[noreturn, gnu::noinline, gnu::cold]] void reject_all(const char* reason) {
    reject_lanes(~std::uint64_t{0}, reason);
    left_ = true;
    throw Rejected{};
  }
  /// A copy of a message that lives until the next evaluation.
  const char* keep(const char* message) {
    char* to = text_;
    while (*message && to < text_ + sizeof text_ - 1) *to++ = *message++;
    *to = 0;
    return text_;
  }
  std::uint64_t rejected() const { return rejected_; }
  bool left() const { return left_; }  ///< the evaluation was left by `reject_all`: records may be incomplete
  const Reason& reason(int lane) const { return reasons_[lane]; }

  int statement = -1;  ///< index of the statement under way
  /// Receives what a program prints; null drops it.
  void (*print)(void* receiver, const char* text) = nullptr;
  void* print_receiver = nullptr;

 private:
  // initial-exec: an evaluation reads this pointer for every statement, and units are loaded at run time.
  [[gnu::tls_model("initial-exec")]] static inline thread_local constinit Tape* current_ = nullptr;

  Arena arena_;
  Record* last_ = nullptr;
  std::uint64_t rejected_ = 0;
  bool left_ = false;
  Reason reasons_[64];
  char text_[512];
};

/// For the body of a loop whose iterations are independent: each is recorded, swept back and forgotten while it is
/// still in the nearest cache. Right because the adjoint of the target is 1 from the start.
class LocalSweep {
 public:
  LocalSweep() : tape_(Tape::current()), mark_(tape_.mark()) {}
  ~LocalSweep() {
    if (!tape_.left()) tape_.sweep_back(mark_);
  }
  LocalSweep(const LocalSweep&) = delete;
  LocalSweep& operator=(const LocalSweep&) = delete;

 private:
  Tape& tape_;
  Tape::Mark mark_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
